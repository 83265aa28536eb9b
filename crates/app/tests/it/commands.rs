//! Help, completions, manual, configuration, init, doctor, sql, export, pipes.

use std::fmt::Write as _;
use std::io::Read as _;

use crate::bench::{Bench, TABLES, finished, sample};

#[test]
fn help_texts_are_what_was_agreed() {
    let bench = Bench::new();
    let mut text = bench.ok(["--help"]);
    for command in [
        "init",
        "doctor",
        "import",
        "sync",
        "event",
        "serve",
        "releases",
        "review",
        "gates",
        "tests",
        "patterns",
        "steps",
        "incidents",
        "dora",
        "survey",
        "simulate",
        "sql",
        "export",
        "config",
        "completions",
        "man",
    ] {
        writeln!(text, "\n===== aftercast {command} --help").unwrap();
        let mut help = bench.ok([command, "--help"]);
        // The sources have a list of their own in docs/sources.md.
        if let Some(begin) = help.find("          - git:") {
            let end = help[begin..].find("\n\n").unwrap();
            help.replace_range(begin..begin + end, "          ...");
        }
        text.push_str(&help);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn usage_errors_end_with_two() {
    let bench = Bench::new();
    bench.run([] as [&str; 0]).refused(2, "aftercast review --sample");
    bench.run(["reveiw"]).refused(2, "'review'");
    bench.run(["import", "gihub", "x.json"]).refused(2, "github");
    bench.run(["review", "--format", "pdf"]).refused(2, "possible values");
    bench.run(["review", "--sample", "--service", "x"]).refused(2, "cannot be used with");
}

#[test]
fn completions_and_manual_are_there() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = bench.ok(["completions", shell]);
        assert!(script.contains("aftercast") && script.contains("review"), "{shell}");
    }
    assert!(bench.ok(["man"]).contains(".TH aftercast"));
    bench.ok(["man", "--output", bench.path("man").to_str().unwrap()]);
    let page = std::fs::read_to_string(bench.path("man/aftercast-review.1")).unwrap();
    assert!(page.contains("aftercast review \\-\\-sample"), "{page}");
}

#[test]
fn every_value_tells_where_it_came_from() {
    let bench = Bench::new();
    let file = bench.write("work/aftercast.toml", b"[review]\ncomparison_window = 20\n");
    let mut command = bench.command();
    command.env("AFTERCAST_REVIEW__INCIDENT_WINDOW_DAYS", "3");
    command.args(["config", "explain", "--format", "json", "--color", "never"]);
    let run = finished(command.spawn().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let from = |key: &str| {
        let settings = found["settings"].as_array().unwrap();
        let line = settings.iter().find(|line| line["key"] == key).unwrap();
        (line["value"].as_str().map(str::to_owned), line["from"].as_str().unwrap().to_owned())
    };
    let (value, origin) = from("review.comparison_window");
    assert_eq!(value.as_deref(), Some("20"));
    assert!(
        origin.ends_with("aftercast.toml:2")
            && origin.contains(file.parent().unwrap().to_str().unwrap())
    );
    assert_eq!(
        from("review.incident_window_days").1,
        "environment AFTERCAST_REVIEW__INCIDENT_WINDOW_DAYS"
    );
    assert_eq!(from("color"), (Some("never".to_owned()), "option --color".to_owned()));
    assert_eq!(from("home").1, "environment AFTERCAST_HOME");
    assert_eq!(from("review.deployed_branch"), (None, "not set".to_owned()));
}

#[test]
fn a_wrong_setting_is_an_error_with_its_line() {
    let bench = Bench::new();
    bench.write("work/aftercast.toml", b"\n[review]\ndeploy_branch = \"main\"\n");
    let run = bench.run(["review", "--sample"]);
    run.refused(2, "aftercast.toml:3: unknown key `deploy_branch`");
    assert!(run.stderr.contains("did you mean `deployed_branch`?"), "{}", run.stderr);
}

#[test]
fn init_writes_what_it_finds_and_never_overwrites() {
    let bench = Bench::new();
    bench.write("work/.github/workflows/ci.yml", b"on: push\n");
    bench.write("work/.git/HEAD", b"ref: refs/heads/main\n");
    bench.write("work/.git/config", b"[remote \"origin\"]\nurl = git@github.com:acme/shop.git\n");
    for folder in ["objects", "refs"] {
        std::fs::create_dir(bench.path("work/.git").join(folder)).unwrap();
    }
    let text = bench.ok(["init", "--dry-run"]);
    assert!(text.contains("name = \"shop\"\nrepo = \"acme/shop\""), "{text}");
    assert!(text.contains("[[source]]\nkind = \"github\"\nrepos = [\"acme/shop\"]\n"), "{text}");
    assert!(text.contains("token_env = \"GITHUB_TOKEN\"\n"), "{text}");
    assert!(!bench.path("work/aftercast.toml").exists(), "a dry run writes nothing");
    let wrote = bench.run(["init"]);
    assert_eq!(wrote.code, Some(0), "{}", wrote.stderr);
    assert!(wrote.stderr.contains("export GITHUB_TOKEN=..."), "{}", wrote.stderr);
    assert_eq!(std::fs::read_to_string(bench.path("work/aftercast.toml")).unwrap(), text);
    bench.ok(["config", "explain"]);
    bench.run(["init"]).refused(2, "exists already");
}

#[test]
fn doctor_says_what_is_known_and_what_to_connect() {
    let bench = Bench::new();
    bench.ok(["import", "gerrit", sample().to_str().unwrap()]);
    let found: serde_json::Value =
        serde_json::from_str(&bench.ok(["doctor", "--format", "json"])).unwrap();
    let state = |subject: &str| {
        let checks = found["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["subject"] == subject).unwrap();
        (check["state"].as_str().unwrap(), check["says"].as_str().unwrap())
    };
    assert_eq!(state("number: lead time"), ("yes", "from `gerrit`"));
    assert_eq!(state("number: incidents"), ("no", "no source"));
    assert_eq!(state("number: manual steps"), ("no", "no source"));
    assert_eq!(state("disk"), ("yes", "can be written"));
    assert!(bench.ok(["doctor"]).contains("aftercast import facts incidents.ndjson"));
}

#[test]
fn rows_come_in_every_form_and_go_back_in() {
    let bench = Bench::new();
    bench.ok(["import", "gerrit", sample().to_str().unwrap()]);
    let query = "SELECT number, state FROM change_requests ORDER BY number LIMIT 2";
    assert_eq!(bench.ok(["sql", query]).lines().count(), 4);
    let rows: serde_json::Value =
        serde_json::from_str(&bench.ok(["sql", query, "--format", "json"])).unwrap();
    assert_eq!(rows["schema_version"], 1);
    assert_eq!(rows["rows"].as_array().unwrap().len(), 2);
    assert_eq!(bench.ok(["sql", query, "--format", "ndjson"]).lines().count(), 2);
    let tables = bench.ok(["sql", "--tables"]);
    for table in TABLES {
        assert!(tables.contains(&format!("{table}: ")), "{table}");
    }
    assert_eq!(tables.matches("  observed_at ").count(), 1, "what all have is told once");
    bench.run(["sql", "SELECT nothing FROM change_requests"]).refused(2, "nothing");
    bench.run(["sql", "DROP TABLE change_requests"]).refused(2, "error:");

    // An export of our own tables is an import of the source `facts`.
    for format in ["ndjson", "parquet", "csv"] {
        let file = bench.path(&format!("change_requests.{format}"));
        let file = file.to_str().unwrap();
        bench.ok(["export", "change_requests", "--format", format, "--output", file]);
        let other = Bench::new();
        other.ok(["import", "facts", file]);
        let all = ["export", "change_requests", "--format", "ndjson", "-o", "-", "-q"];
        assert!(other.ok(all) == bench.ok(all), "{format} does not come back as it went");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::new();
    bench.ok(["import", "gerrit", sample().to_str().unwrap()]);
    for arguments in [&["sql", "SELECT * FROM task_runs"][..], &["completions", "zsh"], &["--help"]]
    {
        let mut child = bench.command().args(arguments).spawn().unwrap();
        let mut first = [0; 1];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let run = finished(child);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}
