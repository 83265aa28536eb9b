//! A fake Statuspage.

use serde_json::{Value, json};

use super::tracked::{Tracked, states, tracked};
use super::world::rfc3339;
use super::{Asked, Hook, Reply, Vendor, World};

/// Statuspage.
pub static STATUSPAGE: Vendor = Vendor {
    source: "statuspage",
    subject: "kctbh9vrtdwd",
    secret: "statuspage-key",
    settings: &[],
    answer,
    hooks,
    truth,
};

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    if asked.path != "/v1/pages/kctbh9vrtdwd/incidents" {
        return Reply::status(404);
    }
    let mut now = tracked(world, visible);
    now.reverse();
    let (page, limit) = (asked.number("page", 1).max(1), asked.number("limit", 100).min(100));
    let shown = now.iter().skip((page - 1) * limit).take(limit);
    let components = json!([{"id": "c1", "name": "shop", "status": "operational"}]);
    let with_components = |incident: &Tracked<'_>| {
        let mut body = body(incident);
        body["components"] = components.clone();
        body
    };
    Reply::json(&shown.map(with_components).collect())
}

fn status(incident: &Tracked<'_>) -> &'static str {
    match (incident.resolved_at, incident.mitigated_at, incident.acknowledged_at) {
        (Some(_), _, _) => "resolved",
        (None, Some(_), _) => "monitoring",
        (None, None, Some(_)) => "identified",
        (None, None, None) => "investigating",
    }
}

fn native_id(incident: &Tracked<'_>) -> String {
    format!("p31z{:08}", incident.of.number)
}

/// What the API and webhooks say alike.
fn body(incident: &Tracked<'_>) -> Value {
    let id = native_id(incident);
    json!({
        "id": id,
        "name": incident.of.title,
        "status": status(incident),
        "impact": "major",
        "shortlink": format!("https://stspg.io/{id}"),
        "created_at": rfc3339(incident.of.detected_at),
        "updated_at": rfc3339(incident.changed_at),
        "started_at": rfc3339(incident.of.started_at),
        "monitoring_at": incident.mitigated_at.map(rfc3339),
        "resolved_at": incident.resolved_at.map(rfc3339),
        "scheduled_for": null,
        "metadata": {"commit": incident.sha},
        "incident_updates": [
            {"body": "We look into it.", "display_at": rfc3339(incident.of.detected_at)},
        ],
    })
}

fn hooks(world: &World) -> Vec<Hook> {
    let hook = |state: Tracked<'_>| {
        let page = json!({"id": "kctbh9vrtdwd", "status_indicator": "major"});
        let body = json!({"meta": {}, "page": page, "incident": body(&state)});
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
                "severity": "major",
                "native_status": status(incident),
                "url": format!("https://stspg.io/{}", native_id(incident)),
                "started_at": incident.of.started_at,
                "detected_at": incident.of.detected_at,
                "mitigated_at": incident.of.mitigated_at,
                "resolved_at": incident.of.resolved_at,
                "caused_by": incident.sha,
            })
        })
        .collect()
}
