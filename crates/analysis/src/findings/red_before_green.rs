//! A check held a real problem back: red on one revision, green on a later one.

use std::collections::BTreeMap;

use aftercast_model::{FactId, Name, Outcome};

use super::{Check, Scene, finding};
use crate::history::cell;
use crate::measures::{counted, release_jobs};
use crate::review::types::{Finding, FindingSeverity};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "red_before_green",
    what: "A job failed on one revision of a change and passed on a later one.",
    why: "The check did its work; had the problem been found on the author's machine, it would have \
          cost less.",
    example: "`phpunit` held a problem back on 1 change; a later revision passed.",
    run,
};

/// Of one job on one change: by revision, whether it failed and passed.
type Revisions = BTreeMap<i64, (Vec<FactId>, bool)>;

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let facts = scene.view.history.facts();
    let tasks = &facts.task_runs;
    let mut by_change: BTreeMap<(Name, i64), Revisions> = BTreeMap::new();
    for row in release_jobs(scene.view, scene.index) {
        let (Some(change), Some(revision)) =
            (cell(&tasks.change_number, row), cell(&tasks.revision, row))
        else {
            continue;
        };
        let job = cell(&tasks.name, row);
        let on = by_change.entry((job, change)).or_default().entry(revision).or_default();
        match cell(&tasks.outcome, row) {
            Outcome::Failure => on.0.push(cell(&tasks.id, row)),
            Outcome::Success => on.1 = true,
            _ => {}
        }
    }
    let mut by_job: BTreeMap<&str, (usize, Vec<FactId>)> = BTreeMap::new();
    for ((job, _), revisions) in &by_change {
        let last_green = revisions.iter().rev().find(|(_, on)| on.1).map(|(revision, _)| *revision);
        let held: Vec<FactId> = revisions
            .iter()
            .filter(|(revision, on)| !on.1 && Some(**revision) < last_green)
            .flat_map(|(_, on)| on.0.clone())
            .collect();
        if !held.is_empty() {
            let of_job = by_job.entry(facts.text(*job)).or_default();
            of_job.0 += 1;
            of_job.1.extend(held);
        }
    }
    by_job
        .into_iter()
        .map(|(job, (changes, evidence))| {
            let says = format!(
                "`{job}` held a problem back on {}; a later revision passed.",
                counted(changes, "change")
            );
            let mut found = finding(FindingSeverity::Notice, None, says);
            found.evidence = evidence;
            found.confidence = 0.8;
            found
        })
        .collect()
}
