//! Clocks on the way of the release disagree.

use super::{Check, Scene, finding};
use crate::measures::{counted, way};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "clocks_disagree",
    what: "Times on the way of the release contradict their order: a merge before the opening, a job that ended before it began, an approval before it was asked for.",
    why: "The times were put into order, so that the parts still add up; how long the parts beside them took is uncertain.",
    example: "Clocks disagree at 3 places on the way of this release (2 rows); the times there were put into order.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(way) = way(scene.view, scene.index) else { return Vec::new() };
    let places = way.lead_time.clocks_disagree;
    if places == 0 {
        return Vec::new();
    }
    let says = format!(
        "Clocks disagree at {} on the way of this release ({}); the times there were put into order.",
        counted(places, "place"),
        counted(way.skewed.len(), "row")
    );
    let mut found = finding(FindingSeverity::Notice, Some(Layer::Platform), says);
    found.evidence = way.skewed;
    found.suggestion =
        Some("Synchronise the clocks of these sources, or find out which of them is wrong.".into());
    vec![found]
}
