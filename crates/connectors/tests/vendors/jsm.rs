//! A fake Jira Service Management: each incident is an issue, and an alert before it.

use serde_json::{Value, json};

use super::tracked::{Tracked, states, tracked};
use super::world::rfc3339;
use super::{Asked, Hook, Reply, Vendor, World};

/// Jira Service Management.
pub static JSM: Vendor = Vendor {
    source: "jsm",
    subject: "c1",
    secret: "bot@acme.example:jsm-token",
    settings: &[("alerts", "priority: P1"), ("fields", "customfield_10050,customfield_10052")],
    answer,
    hooks,
    truth,
};

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let now = tracked(world, visible);
    if let Some(path) = asked.path.strip_prefix("/ex/jira/c1/rest/api/3/") {
        if path == "search/jql" {
            return search(asked, &now);
        }
        let id = path.strip_prefix("issue/").unwrap_or_default();
        return match now.iter().find(|incident| issue_id(incident) == id) {
            Some(found) => Reply::json(&whole(found)),
            None => Reply::status(404),
        };
    }
    let Some(path) = asked.path.strip_prefix("/jsm/ops/api/c1/v1/alerts") else {
        return Reply::status(404);
    };
    let mut segments = path.trim_matches('/').split('/');
    let Some(id) = segments.next().filter(|id| !id.is_empty()) else {
        let (offset, size) = (asked.number("offset", 0), asked.number("size", 20).min(100));
        let shown = now.iter().rev().skip(offset).take(size);
        let values: Vec<Value> = shown.map(alert).collect();
        return Reply::json(&json!({"values": values, "count": now.len(), "links": {}}));
    };
    let Some(found) = now.iter().find(|incident| alert_id(incident) == id) else {
        return Reply::status(404);
    };
    match segments.next() {
        None => {
            let mut body = alert(found);
            body["extraProperties"] = json!({"service": "shop", "commit": found.sha});
            Reply::json(&body)
        }
        Some(_) => Reply::json(&json!({"values": logs(found)})),
    }
}

/// The issues changed since, newest first, behind the one that the token names.
fn search(asked: &Asked, now: &[Tracked<'_>]) -> Reply {
    let jql = asked.parameter("jql").unwrap_or_default();
    let since = jql.split("updated >= \"").nth(1).and_then(|rest| rest.split('"').next());
    let since = since.unwrap_or_default().replace('/', "-").replace(' ', "T");
    let mut found: Vec<&Tracked<'_>> =
        now.iter().filter(|incident| since <= rfc3339(incident.changed_at)).collect();
    found.sort_by_key(|incident| std::cmp::Reverse((incident.changed_at, incident.of.number)));
    let token = asked.parameter("nextPageToken");
    let from = token.and_then(|token| found.iter().position(|one| issue_id(one) == token));
    let size = asked.number("maxResults", 50).min(100);
    let (shown, rest) = found.split_at(found.len().min(from.unwrap_or(0) + size));
    let issues: Vec<Value> = shown
        .iter()
        .skip(from.unwrap_or(0))
        .map(|one| {
            let fields = json!({"updated": jira(one.changed_at), "status": {"name": status(one)}});
            json!({"id": issue_id(one), "key": key(one), "fields": fields})
        })
        .collect();
    let next = rest.first().map(|one| issue_id(one));
    Reply::json(&json!({"issues": issues, "isLast": next.is_none(), "nextPageToken": next}))
}

/// Jira writes the time of the account's zone.
fn jira(at: i64) -> String {
    rfc3339(at + 7_200_000).replace('Z', ".000+0200")
}

fn issue_id(incident: &Tracked<'_>) -> String {
    format!("{}", 10_000 + incident.of.number)
}

fn alert_id(incident: &Tracked<'_>) -> String {
    format!("bf415f36-{:06}", incident.of.number)
}

fn key(incident: &Tracked<'_>) -> String {
    format!("OPS-{}", incident.of.number)
}

fn status(incident: &Tracked<'_>) -> &'static str {
    match (incident.resolved_at, incident.acknowledged_at) {
        (Some(_), _) => "Completed",
        (None, Some(_)) => "Work in progress",
        (None, None) => "Open",
    }
}

/// What webhooks and the API say alike.
fn issue(incident: &Tracked<'_>) -> Value {
    json!({
        "id": issue_id(incident),
        "key": key(incident),
        "self": format!("https://acme.atlassian.net/rest/api/3/issue/{}", issue_id(incident)),
        "fields": {
            "summary": incident.of.title,
            "issuetype": {"name": "[System] Incident"},
            "status": {"name": status(incident)},
            "priority": {"name": "High"},
            "labels": [format!("commit:{}", incident.sha)],
            "components": [{"name": "shop"}],
            "created": jira(incident.of.detected_at),
            "updated": jira(incident.changed_at),
            "resolutiondate": incident.resolved_at.map(jira),
            "customfield_10050": jira(incident.of.started_at),
            "customfield_10052": incident.mitigated_at.map(jira),
        },
    })
}

fn whole(incident: &Tracked<'_>) -> Value {
    let mut body = issue(incident);
    body["names"] = json!({"customfield_10050": "Impact start", "customfield_10052": "Impact end"});
    let change = |at: Option<i64>, to: &str| {
        let at = at.map(jira)?;
        Some(json!({"created": at, "items": [{"field": "status", "toString": to}]}))
    };
    let histories: Vec<Value> = [
        change(incident.resolved_at, "Completed"),
        change(incident.acknowledged_at, "Work in progress"),
    ]
    .into_iter()
    .flatten()
    .collect();
    body["changelog"] = json!({"histories": histories});
    body
}

fn alert(incident: &Tracked<'_>) -> Value {
    let status = if incident.resolved_at.is_some() { "closed" } else { "open" };
    json!({
        "id": alert_id(incident),
        "tinyId": incident.of.number.to_string(),
        "message": format!("Alert: {}", incident.of.title),
        "status": status,
        "acknowledged": incident.acknowledged_at.is_some(),
        "priority": "P1",
        "tags": [],
        "createdAt": rfc3339(incident.of.detected_at),
        "updatedAt": rfc3339(incident.changed_at),
    })
}

fn logs(incident: &Tracked<'_>) -> Vec<Value> {
    let log = |text: &str, at: i64| json!({"log": text, "createdAt": rfc3339(at)});
    [
        Some(log("Alert created via API", incident.of.detected_at)),
        incident.acknowledged_at.map(|at| log("Alert acknowledged via web", at)),
        incident.resolved_at.map(|at| log("Alert closed via API", at)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn hooks(world: &World) -> Vec<Hook> {
    let hook = |state: Tracked<'_>| {
        let is_new = state.acknowledged_at.is_none();
        let event = if is_new { "jira:issue_created" } else { "jira:issue_updated" };
        let body =
            json!({"timestamp": state.changed_at, "webhookEvent": event, "issue": issue(&state)});
        Hook { headers: Vec::new(), body: body.to_string().into_bytes() }
    };
    states(world).into_iter().map(hook).collect()
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for incident in &tracked(world, usize::MAX) {
        rows.push(json!({
            "table": "incidents",
            "service": "shop",
            "title": incident.of.title,
            "severity": "High",
            "native_status": status(incident),
            "url": format!("https://acme.atlassian.net/browse/{}", key(incident)),
            "started_at": incident.of.started_at,
            "detected_at": incident.of.detected_at,
            "acknowledged_at": incident.of.acknowledged_at,
            "mitigated_at": incident.of.mitigated_at,
            "resolved_at": incident.of.resolved_at,
            "caused_by": incident.sha,
        }));
        rows.push(json!({
            "table": "incidents",
            "service": "shop",
            "title": format!("Alert: {}", incident.of.title),
            "severity": "P1",
            "native_status": if incident.resolved_at.is_some() { "closed" } else { "open" },
            "detected_at": incident.of.detected_at,
            "acknowledged_at": incident.of.acknowledged_at,
            "resolved_at": incident.of.resolved_at,
            "caused_by": incident.sha,
        }));
    }
    rows
}
