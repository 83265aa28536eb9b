//! A fake LaunchDarkly.

use serde_json::{Value, json};

use super::flipped::{Flip, flips};
use super::{Asked, Hook, Reply, Vendor, World, flipped};

/// LaunchDarkly.
pub static LAUNCHDARKLY: Vendor = Vendor {
    source: "launchdarkly",
    subject: "shop",
    secret: "api-fake",
    settings: &[],
    answer,
    hooks,
    truth: |world| flipped::truth(world, action),
};

fn action(on: Option<bool>) -> &'static str {
    if on.is_some() { "updateOn" } else { "updateRules" }
}

fn entry(flip: &Flip) -> Value {
    let Flip { id, at, flag, environment, on } = flip;
    let verb = match on {
        Some(true) => "turned on the flag",
        Some(false) => "turned off the flag",
        None => "updated the flag",
    };
    let resource = format!("proj/shop:env/{environment}:flag/{flag};checkout");
    let link = |href: String| json!({"href": href, "type": "application/json"});
    json!({
        "_links": {
            "canonical": link(format!("/api/v2/flags/shop/{flag}")),
            "self": link(format!("/api/v2/auditlog/{id:024x}")),
            "site": link(format!("/shop/{environment}/features/{flag}")),
        },
        "_id": format!("{id:024x}"),
        "_accountId": "a1",
        "date": at,
        "accesses": [{"action": action(*on), "resource": resource}],
        "kind": "flag",
        "name": format!("New cart {flag}"),
        "description": "",
        "shortDescription": "",
        "member": {"_id": "m-anna", "email": "anna@acme.example", "firstName": "Anna", "lastName": "A"},
        "titleVerb": verb,
        "title": format!("[Anna A](mailto:anna@acme.example) {verb} [{flag}](https://app.launchdarkly.com/x)"),
        "target": {"name": flag, "resources": [resource]},
    })
}

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    if asked.path != "/api/v2/auditlog" {
        return Reply::status(404);
    }
    let number = |name: &str| asked.parameter(name).and_then(|text| text.parse::<i64>().ok());
    if asked.parameter("spec").is_some_and(|spec| !spec.starts_with("proj/shop:env/*:flag/")) {
        return Reply::status(400);
    }
    let all = flips(world, visible);
    let mut found: Vec<&Flip> = all
        .iter()
        .rev()
        .filter(|flip| number("after").is_none_or(|after| after < flip.at))
        .filter(|flip| number("before").is_none_or(|before| flip.at < before))
        .collect();
    let more = found.len() > 20;
    found.truncate(20);
    let mut links = json!({"self": {"href": "/api/v2/auditlog", "type": "application/json"}});
    if let Some(last) = found.last().filter(|_| more) {
        // Entries of one millisecond stay together here; there are none.
        let after = number("after").map_or(String::new(), |after| format!("&after={after}"));
        let spec = asked.parameter("spec").map_or(String::new(), |spec| format!("&spec={spec}"));
        let href = format!("/api/v2/auditlog?before={}{after}&limit=20{spec}", last.at);
        links["next"] = json!({"href": href, "type": "application/json"});
    }
    let items: Vec<Value> = found.into_iter().map(entry).collect();
    Reply::json(&json!({"_links": links, "items": items, "totalCount": all.len()}))
}

fn hooks(world: &World) -> Vec<Hook> {
    let body = |flip: &Flip| entry(flip).to_string().into_bytes();
    let all = flips(world, world.runs.len());
    all.iter().map(|flip| Hook { headers: Vec::new(), body: body(flip) }).collect()
}
