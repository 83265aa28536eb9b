//! What is asked of GitHub, and when something is not worth a request.

use aftercast_connectors::live::webhook::{Incoming, Refusal, verify};
use aftercast_connectors::live::{Detail, Place, Request, Stream};
use aftercast_connectors::source_named;
use aftercast_model::Timestamp;
use serde_json::{Value, json};

fn stream(name: &str) -> &'static Stream {
    let pull = source_named("github").unwrap().pull.unwrap();
    pull.streams.iter().find(|stream| stream.name == name).unwrap()
}

fn detail(of: &[Detail], under: &str) -> Option<fn(&Place<'_>, &Value) -> Option<Request>> {
    of.iter().find(|detail| detail.under == under).map(|detail| detail.request)
}

fn place<'a>(
    settings: &'a dyn Fn(&str) -> Option<String>,
    times: (Option<&str>, Option<&str>),
) -> Place<'a> {
    let time = |text: Option<&str>| text.map(|text| Timestamp::parse(text).unwrap());
    Place { subject: "acme/shop", since: time(times.0), until: time(times.1), settings }
}

fn usual(_: &str) -> Option<String> {
    None
}

#[test]
fn runs_are_asked_for_by_whole_seconds_of_which_both_ends_count() {
    for (since, until, expected) in [
        (
            Some("2026-09-01T00:00:00Z"),
            Some("2026-09-02T00:00:00Z"),
            Some("2026-09-01T00:00:00Z..2026-09-01T23:59:59Z"),
        ),
        (Some("2026-09-01T00:00:00.5Z"), None, Some(">=2026-09-01T00:00:00Z")),
        (None, Some("2026-09-02T00:00:00Z"), Some("<=2026-09-01T23:59:59Z")),
        (None, None, None),
    ] {
        let request = (stream("runs").list)(&place(&usual, (since, until))).unwrap();
        assert_eq!(request.path, "/repos/acme/shop/actions/runs");
        let created = request.query.iter().find(|(key, _)| key == "created");
        assert_eq!(created.map(|(_, value)| value.as_str()), expected);
    }
}

/// Returns the path of the request for a detail of an item of a stream.
fn asked(
    name: &str,
    under: &str,
    item: &Value,
    settings: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let request = detail(stream(name).details, under).unwrap();
    request(&place(settings, (None, None)), item).map(|request| request.path)
}

#[test]
fn details_are_asked_for_only_where_there_is_something() {
    let run = |attempt: i64, started: &str| {
        json!({"id": 9, "run_attempt": attempt, "status": "completed",
               "jobs": [{"created_at": "2026-09-01T08:00:00Z", "started_at": started}]})
    };
    let (quick, slow) = ("2026-09-01T08:00:05Z", "2026-09-01T08:00:30Z");
    assert_eq!(asked("runs", "previous", &run(1, quick), &usual), None);
    assert_eq!(
        asked("runs", "previous", &run(3, quick), &usual).unwrap(),
        "/repos/acme/shop/actions/runs/9/attempts/2"
    );
    assert_eq!(asked("runs", "approvals", &run(1, quick), &usual), None);
    assert!(asked("runs", "approvals", &run(1, slow), &usual).is_some());
    assert_eq!(asked("runs", "pending", &run(1, quick), &usual), None);

    let log = "https://github.com/acme/shop/actions/runs/9/job/31";
    let deployment = |state: &str| json!({"id": 5, "sha": "a1", "environment": "eu/west 1", "statuses": [{"state": state, "log_url": log}]});
    for under in ["job", "approvals", "protection"] {
        assert_eq!(asked("deployments", under, &deployment("success"), &usual), None, "{under}");
    }
    let waited = deployment("waiting");
    assert_eq!(
        asked("deployments", "job", &waited, &usual).unwrap(),
        "/repos/acme/shop/actions/jobs/31"
    );
    assert_eq!(
        asked("deployments", "approvals", &waited, &usual).unwrap(),
        "/repos/acme/shop/actions/runs/9/approvals"
    );
    assert_eq!(
        asked("deployments", "protection", &waited, &usual).unwrap(),
        "/repos/acme/shop/environments/eu%2Fwest%201"
    );

    let jobs = stream("runs").details.iter().find(|detail| detail.under == "jobs").unwrap();
    let of_job = |under: &str, conclusion: &str, settings: &dyn Fn(&str) -> Option<String>| {
        let job = json!({"id": 31, "conclusion": conclusion});
        detail(jobs.details, under).unwrap()(&place(settings, (None, None)), &job)
    };
    assert_eq!(of_job("annotations", "success", &usual), None);
    assert!(of_job("annotations", "failure", &usual).is_some());
    assert_eq!(of_job("log", "failure", &usual), None);
    assert!(of_job("log", "failure", &|key| (key == "logs").then(|| "true".to_owned())).is_some());
}

#[test]
fn what_needs_rights_that_may_change_things_is_asked_for_only_where_the_settings_say_so() {
    let place = |settings| place(settings, (None, None));
    assert_eq!((stream("rule suites").list)(&place(&usual)), None);
    let set = |key: &str| (key == "rule_suites").then(|| "true".to_owned());
    assert!((stream("rule suites").list)(&place(&set)).is_some());
    let repository = json!({"default_branch": "main"});
    assert_eq!(asked("gates", "protection", &repository, &usual), None);
    assert!(asked("gates", "rules", &repository, &usual).is_some());
}

#[test]
fn a_deployment_is_open_while_actions_works_on_it() {
    let log = "https://github.com/acme/shop/actions/runs/9/job/31";
    let deployment = |states: &[&str], log: &str| {
        let statuses: Vec<Value> =
            states.iter().map(|state| json!({"state": state, "log_url": log})).collect();
        json!({"statuses": statuses})
    };
    let open = stream("deployments").open.unwrap();
    for (states, log, expected) in [
        (&["waiting"][..], log, true),
        (&["in_progress", "waiting"][..], log, true),
        (&["success", "in_progress"][..], log, false),
        (&["inactive"][..], log, false),
        (&["in_progress"][..], "https://deploy.acme.example/5", false),
        (&[][..], log, false),
    ] {
        assert_eq!(open(&deployment(states, log)), expected, "{states:?} {log}");
    }
}

#[test]
fn a_webhook_is_believed_by_githubs_own_example_only() {
    // The example of GitHub's manual.
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let webhook = source_named("github").unwrap().webhook.unwrap();
    let believed = |signature: &str, body: &[u8]| {
        let header = |name: &str| match name {
            "x-hub-signature-256" => Some(signature),
            "x-github-event" => Some("ping"),
            "x-github-delivery" => Some("72d3162e-cc78-11e3-81ab-4c9367dc0958"),
            _ => None,
        };
        let incoming = Incoming { header: &header, body, now: Timestamp::from_millis(0) };
        verify(webhook, &incoming, &["It's a Secret to Everybody"])
    };
    let delivery = believed(signature, b"Hello, World!").unwrap();
    assert_eq!(
        (delivery.id.as_str(), delivery.kind.as_str()),
        ("72d3162e-cc78-11e3-81ab-4c9367dc0958", "ping")
    );
    assert_eq!(believed(signature, b"Hello, World?"), Err(Refusal::Forged));
    assert_eq!(believed(&signature.replace("757", "758"), b"Hello, World!"), Err(Refusal::Forged));
}
