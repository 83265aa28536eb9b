//! Changes of flags in Unleash.

use aftercast_connectors::live::Place;
use aftercast_connectors::live::webhook::{Incoming, Refusal, verify};
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Timestamp;
use serde_json::json;

use crate::incidents::{check_webhook, problems, received, settled};

const EVENTS: &[u8] = include_bytes!("fixtures/unleash/events.json");

#[test]
fn the_contract_holds() {
    conformance::check(source_named("unleash").unwrap(), &[("events.json", EVENTS)]);
}

#[test]
fn flips_in_production_become_signals() {
    insta::assert_snapshot!("flips", settled("unleash", EVENTS));
    assert_eq!(
        problems("unleash", EVENTS),
        [
            "nothing to keep of `event`: it is not in production",
            "nothing to keep of `feature-created`: it does not change what users get",
        ]
    );
}

#[test]
fn a_program_that_flips_has_no_pseudonym() {
    let by = |user: i64| {
        let event = json!({"id": 5, "type": "feature-environment-enabled", "createdAt": "2026-09-01T08:00:00Z",
            "createdBy": "unleash_system_user", "createdByUserId": user, "featureName": "cart",
            "project": "shop", "environment": "production"});
        received("unleash", "event", "shop", &event)
    };
    assert!(by(7).contains("author_key"));
    assert!(!by(-1337).contains("author_key"));
}

#[test]
fn days_are_asked_for() {
    let stream = &source_named("unleash").unwrap().pull.unwrap().streams[0];
    let since = Some(Timestamp::from_millis(1_788_249_600_000));
    let place = Place { subject: "shop", since, until: None, settings: &|_| None };
    let query = (stream.list)(&place).unwrap().query;
    assert!(query.contains(&("from".into(), "IS:2026-09-01".into())));
    assert!(query.contains(&("project".into(), "IS:shop".into())));
}

#[test]
fn webhooks_are_believed_by_the_authorization_that_the_settings_give() {
    let body = json!({"id": 5, "type": "feature-environment-enabled"}).to_string();
    check_webhook("unleash", body.as_bytes(), "feature-environment-enabled");
    let webhook = source_named("unleash").unwrap().webhook.unwrap();
    let header = |name: &str| (name == "authorization").then_some("Bearer wrong");
    let now = Timestamp::from_millis(0);
    let incoming = Incoming { header: &header, body: body.as_bytes(), now };
    assert_eq!(verify(webhook, &incoming, &["right"]), Err(Refusal::Forged));
}
