//! A fake Slack: a channel where people ask for approvals, chat, and tell of incidents.

use serde_json::{Value, json};

use super::talk::{Said, said};
use super::{Asked, Hook, Reply, Vendor, World};

/// Slack.
pub static SLACK: Vendor = Vendor {
    source: "slack",
    subject: "C024BE91L:deploys",
    secret: "xoxb-fake",
    settings: &[],
    answer,
    hooks,
    truth,
};

const CHANNEL: &str = "C024BE91L";
/// Messages on a page, at most, whatever is asked for.
const PAGE: usize = 60;

fn ts(at: i64) -> String {
    format!("{}.{:03}100", at / 1000, at % 1000)
}

fn message(message: &Said, replies: usize) -> Value {
    let mut value = json!({
        "type": "message",
        "user": message.by,
        "team": "T024BE7LD",
        "text": message.text,
        "ts": ts(message.at),
        "client_msg_id": format!("5a3e0000-0000-4000-8000-{:012}", message.at % 1_000_000_000_000),
        "blocks": [{"type": "rich_text", "block_id": "b", "elements": []}],
    });
    if replies > 0 || message.thread != message.at {
        value["thread_ts"] = json!(ts(message.thread));
    }
    if replies > 0 {
        value["reply_count"] = json!(replies);
    }
    value
}

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let all = said(world, visible);
    if asked.parameter("channel") != Some(CHANNEL) {
        return Reply::json(&json!({"ok": false, "error": "channel_not_found"}));
    }
    let replies =
        |of: &Said| all.iter().filter(|one| one.thread == of.at && one.at != of.at).count();
    let limits = |name: &str| asked.parameter(name).and_then(|text| text.parse::<f64>().ok());
    let mut found: Vec<Value> = match asked.path.as_str() {
        "/conversations.history" => {
            let seconds = |one: &Said| ts(one.at).parse::<f64>().unwrap();
            let wanted = all.iter().rev().filter(|one| {
                one.thread == one.at
                    && limits("oldest").is_none_or(|oldest| oldest <= seconds(one))
                    && limits("latest").is_none_or(|latest| seconds(one) <= latest)
            });
            wanted.map(|one| message(one, replies(one))).collect()
        }
        "/conversations.replies" => {
            let of = |one: &&Said| Some(ts(one.thread).as_str()) == asked.parameter("ts");
            all.iter().filter(of).map(|one| message(one, replies(one))).collect()
        }
        _ => return Reply::status(404),
    };
    // The cursor names the message that the page before ended with.
    let after = asked.parameter("cursor").and_then(|cursor| cursor.strip_prefix("after:"));
    if let Some(after) = after {
        let at = found.iter().position(|one| one["ts"] == after).map_or(found.len(), |at| at + 1);
        found.drain(..at);
    }
    let size =
        if asked.path.ends_with("replies") { 3 } else { asked.number("limit", 100).min(PAGE) };
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().map(|one| one["ts"].as_str().unwrap_or_default().to_owned());
    let cursor = if more { format!("after:{}", last.unwrap_or_default()) } else { String::new() };
    Reply::json(&json!({
        "ok": true,
        "messages": found,
        "has_more": more,
        "response_metadata": {"next_cursor": cursor},
    }))
}

fn hooks(world: &World) -> Vec<Hook> {
    let all = said(world, world.runs.len());
    let hook = |(index, one): (usize, &Said)| {
        let mut event = message(one, 0);
        event["channel"] = json!(CHANNEL);
        event["channel_type"] = json!("channel");
        event["event_ts"] = event["ts"].clone();
        let body = json!({
            "token": "not-used",
            "team_id": "T024BE7LD",
            "api_app_id": "A0FAKE",
            "type": "event_callback",
            "event_id": format!("Ev{index:08}"),
            "event_time": one.at / 1000,
            "event": event,
        });
        Hook { headers: Vec::new(), body: body.to_string().into_bytes() }
    };
    all.iter().enumerate().map(hook).collect()
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    let signal = |kind: &str, at: i64, thread: i64, quote: &str| {
        json!({"table": "signals", "channel": "deploys", "kind": kind, "said_at": at,
            "thread": ts(thread), "quote": quote})
    };
    for deployment in &world.deployments {
        let (asked, number) = (deployment.asked_at, deployment.number);
        let question = format!("can I get approval to push build {number} to prod?");
        rows.push(signal("approval_asked", asked, asked, &question));
        rows.push(signal("approval_given", deployment.approved_at, asked, "approved, go ahead"));
        rows.push(json!({
            "table": "gate_evaluations",
            "gate": "chat approval",
            "gate_kind": "approval",
            "subject": format!("deploys/{}", ts(asked)),
            "asked_at": asked,
            "decided_at": deployment.approved_at,
            "verdict": "pass",
            "decided_by_kind": "human",
            "method": "chat",
            "confidence": 70,
        }));
    }
    for incident in &world.incidents {
        let at = incident.detected_at;
        rows.push(signal("incident", at, at, &format!("SEV2: {}", incident.title)));
    }
    rows
}
