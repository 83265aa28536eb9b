//! The `buildkite` source on builds in the shape of its REST API and on webhooks.

use aftercast_connectors::live::webhook::{Incoming, Refusal, sign, verify};
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Timestamp;

use crate::rows::converted;

/// A job failed and was retried, a soft failure, a block step, and a deployment that failed.
const BUILD: &str = r#"{"id": "b-7", "number": 7, "state": "failed", "blocked": false, "web_url": "https://buildkite.com/acme/shop/builds/7", "message": "x", "commit": "a1b2", "branch": "main", "tag": null,
  "source": "webhook", "creator": {"id": "u-1", "name": "Carol"}, "pull_request": {"id": "17", "base": "main"}, "env": {},
  "created_at": "2026-09-01T08:00:00.000Z", "scheduled_at": "2026-09-01T08:00:01.000Z", "started_at": "2026-09-01T08:00:05.000Z", "finished_at": "2026-09-01T09:10:00.000Z",
  "pipeline": {"slug": "shop", "repository": "git@github.com:acme/shop.git"}, "log": "$ ./deploy\nconnection refused\nError: cannot reach the cluster\n",
  "jobs": [
    {"id": "j-1", "type": "script", "name": "test", "state": "failed", "soft_failed": false, "exit_status": 1, "runnable_at": "2026-09-01T08:00:02.000Z", "started_at": "2026-09-01T08:00:05.000Z", "finished_at": "2026-09-01T08:02:00.000Z",
     "retried": true, "retried_in_job_id": "j-2", "retries_count": 0, "agent": {"name": "agent-1"}},
    {"id": "j-2", "type": "script", "name": "test", "state": "passed", "soft_failed": false, "exit_status": 0, "runnable_at": "2026-09-01T08:02:01.000Z", "started_at": "2026-09-01T08:02:03.000Z", "finished_at": "2026-09-01T08:04:00.000Z",
     "retried": false, "retried_in_job_id": null, "retries_count": 1},
    {"id": "j-3", "type": "script", "name": "lint", "state": "failed", "soft_failed": true, "exit_status": 3, "runnable_at": "2026-09-01T08:00:02.000Z", "started_at": "2026-09-01T08:00:05.000Z", "finished_at": "2026-09-01T08:01:00.000Z"},
    {"id": "w-1", "type": "waiter", "state": "finished"},
    {"id": "m-1", "type": "manual", "label": "Release?", "state": "unblocked", "unblocked_by": {"id": "u-2", "name": "Dave"}, "unblocked_at": "2026-09-01T09:00:00.000Z", "unblockable": false},
    {"id": "j-4", "type": "script", "name": "Deploy to production", "state": "failed", "soft_failed": false, "exit_status": 1, "runnable_at": "2026-09-01T09:00:01.000Z", "started_at": "2026-09-01T09:00:10.000Z", "finished_at": "2026-09-01T09:10:00.000Z"},
    {"id": "j-5", "type": "script", "name": "notify", "state": "broken", "created_at": "2026-09-01T08:00:00.000Z"}]}"#;

/// Waits for a person; Buildkite says that it passed.
const BLOCKED: &str = r#"{"id": "b-8", "number": 8, "state": "passed", "blocked": true, "commit": "HEAD", "branch": "main", "source": "schedule", "created_at": "2026-09-01T08:00:00Z",
  "scheduled_at": "2026-09-01T08:00:00Z", "started_at": "2026-09-01T08:00:05Z", "finished_at": "2026-09-01T08:05:00Z", "pipeline": {"slug": "shop", "repository": "git@github.com:acme/shop.git"},
  "jobs": [{"id": "j-9", "type": "script", "name": "test", "state": "passed", "started_at": "2026-09-01T08:00:05Z", "finished_at": "2026-09-01T08:05:00Z"},
    {"id": "m-2", "type": "manual", "label": "Release?", "state": "blocked", "unblocked_by": null, "unblocked_at": null, "unblockable": true}]}"#;

/// The retried job, as a webhook tells it.
const HOOK: &str = r#"{"event": "job.finished", "sender": {"id": "u"}, "pipeline": {"slug": "shop", "repository": "git@github.com:acme/shop.git"},
  "build": {"id": "b-7", "number": 7, "state": "running", "blocked": false, "web_url": "https://buildkite.com/acme/shop/builds/7", "commit": "a1b2", "branch": "main", "source": "webhook",
    "creator": {"id": "u-1", "name": "Carol"}, "pull_request": {"id": "17"}, "created_at": "2026-09-01T08:00:00.000Z", "scheduled_at": "2026-09-01T08:00:01.000Z", "started_at": "2026-09-01T08:00:05.000Z"},
  "job": {"id": "j-2", "type": "script", "name": "test", "state": "passed", "soft_failed": false, "exit_status": 0, "runnable_at": "2026-09-01T08:02:01.000Z", "started_at": "2026-09-01T08:02:03.000Z",
    "finished_at": "2026-09-01T08:04:00.000Z", "retried": false, "retried_in_job_id": null, "retries_count": 1}}"#;

fn build_hook() -> String {
    let (head, _) = HOOK.split_once(",\n  \"job\"").unwrap();
    head.replace("job.finished", "build.running") + "}"
}

#[test]
fn buildkite_holds_the_contract() {
    let (list, hook) = (format!("[{BUILD},{BLOCKED}]"), build_hook());
    conformance::check(
        source_named("buildkite").unwrap(),
        &[
            ("builds.json", list.as_bytes()),
            ("job.json", HOOK.as_bytes()),
            ("build.json", hook.as_bytes()),
        ],
    );
}

#[test]
fn retries_are_attempts_and_block_steps_ask_when_the_jobs_before_ended() {
    insta::assert_snapshot!(converted("buildkite", BUILD));
}

#[test]
fn a_blocked_build_has_not_ended() {
    insta::assert_snapshot!(converted("buildkite", BLOCKED));
}

#[test]
fn webhooks_give_the_rows_of_the_pull_and_yield_to_them() {
    let source = source_named("buildkite").unwrap();
    let pulled = conformance::settled(source, "a.json", BUILD.as_bytes());
    for hook in [HOOK.to_owned(), build_hook()] {
        let mixed = format!("{hook}\n{BUILD}\n{hook}");
        assert_eq!(conformance::settled(source, "a.json", mixed.as_bytes()), pulled);
    }
    insta::assert_snapshot!(converted("buildkite", &format!("{HOOK}\n{}", build_hook())));
}

#[test]
fn an_unblocking_dated_by_the_jobs_creation_is_not_believed() {
    let shown = converted(
        "buildkite",
        &BUILD.replace("2026-09-01T09:00:00.000Z", "2026-09-01T08:00:00.000Z"),
    );
    let gate = shown.lines().find(|line| line.starts_with("gate_evaluations")).unwrap();
    assert!(gate.contains("\"decided_at\": \"2026-09-01T09:00:01Z\""), "{gate}");
    assert!(gate.contains("\"confidence\": 50"), "{gate}");
}

#[test]
fn unknown_words_stay_beside_unknown() {
    let shown = converted(
        "buildkite",
        &BUILD.replace("\"state\": \"failed\", \"blocked\"", "\"state\": \"melted\", \"blocked\""),
    );
    let run = shown.lines().next().unwrap();
    assert!(run.contains("\"native_status\": \"melted\"") && !run.contains("\"outcome\""), "{run}");
}

#[test]
fn a_hook_is_believed_by_signature_or_token() {
    let webhook = source_named("buildkite").unwrap().webhook.unwrap();
    let now = Timestamp::parse("2026-09-01T09:02:01Z").unwrap();
    for scheme in webhook.signatures {
        let signed = sign(*scheme, "secret", HOOK.as_bytes(), "", now);
        let header = |name: &str| match name {
            "x-buildkite-event" => Some("job.finished"),
            _ => signed.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()),
        };
        let incoming = Incoming { header: &header, body: HOOK.as_bytes(), now };
        assert_eq!(verify(webhook, &incoming, &["secret"]).unwrap().kind, "job.finished");
        assert_eq!(verify(webhook, &incoming, &["other"]), Err(Refusal::Forged));
    }
}
