//! A real repository that is split by path: each service's releases ship exactly its own commits.

use std::path::Path;
use std::process::Command;

use crate::bench::{Bench, finished};

/// Runs git at a minute of a fixed day; returns what it printed.
fn git(folder: &Path, minute: u32, arguments: &[&str]) -> String {
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
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Commits a new line in each of the folders.
fn commit(folder: &Path, minute: u32, places: &[&str]) {
    for place in places {
        std::fs::create_dir_all(folder.join(place)).unwrap();
        std::fs::write(folder.join(place).join("main"), format!("{minute}\n")).unwrap();
    }
    git(folder, minute, &["add", "."]);
    git(folder, minute, &["commit", "-q", "-m", &format!("{minute} {}", places.join(" "))]);
}

/// Two services, documents of nobody, a side branch of one service, tags on commits of the other.
fn repository(bench: &Bench) -> std::path::PathBuf {
    let folder = bench.path("mono");
    std::fs::create_dir(&folder).unwrap();
    git(&folder, 0, &["init", "-q"]);
    let rules = ["web", "api"].map(|part| {
        format!(
            "[[service]]\nname = \"{part}\"\npaths = [\"apps/{part}\"]\ntag_prefix = \"{part}-v\"\n"
        )
    });
    std::fs::write(folder.join("aftercast.toml"), rules.concat()).unwrap();
    std::fs::write(folder.join(".gitignore"), "aftercast.toml\n.gitignore\n").unwrap();
    commit(&folder, 1, &["apps/web", "apps/api"]);
    git(&folder, 2, &["tag", "web-v1"]);
    commit(&folder, 3, &["apps/api"]);
    git(&folder, 4, &["tag", "api-v1"]);
    commit(&folder, 5, &["docs"]);
    commit(&folder, 6, &["apps/api"]);
    git(&folder, 7, &["checkout", "-q", "-b", "side"]);
    commit(&folder, 8, &["apps/web"]);
    git(&folder, 9, &["checkout", "-q", "main"]);
    commit(&folder, 10, &["apps/api"]);
    git(&folder, 11, &["merge", "-q", "--no-ff", "-m", "11 merge", "side"]);
    commit(&folder, 12, &["docs"]);
    git(&folder, 13, &["tag", "web-v2"]);
    commit(&folder, 14, &["apps/web", "apps/api"]);
    commit(&folder, 15, &["apps/api"]);
    git(&folder, 16, &["tag", "api-v2"]);
    git(&folder, 17, &["tag", "web-v3"]);
    folder
}

/// Returns the subjects of the commits that a release ships, newest first.
fn shipped(bench: &Bench, folder: &Path, service: &str, release: &str) -> Vec<String> {
    let arguments = ["review", "--service", service, "--release", release, "--format", "json"];
    let mut command = bench.command();
    command.env_remove("AFTERCAST_HOME").current_dir(folder).args(arguments);
    let run = finished(command.spawn().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let review: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(review["release"]["id"], release);
    let notes = review["notes"].to_string();
    assert!(!notes.contains("shallow"), "{notes}");
    let hashes = review["release"]["commits"].as_array().unwrap();
    hashes
        .iter()
        .map(|sha| git(folder, 0, &["show", "-s", "--format=%s", sha.as_str().unwrap()]))
        .collect()
}

#[test]
fn each_release_ships_exactly_the_commits_of_its_service() {
    let bench = Bench::new();
    let folder = repository(&bench);
    let check = |service: &str, release: &str, expected: &[&str]| {
        assert_eq!(shipped(&bench, &folder, service, release), expected, "{release}");
    };
    check("web", "web-v1", &[]);
    // A merge touches what it brings to the main line.
    check("web", "web-v2", &["11 merge", "8 apps/web"]);
    check("web", "web-v3", &["14 apps/web apps/api"]);
    check("api", "api-v1", &[]);
    check("api", "api-v2", &["15 apps/api", "14 apps/web apps/api", "10 apps/api", "6 apps/api"]);
}
