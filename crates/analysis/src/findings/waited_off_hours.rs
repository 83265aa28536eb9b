//! Nearly all of the waiting was outside of working hours.

use aftercast_model::human_duration;

use super::{Check, Scene, finding};
use crate::measures::{hours_say, way};
use crate::review::types::{Finding, FindingSeverity, Layer, LayerShares};

/// Fewer hours of delay are no pattern.
const LEAST_MS: i64 = 4 * 3_600_000;

/// The check.
pub(super) const CHECK: Check = Check {
    name: "waited_off_hours",
    what: "Delays outside of working hours are at least half of the lead time, and at least nine times the delays inside of them.",
    why: "Nobody was slow: work was ready when people left. It helps to ask earlier in the day, or to let go on by night what needs nobody.",
    example: "Of 15 h 20 min lead time, 15 h were delays outside of working hours (Monday to Friday 09:00-18:00 UTC), 20 min inside.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(way) = way(scene.view, scene.index) else { return Vec::new() };
    let lead_time = way.lead_time;
    let working = &lead_time.working;
    let (outside, inside) = (working.delay_outside_ms, working.delay_inside_ms);
    let whole = lead_time.to_at.since(lead_time.from_at);
    if outside < LEAST_MS || outside < whole / 2 || outside / 9 < inside {
        return Vec::new();
    }
    let says = format!(
        "Of {} lead time, {} were delays outside of working hours ({}), {} inside.",
        human_duration(whole),
        human_duration(outside),
        hours_say(scene.view.settings),
        human_duration(inside)
    );
    let mut found = finding(FindingSeverity::Notice, Some(Layer::Process), says);
    let delays = lead_time.segments.into_iter().filter(|one| one.layer != LayerShares::default());
    found.evidence = delays.flat_map(|segment| segment.evidence).collect();
    found.evidence.sort_unstable();
    found.evidence.dedup();
    found.suggestion =
        Some("Ask earlier in the day, or let go on by night what needs nobody.".to_owned());
    vec![found]
}
