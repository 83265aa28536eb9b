//! Incidents of incident.io.

use aftercast_connectors::{conformance, source_named};
use aftercast_model::{ServiceMap, ServiceRule};
use serde_json::{Value, json};

use crate::incidents::{check_signed_body, check_webhook, converted, problems, received, settled};

const INCIDENTS: &[u8] = include_bytes!("fixtures/incident_io/incidents.json");
const HOOKS: &[u8] = include_bytes!("fixtures/incident_io/hooks.json");

#[test]
fn the_contract_holds() {
    let source = source_named("incident_io").unwrap();
    conformance::check(source, &[("incidents.json", INCIDENTS), ("hooks.json", HOOKS)]);
}

#[test]
fn the_times_of_the_team_are_found_by_name() {
    insta::assert_snapshot!("incidents", settled("incident_io", INCIDENTS));
}

#[test]
fn webhooks_tell_the_same_incidents_and_what_is_private_stays_so() {
    insta::assert_snapshot!("hooks", settled("incident_io", HOOKS));
    assert_eq!(
        problems("incident_io", HOOKS),
        [
            "nothing to keep of `private_incident.incident_updated_v2`: private incidents come \
             without their content",
            "nothing to keep of `public_incident.follow_up_created_v2`: it does not change the \
             times of its incident",
        ]
    );
}

#[test]
fn what_was_declined_counts_no_more_in_any_order() {
    let both = settled("incident_io", &[INCIDENTS, HOOKS].concat());
    let row = both.lines().find(|line| line.contains("False alarm")).unwrap();
    assert!(row.contains("Declined") && !row.contains("detected_at"), "{row}");
}

#[test]
fn a_state_that_is_not_known_stays_in_its_own_word() {
    let body = json!({"id": "01", "reference": "INC-1", "name": "?", "mode": "odd",
        "created_at": "2026-09-05T10:00:00Z", "updated_at": "2026-09-05T10:00:00Z",
        "incident_status": {"name": "Simmering", "category": "simmer"}});
    let row = received("incident_io", "incident", "", &body);
    assert!(row.contains("\"native_status\": \"Simmering\""), "{row}");
    assert!(row.contains("detected_at") && !row.contains("resolved_at"), "{row}");
}

#[test]
fn of_several_services_the_one_that_the_settings_know_counts() {
    let rule = ServiceRule {
        service: "gateway".into(),
        names: vec!["incident_io:service:api".into()],
        ..ServiceRule::default()
    };
    let services = ServiceMap { rules: vec![rule] };
    let page: Value = serde_json::from_slice(INCIDENTS).unwrap();
    let incident = &page["incidents"][0];
    let row = converted("incident_io", "incident", "", incident, &services);
    assert!(row.contains("\"service\": \"gateway\""), "{row}");
    let row = received("incident_io", "incident", "", incident);
    assert!(row.contains("\"service\": \"shop\""), "{row}");
}

#[test]
fn webhooks_are_believed_by_their_signature() {
    let hook = HOOKS.split(|byte| *byte == b'\n').next().unwrap();
    check_webhook("incident_io", hook, "public_incident.incident_created_v2");
    check_signed_body("incident_io", hook);
}
