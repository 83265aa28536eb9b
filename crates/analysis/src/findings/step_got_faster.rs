//! A step on the way of the release takes less than it did, and stays so.

use super::step_got_slower::layer;
use super::{Check, Scene, finding};
use crate::review::types::{Direction, Finding, FindingSeverity};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "step_got_faster",
    what: "A job, a deployment or a wait on the way of the release takes at least 10 % less since a \
           change point within the releases that it is compared with (rank-CUSUM, p at most 0.01, \
           confirmed by four points); a minute a run, or half an hour in thirty \
           days.",
    why: "What went well should be seen, named and kept.",
    example: "`unit` runs 10 min since 24 Mar 2024, before 18 min (-43 %; medians of 20 runs and 10 \
              runs). No platform, gate or runner change is recorded in this window.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let faster = scene.steps.iter().filter(|change| change.direction == Direction::Faster);
    faster
        .map(|change| {
            let mut found =
                finding(FindingSeverity::Good, Some(layer(change)), change.says.clone());
            found.evidence.clone_from(&change.evidence);
            found.confidence = 1.0 - change.p;
            found
        })
        .collect()
}
