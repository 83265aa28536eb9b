//! A fake ServiceNow: an incident for each, a change request with two approvals for each deployment.

use serde_json::{Value, json};

use super::tracked::{Tracked, now, states, tracked};
use super::world::{Deployment, rfc3339};
use super::{Asked, Hook, Reply, Vendor, World};

/// ServiceNow.
pub static SERVICENOW: Vendor = Vendor {
    source: "servicenow",
    subject: "business_service.name=shop",
    secret: "servicenow-token",
    settings: &[("fields", "u_pipeline")],
    answer,
    hooks,
    truth,
};

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let query = asked.parameter("sysparm_query").unwrap_or_default();
    let since = query.split('^').find_map(|part| part.strip_prefix("sys_updated_on>="));
    let now = now(world, visible);
    let changes = || world.deployments.iter().filter(move |deployment| deployment.asked_at <= now);
    let records = match asked.path.strip_prefix("/api/now/table/") {
        Some("incident") => tracked(world, visible).iter().map(incident).collect(),
        Some("change_request") => changes().map(|one| change(one, now)).collect(),
        Some("sysapproval_approver") => {
            let id = query.split('^').find_map(|part| part.strip_prefix("sysapproval="));
            let of = changes().filter(|one| Some(change_id(one).as_str()) == id);
            of.flat_map(|one| approvals(one, now)).collect()
        }
        Some(path) => {
            let Some(id) = path.strip_prefix("change_request/") else { return Reply::status(404) };
            let Some(found) = changes().find(|one| change_id(one) == id) else {
                return Reply::status(404);
            };
            return Reply::json(&json!({"result": change(found, now)}));
        }
        None => return Reply::status(404),
    };
    Reply::json(&json!({"result": page(asked, since, records)}))
}

/// Those changed since, newest first, as many as asked for.
fn page(asked: &Asked, since: Option<&str>, mut records: Vec<Value>) -> Vec<Value> {
    let changed = |record: &Value| record["sys_updated_on"]["value"].as_str().unwrap().to_owned();
    records.retain(|record| since.is_none_or(|since| since <= changed(record).as_str()));
    records.sort_by_key(|record| std::cmp::Reverse(changed(record)));
    let (offset, limit) =
        (asked.number("sysparm_offset", 0), asked.number("sysparm_limit", 10_000));
    records.into_iter().skip(offset).take(limit).collect()
}

fn cell(value: &str, shown: &str) -> Value {
    json!({"value": value, "display_value": shown})
}

/// The database is in UTC; people here read Paris.
fn time(at: Option<i64>) -> Value {
    let text = |at: i64| rfc3339(at).replace('T', " ").replace('Z', "");
    match at {
        Some(at) => cell(&text(at), &text(at + 7_200_000)),
        None => cell("", ""),
    }
}

fn change_id(of: &Deployment) -> String {
    format!("{:032x}", 0x00c0_0000 + of.number)
}

fn change_number(of: &Deployment) -> String {
    format!("CHG{:07}", of.number)
}

fn incident(incident: &Tracked<'_>) -> Value {
    let (state, shown) = state(incident);
    let deployment = incident.of.deployment;
    json!({
        "sys_id": cell(&format!("{:032x}", incident.of.number), ""),
        "sys_class_name": cell("incident", "Incident"),
        "number": cell(&format!("INC{:07}", incident.of.number), ""),
        "short_description": cell(&incident.of.title, &incident.of.title),
        "description": cell("", ""),
        "state": cell(state, shown),
        "priority": cell("2", "2 - High"),
        "severity": cell("3", "3 - Low"),
        "opened_at": time(Some(incident.of.detected_at)),
        "work_start": time(incident.acknowledged_at),
        "resolved_at": time(incident.resolved_at),
        "closed_at": time(None),
        "sys_created_on": time(Some(incident.of.detected_at)),
        "sys_updated_on": time(Some(incident.changed_at)),
        "business_service": cell("b1", "shop"),
        "caused_by": cell(&format!("{:032x}", 0x00c0_0000 + deployment), &format!("CHG{deployment:07}")),
    })
}

fn state(incident: &Tracked<'_>) -> (&'static str, &'static str) {
    match (incident.resolved_at, incident.acknowledged_at) {
        (Some(_), _) => ("6", "Resolved"),
        (None, Some(_)) => ("2", "In Progress"),
        (None, None) => ("1", "New"),
    }
}

fn change(of: &Deployment, now: i64) -> Value {
    let approved = Some(of.approved_at).filter(|at| *at <= now);
    let (approval, shown) = approval_state(approved.is_some());
    json!({
        "sys_id": cell(&change_id(of), ""),
        "sys_class_name": cell("change_request", "Change Request"),
        "number": cell(&change_number(of), &change_number(of)),
        "type": cell("normal", "Normal"),
        "approval": cell(approval, shown),
        "approval_set": time(approved),
        "opened_at": time(Some(of.asked_at - 60_000)),
        "sys_created_on": time(Some(of.asked_at - 60_000)),
        "sys_updated_on": time(approved.or(Some(of.asked_at))),
        "business_service": cell("b1", "shop"),
        "correlation_id": cell(&of.sha, &of.sha),
        "u_pipeline": cell("https://ci.acme.example/runs", ""),
    })
}

fn approval_state(is_approved: bool) -> (&'static str, &'static str) {
    if is_approved { ("approved", "Approved") } else { ("requested", "Requested") }
}

/// One answers, the other need not any more.
fn approvals(of: &Deployment, now: i64) -> Vec<Value> {
    let is_approved = of.approved_at <= now;
    let other =
        if is_approved { ("not_required", "No Longer Required") } else { approval_state(false) };
    let approval = |which: usize, (state, shown): (&str, &str)| {
        json!({
            "sys_id": cell(&format!("{:032x}", 0x00a0_0000 + of.number * 2 + which), ""),
            "state": cell(state, shown),
            "approver": cell(&format!("us{which}"), "Ada Example"),
            "sysapproval": cell(&change_id(of), &change_number(of)),
            "sys_created_on": time(Some(of.asked_at)),
            "sys_updated_on": time(Some(if is_approved { of.approved_at } else { of.asked_at })),
        })
    };
    vec![approval(0, approval_state(is_approved)), approval(1, other)]
}

fn hooks(world: &World) -> Vec<Hook> {
    let hook = |table: &str, record: Value| {
        let body = json!({"table": table, "record": record});
        Hook { headers: Vec::new(), body: body.to_string().into_bytes() }
    };
    let mut hooks: Vec<Hook> =
        states(world).iter().map(|state| hook("incident", incident(state))).collect();
    for deployment in &world.deployments {
        for at in [deployment.asked_at, deployment.approved_at] {
            hooks.push(hook("change_request", change(deployment, at)));
            let made = approvals(deployment, at);
            hooks.extend(made.into_iter().map(|record| hook("sysapproval_approver", record)));
        }
    }
    hooks
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows: Vec<Value> = tracked(world, usize::MAX)
        .iter()
        .map(|incident| {
            json!({
                "table": "incidents",
                "service": "shop",
                "title": incident.of.title,
                "severity": "2 - High",
                "native_status": state(incident).1,
                "detected_at": incident.of.detected_at,
                "acknowledged_at": incident.of.acknowledged_at,
                "resolved_at": incident.of.resolved_at,
                "links": "https://ci.acme.example/runs",
                "caused_by": incident.sha,
            })
        })
        .collect();
    for of in &world.deployments {
        let row =
            |gate: &str, kind: &str, (verdict, status): (&str, &str), decided: Option<i64>| {
                json!({
                    "table": "gate_evaluations",
                    "service": "shop",
                    "gate": gate,
                    "gate_kind": kind,
                    "subject_kind": "sha",
                    "subject": of.sha,
                    "sha": of.sha,
                    "asked_at": of.asked_at,
                    "decided_at": decided,
                    "verdict": verdict,
                    "native_status": status,
                    "confidence": 80,
                })
            };
        let approved = Some(of.approved_at);
        rows.push(row("change control (normal)", "policy", ("pass", "Approved"), approved));
        rows.push(row("change approval", "approval", ("pass", "Approved"), approved));
        rows.push(row("change approval", "approval", ("skip", "No Longer Required"), None));
    }
    rows
}
