//! The release went well and has what good releases of the service had before.

use super::{Check, Scene, finding};
use crate::measures::patterns;
use crate::review::types::{Finding, FindingSeverity};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "pattern_kept",
    what: "The release went well (fast for its month, nothing undone, no incident) and has a feature \
           that went together with good releases before it, past all guards.",
    why: "What good releases have in common is worth keeping; whether it is the cause, only a chosen \
          change and the next releases tell.",
    example: "\"at most 42 lines changed\" went together with more good releases: 50 % (30 of 60) went \
              well, 20 % (12 of 60) of the others; 30 points between them (95 % interval 13 to 45). \
              This release has it.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let kept = patterns::of_release(scene.view, scene.index);
    let release = scene.view.releases.list.get(scene.index);
    kept.iter()
        .map(|pattern| {
            let own = if 0.0 < pattern.difference.unwrap_or(0.0) {
                "This release has it"
            } else {
                "This release does not have it"
            };
            let says = format!("{}. {own}.", patterns::says(pattern));
            let mut found = finding(FindingSeverity::Good, None, says);
            found.evidence =
                release.map(|release| release.fact(scene.view.history)).into_iter().collect();
            found.confidence = 1.0 - pattern.q.unwrap_or(1.0);
            found
        })
        .collect()
}
