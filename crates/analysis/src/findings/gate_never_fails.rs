//! A job that runs on nearly every change and has never failed.

use super::{Check, Scene, finding};
use crate::measures::percent;
use crate::review::types::{Finding, FindingSeverity, Layer};
use crate::stats::never_seen_upper;

/// The check.
pub(super) const CHECK: Check = Check {
    name: "gate_never_fails",
    what: "A job ran on at least 59 changes and never failed on one.",
    why: "59 clean changes say with 95 % confidence that it finds something in fewer than 5 of 100. \
          That may be worth its time or not: weigh it.",
    example: "`phplint` never failed in 240 changes: with 95 % confidence it finds something in fewer \
              than 1.2 % of changes.",
    run,
};

/// So many clean trials say "less than 5 %" with 95 % confidence (ln 0.05 / ln 0.95).
const FEWEST: usize = 59;

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let facts = scene.view.history.facts();
    scene
        .gates
        .iter()
        .filter(|tally| !tally.by_people && !tally.sums_up)
        .filter(|tally| tally.refused == 0 && tally.subjects >= FEWEST)
        .filter_map(|tally| Some((tally, never_seen_upper(tally.subjects)?)))
        .map(|(tally, upper)| {
            let name = facts.text(tally.gate);
            let says = format!(
                "`{name}` never failed in {} changes: with 95 % confidence it finds something in \
                 fewer than {} of changes.",
                tally.subjects,
                percent(upper)
            );
            let mut found = finding(FindingSeverity::Notice, Some(Layer::Policy), says);
            found.confidence = 0.95;
            found.evidence.clone_from(&tally.pass_evidence);
            found.suggestion = Some(format!(
                "Consider running `{name}` after the merge or on a sample; do not delete it, or \
                 nobody counts any more."
            ));
            found
        })
        .collect()
}
