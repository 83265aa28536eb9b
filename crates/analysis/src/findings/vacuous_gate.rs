//! A gate most of whose passes check nothing.

use super::{Check, Scene, finding};
use crate::review::types::{Finding, FindingSeverity, Layer};
use crate::stats::FEWEST_TO_JUDGE;

/// The check.
pub(super) const CHECK: Check = Check {
    name: "vacuous_gate",
    what: "A gate passed without checking anything (no tests ran, or it could not fail) on more than \
           half of its changes.",
    why: "Green that checks nothing is worse than no check: people trust it.",
    example: "`licence-scan` passed without checking anything on 212 of 212 changes.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let facts = scene.view.history.facts();
    scene
        .gates
        .iter()
        .filter(|tally| tally.subjects >= FEWEST_TO_JUDGE && tally.vacuous * 2 > tally.subjects)
        .map(|tally| {
            let name = facts.text(tally.gate);
            let says = format!(
                "`{name}` passed without checking anything on {} of {} changes.",
                tally.vacuous, tally.subjects
            );
            let mut found = finding(FindingSeverity::Warning, Some(Layer::Policy), says);
            found.suggestion = Some(format!("Let `{name}` check something, or make it advisory."));
            found
        })
        .collect()
}
