//! Incidents of status pages: the API, webhooks, and two years of a real page.

use std::collections::BTreeMap;

use aftercast_connectors::{conformance, source_named};
use serde_json::{Value, json};

use crate::gerrit::data;
use crate::incidents::{check_webhook, problems, received, settled};

const INCIDENTS: &[u8] = include_bytes!("fixtures/statuspage/incidents.json");
const HOOKS: &[u8] = include_bytes!("fixtures/statuspage/hooks.json");
const ARCHIVE: &[u8] = br#"{"id": "9632825", "entry_id": "tag:status.acme.example,2005:Incident/9632825", "title": "Search is slow", "url": "https://status.acme.example/incidents/5jfkz8q1mlql", "published_at": "2026-03-26T03:35:00Z", "updated_at": "2026-03-26T03:35:00Z", "status_sequence": ["Investigating", "Monitoring", "Resolved"], "started_at": "2026-03-26T01:43:00Z", "resolved_at": "2026-03-26T03:35:00Z", "impact_window": {"start_at": "2026-03-26T01:30:00Z", "end_at": "2026-03-26T03:00:00Z", "source": "postmortem", "context": "see https://acme.example/blog/1"}, "updates": [{"at": "2026-03-26T01:43:00Z", "status": "Investigating", "message": "We look into it."}, {"at": "2026-03-26T02:55:00Z", "status": "Monitoring", "message": "Fixed."}], "impact": "minor", "components": ["Search", "API"]}"#;

#[test]
fn the_contract_holds() {
    let source = source_named("statuspage").unwrap();
    let fixtures =
        [("incidents.json", INCIDENTS), ("hooks.json", HOOKS), ("archive.json", ARCHIVE)];
    conformance::check(source, &fixtures);
}

#[test]
fn an_incident_is_told_as_the_page_tells_it() {
    insta::assert_snapshot!("incidents", settled("statuspage", INCIDENTS));
}

#[test]
fn an_archive_tells_when_users_felt_it() {
    insta::assert_snapshot!("archive", settled("statuspage", ARCHIVE));
}

#[test]
fn a_webhook_yields_to_the_page_which_knows_the_components() {
    let both = settled("statuspage", &[HOOKS, INCIDENTS].concat());
    assert_eq!(both, settled("statuspage", INCIDENTS));
    let hook = settled("statuspage", HOOKS);
    assert!(hook.contains("Search is down") && hook.contains("investigating"), "{hook}");
}

#[test]
fn planned_work_and_components_are_no_incidents() {
    assert_eq!(
        problems("statuspage", &[INCIDENTS, HOOKS].concat()),
        [
            "nothing to keep of `scheduled maintenance`: planned work is no incident",
            "nothing to keep of `component update`: incidents name their components",
        ]
    );
}

#[test]
fn a_state_that_is_not_known_stays_in_its_own_word() {
    let body = json!({"id": "p1", "name": "?", "impact": "odd", "status": "simmering",
        "created_at": "2026-09-04T09:00:00Z", "components": [{"name": "Search"}]});
    let row = received("statuspage", "incident", "", &body);
    for word in
        ["\"native_status\": \"simmering\"", "\"severity\": \"odd\"", "\"service\": \"Search\""]
    {
        assert!(row.contains(word), "{row}");
    }
}

#[test]
fn webhooks_are_believed_by_their_token() {
    let hook = HOOKS.split(|byte| *byte == b'\n').next().unwrap();
    check_webhook("statuspage", hook, "investigating");
}

/// The figures of GitHub's own page from 2022 to 2024, as counted from the file by another program:
/// `jq -s '[.[] | select(.impact != "maintenance")] | length'` and the like.
#[test]
fn two_years_of_a_real_page_give_these_figures() {
    let Some(path) = data("incidents/github-status-2022-2024.jsonl") else { return };
    let body = std::fs::read(path).unwrap();
    let source = source_named("statuspage").unwrap();
    let rows: Vec<Value> = conformance::settled(source, "page.jsonl", &body)
        .values()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    assert_eq!(rows.len(), 389, "399 entries, 10 of them planned work");
    let mut severities: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *severities.entry(row["severity"].as_str().unwrap()).or_default() += 1;
        assert_eq!(row["native_status"], "Resolved");
    }
    let expected = [("critical", 1), ("major", 65), ("minor", 310), ("none", 13)];
    assert_eq!(severities, BTreeMap::from(expected));
    let with = |column: &str| rows.iter().filter(|row| row.get(column).is_some()).count();
    assert_eq!((with("detected_at"), with("resolved_at")), (389, 389));
    assert_eq!(
        (with("started_at"), with("mitigated_at")),
        (26, 26),
        "those with a report of the impact"
    );
    let minutes = |row: &Value| {
        let at = |column: &str| row[column].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        (at("resolved_at") - at("detected_at")).total(jiff::Unit::Minute).unwrap()
    };
    let mut lasted: Vec<f64> = rows.iter().map(minutes).collect();
    lasted.sort_by(f64::total_cmp);
    assert!((lasted[lasted.len() / 2] - 57.0).abs() < 1e-9, "the middle one, in minutes");
}
