//! The `circleci` source on pipelines in the shape of API v2 and on webhooks.

use aftercast_connectors::live::webhook::{Incoming, Refusal, sign, verify};
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Timestamp;

use crate::rows::converted;

/// Failed, was run again from there, asked and deployed.
const PIPELINE: &str = r#"{"id": "5f3c", "number": 25, "state": "created", "project_slug": "gh/acme/shop", "created_at": "2026-09-01T08:00:00.100Z", "updated_at": "2026-09-01T08:00:00.200Z", "errors": [],
  "trigger": {"type": "webhook", "received_at": "2026-09-01T08:00:00Z", "actor": {"login": "carol"}},
  "vcs": {"provider_name": "GitHub", "target_repository_url": "https://github.com/acme/shop", "revision": "a1b2", "branch": "pull/17"},
  "workflows": [
    {"id": "w2", "name": "main", "status": "success", "pipeline_id": "5f3c", "created_at": "2026-09-01T09:00:00Z", "stopped_at": "2026-09-01T10:00:00Z", "jobs": [
      {"id": "j1", "name": "build", "type": "build", "status": "success", "job_number": 1, "started_at": "2026-09-01T08:00:10Z", "stopped_at": "2026-09-01T08:01:00Z", "dependencies": []},
      {"id": "j3", "name": "test", "type": "build", "status": "success", "job_number": 3, "started_at": "2026-09-01T09:00:20Z", "stopped_at": "2026-09-01T09:02:00Z", "dependencies": ["j1"],
       "detail": {"number": 3, "created_at": "2026-09-01T09:00:01Z", "queued_at": "2026-09-01T09:00:02Z", "web_url": "https://circleci.com/gh/acme/shop/3", "executor": {"resource_class": "large"}, "messages": []}},
      {"id": "j4", "name": "hold", "type": "approval", "status": "success", "started_at": "2026-09-01T09:02:01Z", "stopped_at": "2026-09-01T09:50:00Z", "approved_by": "2f4e", "approval_request_id": "77", "dependencies": ["j3"]},
      {"id": "j5", "name": "deploy-prod", "type": "build", "status": "success", "job_number": 5, "started_at": "2026-09-01T09:50:10Z", "stopped_at": "2026-09-01T10:00:00Z", "dependencies": ["j4"]}]},
    {"id": "w1", "name": "main", "status": "failed", "pipeline_id": "5f3c", "created_at": "2026-09-01T08:00:01Z", "stopped_at": "2026-09-01T08:03:00Z", "jobs": [
      {"id": "j1", "name": "build", "type": "build", "status": "success", "job_number": 1, "started_at": "2026-09-01T08:00:10Z", "stopped_at": "2026-09-01T08:01:00Z", "dependencies": []},
      {"id": "j2", "name": "test", "type": "build", "status": "failed", "job_number": 2, "started_at": "2026-09-01T08:01:10Z", "stopped_at": "2026-09-01T08:03:00Z", "dependencies": ["j1"],
       "steps": [{"name": "npm ci", "actions": [{"status": "success", "start_time": "2026-09-01T08:01:10Z", "end_time": "2026-09-01T08:01:40Z"}]},
         {"name": "npm test", "actions": [{"index": 0, "status": "success", "start_time": "2026-09-01T08:01:40Z", "end_time": "2026-09-01T08:02:40Z"},
           {"index": 1, "status": "failed", "exit_code": 1, "start_time": "2026-09-01T08:01:41Z", "end_time": "2026-09-01T08:03:00Z"}]}]},
      {"id": "j6", "name": "hold", "type": "approval", "status": "not_run", "dependencies": ["j2"]}]}]}"#;

const JOB_HOOK: &str = r#"{"id": "d-1", "type": "job-completed", "happened_at": "2026-09-01T09:02:00Z", "webhook": {"id": "x", "name": "aftercast"},
  "project": {"id": "p", "name": "shop", "slug": "gh/acme/shop"}, "organization": {"id": "o", "name": "acme"},
  "workflow": {"id": "w2", "name": "main", "created_at": "2026-09-01T09:00:00Z", "stopped_at": null, "url": "https://app.circleci.com/pipelines/gh/acme/shop/25/workflows/w2"},
  "pipeline": {"id": "5f3c", "number": 25, "created_at": "2026-09-01T08:00:00Z", "trigger": {"type": "webhook"},
    "vcs": {"provider_name": "github", "target_repository_url": "https://github.com/acme/shop", "revision": "a1b2", "branch": "pull/17"}},
  "job": {"id": "j3", "name": "test", "number": 3, "status": "success", "started_at": "2026-09-01T09:00:20Z", "stopped_at": "2026-09-01T09:02:00Z"}}"#;

fn workflow_hook(status: &str) -> String {
    let (head, _) = JOB_HOOK.split_once(",\n  \"job\"").unwrap();
    head.replace("job-completed", "workflow-completed").replace(
        "\"stopped_at\": null",
        &format!("\"stopped_at\": \"2026-09-01T10:00:00Z\", \"status\": \"{status}\""),
    ) + "}"
}

#[test]
fn circleci_holds_the_contract() {
    let page = format!(r#"{{"items": [{PIPELINE}], "next_page_token": null}}"#);
    let hook = workflow_hook("success");
    conformance::check(
        source_named("circleci").unwrap(),
        &[
            ("pipelines.json", page.as_bytes()),
            ("job.json", JOB_HOOK.as_bytes()),
            ("workflow.json", hook.as_bytes()),
        ],
    );
}

#[test]
fn workflows_of_a_name_are_attempts_and_reused_jobs_count_once() {
    insta::assert_snapshot!(converted("circleci", PIPELINE));
}

#[test]
fn webhooks_give_the_rows_of_the_pull_and_yield_to_them() {
    let source = source_named("circleci").unwrap();
    let pulled = conformance::settled(source, "a.json", PIPELINE.as_bytes());
    for hook in [JOB_HOOK.to_owned(), workflow_hook("success")] {
        let mixed = format!("{hook}\n{PIPELINE}\n{hook}");
        assert_eq!(conformance::settled(source, "a.json", mixed.as_bytes()), pulled);
    }
    insta::assert_snapshot!(converted(
        "circleci",
        &format!("{JOB_HOOK}\n{}", workflow_hook("success"))
    ));
}

#[test]
fn unknown_words_stay_beside_unknown() {
    let shown = converted("circleci", &workflow_hook("melted"));
    assert!(shown.contains("\"native_status\": \"melted\""), "{shown}");
    assert!(!shown.contains("\"outcome\""), "{shown}");
}

#[test]
fn a_refused_configuration_is_a_failed_run() {
    let shown = converted(
        "circleci",
        r#"{"id": "e1", "number": 3, "state": "errored", "project_slug": "gh/acme/shop", "errors": [{"type": "config", "message": "x"}],
        "created_at": "2026-09-01T08:00:00Z", "updated_at": "2026-09-01T08:00:02Z", "vcs": {"revision": "a1"}, "workflows": []}"#,
    );
    assert!(shown.contains("\"native_status\": \"errored\""), "{shown}");
    assert!(shown.contains("\"outcome\": \"error\""), "{shown}");
}

#[test]
fn a_workflow_alone_says_where_it_belongs() {
    let shown = converted(
        "circleci",
        r#"{"id": "w1", "name": "main", "status": "failed", "pipeline_id": "5f3c"}"#,
    );
    assert!(shown.contains("put it into its parent's `workflows`"), "{shown}");
}

#[test]
fn a_hook_is_believed_by_its_signature() {
    let webhook = source_named("circleci").unwrap().webhook.unwrap();
    let now = Timestamp::parse("2026-09-01T09:02:01Z").unwrap();
    let signed = sign(webhook.signatures[0], "secret", JOB_HOOK.as_bytes(), "", now);
    let header = |name: &str| match name {
        "circleci-event-type" => Some("job-completed"),
        _ => signed.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()),
    };
    let incoming = Incoming { header: &header, body: JOB_HOOK.as_bytes(), now };
    let delivery = verify(webhook, &incoming, &["secret"]).unwrap();
    assert_eq!((delivery.id.as_str(), delivery.kind.as_str()), ("d-1", "job-completed"));
    assert_eq!(verify(webhook, &incoming, &["other"]), Err(Refusal::Forged));
}
