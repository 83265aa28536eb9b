//! An approval that cannot be a look: given at once, or never refused.

use super::{Check, Scene, finding};
use crate::measures::counted;
use crate::measures::gates::{FEWEST, Group, approvals_before};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "gate_rubber_stamp",
    what: "Over the last releases, most approvals of a gate by another person came within a minute of \
           being asked for (20 or more), or none of 59 or more was ever refused.",
    why: "An approval that never looks costs a wait and gives a feeling of safety; counted by gate and \
          branch, never by person.",
    example: "`Code-Review` before `main` never said no to 64 changes, and let 41 of 64 in within a minute \
              of being asked.",
    run,
};

/// So many approvals show a habit.
const HABIT: usize = 20;

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    approvals_before(scene.view, scene.index)
        .into_iter()
        .filter_map(|((gate, before), group)| {
            let says = says(&gate, &before, &group)?;
            let mut found = finding(FindingSeverity::Notice, Some(Layer::Policy), says);
            found.evidence = group.evidence;
            found.confidence = 0.8;
            found.suggestion = Some(format!(
                "Say what `{gate}` is to look at, or let small changes go without it."
            ));
            Some(found)
        })
        .collect()
}

fn says(gate: &str, before: &str, group: &Group) -> Option<String> {
    let before = if before.is_empty() { String::new() } else { format!(" before `{before}`") };
    let waits = group.waits.len();
    let quick = group.by_another >= HABIT && group.within_a_minute * 2 > waits;
    let never = group.by_another >= FEWEST && group.objected == 0;
    let within = format!("{} of {waits} in within a minute of being asked", group.within_a_minute);
    let changes = counted(group.by_another, "change");
    match (never, quick) {
        (true, true) => {
            Some(format!("`{gate}`{before} never said no to {changes}, and let {within}."))
        }
        (true, false) => Some(format!("`{gate}`{before} never said no to {changes}.")),
        (false, true) => Some(format!("`{gate}`{before} let {within}.")),
        (false, false) => None,
    }
}
