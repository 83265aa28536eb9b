//! A fake Alertmanager: it is not asked, it only tells.

use serde_json::{Value, json};

use super::tracked::{Tracked, states, tracked};
use super::world::rfc3339;
use super::{Hook, Reply, Vendor, World};

/// Alertmanager.
pub static ALERTMANAGER: Vendor = Vendor {
    source: "alertmanager",
    subject: "",
    secret: "alertmanager-token",
    settings: &[],
    answer: |_, _, _| Reply::status(404),
    hooks,
    truth,
};

fn alert(incident: &Tracked<'_>) -> Value {
    json!({
        "status": status(incident),
        "labels": {
            "alertname": "CheckoutSlow",
            "service": "shop",
            "severity": "critical",
            "revision": incident.sha,
        },
        "annotations": {"summary": incident.of.title},
        "startsAt": rfc3339(incident.of.detected_at),
        "endsAt": incident.resolved_at.map_or("0001-01-01T00:00:00Z".to_owned(), rfc3339),
        "generatorURL": url(incident),
        "fingerprint": "c6eadffa33fcdf37",
    })
}

fn status(incident: &Tracked<'_>) -> &'static str {
    if incident.resolved_at.is_some() { "resolved" } else { "firing" }
}

fn url(incident: &Tracked<'_>) -> String {
    format!("https://prometheus.acme.example/graph?alert={}", incident.of.number)
}

/// Alertmanager repeats an alert as long as it fires.
fn hooks(world: &World) -> Vec<Hook> {
    let hook = |state: Tracked<'_>| {
        let status = status(&state);
        let body = json!({
            "version": "4",
            "groupKey": "{}:{service=\"shop\"}",
            "truncatedAlerts": 0,
            "status": status,
            "receiver": "aftercast",
            "groupLabels": {"service": "shop"},
            "commonLabels": {"service": "shop"},
            "commonAnnotations": {},
            "externalURL": "https://alerts.acme.example",
            "alerts": [alert(&state)],
        });
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
                "severity": "critical",
                "native_status": status(incident),
                "url": url(incident),
                "detected_at": incident.of.detected_at,
                "resolved_at": incident.of.resolved_at,
                "caused_by": incident.sha,
            })
        })
        .collect()
}
