//! A fake incident.io.

use serde_json::{Value, json};

use super::tracked::{Tracked, states, tracked};
use super::world::rfc3339;
use super::{Asked, Hook, Reply, Vendor, World};

/// incident.io.
pub static INCIDENT_IO: Vendor = Vendor {
    source: "incident_io",
    subject: "",
    secret: "inc-key",
    settings: &[],
    answer,
    hooks,
    truth,
};

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let now = tracked(world, visible);
    match asked.path.as_str() {
        "/v2/incidents" => {
            let since = asked.parameter("updated_at[gte]").unwrap_or_default();
            let shown = now.iter().rev().filter(|incident| {
                since <= rfc3339(incident.changed_at).get(..10).unwrap_or_default()
            });
            page(asked, "incidents", shown.map(incident).collect())
        }
        "/v2/incident_updates" => match found(&now, asked) {
            Some(incident) => page(asked, "incident_updates", updates(incident)),
            None => Reply::status(404),
        },
        "/v1/incident_attachments" => match found(&now, asked) {
            Some(incident) => Reply::json(&json!({"incident_attachments": [
                {"resource": {"permalink": pull(incident), "resource_type": "github_pull_request"}},
            ]})),
            None => Reply::status(404),
        },
        _ => Reply::status(404),
    }
}

fn found<'n, 'w>(now: &'n [Tracked<'w>], asked: &Asked) -> Option<&'n Tracked<'w>> {
    let id = asked.parameter("incident_id")?;
    now.iter().find(|incident| native_id(incident) == id)
}

/// A page behind the item that `after` names.
fn page(asked: &Asked, name: &str, items: Vec<Value>) -> Reply {
    let size = asked.number("page_size", 25).min(250);
    let from = asked.parameter("after").map_or(0, |after| {
        items.iter().position(|item| item["id"] == after).map_or(items.len(), |at| at + 1)
    });
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip(from).take(size).collect();
    let more = from + shown.len() < total;
    let after = shown.last().filter(|_| more).map(|item| item["id"].clone());
    let meta = json!({"after": after, "page_size": size, "total_record_count": total});
    Reply::json(&json!({name: shown, "pagination_meta": meta}))
}

fn native_id(incident: &Tracked<'_>) -> String {
    format!("01FDAG4SAP5TYPT98WGR{:06}", incident.of.number)
}

fn pull(incident: &Tracked<'_>) -> String {
    format!("https://git.acme.example/acme/shop/pull/{}", incident.of.number)
}

fn status(incident: &Tracked<'_>) -> (&'static str, &'static str) {
    match (incident.resolved_at, incident.mitigated_at, incident.acknowledged_at) {
        (Some(_), _, _) => ("Closed", "closed"),
        (None, Some(_), _) => ("Monitoring", "live"),
        (None, None, Some(_)) => ("Investigating", "live"),
        (None, None, None) => ("Triage", "triage"),
    }
}

fn incident(incident: &Tracked<'_>) -> Value {
    let (status, category) = status(incident);
    let time = |name: &str, at: Option<i64>| {
        let value = at.map(|at| json!({"value": rfc3339(at)}));
        json!({"incident_timestamp": {"id": name, "name": name, "rank": 1}, "value": value})
    };
    let field =
        |name: &str, value: Value| json!({"custom_field": {"name": name}, "values": [value]});
    json!({
        "id": native_id(incident),
        "reference": format!("INC-{}", incident.of.number),
        "name": incident.of.title,
        "permalink": url(incident),
        "mode": "standard",
        "summary": "",
        "created_at": rfc3339(incident.of.detected_at),
        "updated_at": rfc3339(incident.changed_at),
        "incident_status": {"name": status, "category": category},
        "severity": {"name": "Major", "rank": 2},
        "incident_timestamp_values": [
            time("Impact started at", Some(incident.of.started_at)),
            time("Reported at", Some(incident.of.detected_at)),
            time("Accepted at", incident.acknowledged_at),
            time("Fixed at", incident.mitigated_at),
        ],
        "custom_field_entries": [
            field("Affected services", json!({"value_catalog_entry": {"name": "shop"}})),
            field("Commit", json!({"value_text": incident.sha})),
        ],
    })
}

/// The team keeps no time of the end: it stands in the updates alone.
fn updates(incident: &Tracked<'_>) -> Vec<Value> {
    let closed = incident.resolved_at.map(|at| {
        json!({"id": "u2", "message": "Closed.", "created_at": rfc3339(at),
            "new_incident_status": {"name": "Closed", "category": "closed"}})
    });
    let taken = incident.acknowledged_at.map(|at| {
        json!({"id": "u1", "message": "Looking.", "created_at": rfc3339(at),
            "new_incident_status": {"name": "Investigating", "category": "live"}})
    });
    closed.into_iter().chain(taken).collect()
}

fn url(incident: &Tracked<'_>) -> String {
    format!("https://app.incident.io/acme/incidents/{}", incident.of.number)
}

fn hooks(world: &World) -> Vec<Hook> {
    let hook = |state: Tracked<'_>| {
        let body = if state.acknowledged_at.is_none() {
            let event = "public_incident.incident_created_v2";
            json!({"event_type": event, event: incident(&state)})
        } else {
            let event = "public_incident.incident_status_updated_v2";
            json!({"event_type": event, event: {"incident": incident(&state), "message": ""}})
        };
        Hook { headers: Vec::new(), body: body.to_string().into_bytes() }
    };
    states(world).into_iter().map(hook).collect()
}

fn truth(world: &World) -> Vec<Value> {
    let rows = tracked(world, usize::MAX);
    rows.iter()
        .map(|incident| {
            json!({
                "table": "incidents",
                "service": "shop",
                "title": incident.of.title,
                "severity": "Major",
                "native_status": status(incident).0,
                "url": url(incident),
                "started_at": incident.of.started_at,
                "detected_at": incident.of.detected_at,
                "acknowledged_at": incident.of.acknowledged_at,
                "mitigated_at": incident.of.mitigated_at,
                "resolved_at": incident.of.resolved_at,
                "links": pull(incident),
                "caused_by": incident.sha,
            })
        })
        .collect()
}
