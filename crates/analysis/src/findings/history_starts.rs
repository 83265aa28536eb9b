//! The first release of the history.

use super::{Check, Scene, finding};
use crate::review::types::{Finding, FindingSeverity};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "history_starts",
    what: "The release is the first one in the history that was imported.",
    why: "What came before it is not known: nothing can be compared, and its commits are all that \
          ever were.",
    example: "History starts with this release: there is nothing before it to compare with.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    if scene.index > 0 {
        return Vec::new();
    }
    let says = "History starts with this release: there is nothing before it to compare with.";
    let mut found = finding(FindingSeverity::Good, None, says.to_owned());
    if let Some(release) = scene.view.releases.list.get(scene.index) {
        found.evidence = vec![release.fact(scene.view.history)];
    }
    vec![found]
}
