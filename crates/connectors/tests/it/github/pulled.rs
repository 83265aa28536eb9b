//! What is made of objects with their details inside, as the pull gives them.

use std::fmt::Write as _;

use aftercast_connectors::source_named;
use aftercast_model::Facts;

use super::{
    DEPLOYMENT, PULL, RELEASE, RUN, converted, deployment_review, job, review, shown, with_statuses,
};

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

#[test]
fn a_ruleset_is_the_same_by_webhook_and_one_that_is_gone_says_so() {
    let ruleset = r#"{"id": 7, "target": "branch", "enforcement": "evaluate", "source_type": "Repository", "source": "acme/shop",
      "updated_at": "2026-01-02T00:00:00Z", "rules": [{"type": "pull_request", "parameters": {"required_approving_review_count": 2}}]}"#;
    let hook = |action: &str| {
        format!(
            r#"{{"action": "{action}", "repository_ruleset": {ruleset}, "repository": {{"full_name": "acme/shop"}}, "sender": {{"login": "ann", "type": "User"}}}}"#
        )
    };
    let (pulled, sent) = (converted(&[ruleset]).facts, converted(&[&hook("edited")]).facts);
    let (pulled, sent) = (pulled.gate_definitions.row(0), sent.gate_definitions.row(0));
    assert_eq!((pulled.id, pulled.blocking, pulled.approvals), (sent.id, Some(false), Some(2)));
    let gone = converted(&[&hook("deleted")]);
    assert!(gone.facts.is_empty() && gone.problems.len() == 1);
}
