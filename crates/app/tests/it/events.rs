//! What scripts tell: twice is once, later adds, and everything has a way out.

use std::io::Write as _;

use crate::bench::{Bench, finished};

fn told(bench: &Bench, arguments: &[&str]) -> String {
    let run = bench.run(["event"].iter().chain(arguments));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stderr.trim().to_owned()
}

#[test]
fn a_deployment_is_told_of_when_it_begins_and_when_it_ends() {
    let bench = Bench::new();
    let both = ["--service", "web", "--env", "production", "--sha", "abc", "--id", "77"];
    let begins = [&["started"], &both[..], &["--at", "2026-11-01T12:00:00Z"]].concat();
    let ends = [&["deployed"], &both[..], &["--finished", "2026-11-01T12:05:00Z"]].concat();
    assert_eq!(told(&bench, &begins), "stored");
    assert_eq!(bench.sql("SELECT outcome, production FROM deployments"), ["running,true"]);
    assert_eq!(told(&bench, &ends), "stored");
    let row = "SELECT service, sha, outcome, started_at, finished_at, source FROM deployments";
    let expected = "web,abc,success,2026-11-01T12:00:00Z,2026-11-01T12:05:00Z,event";
    assert_eq!(bench.sql(row), [expected]);
    // Twice, and in another order, changes nothing.
    assert_eq!(told(&bench, &ends), "known already");
    assert_eq!(told(&bench, &begins), "known already");
    assert_eq!(bench.sql(row), [expected]);
    let failed = [&ends[..], &["--outcome", "failure"]].concat();
    assert_eq!(told(&bench, &failed), "stored", "what is told last wins");
    assert_eq!(bench.sql("SELECT outcome FROM deployments"), ["failure"]);
}

#[test]
fn an_incident_is_opened_and_resolved() {
    let bench = Bench::new();
    let opened = [
        "incident",
        "--service",
        "web",
        "--id",
        "INC-7",
        "--title",
        "Checkout is slow",
        "--severity",
        "high",
        "--started",
        "2026-11-01T12:00:00Z",
    ];
    told(&bench, &opened);
    told(&bench, &["resolved", "--id", "INC-7", "--at", "2026-11-01T13:00:00Z"]);
    assert_eq!(
        bench.sql("SELECT service, title, severity, started_at, resolved_at FROM incidents"),
        ["web,Checkout is slow,high,2026-11-01T12:00:00Z,2026-11-01T13:00:00Z"]
    );
}

#[test]
fn steps_and_everything_else_come_as_json_too() {
    let bench = Bench::new();
    let mut command = bench.command();
    command.args(["event", "json"]).stdin(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let text = "{\"event\":\"step\",\"service\":\"web\",\"name\":\"switch traffic\",\
                \"started\":\"2026-11-01T12:00:00Z\",\"finished\":\"2026-11-01T12:10:00Z\"}\n\
                [{\"event\":\"deployed\",\"service\":\"web\",\"environment\":\"staging\",\
                \"version\":\"1.2\",\"at\":1793534400000}]";
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let run = finished(child);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        bench.sql("SELECT kind, name, outcome, finished_at - started_at FROM task_runs")[0]
            .split(',')
            .take(3)
            .collect::<Vec<_>>(),
        ["manual", "switch traffic", "success"]
    );
    assert_eq!(bench.sql("SELECT production, version FROM deployments"), ["false,1.2"]);
}

#[test]
fn what_is_missing_is_told_with_the_way_out() {
    let bench = Bench::new();
    let run = |arguments: &[&str]| bench.run(["event"].iter().chain(arguments));
    run(&["deployed", "--service", "web", "--env", "production"])
        .refused(2, "`deployed` needs `id`, `version` or `sha`");
    run(&["step", "--service", "web", "--name", "x"]).refused(2, "`step` needs `id` or `started`");
    run(&["resolved", "--id", "1", "--at", "noon"]).refused(2, "`at` is no time: `noon`");
    run(&["deploid"]).refused(2, "deployed");
}

#[test]
fn what_was_told_goes_on_to_other_systems_as_cdevents() {
    let bench = Bench::new();
    let event = |words: &[&str]| told(&bench, words);
    for (id, sha, at) in [("1", "a1", "2026-11-01T10:00:00Z"), ("2", "b2", "2026-11-02T10:00:00Z")]
    {
        event(&[
            "deployed",
            "--service",
            "shop",
            "--env",
            "production",
            "--id",
            id,
            "--sha",
            sha,
            "--finished",
            at,
        ]);
    }
    event(&[
        "incident",
        "--service",
        "shop",
        "--id",
        "7",
        "--title",
        "Slow",
        "--started",
        "2026-11-02T11:00:00Z",
    ]);
    let events = |table: &str| -> Vec<serde_json::Value> {
        let text = bench.ok(["export", table, "--format", "cdevents", "--output", "-"]);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let kinds = |events: &[serde_json::Value]| -> Vec<String> {
        let kind = |event: &serde_json::Value| event["type"].as_str().unwrap().to_owned();
        events.iter().map(|event| kind(event).rsplitn(4, '.').last().unwrap().to_owned()).collect()
    };
    let deployments = events("deployments");
    assert_eq!(
        kinds(&deployments),
        ["dev.cdevents.service.deployed", "dev.cdevents.service.upgraded"]
    );
    assert_eq!(deployments, events("deployments"), "saying it twice is saying it once");
    assert_eq!(kinds(&events("incidents")), ["dev.cdevents.incident.detected"]);
    bench
        .run(["export", "commits", "--format", "cdevents", "--output", "-"])
        .refused(2, "has no form");
}
