//! Incidents and alerts of Jira Service Management, and alerts of its predecessor.

use aftercast_connectors::live::Place;
use aftercast_connectors::live::webhook::Refusal;
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Timestamp;
use serde_json::json;

use crate::incidents::{check_signed_body, check_webhook, problems, received, settled, verified};

const ISSUES: &[u8] = include_bytes!("fixtures/jsm/issues.json");
const ALERTS: &[u8] = include_bytes!("fixtures/jsm/alerts.json");
const HOOKS: &[u8] = include_bytes!("fixtures/jsm/hooks.json");

#[test]
fn the_contract_holds() {
    let fixtures = [("issues.json", ISSUES), ("alerts.json", ALERTS), ("hooks.json", HOOKS)];
    conformance::check(source_named("jsm").unwrap(), &fixtures);
}

#[test]
fn an_issue_tells_its_incident_by_the_names_of_its_fields() {
    insta::assert_snapshot!("issues", settled("jsm", ISSUES));
}

#[test]
fn an_alert_tells_who_took_it_when_by_its_log() {
    insta::assert_snapshot!("alerts", settled("jsm", ALERTS));
}

#[test]
fn a_webhook_yields_to_the_whole_issue_and_a_deleted_one_counts_no_more() {
    let both = settled("jsm", &[HOOKS, ISSUES].concat());
    let whole = settled("jsm", ISSUES);
    assert!(both.contains(whole.trim()), "{both}");
    let deleted = both.lines().find(|line| line.contains("Opened twice")).unwrap();
    assert!(!deleted.contains("detected_at"), "{deleted}");
    assert_eq!(
        problems("jsm", HOOKS),
        ["nothing to keep of `issue`: its type is not called an incident"]
    );
}

#[test]
fn what_was_asked_for_is_an_incident_whatever_its_type() {
    let issue = json!({"id": "7", "key": "OPS-7", "fields": {"summary": "Odd",
        "issuetype": {"name": "Outage"}, "status": {"name": "Simmering"},
        "created": "2026-09-03T10:00:00Z", "updated": "2026-09-03T10:00:00Z"}});
    let row = received("jsm", "incident", "c1", &issue);
    assert!(row.contains("\"native_status\": \"Simmering\""), "{row}");
    assert!(received("jsm", "jira:issue_created", "", &issue).is_empty());
}

#[test]
fn alerts_are_asked_for_only_where_the_settings_say_so() {
    let streams = source_named("jsm").unwrap().pull.unwrap().streams;
    let asked = |stream: usize, key: &'static str, value: &'static str| {
        let settings = move |name: &str| (name == key).then(|| value.to_owned());
        let since = Some(Timestamp::parse("2026-09-03T10:00:00Z").unwrap());
        (streams[stream].list)(&Place { subject: "c1", since, until: None, settings: &settings })
    };
    assert!(asked(1, "", "").is_none());
    let alerts = asked(1, "alerts", "priority: P1").unwrap();
    assert!(alerts.query.contains(&("query".to_owned(), "priority: P1".to_owned())));
    let incidents = asked(0, "jql", "project = OPS").unwrap();
    let jql = "(project = OPS) AND updated >= \"2026/09/02 10:00\" ORDER BY updated DESC";
    assert!(incidents.query.contains(&("jql".to_owned(), jql.to_owned())), "{incidents:?}");
}

#[test]
fn webhooks_are_believed_by_their_signature() {
    let hook = HOOKS.split(|byte| *byte == b'\n').next().unwrap();
    check_webhook("jsm", hook, "jira:issue_created");
    check_signed_body("jsm", hook);
    // Alerts are sent with a token; it does not help against a wrong signature.
    let both = verified(source_named("jsm").unwrap(), hook, |_, headers| {
        headers[0].1 = "sha256=00".to_owned();
        headers.push((
            "authorization".to_owned(),
            "Bearer whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==".to_owned(),
        ));
    });
    assert_eq!(both, Err(Refusal::Forged));
}
