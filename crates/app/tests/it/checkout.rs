//! `aftercast review` in a git checkout: no configuration, no earlier command.

use std::path::Path;
use std::process::Command;

use crate::bench::Bench;

/// Runs git with an identity and a clock of its own.
pub(crate) fn git(folder: &Path, minute: u32, arguments: &[&str]) {
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

pub(crate) fn commit(folder: &Path, minute: u32, name: &str) {
    std::fs::write(folder.join(name), format!("{name}\n")).unwrap();
    git(folder, minute, &["add", name]);
    git(folder, minute, &["commit", "-q", "-m", &format!("Add {name}")]);
}

/// A repository with three tagged releases, the last one 90 minutes after its first commit.
pub(crate) fn repository(bench: &Bench) -> std::path::PathBuf {
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

pub(crate) fn run_in(bench: &Bench, folder: &Path, arguments: &[&str]) -> crate::bench::Run {
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
    run.refused(3, "nothing is stored in");
    assert!(
        run.stderr.contains("hint: run `aftercast review` in a git checkout"),
        "{}",
        run.stderr
    );
    bench.run(["releases"]).refused(3, "nothing is stored in");
    assert!(!bench.path("home").exists(), "looking makes nothing");
    bench.run(["review", "--repo", "nowhere"]).refused(2, "`nowhere`");
    let empty = Bench::new();
    empty.run(["sql", "SELECT 1"]).refused(3, "nothing is stored in");
}

/// Rows by table and service.
fn rows_of_services(bench: &Bench, folder: &Path) -> Vec<String> {
    let query = "SELECT 'commits', service, count(*) FROM commits GROUP BY service \
                 UNION ALL SELECT 'tags', service, count(*) FROM release_tags GROUP BY service \
                 ORDER BY 1, 2";
    let run = run_in(bench, folder, &["sql", query, "--format", "csv"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_changed_service_mapping_takes_effect() {
    let bench = Bench::new();
    let folder = repository(&bench);
    for (minute, part) in [(130, "web"), (140, "mail")] {
        std::fs::create_dir_all(folder.join("apps").join(part)).unwrap();
        commit(&folder, minute, &format!("apps/{part}/main"));
    }
    git(&folder, 150, &["tag", "web-v1.0.0"]);
    // As a person does it: first without any settings, then with the file that `init` drafts.
    assert_eq!(run_in(&bench, &folder, &["review"]).code, Some(0));
    assert_eq!(rows_of_services(&bench, &folder), ["commits,acme/shop,6", "tags,acme/shop,4"]);
    assert_eq!(run_in(&bench, &folder, &["init"]).code, Some(0));
    let whole = ["commits,shop,6", "tags,shop,4"];
    let split = "[[service]]\nname = \"web\"\npaths = [\"apps/web\"]\ntag_prefix = \"web-v\"\n\
                 [[service]]\nname = \"mail\"\npaths = [\"apps/mail\"]\n";
    let parts = [
        "commits,acme/shop,4",
        "commits,mail,1",
        "commits,web,1",
        "tags,acme/shop,3",
        "tags,web,1",
    ];
    let draft = std::fs::read_to_string(folder.join("aftercast.toml")).unwrap();
    let renamed = draft.replace("name = \"shop\"", "name = \"a-shop\"");
    let rules: [(&str, &str, &[&str]); 4] = [
        (&draft, "shop", &whole),
        (&renamed, "a-shop", &["commits,a-shop,6", "tags,a-shop,4"]),
        (split, "web", &parts),
        (&draft, "shop", &whole),
    ];
    for (settings, service, expected) in rules {
        std::fs::write(folder.join("aftercast.toml"), settings).unwrap();
        let arguments = ["-v", "review", "--service", service];
        let run = run_in(&bench, &folder, &arguments);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(rows_of_services(&bench, &folder), expected, "{settings}");
        let again = run_in(&bench, &folder, &arguments);
        assert!(again.stderr.contains("commits=0"), "nothing is read twice: {}", again.stderr);
        assert_eq!(run.stdout, again.stdout);
    }
}

#[test]
fn two_checkouts_of_a_repository_keep_each_others_rows() {
    let bench = Bench::new();
    let folder = repository(&bench);
    let clone = bench.path("clone");
    git(&folder, 150, &["clone", "-q", ".", clone.to_str().unwrap()]);
    let origin = "https://git.example.org/acme/shop.git";
    git(&clone, 150, &["remote", "set-url", "origin", origin]);
    commit(&folder, 160, "only-here");
    commit(&clone, 170, "only-there");
    let home = bench.path("shared");
    let review = |folder: &Path| {
        let run = run_in(&bench, folder, &["--home", home.to_str().unwrap(), "review"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    };
    let count = || {
        bench.ok([
            "--home",
            home.to_str().unwrap(),
            "sql",
            "SELECT count(*) FROM commits",
            "--format",
            "csv",
        ])
    };
    for rules in ["", "[[service]]\nname = \"store\"\n", ""] {
        for folder in [&folder, &clone] {
            std::fs::write(folder.join("aftercast.toml"), rules).unwrap();
        }
        review(&folder);
        review(&clone);
        assert_eq!(count(), "count(*)\r\n6\r\n", "{rules}");
    }
    // The rules change back and forth in one checkout alone: the other is read again when its turn
    // comes, although its own cursor was saved under the same rules.
    std::fs::write(folder.join("aftercast.toml"), "[[service]]\nname = \"store\"\n").unwrap();
    review(&folder);
    std::fs::write(folder.join("aftercast.toml"), "").unwrap();
    review(&folder);
    review(&clone);
    assert_eq!(count(), "count(*)\r\n6\r\n");
}

#[test]
fn many_small_imports_are_merged() {
    let bench = Bench::new();
    let lines = crate::bench::sample_lines();
    let mut merged = 0;
    for line in &lines[..20] {
        let path = bench.write("one.ndjson", line.as_bytes());
        let run = bench.run(["-v", "import", "gerrit", path.to_str().unwrap()]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        merged += usize::from(run.stderr.contains("merged small files"));
    }
    // Not every record has rows of every table, so that not all tables are full at once.
    assert!((1..5).contains(&merged), "now and then, not each time: {merged}");
    assert_eq!(bench.sql("SELECT count(*) FROM change_requests"), ["20"]);
}
