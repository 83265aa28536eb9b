//! Incidents, change requests and approvals of ServiceNow.

use aftercast_connectors::live::Place;
use aftercast_connectors::{conformance, source_named};
use aftercast_model::Timestamp;
use serde_json::json;

use crate::incidents::{check_webhook, problems, received, settled};

const INCIDENTS: &[u8] = include_bytes!("fixtures/servicenow/incidents.json");
const PLAIN: &[u8] = include_bytes!("fixtures/servicenow/plain.json");
const CHANGES: &[u8] = include_bytes!("fixtures/servicenow/changes.json");
const HOOKS: &[u8] = include_bytes!("fixtures/servicenow/hooks.json");

#[test]
fn the_contract_holds() {
    let fixtures = [
        ("incidents.json", INCIDENTS),
        ("plain.json", PLAIN),
        ("changes.json", CHANGES),
        ("hooks.json", HOOKS),
    ];
    conformance::check(source_named("servicenow").unwrap(), &fixtures);
}

#[test]
fn an_incident_names_the_commit_of_the_change_that_caused_it() {
    insta::assert_snapshot!("incidents", settled("servicenow", INCIDENTS));
}

#[test]
fn records_without_display_values_are_read_as_well() {
    insta::assert_snapshot!("plain", settled("servicenow", PLAIN));
}

#[test]
fn changes_are_gates_with_the_approvals_that_they_asked_for() {
    insta::assert_snapshot!("changes", settled("servicenow", CHANGES));
}

#[test]
fn an_approval_alone_yields_to_the_one_in_its_change() {
    let both = settled("servicenow", &[HOOKS, CHANGES].concat());
    assert_eq!(both, settled("servicenow", CHANGES));
    let alone = settled("servicenow", HOOKS);
    assert_eq!(alone.lines().count(), 1, "{alone}");
    for part in [
        "\"verdict\":\"pass\"",
        "\"subject\":\"CHG0030007\"",
        "\"decided_at\":\"2026-09-03T09:50:00Z\"",
    ] {
        assert!(alone.contains(part), "{part} {alone}");
    }
}

#[test]
fn other_tables_are_told() {
    assert_eq!(
        problems("servicenow", HOOKS),
        ["nothing to keep of `problem`: only incidents, change requests and approvals are read"]
    );
}

#[test]
fn the_table_that_was_asked_tells_what_a_record_is() {
    let record = json!({"sys_id": "aa09", "number": "INC0010049", "opened_at": "2026-09-04 09:00:00",
        "sys_updated_on": "2026-09-04 09:00:00"});
    let row = received("servicenow", "incident", "", &record);
    assert!(row.starts_with("incidents "), "{row}");
    assert!(received("servicenow", "record", "", &record).is_empty());
}

#[test]
fn what_is_asked_for_leaves_room_for_the_zone_of_the_account() {
    let stream = &source_named("servicenow").unwrap().pull.unwrap().streams[0];
    let place = Place {
        subject: "business_service.name=shop",
        since: Some(Timestamp::parse("2026-09-03T10:00:00.500Z").unwrap()),
        until: None,
        settings: &|key| (key == "fields").then(|| "u_commit".to_owned()),
    };
    let query = (stream.list)(&place).unwrap().query;
    let parameter = |name: &str| query.iter().find(|(key, _)| key == name).unwrap().1.as_str();
    assert_eq!(
        parameter("sysparm_query"),
        "business_service.name=shop^sys_updated_on>=2026-09-02 10:00:00^ORDERBYDESCsys_updated_on"
    );
    assert!(parameter("sysparm_fields").ends_with(",correlation_id,u_commit"));
}

#[test]
fn webhooks_are_believed_by_their_token() {
    let hook = HOOKS.split(|byte| *byte == b'\n').next().unwrap();
    check_webhook("servicenow", hook, "sysapproval_approver");
}
