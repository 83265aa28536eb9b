//! The `cloudevents` source: CDEvents of every version, Tekton's events, the HTTP binding.

use aftercast_connectors::standards::cloudevents::{Refused, gather, receive, thing};
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Facts;
use serde_json::{Value, json};

use crate::rows::rows;

#[expect(clippy::needless_pass_by_value, reason = "so that `json!` stands in the call")]
/// A CDEvent in a CloudEvent, as each version of the specification writes it.
fn event(spec: &str, kind: &str, at: &str, subject: &str, content: Value) -> Value {
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
fn events() -> Vec<Value> {
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

fn lines(events: &[Value]) -> String {
    events.iter().flat_map(|event| [event.to_string(), "\n".to_owned()]).collect()
}

fn converted(body: &str) -> (Facts, Vec<String>) {
    let source = source_named("cloudevents").unwrap();
    let mut facts = Facts::new();
    let mut said = Vec::new();
    for output in conformance::outputs(source, "events.ndjson", body.as_bytes()) {
        said.extend(output.problems.iter().map(|problem| problem.what.clone()));
        facts = output.facts;
    }
    (facts, said)
}

#[test]
fn events_of_every_version_become_whole_rows() {
    let (facts, said) = converted(&lines(&events()));
    assert!(said.is_empty(), "{said:?}");
    insta::assert_snapshot!("cloudevents__whole", rows(&facts));
}

#[test]
fn the_fixtures_are_what_the_sdk_of_cdevents_takes() {
    for event in events() {
        let data = event["data"].clone();
        let parsed: cdevents_sdk::CDEvent =
            serde_json::from_value(data.clone()).unwrap_or_else(|error| panic!("{error}: {data}"));
        assert_eq!(parsed.ty(), data["context"]["type"].as_str().unwrap());
    }
}

#[test]
fn the_contract_of_a_source_holds() {
    let events = events();
    let (first, rest) = events.split_at(9);
    let batch = serde_json::to_vec(rest).unwrap();
    let tekton = lines(&tekton());
    let bare = lines(&[events[3]["data"].clone(), events[5]["data"].clone()]);
    conformance::check(
        source_named("cloudevents").unwrap(),
        &[
            ("lines.ndjson", lines(first).as_bytes()),
            ("batch.json", &batch),
            ("tekton.ndjson", tekton.as_bytes()),
            ("bare.ndjson", bare.as_bytes()),
        ],
    );
}

/// Every event alone, in any order, converges to one state; and all of them together know more and win.
#[test]
fn the_last_stage_wins_in_any_order_and_together_events_know_more() {
    let source = source_named("cloudevents").unwrap();
    let runs: Vec<Value> = events()
        .into_iter()
        .filter(|event| event["type"].as_str().unwrap().contains("pipelinerun"))
        .collect();
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let row = |bodies: &[String]| -> (String, String) {
        let mut best: Option<(String, String)> = None;
        for body in bodies {
            for (_, row) in conformance::settled(source, "e", body.as_bytes()) {
                let parsed: Value = serde_json::from_str(&row).unwrap();
                let now = (parsed["observed_at"].as_str().unwrap().to_owned(), row);
                best = best.max(Some(now));
            }
        }
        best.unwrap()
    };
    let singles: Vec<String> = runs.iter().map(Value::to_string).collect();
    let expected = row(&singles);
    assert!(
        expected.1.contains("\"outcome\":\"success\"") && !expected.1.contains("started_at"),
        "{}",
        expected.1
    );
    for order in orders {
        let bodies: Vec<String> = order.iter().map(|at| singles[*at].clone()).collect();
        assert_eq!(row(&bodies), expected);
        let [together] = gather(&bodies).try_into().unwrap();
        let mut with: Vec<String> = bodies.clone();
        with.insert(1, together);
        let whole = row(&with);
        assert!(
            whole.0 > expected.0 && whole.1.contains("queued_at") && whole.1.contains("started_at"),
            "{}",
            whole.1
        );
        assert_eq!(
            conformance::settled(source, "e", bodies.join("\n").as_bytes())
                .into_values()
                .next()
                .unwrap(),
            whole.1
        );
    }
}

#[test]
fn an_event_may_say_more_than_the_standard_knows() {
    let mut finished = event(
        "0.5.1",
        "dev.cdevents.pipelinerun.finished.0.3.0",
        "2026-09-01T09:10:00Z",
        "run-2",
        json!({"pipelineName": "release", "outcome": "imploded"}),
    );
    finished["data"]["customData"] = json!({"aftercast": {"repo": "acme/web", "attempt": 2, "sha": "ab12", "ref": "main", "change": 7,
        "queued_at": "2026-09-01T09:00:00Z", "started_at": "2026-09-01T09:01:00Z"}});
    let mut resolved = event(
        "0.5.1",
        "dev.cdevents.incident.resolved.0.3.0",
        "2026-09-03T10:00:00Z",
        "incident-2",
        json!({"environment": {"id": "prod"}}),
    );
    let (facts, said) = converted(&lines(&[finished, resolved.clone()]));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("does not say when it began"), "{said:?}");
    insta::assert_snapshot!(rows(&facts), @r#"pipeline_runs {"service": "acme/web", "observed_at": "2026-09-01T09:10:00.024Z", "native_status": "imploded", "repo": "acme/web", "run_id": "run-2", "attempt": 2, "pipeline": "release", "sha": "ab12", "ref": "main", "change_number": 7, "queued_at": "2026-09-01T09:00:00Z", "started_at": "2026-09-01T09:01:00Z", "finished_at": "2026-09-01T09:10:00Z"}"#);
    resolved["data"]["customData"] =
        json!({"aftercast": {"detected_at": "2026-09-03T09:00:00Z", "service": "shop"}});
    let (facts, _) = converted(&resolved.to_string());
    assert_eq!(facts.incidents.len(), 1);
    assert_eq!(facts.incidents.row(0).detected_at.unwrap().to_string(), "2026-09-03T09:00:00Z");
}

#[test]
fn what_is_not_known_is_kept_with_a_note() {
    let odd = [
        event(
            "0.5.1",
            "dev.cdevents.rocket.launched.9.9.9",
            "2026-09-01T09:10:00Z",
            "r",
            json!({}),
        ),
        json!({"specversion": "1.0", "id": "1", "source": "/x", "type": "com.acme.thing", "data": "text"}),
        event(
            "0.5.1",
            "dev.cdevents.environment.created.0.3.0",
            "2026-09-01T09:10:00Z",
            "e",
            json!({"name": "production"}),
        ),
        json!({"neither": 1}),
        json!({"context": {"type": "dev.cdevents.build.started.0.1.1"}, "subject": {}}),
    ];
    let source = source_named("cloudevents").unwrap();
    let output = conformance::outputs(source, "e", lines(&odd).as_bytes()).pop().unwrap();
    let said: Vec<String> = output
        .problems
        .iter()
        .map(|problem| format!("{:?} {:?}: {}", problem.place.line, problem.severity, problem.what))
        .collect();
    assert!(output.facts.is_empty());
    assert_eq!(output.payloads.len(), 4);
    insta::assert_snapshot!(said.join("\n"), @r"
    Some(4) Lost: neither a CloudEvent (`specversion`, `type`) nor a CDEvent (`context`)
    Some(5) Lost: the event has no `subject.id`
    Some(2) Note: events of the type `com.acme.thing` are kept, and not understood
    Some(3) Note: nothing to keep of `environment`: deployments name their environments
    Some(1) Note: events of the type `dev.cdevents.rocket.launched` are kept, and not understood
    ");
}

fn tekton() -> Vec<Value> {
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

#[test]
fn tekton_tells_whole_objects() {
    let (facts, said) = converted(&lines(&tekton()));
    assert!(said.is_empty(), "{said:?}");
    insta::assert_snapshot!("cloudevents__tekton", rows(&facts));
}

#[test]
fn the_three_forms_of_http_give_the_same_rows() {
    let event = &events()[5];
    let data = event["data"].to_string();
    let binary = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("CE-SpecVersion", "1.0"),
        ("ce-id", event["id"].as_str().unwrap()),
        ("ce-source", "https://ci.acme.example"),
        ("ce-type", event["type"].as_str().unwrap()),
        ("ce-subject", "caf%C3%A9 \"x\""),
        ("ce-bad name", "left out"),
        ("ce-data", "left out"),
    ];
    let received = receive(&binary, data.as_bytes()).unwrap();
    let value: Value = serde_json::from_str(&received[0]).unwrap();
    assert_eq!(value["subject"], "café \"x\"");
    assert_eq!(value["data"], event["data"]);
    assert!(value.get("bad name").is_none());
    let json_type = [("content-type", "application/json")];
    let one = event.to_string();
    let batch = format!("[{one},{one}]");
    let forms = [
        received,
        receive(&[("content-type", "application/cloudevents+json")], one.as_bytes()).unwrap(),
        receive(
            &[("content-type", "application/cloudevents-batch+json; charset=utf-8")],
            batch.as_bytes(),
        )
        .unwrap(),
        receive(&json_type, one.as_bytes()).unwrap(),
        receive(&json_type, batch.as_bytes()).unwrap(),
        receive(&json_type, data.as_bytes()).unwrap(),
    ];
    let source = source_named("cloudevents").unwrap();
    let settled =
        |records: &[String]| conformance::settled(source, "e", records.join("\n").as_bytes());
    for form in &forms {
        assert_eq!(settled(form), settled(&forms[1]));
        assert_eq!(settled(form).len(), 1);
    }
}

#[test]
fn what_is_no_cloudevent_is_refused_whole() {
    let structured = [("content-type", "application/cloudevents+json")];
    let batch = [("content-type", "application/cloudevents-batch+json")];
    let good = r#"{"specversion":"1.0","id":"1","source":"/x","type":"a"}"#;
    let binary = [
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/x"),
        ("ce-type", "a"),
        ("content-type", "application/json"),
    ];
    for (headers, body, status) in [
        (&structured[..], "{", 400),
        (&structured, "[]", 400),
        (&structured, r#"{"specversion":"0.3","id":"1","source":"/x","type":"a"}"#, 400),
        (&structured, r#"{"specversion":"1.0","id":"","source":"/x","type":"a"}"#, 400),
        (&structured, r#"{"specversion":"1.0","id":7,"source":"/x","type":"a"}"#, 400),
        (
            &structured,
            r#"{"specversion":"1.0","id":"1","source":"/x","type":"a","data":1,"data_base64":"AA=="}"#,
            400,
        ),
        (&batch, &format!("[{good},{{}}]"), 400),
        (&batch, good, 400),
        (&[("content-type", "application/cloudevents+avro")], good, 415),
        (&[], "hello", 415),
        (&[("content-type", "text/plain")], "{}", 415),
        (&binary, "{", 400),
        (&binary[..3], "{}", 400),
    ] {
        let refused = receive(headers, body.as_bytes()).unwrap_err();
        assert_eq!(refused.status(), status, "{body}: {refused}");
    }
    assert_eq!(receive(&structured, b"\xff"), Err(Refused::Malformed(1, "not UTF-8")));
    assert_eq!(receive(&batch, b"[]"), Ok(vec![]));
    let many = format!("[{}]", vec![good; 10_001].join(","));
    assert_eq!(receive(&batch, many.as_bytes()), Err(Refused::TooMany));
    let bytes = receive(
        &[
            ("ce-specversion", "1.0"),
            ("ce-id", "1"),
            ("ce-source", "/x"),
            ("ce-type", "a"),
            ("content-type", "application/octet-stream"),
        ],
        b"\x00\xff",
    )
    .unwrap();
    assert!(bytes[0].contains("\"data_base64\":\"AP8=\""), "{}", bytes[0]);
}

#[test]
fn a_thing_is_named_the_same_by_all_of_its_events() {
    let events: Vec<String> = events().iter().map(Value::to_string).collect();
    assert_eq!(thing(&events[3]), thing(&events[5]));
    assert_eq!(thing(&events[3]).unwrap(), "pipelinerun|https://ci.acme.example|run-1");
    assert_eq!(thing("{}"), None);
    assert_eq!(thing("[["), None);
    // 21 events of 10 things.
    assert_eq!(gather(&events).len(), 10);
}

proptest::proptest! {
    #[test]
    fn nothing_that_comes_panics(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), kind in 0_usize..5, value in ".{0,40}") {
        let types = ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json", "", "text/plain"];
        let _ = receive(&[("content-type", types[kind]), ("ce-specversion", &value), ("ce-type", &value)], &body);
        let source = source_named("cloudevents").unwrap();
        let _ = conformance::outputs(source, "e", &body);
        let _ = thing(&value);
    }
}
