//! The `argocd` source on applications in the shape of its API and on notifications.

use aftercast_connectors::live::webhook::{Incoming, Refusal, sign, verify};
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Timestamp;

use crate::rows::converted;

/// Synced by automation, by a person, back by a person; the last sync failed.
const APPLICATION: &str = r#"{"metadata": {"name": "shop-eu", "namespace": "argocd", "uid": "u-1", "labels": {"team": "shop"}},
  "spec": {"project": "default", "source": {"repoURL": "git@forge.example:acme/deploy.git", "path": "shop", "targetRevision": "main"}, "destination": {"name": "prod", "namespace": "shop"}, "syncPolicy": {"automated": {}}},
  "status": {"sync": {"status": "Synced", "revision": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "summary": {"images": ["registry.example:5000/acme/shop:1.4.0@sha256:00", "acme/sidecar:1.4.0"]},
    "history": [
      {"id": 3, "revision": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "deployStartedAt": "2026-09-01T08:00:00Z", "deployedAt": "2026-09-01T08:01:00Z", "initiatedBy": {"automated": true}},
      {"id": 4, "revision": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "deployStartedAt": "2026-09-02T08:00:00Z", "deployedAt": "2026-09-02T08:01:00Z", "initiatedBy": {"username": "carol"}},
      {"id": 5, "revision": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "deployStartedAt": "2026-09-02T09:00:00Z", "deployedAt": "2026-09-02T09:01:00Z", "initiatedBy": {"username": "proj:default:ci"}}],
    "operationState": {"phase": "Failed", "message": "one or more objects failed to apply, reason: quota exceeded", "startedAt": "2026-09-03T08:00:00Z", "finishedAt": "2026-09-03T08:02:00Z",
      "operation": {"initiatedBy": {"username": "carol"}, "sync": {"revision": "cccccccccccccccccccccccccccccccccccccccc"}},
      "syncResult": {"revision": "cccccccccccccccccccccccccccccccccccccccc", "source": {"repoURL": "git@forge.example:acme/deploy.git"}}}}}"#;

fn notification() -> String {
    format!(r#"{{"trigger": "on-sync-failed", "app": {APPLICATION}}}"#)
}

#[test]
fn argocd_holds_the_contract() {
    let list = format!(
        r#"{{"apiVersion": "v1", "items": [{APPLICATION}], "kind": "List", "metadata": {{}}}}"#
    );
    let page = format!(r#"{{"metadata": {{}}, "items": [{APPLICATION}]}}"#);
    let notification = notification();
    conformance::check(
        source_named("argocd").unwrap(),
        &[
            ("app.json", APPLICATION.as_bytes()),
            ("kubectl.json", list.as_bytes()),
            ("api.json", page.as_bytes()),
            ("notification.json", notification.as_bytes()),
        ],
    );
}

#[test]
fn syncs_are_deployments_and_those_of_people_are_manual_steps() {
    insta::assert_snapshot!(converted("argocd", APPLICATION));
}

#[test]
fn a_notification_gives_the_rows_of_the_pull() {
    let source = source_named("argocd").unwrap();
    let pulled = conformance::settled(source, "a.json", APPLICATION.as_bytes());
    assert_eq!(conformance::settled(source, "a.json", notification().as_bytes()), pulled);
}

#[test]
fn a_sync_that_was_running_becomes_the_one_in_the_history() {
    let source = source_named("argocd").unwrap();
    let running = APPLICATION
        .replace("\"Failed\"", "\"Running\"")
        .replace("\"finishedAt\": \"2026-09-03T08:02:00Z\",", "");
    let done = APPLICATION.replace("\"Failed\"", "\"Succeeded\"").replace(
        "\"initiatedBy\": {\"username\": \"proj:default:ci\"}}]",
        r#""initiatedBy": {"username": "proj:default:ci"}}, {"id": 6, "revision": "cccccccccccccccccccccccccccccccccccccccc", "deployStartedAt": "2026-09-03T08:00:00Z", "deployedAt": "2026-09-03T08:02:00Z", "initiatedBy": {"username": "carol"}}]"#,
    );
    let both = format!("{done}\n{running}");
    let settled = conformance::settled(source, "a.json", both.as_bytes());
    let deployments: Vec<&String> = settled
        .iter()
        .filter(|(key, _)| key.starts_with("deployments"))
        .map(|(_, row)| row)
        .collect();
    assert_eq!(deployments.len(), 4);
    assert!(
        deployments.iter().all(|row| row.contains("\"outcome\":\"success\"")),
        "{deployments:?}"
    );
}

#[test]
fn a_rehearsal_is_no_deployment_and_unknown_words_stay_beside_unknown() {
    let dry = APPLICATION
        .replace("\"sync\": {\"revision\": \"c", "\"sync\": {\"dryRun\": true, \"revision\": \"c");
    assert_eq!(converted("argocd", &dry).matches("deployments {").count(), 3);
    let odd = converted("argocd", &APPLICATION.replace("\"Failed\"", "\"Melted\""));
    let row = odd.lines().find(|line| line.contains("Melted")).unwrap();
    assert!(!row.contains("\"outcome\""), "{row}");
}

#[test]
fn a_namespace_alone_does_not_say_that_it_is_no_production() {
    let shown = converted("argocd", &APPLICATION.replace("\"name\": \"prod\", ", ""));
    assert!(
        shown.contains("\"environment\": \"shop\"") && !shown.contains("\"production\""),
        "{shown}"
    );
    let label =
        converted("argocd", &APPLICATION.replace("\"team\": \"shop\"", "\"env\": \"staging\""));
    assert!(label.contains("\"environment\": \"staging\", \"production\": false"), "{label}");
}

#[test]
fn a_notification_is_believed_by_its_authorization() {
    let webhook = source_named("argocd").unwrap().webhook.unwrap();
    let now = Timestamp::parse("2026-09-01T10:00:02Z").unwrap();
    let text = notification();
    let signed = sign(webhook.signatures[0], "secret", text.as_bytes(), "", now);
    let header =
        |name: &str| signed.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let incoming = Incoming { header: &header, body: text.as_bytes(), now };
    assert_eq!(verify(webhook, &incoming, &["secret"]).unwrap().kind, "on-sync-failed");
    assert_eq!(verify(webhook, &incoming, &["other"]), Err(Refusal::Forged));
}
