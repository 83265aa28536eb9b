//! A fake PagerDuty.

use serde_json::{Value, json};

use super::tracked::{Tracked, states, tracked};
use super::world::rfc3339;
use super::{Asked, Hook, Reply, Vendor, World};

/// PagerDuty.
pub static PAGERDUTY: Vendor = Vendor {
    source: "pagerduty",
    subject: "PSHOP01",
    secret: "pagerduty-key",
    settings: &[],
    answer,
    hooks,
    truth,
};

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let mut segments = asked.path.trim_matches('/').split('/');
    let mut now = tracked(world, visible);
    match (segments.next(), segments.next(), segments.next()) {
        (Some("incidents"), None, None) => {
            let mine = asked.parameter("service_ids[]").is_none_or(|id| id == "PSHOP01");
            let all = asked.parameter("date_range") == Some("all");
            now.retain(|incident| {
                let at = rfc3339(incident.of.detected_at);
                let since = asked.parameter("since").is_none_or(|since| since <= at.as_str());
                let until = asked.parameter("until").is_none_or(|until| at.as_str() < until);
                mine && (all || (since && until))
            });
            now.reverse();
            page(asked, "incidents", now.iter().map(incident).collect())
        }
        (Some("incidents"), Some(id), Some(what)) => {
            let Some(found) = now.iter().find(|incident| native_id(incident) == id) else {
                return Reply::status(404);
            };
            match what {
                "log_entries" => page(asked, "log_entries", log_entries(found)),
                "custom_fields" => Reply::json(&json!({"custom_fields": custom_fields(found)})),
                _ => Reply::status(404),
            }
        }
        _ => Reply::status(404),
    }
}

fn page(asked: &Asked, name: &str, items: Vec<Value>) -> Reply {
    let (offset, limit) = (asked.number("offset", 0), asked.number("limit", 25).min(100));
    let total = items.len();
    let items: Vec<Value> = items.into_iter().skip(offset).take(limit).collect();
    let more = offset + items.len() < total;
    let total = (asked.parameter("total") == Some("true")).then_some(total);
    Reply::json(
        &json!({name: items, "limit": limit, "offset": offset, "more": more, "total": total}),
    )
}

fn native_id(incident: &Tracked<'_>) -> String {
    format!("QW{:06}", incident.of.number)
}

fn status(incident: &Tracked<'_>) -> &'static str {
    match (incident.resolved_at, incident.acknowledged_at) {
        (Some(_), _) => "resolved",
        (None, Some(_)) => "acknowledged",
        (None, None) => "triggered",
    }
}

/// What REST and webhooks say alike.
fn common(incident: &Tracked<'_>) -> Value {
    let id = native_id(incident);
    json!({
        "id": id,
        "type": "incident",
        "self": format!("https://api.pagerduty.com/incidents/{id}"),
        "html_url": format!("https://acme.pagerduty.com/incidents/{id}"),
        "title": incident.of.title,
        "status": status(incident),
        "created_at": rfc3339(incident.of.detected_at),
        "incident_key": format!("key-{}", incident.of.number),
        "service": {"id": "PSHOP01", "type": "service_reference", "summary": "shop"},
        "priority": {"id": "PR1", "type": "priority_reference", "summary": "P2"},
        "urgency": "high",
    })
}

fn incident(incident: &Tracked<'_>) -> Value {
    let mut body = common(incident);
    let changed = rfc3339(changed_at(incident));
    body["incident_number"] = incident.of.number.into();
    body["updated_at"] = changed.clone().into();
    body["last_status_change_at"] = changed.into();
    body["resolved_at"] = incident.resolved_at.map(rfc3339).into();
    body
}

/// PagerDuty does not know when users stopped feeling an incident.
fn changed_at(incident: &Tracked<'_>) -> i64 {
    incident.resolved_at.or(incident.acknowledged_at).unwrap_or(incident.of.detected_at)
}

fn log_entries(incident: &Tracked<'_>) -> Vec<Value> {
    let entry = |kind: &str, at: i64| json!({"type": kind, "created_at": rfc3339(at), "channel": {"type": "api"}});
    [
        incident.resolved_at.map(|at| entry("resolve_log_entry", at)),
        incident.acknowledged_at.map(|at| entry("acknowledge_log_entry", at)),
        Some(entry("trigger_log_entry", incident.of.detected_at)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn custom_fields(incident: &Tracked<'_>) -> Value {
    json!([{"name": "commit_sha", "display_name": "Commit", "type": "field_value", "value": incident.sha}])
}

fn hooks(world: &World) -> Vec<Hook> {
    let states =
        states(world).into_iter().filter(|state| state.changed_at != state.of.mitigated_at);
    states
        .map(|state| {
            let event = format!("incident.{}", status(&state));
            let mut data = common(&state);
            data["number"] = state.of.number.into();
            let body = json!({"event": {
                "id": format!("01{}{:06}", status(&state), state.of.number),
                "event_type": event,
                "resource_type": "incident",
                "occurred_at": rfc3339(state.changed_at + 321),
                "data": data,
            }});
            Hook { headers: Vec::new(), body: body.to_string().into_bytes() }
        })
        .collect()
}

fn truth(world: &World) -> Vec<Value> {
    tracked(world, usize::MAX)
        .iter()
        .map(|incident| {
            json!({
                "table": "incidents",
                "service": "shop",
                "title": incident.of.title,
                "severity": "P2",
                "native_status": status(incident),
                "url": format!("https://acme.pagerduty.com/incidents/{}", native_id(incident)),
                "detected_at": incident.of.detected_at,
                "acknowledged_at": incident.of.acknowledged_at,
                "resolved_at": incident.of.resolved_at,
                "caused_by": incident.sha,
            })
        })
        .collect()
}
