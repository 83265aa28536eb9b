//! A commit that lay on a side branch far longer than the others.

use aftercast_model::human_duration;

use super::{Check, Scene, finding};
use crate::measures::old_commit;
use crate::review::types::{Finding, FindingSeverity};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "old_commit",
    what: "The oldest commit waited over 90 days and over ten times as long as half of the commits.",
    why: "It makes the lead time; the reader should know that one commit does, not the release.",
    example: "The oldest commit waited 1002 d before it shipped; half of the 41 commits waited less than 12 d.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let Some((oldest, middle, n)) = old_commit(scene.view, scene.index) else { return Vec::new() };
    let says = format!(
        "The oldest commit waited {} before it shipped; half of the {n} commits waited less than {}.",
        human_duration(oldest),
        human_duration(middle)
    );
    let mut found = finding(FindingSeverity::Notice, None, says);
    found.evidence.clone_from(&scene.numbers.lead_time_ms.evidence);
    vec![found]
}
