//! A gate most of whose passes check nothing.

use super::{Check, Scene, finding};
use crate::measures::counted;
use crate::review::types::{Finding, FindingSeverity, Layer};
use crate::stats::FEWEST_TO_JUDGE;

/// The check.
pub(super) const CHECK: Check = Check {
    name: "vacuous_gate",
    what: "A gate passed without checking anything (no tests ran, or it could not fail) on more than \
           half of its changes.",
    why: "Green that checks nothing is worse than no check: people trust it.",
    example: "`licence-scan` passed without checking anything on 212 of the 212 changes that it passed.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let facts = scene.view.history.facts();
    scene
        .gates
        .iter()
        .filter(|tally| tally.passed >= FEWEST_TO_JUDGE && tally.vacuous * 2 > tally.passed)
        .map(|tally| {
            let name = facts.text(tally.gate);
            let says = format!(
                "`{name}` passed without checking anything on {} of the {} that it passed.",
                tally.vacuous,
                counted(tally.passed, "change")
            );
            let mut found = finding(FindingSeverity::Warning, Some(Layer::Policy), says);
            found.evidence = tally.empty.each().flat_map(|(_, _, rows)| rows.to_vec()).collect();
            found.suggestion = Some(format!("Let `{name}` check something, or make it advisory."));
            found
        })
        .collect()
}
