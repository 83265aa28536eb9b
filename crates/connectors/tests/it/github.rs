//! The `github` source on recorded bodies and on small ones written by hand.

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

/// A run as the pull gives it: with the attempt before, its jobs and what belongs to them.
fn pulled_run() -> String {
    let failed = job("completed", "\"failure\"", "\"2026-03-01T10:02:00Z\"");
    let told = failed.trim_end().strip_suffix('}').unwrap();
    let told = format!(
        r#"{told}, "annotations": [{{"annotation_level": "warning", "message": "old"}},
        {{"annotation_level": "failure", "message": "Process completed with exit code 137."}},
        {{"annotation_level": "failure", "message": "tax is wrong\nat line 4"}}], "log": "..."}}"#
    );
    let first = RUN
        .replace("\"run_attempt\": 2", "\"run_attempt\": 1")
        .replace("\"conclusion\": \"success\"", "\"conclusion\": \"failure\"");
    let rest = RUN.trim_end().strip_suffix('}').unwrap();
    format!(r#"{rest}, "previous": {first}, "jobs": [{told}]}}"#)
}

#[test]
fn a_pulled_run_tells_every_attempt_and_why_jobs_failed() {
    let whole = pulled_run();
    let output = converted(&[&whole]);
    insta::assert_snapshot!("pulled_run", shown(&output));
    // The same job without its annotations yields, whichever came last.
    let bare = converted(&[&job("completed", "\"failure\"", "\"2026-03-01T10:02:00Z\"")]);
    let (bare, told) = (bare.facts.task_runs.row(0), output.facts.task_runs.row(0));
    assert_eq!(bare.id, told.id);
    assert!(bare.observed_at < told.observed_at);
}

#[test]
fn a_pulled_pull_request_tells_when_it_was_ready_reviewed_and_approved() {
    let event = |word: &str, at: &str, who: &str| {
        format!(
            r#"{{"event": "{word}", "created_at": "2026-03-01T{at}:00Z", "actor": {{"login": "{who}", "type": "User"}},
            "requested_reviewer": {{"login": "bo", "type": "User"}}}}"#
        )
    };
    let timeline = [
        event("ready_for_review", "08:10", "ann"),
        event("commented", "08:11", "ann"),
        event("review_requested", "08:12", "ann"),
        event("commented", "08:40", "bo"),
        event("labeled", "08:41", "ann"),
    ];
    let own = review("COMMENTED").replace("\"bo\"", "\"ann\"").replace("\"id\": 8", "\"id\": 6");
    let late = review("APPROVED").replace("08:50", "09:10").replace("\"id\": 8", "\"id\": 9");
    let rest = PULL.replace("\"additions\": 10, \"deletions\": 2, \"changed_files\": 1,", "");
    let rest = rest.trim_end().strip_suffix('}').unwrap();
    let whole = format!(
        r#"{rest}, "complete": {{"additions": 10, "deletions": 2, "changed_files": 1}}, "reviews": [{own}, {}, {late}],
        "timeline": [{}]}}"#,
        review("APPROVED"),
        timeline.join(",")
    );
    let output = converted(&[&whole]);
    insta::assert_snapshot!("pulled_pull", shown(&output));
    let (webhook, pulled) = (converted(&[PULL]).facts, output.facts);
    assert_eq!(webhook.change_requests.row(0).id, pulled.change_requests.row(0).id);
    let observed = |facts: &Facts| facts.change_requests.row(0).observed_at;
    assert!(observed(&webhook) < observed(&pulled));
}

/// A deployment as the pull gives it.
fn pulled_deployment(rules: &str, approvals: &str) -> String {
    let rest = with_statuses();
    let rest = rest.trim_end().strip_suffix('}').unwrap();
    let done = job("completed", "\"success\"", "\"2026-03-01T10:02:00Z\"");
    format!(
        r#"{rest}, "job": {done}, "approvals": {approvals}, "protection": {{"name": "Production", "protection_rules": [{rules}]}}}}"#
    )
}

const BY_CY: &str = r#"[{"state": "approved", "user": {"login": "cy", "type": "User"}, "environments": [{"name": "Production"}]}]"#;
const BY_NOBODY: &str = "[]";
const REVIEWERS: &str =
    r#"{"id": 1, "type": "required_reviewers", "reviewers": [{"type": "Team"}]}"#;
const TIMER: &str = r#"{"id": 2, "type": "wait_timer", "wait_timer": 30}"#;
const BRANCHES: &str = r#"{"id": 3, "type": "branch_policy"}"#;

#[test]
fn what_a_deployment_waited_for_is_decided_by_the_rules_of_its_environment() {
    let both = format!("{REVIEWERS}, {TIMER}");
    let mut said = String::new();
    for (rules, approvals) in [
        (REVIEWERS, BY_CY),
        (REVIEWERS, BY_NOBODY),
        (&both, BY_CY),
        (TIMER, BY_NOBODY),
        (BRANCHES, BY_NOBODY),
        ("", BY_NOBODY),
    ] {
        let facts = converted(&[&pulled_deployment(rules, approvals)]).facts;
        let row = facts.gate_evaluations.row(0);
        let kind = aftercast_model::Code::word(row.gate_kind);
        let who = if row.decider_key.is_some() { "by a person" } else { "by nobody known" };
        writeln!(said, "{} ({kind}) {who}, {:?}", facts.text(row.gate), row.confidence).unwrap();
    }
    let expected = "Production approval (approval) by a person, Some(90)
Production approval (approval) by nobody known, Some(80)
Production approval (approval) by a person, Some(60)
Production wait timer (timer) by nobody known, Some(80)
Production branch policy (policy) by nobody known, Some(80)
Production (unknown) by nobody known, Some(80)
";
    assert_eq!(said, expected);
}

#[test]
fn a_wait_is_one_row_whatever_told_of_it_and_the_best_stays() {
    let waiting_job = format!(
        r#"{{"action": "waiting", "workflow_job": {}, "deployment": {DEPLOYMENT}, "repository": {{"full_name": "acme/shop"}}}}"#,
        job("waiting", "null", "null")
    );
    let gap = job("completed", "\"success\"", "\"2026-03-01T12:25:00Z\"")
        .replacen(
            "\"created_at\": \"2026-03-01T10:00:00Z\"",
            "\"created_at\": \"2026-03-01T12:00:02Z\"",
            1,
        )
        .replacen(
            "\"started_at\": \"2026-03-01T10:00:00Z\"",
            "\"started_at\": \"2026-03-01T12:20:30Z\"",
            1,
        );
    let rest = RUN.replace("\"run_attempt\": 2", "\"run_attempt\": 1");
    let rest = rest.trim_end().strip_suffix('}').unwrap();
    let run = format!(r#"{rest}, "jobs": [{gap}], "approvals": {BY_CY}}}"#);
    let ways = [
        waiting_job.replace("10:00:00Z", "12:00:00Z"),
        deployment_review("requested", "2026-03-01T12:00:03Z"),
        run,
        pulled_deployment(REVIEWERS, BY_CY),
        deployment_review("approved", "2026-03-01T12:19:59Z"),
    ];
    let rows: Vec<_> = ways
        .iter()
        .map(|body| {
            let facts = converted(&[body]).facts;
            let row = facts.gate_evaluations.row(0);
            println!(
                "{:?} {:?} {:?} {}",
                row.observed_at,
                row.asked_at,
                row.decided_at,
                facts.text(row.method)
            );
            row
        })
        .collect();
    assert!(rows.iter().all(|row| row.id == rows[0].id), "a wait told twice is counted twice");
    assert!(rows.is_sorted_by(|worse, better| worse.observed_at < better.observed_at));
}

#[test]
fn gates_as_set_up_become_definitions() {
    let rules = r#"[{"type": "merge_queue", "ruleset_id": 7, "parameters": {"min_entries_to_merge_wait_minutes": 5}},
      {"type": "deletion", "ruleset_id": 7}]"#;
    let ruleset = r#"{"id": 7, "name": "main", "target": "branch", "enforcement": "active", "source_type": "Repository",
      "full": {"id": 7, "target": "branch", "enforcement": "active", "source_type": "Repository", "source": "acme/shop", "updated_at": "2026-01-02T00:00:00Z",
      "bypass_actors": [{"actor_type": "Team"}], "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH", "refs/heads/release/*"]}},
      "_links": {"html": {"href": "https://github.com/acme/shop/rules/7"}},
      "rules": [{"type": "pull_request", "parameters": {"required_approving_review_count": 2}},
        {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "build"}, {"context": "sonar"}]}},
        {"type": "required_deployments", "parameters": {"required_deployment_environments": ["staging"]}},
        {"type": "code_scanning", "parameters": {"code_scanning_tools": [{"tool": "CodeQL"}]}}]}}"#;
    let environment = format!(
        r#"{{"name": "Production", "can_admins_bypass": false, "updated_at": "2026-01-03T00:00:00Z", "protection_rules": [{REVIEWERS}, {TIMER}, {BRANCHES}]}}"#
    );
    let protection = r#"{"required_status_checks": {"contexts": ["build"], "checks": [{"context": "build"}]},
      "required_pull_request_reviews": {"required_approving_review_count": 1}, "enforce_admins": {"enabled": true}}"#;
    let repository = format!(
        r#"{{"full_name": "acme/shop", "default_branch": "main", "rules": {rules}, "rulesets": [{ruleset}], "protection": {protection}, "environments": [{environment}]}}"#
    );
    insta::assert_snapshot!("gates", shown(&converted(&[&repository])));
}

#[test]
fn rule_suites_and_scans_become_verdicts() {
    let suite = r#"{"id": 21, "actor_name": "ann", "after_sha": "a1", "ref": "refs/heads/main", "pushed_at": "2026-03-01T09:00:00Z", "result": "bypass",
      "rule_evaluations": [{"rule_source": {"type": "ruleset", "id": 7}, "enforcement": "active", "result": "fail", "rule_type": "pull_request"},
        {"rule_source": {"type": "ruleset", "id": 7}, "enforcement": "active", "result": "pass", "rule_type": "required_status_checks"}]}"#;
    let analysis = r#"{"id": 41, "ref": "refs/pull/5/merge", "commit_sha": "a1", "analysis_key": "x", "category": "/language:rust", "error": "",
      "created_at": "2026-03-01T09:00:00Z", "results_count": 0, "rules_count": 0, "url": "https://api.github.com/repos/acme/shop/code-scanning/analyses/41",
      "tool": {"name": "CodeQL"}}"#;
    insta::assert_snapshot!("verdicts", shown(&converted(&[suite, analysis])));
}

#[test]
fn an_envelope_tells_the_repository_and_what_an_unknown_event_is() {
    let release =
        RELEASE.replace(r#", "url": "https://api.github.com/repos/acme/shop/releases/43""#, "");
    let sealed = aftercast_connectors::seal("release", "acme/shop", &release);
    let facts = converted(&[&sealed]).facts;
    assert_eq!(facts.text(facts.release_tags.row(0).repo), "acme/shop");
    let event = aftercast_connectors::seal("star", "", r#"{"starred_at": "x"}"#);
    assert_eq!(
        shown(&converted(&[&event])),
        "Note: nothing to keep of `star`: it says nothing about a delivery\n"
    );
}

#[test]
fn what_is_pulled_conforms_to_the_contract_of_a_source() {
    let source = source_named("github").unwrap();
    let lines = [pulled_run(), pulled_deployment(REVIEWERS, BY_CY)]
        .map(|body| body.replace('\n', " "))
        .join("\n");
    let fixtures: Vec<(&str, &[u8])> = vec![("pulled.ndjson", lines.as_bytes())];
    aftercast_connectors::conformance::check(source, &fixtures);
}
