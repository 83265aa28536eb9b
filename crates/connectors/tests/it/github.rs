//! The `github` source on recorded bodies and on small ones written by hand.

mod asked;
mod pulled;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aftercast_connectors::{Context, Import, Output, Record, source_named};
use aftercast_model::{Facts, PersonKey, Place, ServiceMap, ServiceRule};

use crate::rows::rows;

fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped, data not here");
    None
}

fn convert(body: &[u8], output: &mut Output) {
    let services = ServiceMap {
        rules: vec![ServiceRule {
            service: "shop".into(),
            repo: Some("acme/shop".into()),
            ..ServiceRule::default()
        }],
    };
    let people = PersonKey::from_bytes([7; 32]);
    let context = Context {
        services: &services,
        people: &people,
        repo: None,
        rules: &aftercast_connectors::Rules::default(),
    };
    let record = Record { place: Place { file: "body.json".into(), line: None }, body };
    let Import::Json(convert) = source_named("github").unwrap().import else {
        panic!("github reads JSON");
    };
    convert(&record, &context, output);
}

fn converted(bodies: &[&str]) -> Output {
    let mut output = Output::default();
    for body in bodies {
        convert(body.as_bytes(), &mut output);
    }
    output
}

/// The rows without the columns that say nothing in a snapshot, then the problems.
fn shown(output: &Output) -> String {
    let mut text = rows(&output.facts);
    for problem in &output.problems {
        writeln!(text, "{:?}: {}", problem.severity, problem.what).unwrap();
    }
    text
}

fn counts(facts: &Facts) -> String {
    let tables = facts.tables();
    let filled = tables.iter().filter(|table| table.rows > 0);
    filled.map(|table| format!("{} {}", table.rows, table.spec.name)).collect::<Vec<_>>().join(", ")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_recorded_body_gives_facts_or_says_why_not() {
    let Some(folder) = data("github") else { return };
    let (mut with_facts, mut stated) = (0, 0);
    for path in files(&folder) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        if path.extension().is_none_or(|kind| kind != "json")
            || name.contains("/artifacts/")
            || name.contains("/expected/")
        {
            continue;
        }
        let mut output = Output::default();
        convert(&std::fs::read(&path).unwrap(), &mut output);
        let said: Vec<_> = output.problems.iter().map(|problem| problem.what.as_str()).collect();
        println!("{name}: {} {}", counts(&output.facts), said.join("; "));
        assert!(!output.facts.is_empty() || !said.is_empty(), "{name} is silent");
        if output.facts.is_empty() {
            stated += 1;
            let honest =
                said[0].starts_with("nothing to keep of") || said[0].contains("its fields");
            assert!(honest, "{name}: {said:?}");
        } else {
            with_facts += 1;
            assert!(said.is_empty(), "{name}: {said:?}");
        }
    }
    println!("{with_facts} bodies with facts, {stated} with a statement");
    assert!(with_facts > 80);
}

const RUN: &str = r#"{"id": 900, "name": "CI", "path": ".github/workflows/ci.yml", "run_number": 7, "run_attempt": 2, "event": "push",
  "status": "completed", "conclusion": "success", "head_branch": "main", "head_sha": "a1", "created_at": "2026-03-01T10:00:00Z",
  "run_started_at": "2026-03-01T11:00:00Z", "updated_at": "2026-03-01T11:09:00Z", "html_url": "https://github.com/acme/shop/actions/runs/900",
  "triggering_actor": {"login": "renovate[bot]", "type": "Bot"}, "pull_requests": [{"number": 5}], "repository": {"full_name": "acme/shop"}}"#;

/// A job in one state, as REST gives it.
fn job(status: &str, conclusion: &str, completed_at: &str) -> String {
    format!(
        r#"{{"id": 31, "run_id": 900, "run_attempt": 1, "workflow_name": "CI", "name": "unit tests (linux)", "head_sha": "a1",
        "status": "{status}", "conclusion": {conclusion}, "created_at": "2026-03-01T10:00:00Z", "started_at": "2026-03-01T10:00:00Z",
        "completed_at": {completed_at}, "labels": ["ubuntu-latest"], "runner_name": "GitHub Actions 3",
        "html_url": "https://github.com/acme/shop/actions/runs/900/job/31",
        "steps": [{{"number": 1, "name": "cargo test", "status": "{status}", "conclusion": {conclusion}, "started_at": "2026-03-01T10:00:00Z", "completed_at": {completed_at}}}]}}"#
    )
}

fn as_webhook(object: &str, body: &str) -> String {
    format!(
        r#"{{"action": "x", "{object}": {body}, "repository": {{"full_name": "acme/shop"}}, "sender": {{"login": "ann", "type": "User"}}}}"#
    )
}

#[test]
fn runs_and_jobs_become_attempts() {
    let failed = job("completed", "\"failure\"", "\"2026-03-01T10:02:00Z\"");
    let waiting = job("waiting", "null", "null");
    insta::assert_snapshot!("runs", shown(&converted(&[RUN, &failed, &waiting])));
}

const PULL: &str = r#"{"id": 77, "number": 5, "state": "closed", "title": "Revert \"Add tax\"", "body": "Reverts acme/shop#4", "draft": false,
  "user": {"login": "ann", "type": "User"}, "created_at": "2026-03-01T08:00:00Z", "updated_at": "2026-03-01T09:30:00Z",
  "closed_at": "2026-03-01T09:00:00Z", "merged_at": "2026-03-01T09:00:00Z", "merge_commit_sha": "a1", "head": {"sha": "b2", "ref": "tax"},
  "base": {"ref": "main", "sha": "c3", "repo": {"full_name": "acme/shop"}}, "additions": 10, "deletions": 2, "changed_files": 1,
  "html_url": "https://github.com/acme/shop/pull/5"}"#;

fn review(state: &str) -> String {
    format!(
        r#"{{"id": 8, "user": {{"login": "bo", "type": "User"}}, "state": "{state}", "submitted_at": "2026-03-01T08:50:00Z", "commit_id": "b2",
        "html_url": "https://github.com/acme/shop/pull/5#pullrequestreview-8", "pull_request_url": "https://api.github.com/repos/acme/shop/pulls/5"}}"#
    )
}

const QUEUED: &str = r#"{"id": 55, "event": "added_to_merge_queue", "created_at": "2026-03-01T08:55:00Z", "actor": {"login": "bo", "type": "User"},
  "issue": {"number": 5}, "url": "https://api.github.com/repos/acme/shop/issues/events/55"}"#;

#[test]
fn pull_requests_reviews_and_timelines_become_facts() {
    let bodies = [PULL, &review("APPROVED"), &review("SHRUGGED"), &review("PENDING"), QUEUED];
    insta::assert_snapshot!("pulls", shown(&converted(&bodies)));
}

const DEPLOYMENT: &str = r#"{"id": 600, "sha": "a1", "ref": "v1.2.0", "task": "deploy", "environment": "Production", "production_environment": false,
  "created_at": "2026-03-01T12:00:00Z", "updated_at": "2026-03-01T12:30:00Z", "url": "https://api.github.com/repos/acme/shop/deployments/600"}"#;

fn with_statuses() -> String {
    let statuses = [("waiting", "12:00:01"), ("in_progress", "12:20:00"), ("success", "12:25:00"), ("inactive", "13:00:00")]
        .map(|(state, at)| {
            format!(r#"{{"state": "{state}", "created_at": "2026-03-01T{at}Z", "log_url": "https://github.com/acme/shop/actions/runs/900/job/31"}}"#)
        });
    DEPLOYMENT.replacen('{', &format!("{{\"statuses\": [{}], ", statuses.join(",")), 1)
}

fn deployment_status(state: &str, at: &str) -> String {
    format!(
        r#"{{"action": "created", "deployment_status": {{"id": 1, "state": "{state}", "created_at": "{at}"}}, "deployment": {DEPLOYMENT},
        "workflow_run": {{"id": 900}}, "repository": {{"full_name": "acme/shop"}}}}"#
    )
}

fn deployment_review(action: &str, since: &str) -> String {
    format!(
        r#"{{"action": "{action}", "since": "{since}", "approver": {{"login": "cy", "type": "User"}}, "environment": "Production",
        "workflow_job_runs": [{{"id": 31, "environment": "Production", "created_at": "2026-03-01T12:00:01Z", "updated_at": "2026-03-01T12:19:58Z"}}],
        "workflow_run": {{"id": 900, "run_attempt": 1, "head_sha": "a1", "updated_at": "2026-03-01T12:20:00Z", "html_url": "https://github.com/acme/shop/actions/runs/900"}},
        "repository": {{"full_name": "acme/shop"}}}}"#
    )
}

#[test]
fn deployments_and_who_was_asked_become_facts() {
    let bodies = [
        with_statuses(),
        deployment_status("failure", "2026-03-01T12:25:00Z"),
        deployment_status("inactive", "2026-03-01T13:00:00Z"),
        deployment_review("requested", "2026-03-01T12:00:03Z"),
        deployment_review("approved", "2026-03-01T12:19:59Z"),
    ];
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    insta::assert_snapshot!("deployments", shown(&converted(&bodies)));
}

const CHECK: &str = r#"{"id": 41, "name": "sonar", "head_sha": "a1", "status": "completed", "conclusion": "neutral", "started_at": "2026-03-01T10:00:00Z",
  "completed_at": "2026-03-01T10:01:00Z", "check_suite": {"id": 1}, "app": {"slug": "sonarcloud"}, "url": "https://api.github.com/repos/acme/shop/check-runs/41"}"#;
const STATUS: &str = r#"{"id": 42, "state": "error", "context": "ci/legacy", "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z",
  "url": "https://api.github.com/repos/acme/shop/statuses/a1", "creator": null}"#;
const RELEASE: &str = r#"{"id": 43, "tag_name": "v1.2.0", "target_commitish": "main", "draft": false, "prerelease": true, "created_at": "2026-02-01T00:00:00Z",
  "published_at": "2026-03-01T12:00:00Z", "url": "https://api.github.com/repos/acme/shop/releases/43"}"#;

#[test]
fn checks_statuses_and_releases_become_facts() {
    let of_actions = CHECK.replace("sonarcloud", "github-actions");
    let draft = RELEASE.replace("\"draft\": false", "\"draft\": true");
    let group = r#"{"action": "destroyed", "reason": "dequeued", "merge_group": {"head_sha": "d4", "head_ref": "refs/heads/gh-readonly-queue/main/pr-5-c3",
      "head_commit": {"timestamp": "2026-03-01T09:00:00Z"}}, "repository": {"full_name": "acme/shop"}}"#;
    let push = r#"{"ref": "refs/heads/main", "before": "c3", "after": "a1", "forced": false, "deleted": false, "pusher": {},
      "repository": {"full_name": "acme/shop", "pushed_at": 1772355600}}"#;
    insta::assert_snapshot!(
        "checks",
        shown(&converted(&[CHECK, &of_actions, STATUS, RELEASE, &draft, group, push]))
    );
}

#[test]
fn a_field_of_the_wrong_type_is_lost_and_named_and_the_rest_is_kept() {
    let odd = RUN
        .replace("\"main\"", "[1]")
        .replace("\"Bot\"", "7")
        .replace("\"2026-03-01T11:09:00Z\"", "\"soon\"")
        .replace("\"success\"", "\"exploded\"");
    insta::assert_snapshot!("wrong_types", shown(&converted(&[&odd])));
}

#[test]
fn what_is_no_known_object_is_named() {
    for (body, expected) in [
        ("{}", "Lost: not an object of GitHub that we know (its fields: none)\n"),
        (
            r#"{"a": 1, "b": 2}"#,
            "Lost: not an object of GitHub that we know (its fields: `a`, `b`)\n",
        ),
        (r#"{"a": "#, "Lost: record not understood: EOF while parsing a value\n"),
        ("5", "Lost: record not understood: invalid type: integer `5`, expected an object\n"),
        (
            r#"{"protection_rules": [], "name": "x"}"#,
            "Note: nothing to keep of `environment`: nothing protects it\n",
        ),
    ] {
        assert_eq!(shown(&converted(&[body])), expected, "{body}");
    }
}

#[test]
fn the_same_fact_from_rest_and_webhook_is_the_same_row() {
    let done = job("completed", "\"success\"", "\"2026-03-01T10:02:00Z\"");
    for (object, body) in [
        ("workflow_run", RUN),
        ("workflow_job", &done),
        ("pull_request", PULL),
        ("release", RELEASE),
        ("check_run", CHECK),
        ("review", &review("APPROVED")),
    ] {
        let rest = shown(&converted(&[body]));
        assert_eq!(rest, shown(&converted(&[&as_webhook(object, body)])), "{object}");
        let ids = |output: &Output| {
            let mut lines = Vec::new();
            aftercast_connectors::write_ndjson(&output.facts, &mut lines).unwrap();
            String::from_utf8(lines).unwrap()
        };
        assert_eq!(ids(&converted(&[body])), ids(&converted(&[&as_webhook(object, body)])));
    }
}

#[test]
fn the_later_state_wins_in_any_order() {
    let states = [
        job("queued", "null", "null"),
        job("waiting", "null", "null"),
        job("in_progress", "null", "null"),
        job("completed", "\"success\"", "\"2026-03-01T10:00:00Z\""),
    ];
    let observed: Vec<_> =
        states.iter().map(|state| converted(&[state]).facts.task_runs.row(0).observed_at).collect();
    assert!(observed.is_sorted_by(|earlier, later| earlier < later), "{observed:?}");
    let listed = PULL.replace("\"additions\": 10, ", "");
    let row = |body: &str| converted(&[body]).facts.change_requests.row(0);
    assert_eq!(row(&listed).id, row(PULL).id);
    assert!(row(&listed).observed_at < row(PULL).observed_at, "a list hides no counts");
    let alone = converted(&[DEPLOYMENT]).facts.deployments.row(0);
    let done = converted(&[&deployment_status("success", "2026-03-01T12:25:00Z")]);
    let done = done.facts.deployments.row(0);
    assert_eq!(alone.id, done.id);
    assert!(alone.observed_at < done.observed_at, "a deployment alone hides no outcome");
}

#[test]
fn pages_and_lists_are_split_also_inside_of_a_record() {
    let done = job("completed", "\"success\"", "\"2026-03-01T10:02:00Z\"");
    let page = format!(r#"{{"total_count": 2, "jobs": [{done}, {done}]}}"#);
    assert_eq!(converted(&[&page]).facts.task_runs.len(), 2);
    assert_eq!(converted(&[&format!("[{page}, {RUN}]")]).facts.task_runs.len(), 2);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!converted(&[&deep]).problems.is_empty());
}

#[test]
fn no_person_is_named() {
    let bodies = [
        PULL.to_owned(),
        review("APPROVED"),
        deployment_review("approved", "2026-03-01T12:19:59Z"),
    ];
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let mut lines = Vec::new();
    aftercast_connectors::write_ndjson(&converted(&bodies).facts, &mut lines).unwrap();
    let text = String::from_utf8(lines).unwrap();
    for login in ["\"ann\"", "\"bo\"", "\"cy\""] {
        assert!(!text.contains(login), "{login} in {text}");
    }
}

#[test]
fn objects_conform_to_the_contract_of_a_source() {
    let source = source_named("github").unwrap();
    let done = job("completed", "\"success\"", "\"2026-03-01T10:02:00Z\"");
    let page = format!(r#"{{"total_count": 2, "jobs": [{done}, {}]}}"#, done.replace("31", "32"));
    let hook = as_webhook("workflow_job", &done);
    let (status, approval) =
        (with_statuses(), deployment_review("approved", "2026-03-01T12:19:59Z"));
    let lines =
        [RUN, PULL, &review("APPROVED"), QUEUED, &status, &approval, CHECK, STATUS, RELEASE, &hook]
            .map(|body| body.replace('\n', " "))
            .join("\n");
    let fixtures: Vec<(&str, &[u8])> =
        vec![("jobs.json", page.as_bytes()), ("all.ndjson", lines.as_bytes())];
    aftercast_connectors::conformance::check(source, &fixtures);
}

proptest::proptest! {
    #[test]
    fn any_bytes_give_facts_or_a_word(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let mut output = Output::default();
        convert(&body, &mut output);
        proptest::prop_assert!(!output.facts.is_empty() || !output.problems.is_empty());
    }

    #[test]
    fn a_cut_or_damaged_body_never_panics(at in 0_usize..1000, byte in proptest::num::u8::ANY, which in 0_usize..8) {
        let bodies = [RUN.to_owned(), PULL.to_owned(), with_statuses(), CHECK.to_owned(), STATUS.to_owned(), RELEASE.to_owned(), QUEUED.to_owned(), deployment_review("approved", "x")];
        let mut body = bodies[which].clone().into_bytes();
        let at = at % body.len();
        body[at] = byte;
        let mut output = Output::default();
        convert(&body, &mut output);
        convert(&body[..at], &mut output);
        proptest::prop_assert!(!output.facts.is_empty() || !output.problems.is_empty());
    }
}
