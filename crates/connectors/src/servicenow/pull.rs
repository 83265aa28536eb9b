//! How ServiceNow is pulled: records of the Table API by their last change, newest first.

use serde_json::Value;

use crate::live::{
    Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

const SIZE: usize = 500;
const PAGING: Paging = Paging::Offset { parameter: "sysparm_offset", size: SIZE, more: "" };
/// Encoded queries are in the time zone of the account: a day more is asked for, whatever it is.
const ZONES_MS: i64 = 86_400_000;

const INCIDENT: &str = "sys_id,sys_class_name,number,short_description,description,close_notes,state,\
    priority,severity,opened_at,work_start,resolved_at,closed_at,sys_created_on,sys_updated_on,cmdb_ci,\
    business_service,service_offering,caused_by,correlation_id";
const CHANGE: &str = "sys_id,sys_class_name,number,type,approval,approval_set,opened_at,sys_created_on,\
    sys_updated_on,cmdb_ci,business_service,service_offering,correlation_id";
const APPROVAL: &str = "sys_id,state,approver,sysapproval,sys_created_on,sys_updated_on";

/// ServiceNow as an API.
pub(super) static PULL: Pull = Pull {
    base: None,
    auth: &[Auth::Bearer, Auth::Basic, Auth::Header("x-sn-apikey")],
    headers: &[],
    subjects: Subjects { key: "queries", example: "business_service.name=shop", optional: true },
    streams: &[
        Stream {
            name: "incidents",
            kind: "incident",
            needs: "read `incident` (role `itil` or `sn_incident_read`)",
            gives: "incidents",
            optional: false,
            list: |place| Some(table(place, "incident", INCIDENT)),
            paging: PAGING,
            items: "/result",
            at: "/sys_updated_on/value",
            order: Order::NewestFirst,
            open: None,
            cap: None,
            details: &[Detail {
                under: "caused_by_change",
                needs: "read `change_request` (role `itil` or `sn_change_read`)",
                gives: "the commit or version of the change that caused an incident",
                optional: true,
                request: causing_change,
                paging: Paging::Single,
                answer: Answer::Json("/result"),
                details: &[],
            }],
        },
        Stream {
            name: "changes",
            kind: "change_request",
            needs: "read `change_request` (role `itil` or `sn_change_read`)",
            gives: "how long changes waited for approval",
            optional: true,
            list: |place| Some(table(place, "change_request", CHANGE)),
            paging: PAGING,
            items: "/result",
            at: "/sys_updated_on/value",
            order: Order::NewestFirst,
            open: Some(is_asked),
            cap: None,
            details: &[Detail {
                under: "approvals",
                needs: "read `sysapproval_approver` (role `itil`)",
                gives: "who was asked when, and when they answered",
                optional: true,
                request: approvals,
                paging: PAGING,
                answer: Answer::Json("/result"),
                details: &[],
            }],
        },
    ],
    concurrency: 2,
    per_minute: None,
};

/// Returns the request for the records of a table; the setting `fields` names fields that a customer
/// added (`u_commit`).
fn table(place: &Place<'_>, name: &str, fields: &str) -> Request {
    let since = place.since.map(|since| {
        let at = since.plus_millis(-ZONES_MS).to_string();
        format!("sys_updated_on>={}", at.get(..19).unwrap_or_default().replace('T', " "))
    });
    let own = Some(place.subject).filter(|query| !query.is_empty()).map(str::to_owned);
    let order = "ORDERBYDESCsys_updated_on".to_owned();
    let query: Vec<String> = own.into_iter().chain(since).chain([order]).collect();
    records(place, &format!("/api/now/table/{name}"), fields)
        .with("sysparm_query", Some(query.join("^")))
        .with("sysparm_limit", Some(SIZE.to_string()))
}

fn records(place: &Place<'_>, path: &str, fields: &str) -> Request {
    let more = (place.settings)("fields").map(|more| format!(",{more}")).unwrap_or_default();
    Request::get(
        path,
        [("sysparm_display_value", "all"), ("sysparm_exclude_reference_link", "true")],
    )
    .with("sysparm_fields", Some(format!("{fields}{more}")))
}

fn is_asked(change: &Value) -> bool {
    change.pointer("/approval/value").and_then(Value::as_str) == Some("requested")
}

fn causing_change(place: &Place<'_>, incident: &Value) -> Option<Request> {
    let id = incident.pointer("/caused_by/value")?.as_str().filter(|id| !id.is_empty())?;
    let path = format!("/api/now/table/change_request/{}", segment(id));
    Some(records(place, &path, "sys_id,number,correlation_id"))
}

fn approvals(place: &Place<'_>, change: &Value) -> Option<Request> {
    let id = change.pointer("/sys_id/value")?.as_str()?;
    let query = format!("sysapproval={id}^ORDERBYDESCsys_created_on");
    let request = records(place, "/api/now/table/sysapproval_approver", APPROVAL);
    Some(request.with("sysparm_query", Some(query)).with("sysparm_limit", Some(SIZE.to_string())))
}
