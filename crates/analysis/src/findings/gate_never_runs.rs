//! A job that is always skipped.

use super::{Check, Scene, mechanism};
use crate::review::types::{Finding, Mechanism};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "gate_never_runs",
    what: "A job was skipped on each of at least 59 changes and never ran.",
    why: "Its condition or path filter never matches: it stands in the list of checks and checks nothing.",
    example: "`licence-scan` was skipped on each of 75 changes: its condition or path filter never matches.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    mechanism::by(
        scene,
        Mechanism::NeverMatches,
        "Let the condition of `{gate}` match, or take it out of the list of checks.",
    )
}
