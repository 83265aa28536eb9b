//! No gate of the service is able to hold anything back.

use super::{Check, Scene, mechanism};
use crate::measures::gates;
use crate::review::types::Finding;

/// The check.
pub(super) const CHECK: Check = Check {
    name: "nothing_required",
    what: "The sources say of every gate whether it holds back, and none does.",
    why: "Where nothing is required, green and red ship alike: every check only tells.",
    example: "Nothing is required: none of 4 rules holds back, so that red and green both ship.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    gates::nothing_required(scene.view.history)
        .into_iter()
        .map(|case| mechanism::found(case, "Require the checks that find real problems."))
        .collect()
}
