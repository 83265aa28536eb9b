//! The `azure_devops` source on objects in the shape of REST API 7.1 and on service hooks.

use aftercast_connectors::live::webhook::{Incoming, Refusal, sign, verify};
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Timestamp;

use crate::rows::converted;

/// A stage that failed and ran again, an approval, a lock, a manual validation, a deployment.
const BUILD: &str = r#"{"aftercast": {"kind": "build", "subject": "acme/web"}, "body": {"id": 42, "buildNumber": "20260901.1", "status": "completed", "result": "succeeded", "reason": "pullRequest",
  "queueTime": "2026-09-01T08:00:00Z", "startTime": "2026-09-01T08:00:04Z", "finishTime": "2026-09-01T10:00:00Z", "lastChangedDate": "2026-09-02T00:00:00Z",
  "sourceBranch": "refs/pull/17/merge", "sourceVersion": "mmmm", "triggerInfo": {"pr.number": "17", "pr.sourceSha": "a1b2"}, "definition": {"id": 1, "name": "shop"}, "project": {"id": "p", "name": "web"},
  "repository": {"id": "r-1", "name": "shop", "type": "TfsGit"}, "requestedFor": {"id": "u-1", "displayName": "Carol", "uniqueName": "carol@acme.example"},
  "_links": {"web": {"href": "https://dev.azure.com/acme/web/_build/results?buildId=42"}},
  "timeline": [
    {"id": "s2", "type": "Stage", "name": "CI", "identifier": "CI", "attempt": 2, "startTime": "2026-09-01T08:30:00Z", "finishTime": "2026-09-01T08:40:00Z", "state": "completed", "result": "succeeded",
     "previousAttempts": [{"attempt": 1, "timelineId": "t-1", "recordId": "s1"}]},
    {"id": "p2", "parentId": "s2", "type": "Phase", "name": "test", "startTime": "2026-09-01T08:30:00Z", "finishTime": "2026-09-01T08:40:00Z", "state": "completed", "result": "succeeded", "attempt": 2},
    {"id": "j2", "parentId": "p2", "type": "Job", "name": "test", "startTime": "2026-09-01T08:31:00Z", "finishTime": "2026-09-01T08:40:00Z", "state": "completed", "result": "succeededWithIssues", "attempt": 2, "workerName": "agent-2"},
    {"id": "s3", "type": "Stage", "name": "Deploy to production", "identifier": "DeployProd", "attempt": 1, "startTime": "2026-09-01T08:40:00Z", "finishTime": "2026-09-01T10:00:00Z", "state": "completed", "result": "succeeded"},
    {"id": "c3", "parentId": "s3", "type": "Checkpoint", "name": "Checkpoint", "startTime": "2026-09-01T08:40:00Z", "finishTime": "2026-09-01T09:30:00Z", "state": "completed", "result": "succeeded"},
    {"id": "a3", "parentId": "c3", "type": "Checkpoint.Approval", "name": "Checkpoint.Approval", "startTime": "2026-09-01T08:40:01Z", "finishTime": "2026-09-01T09:30:00Z", "state": "completed", "result": "succeeded"},
    {"id": "l3", "parentId": "c3", "type": "Checkpoint.ExclusiveLock", "name": "Exclusive Lock", "startTime": "2026-09-01T08:40:01Z", "finishTime": "2026-09-01T08:45:00Z", "state": "completed", "result": "succeeded"},
    {"id": "p3", "parentId": "s3", "type": "Phase", "name": "Deploy", "startTime": "2026-09-01T09:30:02Z", "finishTime": "2026-09-01T10:00:00Z", "state": "completed", "result": "succeeded"},
    {"id": "j3", "parentId": "p3", "type": "Job", "name": "Deploy", "startTime": "2026-09-01T09:30:10Z", "finishTime": "2026-09-01T10:00:00Z", "state": "completed", "result": "succeeded"},
    {"id": "k3", "parentId": "j3", "type": "Task", "name": "Look at the dashboards", "order": 1, "startTime": "2026-09-01T09:31:00Z", "finishTime": "2026-09-01T09:50:00Z", "state": "completed", "result": "succeeded", "task": {"id": "t", "name": "ManualValidation"}}],
  "earlier1": [
    {"id": "s1", "type": "Stage", "name": "CI", "identifier": "CI", "attempt": 1, "startTime": "2026-09-01T08:00:04Z", "finishTime": "2026-09-01T08:10:00Z", "state": "completed", "result": "failed"},
    {"id": "p1", "parentId": "s1", "type": "Phase", "name": "test", "startTime": "2026-09-01T08:00:04Z", "state": "completed", "attempt": 1},
    {"id": "j1", "parentId": "p1", "type": "Job", "name": "test", "startTime": "2026-09-01T08:01:00Z", "finishTime": "2026-09-01T08:10:00Z", "state": "completed", "result": "failed", "attempt": 1},
    {"id": "k1", "parentId": "j1", "type": "Task", "name": "npm test", "order": 3, "startTime": "2026-09-01T08:05:00Z", "finishTime": "2026-09-01T08:10:00Z", "state": "completed", "result": "failed",
     "issues": [{"type": "warning", "message": "old node"}, {"type": "error", "message": "Bash exited with code '3'."}], "task": {"id": "t", "name": "Bash"}}],
  "approvals": [{"id": "a3", "status": "approved", "createdOn": "2026-09-01T08:40:02Z", "lastModifiedOn": "2026-09-01T09:29:59Z", "minRequiredApprovers": 1,
    "steps": [{"assignedApprover": {"id": "g-1"}, "actualApprover": {"id": "u-2", "displayName": "Dave", "uniqueName": "dave@acme.example"}, "status": "approved", "initiatedOn": "2026-09-01T08:40:02Z", "lastModifiedOn": "2026-09-01T09:29:59Z"}]}]}}"#;

const CHANGE: &str = r#"{"pullRequestId": 17, "status": "completed", "title": "Revert \"x\"", "repository": {"id": "r-1", "name": "shop", "project": {"name": "web"}}, "createdBy": {"id": "u-1", "displayName": "Carol"},
  "creationDate": "2026-08-31T08:00:00Z", "closedDate": "2026-08-31T18:00:00Z", "sourceRefName": "refs/heads/x", "targetRefName": "refs/heads/main", "isDraft": false,
  "lastMergeSourceCommit": {"commitId": "a1b2"}, "lastMergeCommit": {"commitId": "mmmm"}, "reviewers": [{"id": "u-2", "vote": 10}],
  "threads": [
    {"id": 1, "publishedDate": "2026-08-31T09:00:00Z", "comments": [{"author": {"id": "u-1"}, "commentType": "text"}], "properties": null},
    {"id": 2, "publishedDate": "2026-08-31T10:00:00Z", "comments": [{"author": {"id": "u-2"}, "commentType": "system"}],
     "properties": {"CodeReviewThreadType": {"$value": "VoteUpdate"}, "CodeReviewVoteResult": {"$value": "-5"}}},
    {"id": 3, "publishedDate": "2026-08-31T17:00:00Z", "comments": [{"author": {"id": "u-2"}, "commentType": "system"}],
     "properties": {"CodeReviewThreadType": {"$value": "VoteUpdate"}, "CodeReviewVoteResult": {"$value": "10"}}}]}"#;

const ENVIRONMENT: &str = r#"{"aftercast": {"kind": "environment", "subject": "acme/web"}, "body": {"id": 4, "name": "prod", "project": {"id": "p"}, "records": [
  {"id": 9, "environmentId": 4, "requestIdentifier": "x", "stageName": "DeployProd", "stageAttempt": 1, "jobName": "Deploy", "result": "succeeded", "queueTime": "2026-09-01T09:30:05Z", "startTime": "2026-09-01T09:30:10Z",
   "finishTime": "2026-09-01T10:00:00Z", "owner": {"id": 42, "name": "20260901.1"},
   "build": {"id": 42, "status": "completed", "result": "succeeded", "sourceBranch": "refs/heads/main", "sourceVersion": "a1b2", "definition": {"name": "shop"}, "project": {"name": "web"}, "repository": {"name": "shop", "type": "TfsGit"}}}]}}"#;

fn hook(event: &str, resource: &str) -> String {
    format!(
        r#"{{"subscriptionId": "s", "id": "d-1", "eventType": "{event}", "publisherId": "tfs", "resource": {resource}, "resourceVersion": "2.0", "createdDate": "2026-09-01T10:00:01Z"}}"#
    )
}

fn body(envelope: &str) -> &str {
    let (_, body) = envelope.split_once("\"body\": ").unwrap();
    &body[..body.len() - 1]
}

fn hooks() -> String {
    let approval = body(BUILD).split_once("\"approvals\": [").unwrap().1;
    let approval = &approval[..approval.len() - 2];
    [
        hook(
            "build.complete",
            &body(BUILD)
                .replace("\"timeline\"", "\"t\"")
                .replace("\"approvals\"", "\"a\"")
                .replace("\"earlier1\"", "\"e\""),
        ),
        hook("git.pullrequest.merged", &CHANGE.replace("\"threads\"", "\"t\"")),
        hook(
            "ms.vss-pipelinechecks-events.approval-completed",
            &format!(r#"{{"approval": {approval}, "stage": {{"name": "DeployProd"}}}}"#),
        ),
    ]
    .join("\n")
}

#[test]
fn azure_devops_holds_the_contract() {
    let list = format!(r#"{{"count": 2, "value": [{CHANGE}, {}]}}"#, body(BUILD));
    let hooks = hooks();
    conformance::check(
        source_named("azure_devops").unwrap(),
        &[
            ("list.json", list.as_bytes()),
            ("build.json", BUILD.as_bytes()),
            ("environment.json", ENVIRONMENT.as_bytes()),
            ("hooks.ndjson", hooks.as_bytes()),
        ],
    );
}

#[test]
fn stages_have_attempts_and_checks_are_gates() {
    insta::assert_snapshot!(converted("azure_devops", BUILD));
}

#[test]
fn votes_are_dated_by_their_threads() {
    insta::assert_snapshot!(converted("azure_devops", CHANGE));
}

#[test]
fn an_environment_knows_its_deployments_better_than_a_name() {
    let source = source_named("azure_devops").unwrap();
    let both = format!("{ENVIRONMENT}\n{BUILD}");
    let settled = conformance::settled(source, "a.json", both.as_bytes());
    let deployments: Vec<&String> = settled
        .iter()
        .filter(|(key, _)| key.starts_with("deployments"))
        .map(|(_, row)| row)
        .collect();
    assert_eq!(deployments.len(), 1);
    assert!(deployments[0].contains("\"environment\":\"prod\""), "{deployments:?}");
    insta::assert_snapshot!(converted("azure_devops", ENVIRONMENT));
}

#[test]
fn service_hooks_give_the_rows_of_the_pull_and_yield_to_them() {
    let source = source_named("azure_devops").unwrap();
    let pulled = format!("{BUILD}\n{CHANGE}");
    let expected = conformance::settled(source, "a.json", pulled.as_bytes());
    let mixed = format!("{}\n{pulled}\n{}", hooks(), hooks());
    assert_eq!(conformance::settled(source, "a.json", mixed.as_bytes()), expected);
    insta::assert_snapshot!(converted("azure_devops", &hooks()));
}

#[test]
fn unknown_words_stay_beside_unknown() {
    let shown = converted("azure_devops", &CHANGE.replace("\"completed\"", "\"melted\""));
    assert!(
        shown.contains("\"native_status\": \"melted\"") && !shown.contains("\"state\""),
        "{shown}"
    );
    let shown = converted(
        "azure_devops",
        &BUILD
            .replace("\"result\": \"succeeded\", \"reason\"", "\"result\": \"melted\", \"reason\""),
    );
    assert!(!shown.lines().next().unwrap().contains("\"outcome\""), "{shown}");
}

#[test]
fn a_hook_is_believed_by_its_authorization() {
    let webhook = source_named("azure_devops").unwrap().webhook.unwrap();
    let now = Timestamp::parse("2026-09-01T10:00:02Z").unwrap();
    let text = hook("build.complete", "{}");
    let signed = sign(webhook.signatures[0], "secret", text.as_bytes(), "", now);
    let header =
        |name: &str| signed.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let incoming = Incoming { header: &header, body: text.as_bytes(), now };
    let delivery = verify(webhook, &incoming, &["secret"]).unwrap();
    assert_eq!((delivery.id.as_str(), delivery.kind.as_str()), ("d-1", "build.complete"));
    assert_eq!(verify(webhook, &incoming, &["other"]), Err(Refusal::Forged));
}
