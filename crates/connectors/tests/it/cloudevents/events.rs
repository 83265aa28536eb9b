//! Events of every version of the specification, and Tekton's.

use serde_json::{Value, json};

#[expect(clippy::needless_pass_by_value, reason = "so that `json!` stands in the call")]
/// A CDEvent in a CloudEvent, as each version of the specification writes it.
pub fn event(spec: &str, kind: &str, at: &str, subject: &str, content: Value) -> Value {
    let word = kind.split('.').nth(2).unwrap();
    let id = format!("{kind}/{at}/{subject}");
    let version = if spec < "0.5" { "version" } else { "specversion" };
    let mut cd = json!({
        "context": {version: spec, "id": id, "source": "https://ci.acme.example", "type": kind, "timestamp": at},
        "subject": {"id": subject, "content": content}
    });
    if spec < "0.5" {
        let word = match word {
            "pipelinerun" => "pipelineRun",
            "taskrun" => "taskRun",
            "testcaserun" => "testCaseRun",
            "testsuiterun" => "testSuiteRun",
            other => other,
        };
        cd["subject"]["type"] = json!(word);
    }
    if spec >= "0.4" {
        cd["context"]["chainId"] = json!("7ff3f526-1a0e-4d35-8a4c-7d6295e97359");
        cd["context"]["links"] = json!([{"linkType": "PATH", "from": {"contextId": "x"}}]);
        cd["context"]["schemaUri"] = json!("http://169.254.169.254/schema.json");
    }
    json!({"specversion": "1.0", "id": id, "source": "https://ci.acme.example", "type": kind, "subject": subject,
        "time": at, "datacontenttype": "application/json", "data": cd})
}

/// One of each that becomes a row, over four versions of the specification.
pub fn events() -> Vec<Value> {
    let environment = json!({"id": "production"});
    let artifact = "pkg:oci/shop@sha256%3Aab?tag=1.4.0&vcs_url=git%2Bhttps://github.com/acme/shop%400123456789abcdef0123456789abcdef01234567";
    let run = json!({"id": "run-1", "source": "https://ci.acme.example"});
    let repository = json!({"id": "acme/shop", "source": "https://github.com"});
    vec![
        event(
            "0.4.1",
            "dev.cdevents.change.created.0.3.0",
            "2026-09-01T08:00:00Z",
            "acme/shop/pull/7",
            json!({"repository": repository}),
        ),
        event(
            "0.5.1",
            "dev.cdevents.change.reviewed.0.3.0",
            "2026-09-01T08:30:00Z",
            "acme/shop/pull/7",
            json!({"repository": repository}),
        ),
        event(
            "0.3.0",
            "dev.cdevents.change.merged.0.1.2",
            "2026-09-01T09:00:00Z",
            "acme/shop/pull/7",
            json!({"repository": repository}),
        ),
        event(
            "0.5.1",
            "dev.cdevents.pipelinerun.queued.0.3.0",
            "2026-09-01T09:00:10Z",
            "run-1",
            json!({"pipelineName": "release", "uri": "https://ci.acme.example/run-1"}),
        ),
        event(
            "0.5.1",
            "dev.cdevents.pipelinerun.started.0.3.0",
            "2026-09-01T09:00:40Z",
            "run-1",
            json!({"pipelineName": "release", "uri": "https://ci.acme.example/run-1"}),
        ),
        event(
            "0.5.1",
            "dev.cdevents.pipelinerun.finished.0.3.0",
            "2026-09-01T09:10:00Z",
            "run-1",
            json!({"pipelineName": "release", "uri": "https://ci.acme.example/run-1", "outcome": "success"}),
        ),
        event(
            "0.3.0",
            "dev.cdevents.taskrun.started.0.1.1",
            "2026-09-01T09:01:00Z",
            "task-1",
            json!({"taskName": "unit tests", "url": "https://ci.acme.example/task-1", "pipelineRun": run}),
        ),
        event(
            "0.3.0",
            "dev.cdevents.taskrun.finished.0.1.1",
            "2026-09-01T09:03:00Z",
            "task-1",
            json!({"taskName": "unit tests", "url": "https://ci.acme.example/task-1", "pipelineRun": run, "outcome": "failure", "errors": "2 tests failed\nsee the log"}),
        ),
        event(
            "0.4.1",
            "dev.cdevents.build.queued.0.2.0",
            "2026-09-01T09:01:00Z",
            "build-1",
            json!({}),
        ),
        event(
            "0.4.1",
            "dev.cdevents.build.finished.0.2.0",
            "2026-09-01T09:02:00Z",
            "build-1",
            json!({"artifactId": artifact}),
        ),
        event(
            "0.5.1",
            "dev.cdevents.testsuiterun.finished.0.3.0",
            "2026-09-01T09:05:00Z",
            "suite-1",
            json!({"environment": environment, "outcome": "cancel", "testSuite": {"id": "s", "name": "end to end"}}),
        ),
        event(
            "0.3.0",
            "dev.cdevents.testcaserun.finished.0.1.0",
            "2026-09-01T09:05:01Z",
            "case-1",
            json!({"environment": environment, "outcome": "fail", "reason": "timeout", "testCase": {"id": "c", "name": "checks out"}, "testSuiteRun": {"id": "suite-1"}}),
        ),
        event(
            "0.5.1",
            "dev.cdevents.testcaserun.skipped.0.2.0",
            "2026-09-01T09:05:02Z",
            "case-2",
            json!({"testCase": {"id": "d"}}),
        ),
        event(
            "0.6.0-draft",
            "dev.cdevents.approval.created.0.1.0",
            "2026-09-01T09:10:10Z",
            "approval-1",
            json!({"approvalDetailsUrl": "https://ci.acme.example/approvals/1", "resourceTargetUrl": "https://github.com/acme/shop/actions/runs/99", "requestor": "https://ci.acme.example/bots/release"}),
        ),
        event(
            "0.6.0-draft",
            "dev.cdevents.approval.updated.0.1.0",
            "2026-09-01T09:20:00Z",
            "approval-1",
            json!({"approvalDetailsUrl": "https://ci.acme.example/approvals/1", "resourceTargetUrl": "https://github.com/acme/shop/actions/runs/99", "responder": "https://github.com/alice", "decision": "deferred"}),
        ),
        event(
            "0.6.0-draft",
            "dev.cdevents.approval.closed.0.1.0",
            "2026-09-01T09:40:10Z",
            "approval-1",
            json!({"approvalDetailsUrl": "https://ci.acme.example/approvals/1", "resourceTargetUrl": "https://github.com/acme/shop/actions/runs/99", "responder": "https://github.com/alice", "decision": "approved", "status": "approved"}),
        ),
        event(
            "0.5.1",
            "dev.cdevents.service.deployed.0.3.0",
            "2026-09-01T09:45:00Z",
            "shop",
            json!({"environment": environment, "artifactId": artifact}),
        ),
        event(
            "0.4.1",
            "dev.cdevents.service.upgraded.0.2.0",
            "2026-09-02T09:45:00Z",
            "shop",
            json!({"environment": {"id": "staging"}, "artifactId": "registry.acme.example/shop:1.5.0"}),
        ),
        event(
            "0.3.0",
            "dev.cdevents.service.rolledback.0.1.1",
            "2026-09-03T09:45:00Z",
            "shop",
            json!({"environment": environment, "artifactId": artifact}),
        ),
        event(
            "0.5.1",
            "dev.cdevents.incident.detected.0.3.0",
            "2026-09-03T09:30:00Z",
            "incident-1",
            json!({"environment": environment, "service": {"id": "shop"}, "artifactId": artifact, "description": "Checkout is slow"}),
        ),
        event(
            "0.5.1",
            "dev.cdevents.incident.resolved.0.3.0",
            "2026-09-03T10:00:00Z",
            "incident-1",
            json!({"environment": environment}),
        ),
    ]
}

pub fn tekton() -> Vec<Value> {
    let metadata = json!({"uid": "u-1", "name": "release-x1", "namespace": "ci", "creationTimestamp": "2026-09-01T09:00:00Z",
        "labels": {"tekton.dev/pipeline": "release", "pipelinesascode.tekton.dev/event-type": "push"},
        "annotations": {"pipelinesascode.tekton.dev/sha": "ab12", "pipelinesascode.tekton.dev/branch": "main", "pipelinesascode.tekton.dev/repo-url": "https://github.com/acme/shop"}});
    let failed = json!([{"type": "Succeeded", "status": "False", "reason": "Failed", "message": "\"step-test\" exited with code 2"}]);
    let succeeded = json!([{"type": "Succeeded", "status": "True", "reason": "Succeeded"}]);
    let wrap = |kind: &str, at: &str, data: Value| json!({"specversion": "1.0", "id": format!("{kind}{at}"), "source": "/apis/namespaces/ci", "type": format!("dev.tekton.event.{kind}.v1"), "time": at, "data": data});
    let task = json!({"uid": "u-2", "name": "release-x1-test", "creationTimestamp": "2026-09-01T09:00:05Z",
        "labels": {"tekton.dev/pipelineTask": "unit-tests", "tekton.dev/pipelineRun": "release-x1", "tekton.dev/pipeline": "release"},
        "ownerReferences": [{"kind": "PipelineRun", "uid": "u-1"}]});
    let approval = json!({"uid": "u-3", "name": "release-x1-ok", "creationTimestamp": "2026-09-01T09:04:00Z", "labels": {"tekton.dev/pipelineTask": "approve"},
        "ownerReferences": [{"kind": "PipelineRun", "uid": "u-1"}]});
    vec![
        wrap(
            "pipelinerun.started",
            "2026-09-01T09:00:01Z",
            json!({"pipelineRun": {"metadata": metadata, "status": {"startTime": "2026-09-01T09:00:01Z", "conditions": [{"type": "Succeeded", "status": "Unknown", "reason": "Started"}]}}}),
        ),
        wrap(
            "pipelinerun.successful",
            "2026-09-01T09:30:00Z",
            json!({"pipelineRun": {"metadata": metadata, "status": {"startTime": "2026-09-01T09:00:01Z", "completionTime": "2026-09-01T09:30:00Z", "conditions": succeeded}}}),
        ),
        wrap(
            "taskrun.failed",
            "2026-09-01T09:03:00Z",
            json!({"taskRun": {"metadata": task, "spec": {"taskRef": {"name": "go-test"}}, "status": {"startTime": "2026-09-01T09:02:00Z", "completionTime": "2026-09-01T09:03:00Z", "podName": "pod-2", "conditions": failed,
            "steps": [{"name": "prepare", "terminated": {"startedAt": "2026-09-01T09:02:00Z", "finishedAt": "2026-09-01T09:02:10Z", "exitCode": 0, "reason": "Completed"}},
                {"name": "test", "terminated": {"startedAt": "2026-09-01T09:02:10Z", "finishedAt": "2026-09-01T09:03:00Z", "exitCode": 2, "reason": "Error"}}],
            "retriesStatus": [{"startTime": "2026-09-01T09:00:10Z", "completionTime": "2026-09-01T09:01:50Z", "podName": "pod-1", "conditions": [{"type": "Succeeded", "status": "False", "reason": "TaskRunTimeout", "message": "took too long"}]}]}}}),
        ),
        wrap(
            "customrun.successful",
            "2026-09-01T09:20:00Z",
            json!({"customRun": {"metadata": approval, "spec": {"customRef": {"kind": "ApprovalTask"}}, "status": {"startTime": "2026-09-01T09:04:00Z", "completionTime": "2026-09-01T09:20:00Z", "conditions": succeeded}}}),
        ),
    ]
}
