//! A check that only says yes.

use super::{Check, Scene, mechanism};
use crate::review::types::{Finding, Mechanism};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "echo_check",
    what: "A check never failed and does nothing that takes time: one step of at most a second, or (where steps are not known) never longer than two seconds on 59 runs.",
    why: "A required check that is an echo looks like safety and is none.",
    example: "`gate-ok` has one step, which never took longer than a second, and never failed in 120 runs: an echo.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    mechanism::by(
        scene,
        Mechanism::Echo,
        "Let `{gate}` look at something, or at the results of the jobs that it stands for.",
    )
}
