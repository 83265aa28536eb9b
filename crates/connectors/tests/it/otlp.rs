//! The `otlp` source: spans of the conventions, of Jenkins and of the collector's receivers; OTLP/HTTP.

use std::fmt::Write as _;
use std::io::Write as _;

use aftercast_connectors::standards::otlp::{Refused, receive};
use aftercast_connectors::{conformance, source_named};
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use serde_json::{Value, json};

use crate::rows::rows;

const TRACE: &str = "5b8efff798038103d269b633813fc60c";
/// 2026-09-01T09:00:00Z.
const BEGIN: i64 = 1_788_253_200;

fn attributes(pairs: &Value) -> Vec<Value> {
    let one = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::Bool(flag) => json!({"boolValue": flag}),
            Value::Number(number) => json!({"intValue": number.to_string()}),
            other => json!({"stringValue": other}),
        };
        json!({"key": key, "value": value})
    };
    pairs.as_object().unwrap().iter().map(one).collect()
}

/// A span from second to second behind [`BEGIN`].
fn span(id: u64, parent: u64, name: &str, (from, to): (i64, i64), pairs: &Value) -> Value {
    let nanos = |second: i64| ((BEGIN + second) * 1_000_000_000).to_string();
    json!({"traceId": TRACE, "spanId": format!("{id:016x}"), "parentSpanId": format!("{parent:016x}"), "name": name, "kind": 1,
        "startTimeUnixNano": nanos(from), "endTimeUnixNano": nanos(to), "attributes": attributes(pairs), "status": {}})
}

fn export(resource: &Value, spans: &[Value]) -> Value {
    json!({"resourceSpans": [{"resource": {"attributes": attributes(resource)}, "scopeSpans": [{"scope": {"name": "x"}, "spans": spans}]}]})
}

/// The conventions 1.44, with our own attributes beside them.
fn conventions() -> Value {
    let mut failed = span(
        3,
        1,
        "unit tests",
        (60, 120),
        &json!({"cicd.pipeline.task.name": "unit tests", "cicd.pipeline.task.run.id": "t-2", "cicd.pipeline.task.type": "test",
        "cicd.pipeline.task.run.url.full": "https://ci.acme.example/t/2", "cicd.pipeline.task.run.result": "failure", "error.type": "AssertionError", "cicd.worker.name": "linux-4"}),
    );
    failed["status"] = json!({"code": 2, "message": "2 of 90 tests failed"});
    export(
        &json!({"service.name": "ci", "cicd.pipeline.run.id": "r-1", "vcs.repository.url.full": "https://github.com/acme/shop", "vcs.ref.head.revision": "ab12", "vcs.ref.head.name": "main", "vcs.change.id": "7",
            "vcs.ref.head.revision.author.email": "alice@acme.example"}),
        &[
            span(
                1,
                0,
                "RUN release",
                (0, 600),
                &json!({"cicd.pipeline.name": "release", "cicd.pipeline.run.id": "r-1", "cicd.pipeline.action.name": "RUN", "cicd.pipeline.result": "success",
                "cicd.pipeline.run.url.full": "https://ci.acme.example/r/1", "aftercast.attempt": 2}),
            ),
            span(
                2,
                1,
                "build",
                (10, 60),
                &json!({"cicd.pipeline.task.name": "build", "cicd.pipeline.task.run.id": "t-1", "cicd.pipeline.run.id": "r-1", "cicd.pipeline.task.run.result": "success"}),
            ),
            failed,
            span(
                4,
                3,
                "compile",
                (60, 70),
                &json!({"cicd.pipeline.task.name": "compile", "cicd.pipeline.task.run.result": "exploded"}),
            ),
            span(
                5,
                1,
                "approve",
                (130, 430),
                &json!({"cicd.pipeline.run.id": "r-1", "aftercast.gate.name": "production approval", "aftercast.gate.kind": "approval", "aftercast.gate.verdict": "pass",
                "aftercast.gate.blocking": true, "aftercast.gate.could_fail": true, "aftercast.gate.decided_by": "human"}),
            ),
            span(
                6,
                1,
                "deploy",
                (440, 590),
                &json!({"cicd.pipeline.task.name": "deploy", "cicd.pipeline.task.run.id": "t-3", "cicd.pipeline.run.id": "r-1", "cicd.pipeline.task.type": "deploy",
                "cicd.pipeline.task.run.result": "success", "deployment.id": "d-1", "deployment.name": "1.4.0", "deployment.status": "succeeded", "deployment.environment.name": "production"}),
            ),
            span(7, 6, "GET /health", (500, 501), &json!({"http.request.method": "GET"})),
        ],
    )
}

fn jenkins() -> Value {
    export(
        &json!({"service.name": "jenkins"}),
        &[
            span(
                11,
                0,
                "BUILD shop/main",
                (0, 300),
                &json!({"ci.pipeline.id": "shop/main", "ci.pipeline.name": "Shop » main", "ci.pipeline.run.number": 42, "ci.pipeline.run.result": "UNSTABLE",
                "ci.pipeline.run.url": "https://jenkins.acme.example/job/shop/42/", "ci.pipeline.run.user": "alice"}),
            ),
            span(
                12,
                11,
                "Stage: Test",
                (10, 100),
                &json!({"jenkins.pipeline.step.type": "stage", "jenkins.pipeline.step.name": "Stage", "jenkins.pipeline.step.result": "ABORTED"}),
            ),
            span(
                13,
                12,
                "sh",
                (20, 90),
                &json!({"jenkins.pipeline.step.type": "sh", "jenkins.pipeline.step.name": "Shell Script", "jenkins.pipeline.step.result": "SUCCESS"}),
            ),
            span(
                14,
                11,
                "Deploy to production?",
                (110, 200),
                &json!({"jenkins.pipeline.step.type": "input", "jenkins.pipeline.step.result": "SUCCESS"}),
            ),
        ],
    )
}

/// The collector's GitHub receiver says everything in the resource, and the queue in a span of its own.
fn collector() -> Value {
    export(
        &json!({"service.name": "shop", "cicd.pipeline.name": "CI", "cicd.pipeline.run.id": 99, "cicd.pipeline.task.run.id": "77", "cicd.pipeline.run.task.status": "failure",
            "vcs.repository.name": "shop", "vcs.owner.name": "acme", "cicd.pipeline.worker.name": "runner-1", "cicd.pipeline.run.sender.login": "alice"}),
        &[
            span(21, 20, "unit", (0, 100), &json!({})),
            span(22, 21, "queue-unit", (0, 30), &json!({"cicd.pipeline.run.queue.duration": 30})),
            span(
                23,
                21,
                "checkout",
                (30, 40),
                &json!({"cicd.pipeline.task.name": "checkout", "cicd.pipeline.run.task.status": "success"}),
            ),
        ],
    )
}

fn fixtures() -> [(&'static str, String); 3] {
    [
        ("conventions.json", conventions().to_string()),
        ("jenkins.json", jenkins().to_string()),
        ("collector.json", collector().to_string()),
    ]
}

#[test]
fn spans_of_every_producer_become_rows() {
    let source = source_named("otlp").unwrap();
    let mut text = String::new();
    for (name, body) in fixtures() {
        for output in conformance::outputs(source, name, body.as_bytes()) {
            text.push_str(&rows(&output.facts));
            for problem in &output.problems {
                writeln!(text, "{:?}: {}", problem.severity, problem.what).unwrap();
            }
        }
    }
    insta::assert_snapshot!("otlp__rows", text);
}

#[test]
fn the_contract_of_a_source_holds() {
    let fixtures = fixtures();
    let fixtures: Vec<(&str, &[u8])> =
        fixtures.iter().map(|(name, body)| (*name, body.as_bytes())).collect();
    conformance::check(source_named("otlp").unwrap(), &fixtures);
}

#[test]
fn only_spans_of_deliveries_are_kept_and_no_people() {
    for body in [conventions(), jenkins(), collector()] {
        let received =
            receive("application/json; charset=utf-8", "", body.to_string().as_bytes()).unwrap();
        assert_eq!(received.records.len(), 1);
        let record = &received.records[0];
        assert!(!record.contains("alice") && !record.contains("/health"), "{record}");
        let source = source_named("otlp").unwrap();
        assert_eq!(
            conformance::settled(source, "a", record.as_bytes()),
            conformance::settled(source, "a", body.to_string().as_bytes())
        );
    }
    let received = receive("application/json", "", conventions().to_string().as_bytes()).unwrap();
    assert_eq!(received.others, 1);
    let answer: Value = serde_json::from_slice(&received.answer.body).unwrap();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "0");
    assert!(
        answer["partialSuccess"]["errorMessage"]
            .as_str()
            .unwrap()
            .contains("1 spans that are no part")
    );
}

/// A request in protobuf with the spans of `export`.
fn protobuf(export: &Value) -> Vec<u8> {
    let pairs = |list: &Value| -> Vec<KeyValue> {
        let value = |value: &Value| match value.as_object().unwrap().iter().next().unwrap() {
            (kind, Value::String(text)) if kind == "intValue" => {
                any_value::Value::IntValue(text.parse().unwrap())
            }
            (_, Value::Bool(flag)) => any_value::Value::BoolValue(*flag),
            (_, Value::Number(number)) => any_value::Value::IntValue(number.as_i64().unwrap()),
            (_, text) => {
                any_value::Value::StringValue(text.as_str().unwrap_or_default().to_owned())
            }
        };
        let one = |one: &Value| KeyValue {
            key: one["key"].as_str().unwrap().to_owned(),
            value: Some(AnyValue { value: Some(value(&one["value"])) }),
            ..KeyValue::default()
        };
        list.as_array().unwrap().iter().map(one).collect()
    };
    let id = |value: &Value| -> Vec<u8> {
        let text = value.as_str().unwrap();
        (0..text.len() / 2)
            .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
            .collect()
    };
    let span = |span: &Value| Span {
        trace_id: id(&span["traceId"]),
        span_id: id(&span["spanId"]),
        parent_span_id: id(&span["parentSpanId"]),
        name: span["name"].as_str().unwrap().to_owned(),
        kind: 1,
        start_time_unix_nano: span["startTimeUnixNano"].as_str().unwrap().parse().unwrap(),
        end_time_unix_nano: span["endTimeUnixNano"].as_str().unwrap().parse().unwrap(),
        attributes: pairs(&span["attributes"]),
        status: Some(Status {
            code: i32::try_from(span["status"]["code"].as_i64().unwrap_or_default()).unwrap(),
            message: span["status"]["message"].as_str().unwrap_or_default().to_owned(),
        }),
        ..Span::default()
    };
    let group = &export["resourceSpans"][0];
    let spans = group["scopeSpans"][0]["spans"].as_array().unwrap().iter().map(span).collect();
    let resource =
        Resource { attributes: pairs(&group["resource"]["attributes"]), ..Resource::default() };
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource),
            scope_spans,
            ..ResourceSpans::default()
        }],
    }
    .encode_to_vec()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn protobuf_json_and_gzip_give_the_same_rows() {
    let source = source_named("otlp").unwrap();
    for body in [conventions(), jenkins(), collector()] {
        let json = receive("application/json", "", body.to_string().as_bytes()).unwrap();
        let binary = protobuf(&body);
        for (encoding, bytes) in
            [("", binary.clone()), ("GZIP", gzip(&binary)), ("identity", binary)]
        {
            let received = receive("application/x-protobuf", encoding, &bytes).unwrap();
            let rows = |records: &[String]| {
                conformance::settled(source, "a", records.join("\n").as_bytes())
            };
            assert_eq!(rows(&received.records), rows(&json.records));
            let answer =
                ExportTraceServiceResponse::decode(received.answer.body.as_slice()).unwrap();
            assert_eq!(answer.partial_success.is_some(), received.others > 0);
        }
    }
}

#[test]
fn what_cannot_be_taken_is_refused_or_rejected() {
    let good = conventions().to_string();
    for (kind, encoding, body, refused) in [
        ("text/plain", "", good.as_bytes(), Refused::NotSupported),
        ("application/json", "br", good.as_bytes(), Refused::NotSupported),
        ("application/json", "", b"[", Refused::Malformed),
        ("application/json", "", b"[]", Refused::Malformed),
        ("application/x-protobuf", "", b"\xff\xff", Refused::Malformed),
        ("application/json", "gzip", b"{}", Refused::Malformed),
        (
            "application/json",
            "gzip",
            gzip(&vec![b' '; 33 * 1024 * 1024]).as_slice(),
            Refused::TooLarge,
        ),
        ("application/json", "", vec![b' '; 33 * 1024 * 1024].as_slice(), Refused::TooLarge),
    ] {
        assert_eq!(receive(kind, encoding, body), Err(refused));
    }
    assert_eq!(
        Refused::Malformed.answer("application/json").body,
        br#"{"code":3,"message":"the body cannot be read"}"#
    );
    assert!(Refused::Malformed.answer("application/x-protobuf").body.starts_with(&[8, 3, 18]));
    let mut bad = conventions();
    bad["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"] =
        json!("00000000000000000000000000000000");
    bad["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["spanId"] = json!("zz");
    let received = receive("application/json", "", bad.to_string().as_bytes()).unwrap();
    let answer: Value = serde_json::from_slice(&received.answer.body).unwrap();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "2");
    assert_eq!(receive("application/json", "", b"{}").unwrap().answer.body, b"{}");
}

proptest::proptest! {
    #[test]
    fn nothing_that_comes_panics(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), cut in 0_usize..4000) {
        for kind in ["application/json", "application/x-protobuf"] {
            for encoding in ["", "gzip"] {
                let _ = receive(kind, encoding, &body);
            }
        }
        let mut binary = protobuf(&conventions());
        let at = cut % binary.len();
        binary[at] ^= 0x55;
        let _ = receive("application/x-protobuf", "", &binary);
        binary.truncate(at);
        let _ = receive("application/x-protobuf", "", &binary);
    }
}
