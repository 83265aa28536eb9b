//! The `cloudevents` source: CDEvents of every version, Tekton's events, the HTTP binding.

mod events;

use aftercast_connectors::standards::cloudevents::{Refused, gather, receive, thing};
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Facts;
use serde_json::{Value, json};

use self::events::{event, events, tekton};
use crate::rows::rows;

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
