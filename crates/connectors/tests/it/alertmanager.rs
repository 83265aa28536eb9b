//! Alerts of Alertmanager and Grafana.

use aftercast_connectors::{conformance, source_named};
use aftercast_model::{ServiceMap, ServiceRule};
use serde_json::{Value, json};

use crate::incidents::{check_webhook, converted, problems, received, settled};

const ALERTMANAGER: &[u8] = include_bytes!("fixtures/alertmanager/alertmanager.json");
const GRAFANA: &[u8] = include_bytes!("fixtures/alertmanager/grafana.json");

fn first() -> Value {
    serde_json::Deserializer::from_slice(ALERTMANAGER).into_iter().next().unwrap().unwrap()
}

#[test]
fn the_contract_holds() {
    let source = source_named("alertmanager").unwrap();
    conformance::check(source, &[("alertmanager.json", ALERTMANAGER), ("grafana.json", GRAFANA)]);
}

#[test]
fn an_alert_is_an_incident_each_time_that_it_fires() {
    insta::assert_snapshot!("alerts", settled("alertmanager", ALERTMANAGER));
}

#[test]
fn grafana_says_the_same_and_where_to_look() {
    insta::assert_snapshot!("grafana", settled("alertmanager", GRAFANA));
}

#[test]
fn what_alertmanager_left_out_is_told() {
    assert_eq!(
        problems("alertmanager", ALERTMANAGER),
        ["Alertmanager left 3 alerts out of a notification; raise `max_alerts`"]
    );
}

#[test]
fn an_alert_of_the_api_is_the_same_and_does_not_end_in_the_future() {
    let of_hook = &first()["alerts"][0];
    let mut alert = of_hook.clone();
    alert["status"] = json!({"state": "active", "silencedBy": [], "inhibitedBy": []});
    alert["endsAt"] = "2026-09-03T10:07:11.218Z".into();
    alert["updatedAt"] = "2026-09-03T10:03:11.218Z".into();
    let row = received("alertmanager", "alert", "", &alert);
    let expected = received("alertmanager", "alert", "", of_hook).replace("firing", "active");
    assert_eq!(row, expected);
    assert!(!row.contains("resolved_at"), "{row}");
}

#[test]
fn the_first_label_that_the_settings_know_names_the_service() {
    let rule = ServiceRule {
        service: "platform".into(),
        names: vec!["alertmanager:label:kubernetes-*".into()],
        ..ServiceRule::default()
    };
    let services = ServiceMap { rules: vec![rule] };
    let alert = &first()["alerts"][0];
    let row = converted("alertmanager", "alert", "", alert, &services);
    assert!(row.contains("\"service\": \"platform\""), "{row}");
    let row = received("alertmanager", "alert", "", alert);
    assert!(row.contains("\"service\": \"shop\""), "{row}");
}

#[test]
fn webhooks_are_believed_by_their_token() {
    check_webhook("alertmanager", first().to_string().as_bytes(), "firing");
}
