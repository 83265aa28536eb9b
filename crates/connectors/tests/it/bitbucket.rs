//! The `bitbucket` source on objects in the shape of its API and webhooks.

use aftercast_connectors::{conformance, source_named};

use crate::rows::converted;

/// A pipeline that failed in Bitbucket's own machinery, after a person had started its second step.
const PIPELINE: &str = r#"{"uuid": "{p-1}", "build_number": 42, "created_on": "2026-09-01T08:00:00.123Z", "completed_on": "2026-09-01T09:40:00Z",
  "creator": {"type": "user", "uuid": "{dev}"}, "repository": {"full_name": "acme/shop"}, "trigger": {"name": "PUSH"},
  "state": {"name": "COMPLETED", "result": {"name": "FAILED"}},
  "target": {"ref_name": "main", "selector": {"type": "default"}, "commit": {"hash": "a1b2"}, "pullrequest": {"id": 7}},
  "steps": [
    {"uuid": "{s-1}", "name": "Build and test", "started_on": "2026-09-01T08:00:10Z", "completed_on": "2026-09-01T08:10:00Z", "run_number": 1,
     "state": {"name": "COMPLETED", "result": {"name": "SUCCESSFUL"}}, "trigger": {"type": "pipeline_step_trigger_automatic"}},
    {"uuid": "{s-2}", "name": "Deploy", "started_on": "2026-09-01T09:30:00Z", "completed_on": "2026-09-01T09:40:00Z", "run_number": 1,
     "state": {"name": "COMPLETED", "result": {"name": "ERROR", "error": {"key": "bb.agent.container.oom", "message": "Container exceeded memory limit."}}},
     "trigger": {"type": "pipeline_step_trigger_manual"}},
    {"uuid": "{s-3}", "state": {"name": "COMPLETED", "result": {"name": "MELTED"}}, "trigger": {"type": "pipeline_step_trigger_automatic"}}]}"#;

/// One that waits for a person.
const PAUSED: &str = r#"{"aftercast": {"kind": "pipeline", "subject": "acme/shop"}, "body": {"uuid": "{p-2}", "build_number": 43, "created_on": "2026-09-01T08:00:00Z",
  "trigger": {"name": "SCHEDULE"}, "state": {"name": "IN_PROGRESS", "stage": {"name": "PAUSED"}}, "target": {"ref_name": "main", "commit": {"hash": "a1b2"}},
  "steps": [{"uuid": "{s-4}", "name": "Build", "started_on": "2026-09-01T08:00:10Z", "completed_on": "2026-09-01T08:10:00Z", "state": {"name": "COMPLETED", "result": {"name": "SUCCESSFUL"}}},
    {"uuid": "{s-5}", "name": "Ship", "state": {"name": "PENDING"}, "trigger": {"type": "pipeline_step_trigger_manual"}}]}}"#;

const PULL_REQUEST: &str = r#"{"id": 7, "title": "Revert \"Add tax\"", "description": "This reverts commit 0123456789abcdef.", "state": "MERGED", "draft": false,
  "author": {"type": "user", "uuid": "{dev}"}, "created_on": "2026-09-01T08:00:00+00:00", "updated_on": "2026-09-05T10:00:00+00:00", "merge_commit": {"hash": "bbb222222222"},
  "source": {"branch": {"name": "topic"}, "commit": {"hash": "aaa1"}}, "destination": {"branch": {"name": "main"}, "repository": {"full_name": "acme/shop"}},
  "participants": [{"user": {"type": "user", "uuid": "{ann}"}, "state": "approved"}, {"user": {"type": "user", "uuid": "{eve}"}, "state": null}],
  "merge": {"hash": "bbb222222222cccc"},
  "activity": [{"update": {"state": "MERGED", "date": "2026-09-02T10:00:00+00:00"}},
    {"approval": {"date": "2026-09-02T09:00:00+00:00", "user": {"type": "user", "uuid": "{ann}"}}},
    {"approval": {"date": "2026-09-01T19:00:00+00:00", "user": {"type": "user", "uuid": "{eve}"}}},
    {"changes_requested": {"date": "2026-09-01T15:00:00+00:00", "user": {"type": "user", "uuid": "{ann}"}}},
    {"comment": {"created_on": "2026-09-01T12:00:00+00:00", "user": {"type": "app_user", "uuid": "{bot}"}, "deleted": false}},
    {"comment": {"created_on": "2026-09-01T13:00:00+00:00", "user": {"type": "user", "uuid": "{dev}"}, "deleted": false}},
    {"update": {"state": "OPEN", "date": "2026-09-01T08:00:00+00:00"}}],
  "statuses": [{"key": "sonar", "name": "Quality gate", "state": "FAILED", "created_on": "2026-09-01T08:01:00Z", "updated_on": "2026-09-01T08:02:00Z",
    "links": {"commit": {"href": "https://api.bitbucket.org/2.0/repositories/acme/shop/commit/aaa1aaa1"}}},
    {"key": "42", "state": "FAILED", "url": "https://bitbucket.org/acme/shop/addon/pipelines/home#!/results/42", "updated_on": "2026-09-01T08:02:00Z"}]}"#;

const DEPLOYMENT: &str = r##"{"aftercast": {"kind": "deployment", "subject": "acme/shop"}, "body": {"uuid": "{d-1}", "environment": {"uuid": "{e-1}"},
  "in_environment": {"uuid": "{e-1}", "name": "eu-1", "environment_type": {"name": "Production"}},
  "release": {"name": "#42", "commit": {"hash": "a1b2"}, "created_on": "2026-09-01T09:29:00Z"}, "last_update_time": "2026-09-01T09:40:01Z",
  "state": {"name": "COMPLETED", "status": {"name": "FAILED"}, "started_on": "2026-09-01T09:30:00Z", "completed_on": "2026-09-01T09:40:00Z"}}}"##;

const DEFINITIONS: &str = r#"[{"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"id": 1, "kind": "require_approvals_to_merge", "value": 2, "pattern": "main", "branch_match_kind": "glob"}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"id": 2, "kind": "push", "pattern": "", "branch_match_kind": "branching_model", "branch_type": "production", "users": [{"uuid": "{ann}"}], "groups": []}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"id": 3, "kind": "force", "pattern": "*", "branch_match_kind": "glob"}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"uuid": "{e-1}", "name": "Production", "environment_type": {"name": "Production"}, "restrictions": {"admin_only": true}}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"uuid": "{e-2}", "name": "Test", "environment_type": {"name": "Test"}, "restrictions": {"admin_only": false}}}]"#;

const HOOKS: &str = r#"[{"actor": {"uuid": "{ann}"}, "repository": {"full_name": "acme/shop"}, "approval": {"date": "2026-09-01T09:00:00Z", "user": {"type": "user", "uuid": "{ann}"}},
   "pullrequest": {"id": 8, "state": "OPEN", "draft": true, "author": {"type": "user", "uuid": "{dev}"}, "created_on": "2026-09-01T08:00:00Z", "updated_on": "2026-09-01T09:00:00Z", "source": {"commit": {"hash": "ccc3"}}, "destination": {"branch": {"name": "main"}}}},
  {"actor": {"uuid": "{ann}"}, "repository": {"full_name": "acme/shop"},
   "pullrequest": {"id": 9, "state": "MERGED", "author": {"type": "user", "uuid": "{dev}"}, "created_on": "2026-09-01T08:00:00Z", "updated_on": "2026-09-01T10:00:00Z", "merge_commit": {"hash": "ddd4"}, "source": {}, "destination": {"branch": {"name": "main"}}}},
  {"actor": {"uuid": "{ann}"}, "repository": {"full_name": "acme/shop"},
   "commit_status": {"key": "sonar", "state": "INPROGRESS", "created_on": "2026-09-01T08:01:00Z", "updated_on": "2026-09-01T08:01:00Z", "commit": {"hash": "aaa1aaa1"}}},
  {"actor": {"uuid": "{ann}"}, "repository": {"full_name": "acme/shop"}, "push": {"changes": []}}]"#;

#[test]
fn bitbucket_holds_the_contract() {
    let page = format!(r#"{{"pagelen": 10, "values": [{PIPELINE}], "page": 1}}"#);
    conformance::check(
        source_named("bitbucket").unwrap(),
        &[
            ("pipelines.json", page.as_bytes()),
            ("paused.json", PAUSED.as_bytes()),
            ("pull_request.json", PULL_REQUEST.as_bytes()),
            ("deployment.json", DEPLOYMENT.as_bytes()),
            ("definitions.json", DEFINITIONS.as_bytes()),
            ("hooks.json", HOOKS.as_bytes()),
        ],
    );
}

#[test]
fn a_manual_step_waits_from_the_end_of_the_steps_before() {
    insta::assert_snapshot!(converted("bitbucket", PIPELINE));
}

#[test]
fn a_paused_pipeline_is_asking() {
    insta::assert_snapshot!(converted("bitbucket", PAUSED));
}

#[test]
fn activity_tells_when_a_pull_request_was_reviewed_approved_and_merged() {
    insta::assert_snapshot!(converted("bitbucket", PULL_REQUEST));
}

#[test]
fn a_deployment_is_production_by_the_kind_of_its_environment() {
    insta::assert_snapshot!(converted("bitbucket", DEPLOYMENT));
}

#[test]
fn rules_about_branches_and_environments_are_gates() {
    insta::assert_snapshot!(converted("bitbucket", DEFINITIONS));
}

#[test]
fn webhooks_tell_what_they_know() {
    insta::assert_snapshot!(converted("bitbucket", HOOKS));
}

#[test]
fn the_end_of_a_pull_request_comes_from_the_event_or_its_activity_and_from_nothing_else() {
    let source = source_named("bitbucket").unwrap();
    let late = PULL_REQUEST.replace("\"activity\"", "\"other\"");
    let settled = conformance::settled(source, "pull.json", late.as_bytes());
    let row = settled.iter().find(|(key, _)| key.starts_with("change_requests")).unwrap();
    assert!(!row.1.contains("merged_at\":\"2026-09-05"), "{}", row.1);
    for body in [format!("{late}\n{PULL_REQUEST}"), format!("{PULL_REQUEST}\n{late}")] {
        let settled = conformance::settled(source, "pull.json", body.as_bytes());
        let row = settled.iter().find(|(key, _)| key.starts_with("change_requests")).unwrap();
        assert!(row.1.contains("\"merged_at\":\"2026-09-02T10:00:00Z\""), "{}", row.1);
    }
}
