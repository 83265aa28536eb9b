//! The `gitlab` source on objects in the shape of its REST API and webhooks.

use aftercast_connectors::{conformance, source_named};

use crate::rows::converted;

/// A merge request with a late approval, as pulled: approvals and notes inside.
const MERGE_REQUEST: &str = r#"{"aftercast": {"kind": "merge_request", "subject": "acme/shop"}, "body": {"id": 99, "iid": 12, "project_id": 42,
  "state": "merged", "title": "Revert \"Add tax\"", "description": "This reverts merge request !11", "draft": false,
  "author": {"id": 3, "username": "dev"}, "created_at": "2026-09-01T08:00:00.500Z", "updated_at": "2026-09-02T10:00:00.250Z",
  "merged_at": "2026-09-02T10:00:00.250Z", "closed_at": null, "sha": "aaa1", "merge_commit_sha": null, "squash_commit_sha": "bbb2",
  "target_branch": "main", "source_branch": "revert-11", "web_url": "https://gitlab.com/acme/shop/-/merge_requests/12",
  "approvals": {"approved_by": [{"user": {"id": 7, "username": "ann"}, "approved_at": "2026-09-02T09:30:00.000Z"}]},
  "notes": [
    {"id": 6, "system": true, "author": {"id": 8, "username": "bob"}, "created_at": "2026-09-02T09:40:00.000Z", "body": "requested changes"},
    {"id": 1, "system": true, "author": {"id": 3, "username": "dev"}, "created_at": "2026-09-01T09:00:00.000Z", "body": "marked this merge request as **ready**"},
    {"id": 2, "system": true, "author": {"id": 3, "username": "dev"}, "created_at": "2026-09-01T09:05:00.000Z", "body": "requested review from @ann and @bob"},
    {"id": 3, "system": false, "author": {"id": 50, "username": "project_42_bot_1f"}, "created_at": "2026-09-01T09:06:00.000Z", "body": "Coverage fell"},
    {"id": 4, "system": false, "author": {"id": 8, "username": "bob"}, "created_at": "2026-09-01T12:00:00.000Z", "body": "Why?"},
    {"id": 5, "system": true, "author": {"id": 60, "username": "eve"}, "created_at": "2026-09-01T13:00:00.000Z", "body": "approved this merge request"}]}}"#;

/// What an older server knows: no time in the list of approvals.
const OLD_SERVER: &str = r#"{"id": 100, "iid": 13, "state": "opened", "draft": true, "author": {"id": 3, "username": "dev"},
  "created_at": "2026-09-01T08:00:00Z", "updated_at": "2026-09-01T10:00:00Z", "sha": "ccc3", "target_branch": "main", "source_branch": "x",
  "references": {"full": "acme/shop!13"}, "approvals": {"approved_by": [{"user": {"id": 7, "username": "ann"}}]},
  "notes": [{"id": 9, "system": true, "author": {"id": 7, "username": "ann"}, "created_at": "2026-09-01T09:30:00Z", "body": "approved this merge request"}]}"#;

/// A pipeline whose test failed and was retried, and whose deployment a person started.
const PIPELINE: &str = r#"{"aftercast": {"kind": "pipeline", "subject": "acme/shop"}, "body": {"id": 31, "iid": 3, "sha": "a1b2",
  "ref": "refs/merge-requests/12/head", "status": "success", "source": "merge_request_event", "created_at": "2026-09-01T08:00:00.000Z",
  "updated_at": "2026-09-01T09:10:00.100Z", "web_url": "https://gitlab.com/acme/shop/-/pipelines/31",
  "whole": {"status": "success", "updated_at": "2026-09-01T09:10:00.100Z", "started_at": "2026-09-01T08:00:05.000Z",
    "finished_at": "2026-09-01T09:10:00.000Z", "user": {"id": 3, "username": "dev"}, "queued_duration": 5},
  "jobs": [
    {"id": 304, "name": "go-live", "stage": "release", "status": "success", "created_at": "2026-09-01T08:00:00.000Z", "started_at": "2026-09-01T09:00:02.000Z",
     "finished_at": "2026-09-01T09:10:00.000Z", "queued_duration": 2.0, "allow_failure": false, "user": {"id": 9, "username": "carol"}, "failure_reason": "unknown_failure"},
    {"id": 303, "name": "unit", "stage": "test", "status": "success", "created_at": "2026-09-01T08:06:00.000Z", "started_at": "2026-09-01T08:06:03.000Z",
     "finished_at": "2026-09-01T08:10:00.000Z", "queued_duration": 3.0, "allow_failure": false, "user": {"id": 3, "username": "dev"}, "tag_list": ["linux", "big"]},
    {"id": 302, "name": "unit", "stage": "test", "status": "failed", "created_at": "2026-09-01T08:00:00.000Z", "started_at": "2026-09-01T08:01:10.000Z",
     "finished_at": "2026-09-01T08:05:00.000Z", "queued_duration": 10.5, "allow_failure": false, "user": {"id": 3, "username": "dev"},
     "failure_reason": "script_failure", "web_url": "https://gitlab.com/acme/shop/-/jobs/302",
     "log": "$ make test\nsection_start:1\nError: tax is wrong\nsection_end:2\nERROR: Job failed: exit code 2\n"},
    {"id": 301, "name": "lint", "stage": "test", "status": "failed", "created_at": "2026-09-01T08:00:00.000Z", "started_at": "2026-09-01T08:00:05.000Z",
     "finished_at": "2026-09-01T08:01:00.000Z", "queued_duration": 5.0, "allow_failure": true, "failure_reason": "job_execution_timeout"},
    {"id": 305, "name": "docs", "stage": "release", "status": "manual", "created_at": "2026-09-01T08:00:00.000Z", "allow_failure": true}],
  "bridges": [{"id": 306, "name": "downstream", "stage": "release", "status": "vanished", "created_at": "2026-09-01T08:00:00.000Z"}],
  "by_hand": {"nodes": [{"id": "gid://gitlab/Ci::Build/304"}, {"id": "gid://gitlab/Ci::Build/305"}]},
  "tests": {"total_count": 2, "test_suites": [{"name": "unit", "total_count": 2, "test_cases": [
    {"status": "failed", "name": "adds", "classname": "Cart", "execution_time": 0.25, "system_output": "expected 1"},
    {"status": "melted", "name": "adds", "classname": "Cart", "execution_time": 1}]}]}}}"#;

/// A deployment that two people let go; Premium.
const DEPLOYMENT: &str = r#"{"aftercast": {"kind": "deployment", "subject": "acme/shop"}, "body": {"id": 41, "iid": 1, "ref": "v1.4.0", "sha": "a1b2",
  "status": "success", "created_at": "2026-09-01T08:00:00.000Z", "updated_at": "2026-09-01T09:10:00.900Z", "environment": {"id": 9, "name": "eu-1"},
  "tier": {"id": 9, "name": "eu-1", "tier": "production"},
  "deployable": {"id": 304, "name": "go-live", "stage": "release", "status": "success", "created_at": "2026-09-01T08:00:00.000Z",
    "started_at": "2026-09-01T09:00:02.000Z", "finished_at": "2026-09-01T09:10:00.000Z", "pipeline": {"id": 31, "sha": "a1b2"},
    "web_url": "https://gitlab.com/acme/shop/-/jobs/304"},
  "pending_approval_count": 0, "approvals": [],
  "whole": {"pending_approval_count": 0, "approval_summary": {"rules": [
    {"required_approvals": 1, "deployment_approvals": [{"user": {"id": 9, "username": "carol"}, "status": "approved", "created_at": "2026-09-01T08:40:00.000Z"}]},
    {"required_approvals": 1, "deployment_approvals": [{"user": {"id": 8, "username": "bob"}, "status": "approved", "created_at": "2026-09-01T08:55:00.000Z"}]}]}},
  "jobs": [{"id": 303, "stage": "test", "name": "unit", "status": "success", "created_at": "2026-09-01T08:00:00.000Z", "finished_at": "2026-09-01T08:10:00.000Z"},
    {"id": 304, "stage": "release", "name": "go-live", "status": "success", "created_at": "2026-09-01T08:00:00.000Z", "started_at": "2026-09-01T09:00:02.000Z", "queued_duration": 2}]}}"#;

/// Lists of settings and releases.
const DEFINITIONS: &str = r#"[{"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"name": "production", "deploy_access_levels": [], "required_approval_count": 0,
    "approval_rules": [{"id": 1, "required_approvals": 1}, {"id": 2, "required_approvals": 2}]}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"name": "staging", "deploy_access_levels": []}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"id": 1, "name": "main", "push_access_levels": [{"access_level": 0, "access_level_description": "No one"}], "code_owner_approval_required": true}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"id": 5, "name": "All Members", "rule_type": "any_approver", "approvals_required": 2, "protected_branches": []}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"id": 6, "name": "Compliance", "external_url": "https://check.example", "protected_branches": [{"name": "main"}]}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"id": 7, "freeze_start": "0 23 * * 5", "freeze_end": "0 7 * * 1", "cron_timezone": "UTC", "updated_at": "2026-08-01T08:00:00Z"}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"id": 42, "path_with_namespace": "acme/shop", "default_branch": "main", "only_allow_merge_if_pipeline_succeeds": true, "only_allow_merge_if_all_discussions_are_resolved": false}},
  {"aftercast": {"kind": "x", "subject": "acme/shop"}, "body": {"name": "new-cart", "active": false, "strategies": [], "updated_at": "2026-08-02T08:00:00Z"}},
  {"tag_name": "v1.4.0", "released_at": "2026-09-01T10:00:00Z", "created_at": "2026-09-01T09:59:00Z", "commit": {"id": "a1b2"}, "_links": {"self": "https://gitlab.com/acme/shop/-/releases/v1.4.0"}}]"#;

const PROJECT: &str = r#""project": {"id": 42, "path_with_namespace": "acme/shop", "web_url": "https://gitlab.com/acme/shop"}"#;

fn hooks() -> String {
    format!(
        r#"[{{"object_kind": "pipeline", {PROJECT}, "user": {{"id": 3, "username": "dev"}}, "merge_request": {{"id": 99, "iid": 12}},
    "object_attributes": {{"id": 32, "ref": "topic", "sha": "a1b2", "source": "schedule", "status": "manual", "created_at": "2026-09-01 08:00:00 UTC", "finished_at": null, "queued_duration": 5, "url": "https://gitlab.com/acme/shop/-/pipelines/32"}},
    "builds": [{{"id": 310, "stage": "build", "name": "build", "status": "success", "created_at": "2026-09-01 08:00:00 UTC", "started_at": "2026-09-01 08:00:05 UTC", "finished_at": "2026-09-01 08:02:00 UTC", "queued_duration": 5.2, "failure_reason": null, "manual": false, "allow_failure": false, "runner": {{"tags": ["linux"]}}}},
      {{"id": 311, "stage": "deploy", "name": "ship", "status": "manual", "created_at": "2026-09-01 08:00:00 UTC", "manual": true, "allow_failure": false}}]}},
  {{"object_kind": "build", "ref": "topic", "sha": "a1b2", "build_id": 312, "build_name": "unit tests", "build_stage": "test", "build_status": "failed", "build_created_at": "2026-09-01T08:00:00.886Z",
    "build_started_at": "2026-09-01T08:02:00.000Z", "build_finished_at": "2026-09-01T08:03:00.000Z", "build_queued_duration": 1.5, "build_allow_failure": false, "build_failure_reason": "runner_system_failure",
    "retries_count": 1, "pipeline_id": 32, "user": {{"id": 3}}, "commit": {{"id": 32}}, {PROJECT}}},
  {{"object_kind": "deployment", "status": "failed", "status_changed_at": "2026-09-01 11:10:00 +0200", "deployment_id": 43, "deployable_url": "https://gitlab.com/acme/shop/-/jobs/313",
    "environment": "production", "environment_tier": "production", "short_sha": "a1b2", "commit_url": "https://gitlab.com/acme/shop/-/commit/a1b2c3d4", {PROJECT}}},
  {{"object_kind": "merge_request", {PROJECT}, "user": {{"id": 7, "username": "ann"}}, "object_attributes": {{"id": 101, "iid": 14, "author_id": 3, "state": "opened", "action": "approved",
    "created_at": "2026-09-01 08:00:00 UTC", "updated_at": "2026-09-01 08:30:00 UTC", "target_branch": "main", "last_commit": {{"id": "ddd4"}}, "url": "https://gitlab.com/acme/shop/-/merge_requests/14"}}}},
  {{"object_kind": "release", "action": "create", "tag": "v1.5.0", "created_at": "2026-09-03 10:00:00 UTC", "released_at": "2026-09-03 10:00:00 UTC", "commit": {{"id": "eee5"}}, "url": "https://gitlab.com/acme/shop/-/releases/v1.5.0", {PROJECT}}},
  {{"object_kind": "push", "before": "0", "after": "1", "ref": "refs/heads/main", {PROJECT}, "commits": [{{"id": "1"}}]}}]"#
    )
}

#[test]
fn gitlab_holds_the_contract() {
    conformance::check(
        source_named("gitlab").unwrap(),
        &[
            ("merge_request.json", MERGE_REQUEST.as_bytes()),
            ("old.json", OLD_SERVER.as_bytes()),
            ("pipeline.json", PIPELINE.as_bytes()),
            ("deployment.json", DEPLOYMENT.as_bytes()),
            ("definitions.json", DEFINITIONS.as_bytes()),
            ("hooks.json", hooks().as_bytes()),
        ],
    );
}

#[test]
fn a_merge_request_has_its_first_review_and_each_persons_last_word() {
    insta::assert_snapshot!(converted("gitlab", MERGE_REQUEST));
}

#[test]
fn where_the_server_does_not_date_approvals_their_notes_do() {
    insta::assert_snapshot!(converted("gitlab", OLD_SERVER));
}

#[test]
fn retried_jobs_make_attempts_and_manual_jobs_wait() {
    insta::assert_snapshot!(converted("gitlab", PIPELINE));
}

#[test]
fn a_deployment_waits_from_the_stages_before_to_the_last_approval() {
    insta::assert_snapshot!(converted("gitlab", DEPLOYMENT));
}

#[test]
fn settings_are_definitions_of_gates() {
    insta::assert_snapshot!(converted("gitlab", DEFINITIONS));
}

#[test]
fn webhooks_tell_what_they_know() {
    insta::assert_snapshot!(converted("gitlab", &hooks()));
}

#[test]
fn what_is_pulled_beats_the_webhook_of_the_same_state() {
    let source = source_named("gitlab").unwrap();
    let hook = format!(
        r#"{{"object_kind": "deployment", "status": "success", "status_changed_at": "2026-09-01 11:10:01 +0200", "deployment_id": 41, "environment": "eu-1", "environment_tier": "production", {PROJECT}}}"#
    );
    for body in [format!("{hook}\n{DEPLOYMENT}"), format!("{DEPLOYMENT}\n{hook}")] {
        let settled = conformance::settled(source, "b.json", body.as_bytes());
        let rows: Vec<_> =
            settled.iter().filter(|(key, _)| key.starts_with("deployments")).collect();
        assert_eq!(rows.len(), 1);
        assert!(rows[0].1.contains("\"version\":\"v1.4.0\""), "{}", rows[0].1);
    }
}

#[test]
fn without_graphql_only_a_long_wait_for_another_person_is_taken_for_a_manual_job() {
    let bare = PIPELINE.replace("\"by_hand\"", "\"other\"");
    let shown = converted("gitlab", &bare);
    let manual = |text: &str| text.matches("\"kind\": \"manual\"").count();
    assert_eq!(manual(&shown), 2, "{shown}");
    assert!(shown.contains("gap before the job, started by somebody else"), "{shown}");
    let same_person =
        bare.replace("\"id\": 9, \"username\": \"carol\"", "\"id\": 3, \"username\": \"dev\"");
    assert_eq!(manual(&converted("gitlab", &same_person)), 1);
}

#[test]
fn only_a_failure_that_held_the_pipeline_back_makes_an_attempt() {
    let optional = PIPELINE.replace(
        "\"queued_duration\": 10.5, \"allow_failure\": false",
        "\"queued_duration\": 10.5, \"allow_failure\": true",
    );
    let shown = converted("gitlab", &optional);
    let runs: Vec<_> = shown.lines().filter(|line| line.starts_with("pipeline_runs")).collect();
    assert_eq!(runs.len(), 1, "{shown}");
    assert!(runs[0].contains("\"attempt\": 1,"), "{}", runs[0]);
    assert!(runs[0].contains("\"queued_at\": \"2026-09-01T08:00:00Z\""), "{}", runs[0]);
}
