//! Changes of flags in LaunchDarkly.

use aftercast_connectors::live::Place;
use aftercast_connectors::{conformance, source_named};
use aftercast_model::{ServiceMap, ServiceRule, Timestamp};
use serde_json::{Value, json};

use crate::incidents::{check_signed_body, check_webhook, converted, problems, received, settled};

const ENTRIES: &[u8] = include_bytes!("fixtures/launchdarkly/auditlog.json");

fn entry(accesses: &Value, verb: &str) -> Value {
    json!({"_id": "57c0", "date": 1_788_249_600_123_i64, "kind": "flag", "accesses": accesses,
        "titleVerb": verb, "member": {"_id": "m1", "email": "a@acme.example"}})
}

#[test]
fn the_contract_holds() {
    conformance::check(source_named("launchdarkly").unwrap(), &[("auditlog.json", ENTRIES)]);
}

#[test]
fn flips_in_production_become_signals() {
    insta::assert_snapshot!("flips", settled("launchdarkly", ENTRIES));
    assert_eq!(
        problems("launchdarkly", ENTRIES),
        [
            "nothing to keep of `flag`: it is not in production",
            "nothing to keep of `environment`: only flags change what users get",
            "nothing to keep of `flag`: it does not change what users get",
        ]
    );
}

#[test]
fn one_change_of_many_actions_is_one_signal_for_each_environment() {
    let accesses = json!([
        {"action": "updateRules", "resource": "proj/shop:env/production:flag/cart;a,b"},
        {"action": "updateOn", "resource": "proj/shop:env/production:flag/cart;a,b"},
        {"action": "updateOn", "resource": "proj/shop:env/live:flag/cart;a,b"},
        {"action": "updateOn", "resource": "proj/shop:env/test:flag/cart;a,b"},
    ]);
    let rows = received("launchdarkly", "flag", "", &entry(&accesses, "turned off the flag"));
    assert_eq!(rows.matches("on -> off (").count(), 2, "{rows}");
    assert_eq!(rows.lines().count(), 2, "{rows}");
}

#[test]
fn a_switch_whose_direction_is_not_told_is_not_guessed() {
    let accesses = json!([{"action": "updateOn", "resource": "proj/shop:env/prod:flag/cart"}]);
    let rows = received("launchdarkly", "flag", "", &entry(&accesses, "updated the flag"));
    assert!(rows.contains("cart: targeting changed (prod)"), "{rows}");
}

#[test]
fn a_flag_has_the_service_of_its_project_unless_it_has_its_own() {
    let rule = |service: &str, name: &str| ServiceRule {
        service: service.into(),
        names: vec![name.into()],
        ..ServiceRule::default()
    };
    let services = ServiceMap {
        rules: vec![
            rule("pay", "launchdarkly:flag:pay-*"),
            rule("web", "launchdarkly:project:shop"),
        ],
    };
    for (flag, expected) in [("pay-card", "pay"), ("cart", "web")] {
        let resource = format!("proj/shop:env/production:flag/{flag}");
        let entry = entry(&json!([{"action": "updateOn", "resource": resource}]), "turned on");
        let rows = converted("launchdarkly", "flag", "", &entry, &services);
        assert!(rows.contains(&format!("\"service\": \"{expected}\"")), "{rows}");
    }
}

#[test]
fn only_flags_of_the_project_are_asked_for() {
    let stream = &source_named("launchdarkly").unwrap().pull.unwrap().streams[0];
    let since = Some(Timestamp::from_millis(1000));
    let asked = |subject: &str| {
        (stream.list)(&Place { subject, since, until: None, settings: &|_| None }).unwrap().query
    };
    assert!(asked("shop").contains(&("spec".into(), "proj/shop:env/*:flag/*".into())));
    assert!(asked("").contains(&("spec".into(), "proj/*:env/*:flag/*".into())));
    assert!(asked("").contains(&("after".into(), "999".into())));
}

#[test]
fn webhooks_are_believed_by_their_signature() {
    let body = entry(&json!([]), "x").to_string();
    check_webhook("launchdarkly", body.as_bytes(), "flag");
    check_signed_body("launchdarkly", body.as_bytes());
}
