//! A fake Microsoft Graph: the messages of one channel of Teams.

use serde_json::{Value, json};

use super::talk::{Said, said};
use super::world::rfc3339;
use super::{Asked, Reply, Vendor, World};

/// Teams.
pub static TEAMS: Vendor = Vendor {
    source: "teams",
    subject: "t-shop/19:abc@thread.tacv2:deploys",
    secret: "graph-fake",
    settings: &[],
    answer,
    hooks: |_| Vec::new(),
    truth,
};

const CHANNEL: &str = "19:abc@thread.tacv2";

fn message(one: &Said, replies: Option<Vec<Value>>) -> Value {
    let root = one.thread == one.at;
    let mut value = json!({
        "id": one.at.to_string(),
        "replyToId": if root { Value::Null } else { json!(one.thread.to_string()) },
        "etag": one.at.to_string(),
        "messageType": "message",
        "createdDateTime": rfc3339(one.at),
        "lastModifiedDateTime": rfc3339(one.at),
        "lastEditedDateTime": null,
        "deletedDateTime": null,
        "subject": null,
        "importance": "normal",
        "webUrl": format!("https://teams.microsoft.com/l/message/{CHANNEL}/{}", one.at),
        "from": {"application": null, "device": null, "user": {"id": one.by, "displayName": "Somebody", "userIdentityType": "aadUser"}},
        "body": {"contentType": "html", "content": format!("<div><p>{}</p></div>", one.text)},
        "channelIdentity": {"teamId": "t-shop", "channelId": CHANNEL},
        "attachments": [], "mentions": [], "reactions": [],
    });
    if let Some(replies) = replies {
        value["replies"] = json!(replies);
    }
    value
}

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    if asked.path != format!("/teams/t-shop/channels/{CHANNEL}/messages") {
        return Reply::status(404);
    }
    let all = said(world, visible);
    let expand = asked.parameter("$expand") == Some("replies");
    let replies = |of: &Said| {
        let own = all.iter().filter(|one| one.thread == of.at && one.at != of.at);
        expand.then(|| own.map(|one| message(one, None)).collect())
    };
    let roots: Vec<&Said> = all.iter().rev().filter(|one| one.thread == one.at).collect();
    // The token names the message that the page before ended with.
    let after = asked.parameter("$skiptoken").and_then(|token| token.parse::<i64>().ok());
    let left = roots.into_iter().filter(|one| after.is_none_or(|after| one.at < after));
    let size = asked.number("$top", 20).min(50);
    let page: Vec<&Said> = left.take(size + 1).collect();
    let items: Vec<Value> = page.iter().take(size).map(|one| message(one, replies(one))).collect();
    let mut body =
        json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x", "value": items});
    if page.len() > size {
        let path = asked.path.replace(':', "%3A").replace('@', "%40");
        let token = page[size - 1].at;
        let query = format!("$top={size}&$expand=replies&$skiptoken={token}");
        body["@odata.nextLink"] = json!(format!("{}{path}?{query}", asked.origin));
    }
    Reply::json(&body)
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    let url = |at: i64| format!("https://teams.microsoft.com/l/message/{CHANNEL}/{at}");
    let signal = |kind: &str, at: i64, thread: i64, quote: &str| {
        json!({"table": "signals", "channel": "deploys", "kind": kind, "said_at": at, "url": url(at),
            "thread": thread.to_string(), "quote": quote})
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
            "subject": url(asked),
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
