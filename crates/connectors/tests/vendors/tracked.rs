//! The incidents of the world as any tracker shows them while the world goes on.
//!
//! Owns: which of them exist by now and how far they are. Must not know any vendor.

use super::World;
use super::world::{Incident, sha};

/// An incident at a moment.
pub struct Tracked<'w> {
    /// What happens in the end.
    pub of: &'w Incident,
    /// The commit of the deployment before it.
    pub sha: String,
    /// When somebody took it, if that was already.
    pub acknowledged_at: Option<i64>,
    /// When users stopped feeling it, if that was already.
    pub mitigated_at: Option<i64>,
    /// When it was closed, if that was already.
    pub resolved_at: Option<i64>,
    /// When its state was last changed.
    pub changed_at: i64,
}

/// Returns the incidents that were noticed while `visible` runs exist, in order.
pub fn tracked(world: &World, visible: usize) -> Vec<Tracked<'_>> {
    let now = now(world, visible);
    let noticed = world.incidents.iter().filter(|incident| incident.detected_at <= now);
    noticed.map(|incident| at(world, incident, now)).collect()
}

/// Returns each incident in each of its states, in order of time: noticed, taken, closed.
pub fn states(world: &World) -> Vec<Tracked<'_>> {
    let mut states = Vec::new();
    for incident in &world.incidents {
        let times = [
            Some(incident.detected_at),
            Some(incident.acknowledged_at),
            Some(incident.mitigated_at),
            incident.resolved_at,
        ];
        states.extend(times.into_iter().flatten().map(|now| at(world, incident, now)));
    }
    states
}

/// Returns the present of the world while `visible` runs exist.
pub fn now(world: &World, visible: usize) -> i64 {
    match world.runs.get(visible.saturating_sub(1)) {
        Some(run) if visible < world.runs.len() => run.queued_at,
        _ => i64::MAX,
    }
}

fn at<'w>(world: &'w World, incident: &'w Incident, now: i64) -> Tracked<'w> {
    let by_now = |at: i64| (at <= now).then_some(at);
    let acknowledged_at = by_now(incident.acknowledged_at);
    let mitigated_at = by_now(incident.mitigated_at);
    let resolved_at = incident.resolved_at.and_then(by_now);
    let changed_at =
        resolved_at.or(mitigated_at).or(acknowledged_at).unwrap_or(incident.detected_at);
    let sha = sha(world.deployments[incident.deployment - 1].run);
    Tracked { of: incident, sha, acknowledged_at, mitigated_at, resolved_at, changed_at }
}
