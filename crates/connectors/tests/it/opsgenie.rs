//! Exports of Opsgenie.

use aftercast_connectors::{conformance, source_named};

use crate::incidents::settled;

const ALERTS: &[u8] = include_bytes!("fixtures/opsgenie/alerts.json");
const INCIDENTS: &[u8] = include_bytes!("fixtures/opsgenie/incidents.json");

#[test]
fn the_contract_holds() {
    let fixtures = [("alerts.json", ALERTS), ("incidents.json", INCIDENTS)];
    conformance::check(source_named("opsgenie").unwrap(), &fixtures);
}

#[test]
fn alerts_tell_how_long_they_took() {
    insta::assert_snapshot!("alerts", settled("opsgenie", ALERTS));
}

#[test]
fn incidents_tell_when_users_felt_them_and_webhooks_what_was_done() {
    insta::assert_snapshot!("incidents", settled("opsgenie", INCIDENTS));
}

#[test]
fn there_is_no_api_to_pull_any_more() {
    let source = source_named("opsgenie").unwrap();
    assert!(source.pull.is_none() && source.webhook.is_none());
    assert!(source.about.contains("2027-04-05"));
}
