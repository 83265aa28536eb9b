//! A step by hand that no source declares came again and again.

use super::manual_step_recurs::of;
use super::{Check, Scene};
use crate::review::types::Finding;

/// The check.
pub(super) const CHECK: Check = Check {
    name: "hidden_manual_step",
    what: "A person went on by hand between two green pipelines, made the tag, or deployed without a \
           pipeline, in this release and in at least two of those that it is compared with; no source \
           calls it a manual step.",
    why: "A step that is written down nowhere is forgotten one day, and nobody sees what it costs.",
    example: "The step from `build` to `deploy` was done by hand in 6 of the last 7 releases (no source \
              declares it); waiting and doing took 3 h (median of 6).",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    of(scene, |step| !step.kind.is_declared())
}
