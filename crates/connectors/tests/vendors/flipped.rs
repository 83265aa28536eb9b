//! Flags of the made-up world: each good deployment switches one on, each incident switches it off.

use serde_json::{Value, json};

use super::World;
use super::world::Ended;

/// A change of a flag.
pub struct Flip {
    /// From 1.
    pub id: usize,
    /// When.
    pub at: i64,
    /// The flag.
    pub flag: String,
    /// Where.
    pub environment: &'static str,
    /// To what; `None`: only who gets it was changed.
    pub on: Option<bool>,
}

/// Returns the changes about the runs that exist, in order of time.
pub fn flips(world: &World, visible: usize) -> Vec<Flip> {
    let mut flips = Vec::new();
    let mut flip = |at, number: usize, environment, on| {
        flips.push(Flip { id: 0, at, flag: format!("new-cart-{number}"), environment, on });
    };
    for deployment in world.deployments.iter().filter(|one| one.run <= visible) {
        if deployment.ended == Ended::Well {
            flip(deployment.finished_at + 1_000, deployment.number, "test", Some(true));
            flip(deployment.finished_at + 2_000, deployment.number, "production", Some(true));
            flip(deployment.finished_at + 9_000, deployment.number, "production", None);
        }
    }
    let exists = |number: usize| world.deployments[number - 1].run <= visible;
    for incident in world.incidents.iter().filter(|one| exists(one.deployment)) {
        flip(incident.mitigated_at - 1_000, incident.deployment, "production", Some(false));
    }
    flips.sort_by_key(|flip| (flip.at, flip.flag.clone()));
    // The same number for the same change, however much is visible.
    for flip in &mut flips {
        flip.id = usize::try_from(flip.at / 1000).unwrap();
    }
    flips
}

/// Returns the rows of everything that reached production.
pub fn truth(world: &World, native: fn(Option<bool>) -> &'static str) -> Vec<Value> {
    let all = flips(world, world.runs.len());
    let reached = all.iter().filter(|flip| flip.environment == "production");
    reached
        .map(|flip| {
            let what = match flip.on {
                Some(true) => "off -> on",
                Some(false) => "on -> off",
                None => "targeting changed",
            };
            json!({
                "table": "signals",
                "service": "shop",
                "kind": "flag_change",
                "channel": "production",
                "said_at": flip.at,
                "thread": flip.flag,
                "quote": format!("{}: {what} (production)", flip.flag),
                "native_status": native(flip.on),
            })
        })
        .collect()
}
