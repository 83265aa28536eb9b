//! A check's last word was no, and the change shipped.

use std::collections::BTreeMap;

use aftercast_model::{Name, Outcome};

use super::{Check, Scene, finding};
use crate::history::{Row, cell};
use crate::measures::release_jobs;
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
    let mut last: BTreeMap<(Name, i64), Row> = BTreeMap::new();
    // A job that was not asked about the last revision has no last word (it may be retired).
    let mut last_revision: BTreeMap<i64, Option<i64>> = BTreeMap::new();
    for row in release_jobs(scene.view, scene.index) {
        if let Some(change) = cell(&tasks.change_number, row) {
            let latest = last_revision.entry(change).or_default();
            *latest = (*latest).max(cell(&tasks.revision, row));
        }
        let decided = matches!(cell(&tasks.outcome, row), Outcome::Success | Outcome::Failure);
        if let Some(change) = cell(&tasks.change_number, row)
            && decided
        {
            last.insert((cell(&tasks.name, row), change), row);
        }
    }
    let mut found: Vec<Finding> = last
        .into_iter()
        .filter(|(_, row)| cell(&tasks.outcome, *row) == Outcome::Failure)
        .filter(|((_, change), row)| {
            last_revision.get(change) == Some(&cell(&tasks.revision, *row))
        })
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
