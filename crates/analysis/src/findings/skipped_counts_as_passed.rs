//! A required check was skipped, and the change was merged.

use super::{Check, Scene, mechanism};
use crate::review::types::{Finding, Mechanism};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "skipped_counts_as_passed",
    what: "A required job or gate was skipped on the last revision of at least three merged changes.",
    why: "Skipped is not passed: what it would have found went to production.",
    example: "`e2e` is required and was skipped on 14 of 90 changes, all merged: skipped counts as passed.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    mechanism::by(
        scene,
        Mechanism::SkippedCountsAsPassed,
        "Let `{gate}` end with a result of its own, also where it has nothing to do.",
    )
}
