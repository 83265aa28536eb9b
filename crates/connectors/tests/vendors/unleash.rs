//! A fake Unleash.

use serde_json::{Value, json};

use super::flipped::{Flip, flips};
use super::world::rfc3339;
use super::{Asked, Hook, Reply, Vendor, World, flipped};

/// Unleash.
pub static UNLEASH: Vendor = Vendor {
    source: "unleash",
    subject: "shop",
    secret: "user:fake",
    settings: &[],
    answer,
    hooks,
    truth: |world| flipped::truth(world, kind),
};

fn kind(on: Option<bool>) -> &'static str {
    match on {
        Some(true) => "feature-environment-enabled",
        Some(false) => "feature-environment-disabled",
        None => "feature-strategy-update",
    }
}

fn event(flip: &Flip) -> Value {
    json!({
        "id": flip.id,
        "type": kind(flip.on),
        "createdAt": rfc3339(flip.at),
        "createdBy": "anna@acme.example",
        "createdByUserId": 7,
        "ip": "198.51.100.7",
        "data": null,
        "preData": null,
        "tags": [],
        "featureName": flip.flag,
        "project": "shop",
        "environment": flip.environment,
    })
}

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    if asked.path != "/api/admin/search/events" || asked.parameter("project") != Some("IS:shop") {
        return Reply::status(404);
    }
    let day = |name: &str| asked.parameter(name).and_then(|text| text.strip_prefix("IS:"));
    let mut found: Vec<Value> = flips(world, visible).iter().rev().map(event).collect();
    found.retain(|event| {
        let at = &event["createdAt"].as_str().unwrap()[..10];
        day("from").is_none_or(|from| from <= at) && day("to").is_none_or(|to| at <= to)
    });
    let total = found.len();
    let (offset, limit) = (asked.number("offset", 0), asked.number("limit", 50).min(1000));
    let events: Vec<Value> = found.into_iter().skip(offset).take(limit).collect();
    Reply::json(&json!({"events": events, "total": total}))
}

fn hooks(world: &World) -> Vec<Hook> {
    let body = |flip: &Flip| event(flip).to_string().into_bytes();
    let all = flips(world, world.runs.len());
    all.iter().map(|flip| Hook { headers: Vec::new(), body: body(flip) }).collect()
}
