//! `aftercast review` in a git checkout: no configuration, no earlier command.

use std::path::Path;
use std::process::Command;

use crate::bench::Bench;

/// Runs git with an identity and a clock of its own.
fn git(folder: &Path, minute: u32, arguments: &[&str]) {
    let at = format!("2026-01-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
    let output = Command::new("git")
        .args(["-c", "init.defaultBranch=main", "-c", "tag.gpgsign=false"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "Ann")
        .env("GIT_AUTHOR_EMAIL", "ann@example.org")
        .env("GIT_COMMITTER_NAME", "Ann")
        .env("GIT_COMMITTER_EMAIL", "ann@example.org")
        .env("GIT_AUTHOR_DATE", &at)
        .env("GIT_COMMITTER_DATE", &at)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn commit(folder: &Path, minute: u32, name: &str) {
    std::fs::write(folder.join(name), format!("{name}\n")).unwrap();
    git(folder, minute, &["add", name]);
    git(folder, minute, &["commit", "-q", "-m", &format!("Add {name}")]);
}

/// A repository with three tagged releases, the last one 90 minutes after its first commit.
fn repository(bench: &Bench) -> std::path::PathBuf {
    let folder = bench.path("shop");
    std::fs::create_dir(&folder).unwrap();
    git(&folder, 0, &["init", "-q"]);
    git(&folder, 0, &["remote", "add", "origin", "https://git.example.org/acme/shop.git"]);
    commit(&folder, 1, "one");
    git(&folder, 2, &["tag", "-a", "v1.0.0", "-m", "1"]);
    commit(&folder, 10, "two");
    git(&folder, 20, &["tag", "-a", "v1.1.0", "-m", "2"]);
    commit(&folder, 30, "three");
    commit(&folder, 60, "four");
    git(&folder, 120, &["tag", "-a", "v1.2.0", "-m", "3"]);
    folder
}

fn run_in(bench: &Bench, folder: &Path, arguments: &[&str]) -> crate::bench::Run {
    let mut command = bench.command();
    command.env_remove("AFTERCAST_HOME").current_dir(folder).args(arguments);
    crate::bench::finished(command.spawn().unwrap())
}

#[test]
fn a_checkout_needs_no_configuration() {
    let bench = Bench::new();
    let folder = repository(&bench);
    std::fs::create_dir(folder.join("src")).unwrap();
    let run = run_in(&bench, &folder.join("src"), &["review", "--format", "json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let review: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(review["service"], "acme/shop");
    assert_eq!(review["release"]["id"], "v1.2.0");
    assert_eq!(review["release"]["basis"], "version_tag");
    assert_eq!(review["release"]["previous"], "v1.1.0");
    assert_eq!(review["release"]["commits"].as_array().unwrap().len(), 2);
    assert_eq!(review["numbers"]["lead_time_ms"]["value"], 90 * 60_000);
    assert_eq!(review["numbers"]["failed_builds"]["value"], serde_json::Value::Null);
}

#[test]
fn the_home_stays_out_of_the_repositorys_sight() {
    let bench = Bench::new();
    let folder = repository(&bench);
    assert_eq!(run_in(&bench, &folder, &["review"]).code, Some(0));
    assert!(folder.join(".aftercast/aftercast.db").exists());
    let status = Command::new("git").args(["status", "--porcelain"]).current_dir(&folder).output();
    assert_eq!(String::from_utf8(status.unwrap().stdout).unwrap(), "");
}

#[test]
fn a_new_release_is_seen_and_the_rest_is_not_read_again() {
    let bench = Bench::new();
    let folder = repository(&bench);
    assert_eq!(run_in(&bench, &folder, &["review"]).code, Some(0));
    commit(&folder, 200, "five");
    git(&folder, 210, &["tag", "v1.3.0"]);
    let run = run_in(&bench, &folder, &["-v", "releases", "--format", "csv"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let names: Vec<&str> =
        run.stdout.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(names, ["v1.3.0", "v1.2.0", "v1.1.0", "v1.0.0"]);
    assert!(run.stderr.contains("commits=1"), "{}", run.stderr);
}

#[test]
fn several_services_in_one_repository_are_named() {
    let bench = Bench::new();
    let folder = bench.path("mono");
    std::fs::create_dir_all(folder.join("apps")).unwrap();
    git(&folder, 0, &["init", "-q"]);
    for (minute, part) in [(1, "web"), (2, "mail")] {
        std::fs::create_dir(folder.join("apps").join(part)).unwrap();
        commit(&folder, minute, &format!("apps/{part}/main"));
        git(&folder, minute + 10, &["tag", &format!("{part}-v1.0.0")]);
    }
    let rules = ["web", "mail"].map(|part| {
        format!(
            "[[service]]\nname = \"{part}\"\npaths = [\"apps/{part}\"]\ntag_prefix = \"{part}-v\"\n"
        )
    });
    std::fs::write(folder.join("aftercast.toml"), rules.concat()).unwrap();
    let run = run_in(&bench, &folder, &["review"]);
    run.refused(2, "services: `");
    assert!(run.stderr.contains("--service NAME"), "{}", run.stderr);
    let run = run_in(&bench, &folder, &["review", "--service", "web"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("web web-v1.0.0 "), "{}", run.stdout);
    run_in(&bench, &folder, &["review", "--service", "wbe"]).refused(3, "unknown service `wbe`");
}

#[test]
fn a_repository_without_commits_says_so() {
    let bench = Bench::new();
    let folder = bench.path("empty");
    std::fs::create_dir(&folder).unwrap();
    git(&folder, 0, &["init", "-q"]);
    run_in(&bench, &folder, &["review"]).refused(3, "no service has any facts yet");
}

#[test]
fn outside_of_a_repository_the_way_in_is_shown() {
    let bench = Bench::new();
    let run = bench.run(["review"]);
    run.refused(3, "no service has any facts yet");
    assert!(
        run.stderr.contains("hint: run `aftercast review` in a git checkout"),
        "{}",
        run.stderr
    );
    bench.run(["review", "--repo", "nowhere"]).refused(2, "`nowhere`");
    let empty = Bench::new();
    empty.run(["sql", "SELECT 1"]).refused(3, "nothing is stored in");
}
