//! A required check was skipped because what it needs failed, and the change was merged.

use super::{Check, Scene, mechanism};
use crate::review::types::{Finding, Mechanism};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "skipped_after_failure",
    what: "A required job was skipped on the last revision of a merged change while another job of the same run had failed.",
    why: "A failure that takes the checks behind it away makes the merge easier instead of harder.",
    example: "`e2e` is required and was skipped on 3 merged changes because something failed before it in the same run; the merge went ahead.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    mechanism::by(
        scene,
        Mechanism::NeedsFailed,
        "Let `{gate}` fail where something that it needs failed.",
    )
}
