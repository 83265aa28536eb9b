//! A check's last word was no, and the change shipped.

use super::{Check, Scene, finding};
use crate::history::cell;
use crate::measures::failed_last;
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "bypassed_check",
    what: "The last run of a job on a shipped change failed, and the change shipped.",
    why: "Either the check is not needed or the change was not ready: one of the two should change.",
    example: "`phpcs` failed last on change 230703, which shipped.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let facts = scene.view.history.facts();
    let tasks = &facts.task_runs;
    let mut found: Vec<Finding> = failed_last(scene.view, scene.index)
        .into_iter()
        .map(|((job, change), row)| {
            let name = facts.text(job);
            let optional = cell(&tasks.required, row) == Some(false);
            let says = if optional {
                format!("`{name}`, which is not required, failed last on change {change}, which shipped.")
            } else {
                format!("`{name}` failed last on change {change}, which shipped.")
            };
            let severity =
                if optional { FindingSeverity::Notice } else { FindingSeverity::Warning };
            let mut found = finding(severity, Some(Layer::Policy), says);
            found.evidence = vec![cell(&tasks.id, row)];
            found.suggestion = Some(format!("Make `{name}` block, or stop asking it."));
            found
        })
        .collect();
    found.sort_by(|a, b| a.says.cmp(&b.says));
    found
}
