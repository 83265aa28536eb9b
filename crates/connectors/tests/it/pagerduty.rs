//! Incidents of PagerDuty, from the API and from webhooks.

use aftercast_connectors::live::{Paging, Place};
use aftercast_connectors::{conformance, source_named};
use aftercast_model::{ServiceMap, ServiceRule, Timestamp};
use serde_json::{Value, json};

use crate::incidents::{check_signed_body, check_webhook, converted, problems, received, settled};

const INCIDENTS: &[u8] = include_bytes!("fixtures/pagerduty/incidents.json");
const HOOKS: &[u8] = include_bytes!("fixtures/pagerduty/hooks.json");

#[test]
fn the_contract_holds() {
    let source = source_named("pagerduty").unwrap();
    conformance::check(source, &[("incidents.json", INCIDENTS), ("hooks.json", HOOKS)]);
}

#[test]
fn incidents_with_their_log_entries_are_whole() {
    insta::assert_snapshot!("incidents", settled("pagerduty", INCIDENTS));
}

#[test]
fn a_webhook_tells_the_same_incident_and_yields_to_the_log_entries() {
    let hooks = settled("pagerduty", HOOKS);
    insta::assert_snapshot!("hooks", hooks);
    let both = settled("pagerduty", &[INCIDENTS, HOOKS].concat());
    let of_shop =
        |text: &str| text.lines().find(|line| line.contains("Checkout")).unwrap().to_owned();
    assert_eq!(of_shop(&both), of_shop(&settled("pagerduty", INCIDENTS)));
    // The other was acknowledged after it was listed.
    assert!(both.contains("\"acknowledged_at\":\"2026-09-04T08:03:00Z\""));
}

#[test]
fn events_that_change_no_time_are_told() {
    assert_eq!(
        problems("pagerduty", HOOKS),
        ["nothing to keep of `incident.annotated`: it does not change the times of its incident"]
    );
}

#[test]
fn a_state_that_is_not_known_stays_in_its_own_word() {
    let body = json!({"id": "Q9", "incident_number": 9, "status": "simmering",
        "created_at": "2026-09-03T10:02:00Z", "last_status_change_at": "2026-09-03T10:03:00Z"});
    let row = received("pagerduty", "incident", "", &body);
    assert!(row.contains("\"native_status\": \"simmering\""), "{row}");
    assert!(!row.contains("resolved_at"), "{row}");
}

#[test]
fn services_are_known_by_their_name_in_pagerduty() {
    let rule = ServiceRule {
        service: "acme/shop".into(),
        names: vec!["pagerduty:shop*".into()],
        ..ServiceRule::default()
    };
    let services = ServiceMap { rules: vec![rule] };
    let page: Value = serde_json::from_slice(INCIDENTS).unwrap();
    let row = converted("pagerduty", "incident", "", &page["incidents"][0], &services);
    assert!(row.contains("\"service\": \"acme/shop\""), "{row}");
}

#[test]
fn webhooks_are_believed_by_their_signature() {
    let hook = HOOKS.split(|byte| *byte == b'\n').next().unwrap();
    check_webhook("pagerduty", hook, "incident.triggered");
    check_signed_body("pagerduty", hook);
}

#[test]
fn a_range_beyond_six_months_is_never_asked_for() {
    let stream = &source_named("pagerduty").unwrap().pull.unwrap().streams[0];
    let asked = |since: Option<&str>| {
        let place = Place {
            subject: "PSHOP01",
            since: since.map(|since| Timestamp::parse(since).unwrap()),
            until: Some(Timestamp::parse("2026-11-01T00:00:00Z").unwrap()),
            settings: &|_| None,
        };
        (stream.list)(&place).unwrap().query
    };
    let has = |query: &[(String, String)], key: &str| query.iter().any(|(name, _)| name == key);
    let near = asked(Some("2026-09-01T00:00:00Z"));
    assert!(has(&near, "since") && has(&near, "until") && has(&near, "service_ids[]"));
    for query in [asked(None), asked(Some("2025-01-01T00:00:00Z"))] {
        assert!(has(&query, "date_range") && !has(&query, "since") && !has(&query, "until"));
    }
    assert!(matches!(
        stream.paging,
        Paging::Offset { parameter: "offset", size: 100, more: "/more" }
    ));
}
