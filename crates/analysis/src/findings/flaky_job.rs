//! A job failed and passed on the same revision, on the way of this release.

use std::collections::BTreeMap;

use aftercast_model::{FactId, Name, Outcome};

use super::{Check, Scene, finding};
use crate::history::cell;
use crate::measures::{counted, release_jobs};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "flaky_job",
    what: "A job failed and passed on the same revision on the way of the release.",
    why: "A check that changes its mind costs re-runs and teaches people to ignore red.",
    example: "`phpunit` failed and passed on the same revision (1 revision); so on 14 of 2100 changes \
              up to here.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    type Input = (Name, Option<i64>, Option<i64>, Name);
    let facts = scene.view.history.facts();
    let tasks = &facts.task_runs;
    let mut seen: BTreeMap<Input, (Vec<FactId>, bool)> = BTreeMap::new();
    for row in release_jobs(scene.view, scene.index) {
        let (change, revision) = (cell(&tasks.change_number, row), cell(&tasks.revision, row));
        let sha = if revision.is_some() { Name::NONE } else { cell(&tasks.sha, row) };
        if revision.is_none() && sha.is_none() {
            continue;
        }
        let on = seen.entry((cell(&tasks.name, row), change, revision, sha)).or_default();
        match cell(&tasks.outcome, row) {
            Outcome::Failure => on.0.push(cell(&tasks.id, row)),
            Outcome::Success => on.1 = true,
            _ => {}
        }
    }
    let mut by_job: BTreeMap<Name, (Vec<FactId>, usize)> = BTreeMap::new();
    for ((job, ..), (red, green)) in seen {
        if green && !red.is_empty() {
            let of_job = by_job.entry(job).or_default();
            of_job.0.extend(red);
            of_job.1 += 1;
        }
    }
    let mut found: Vec<Finding> = by_job
        .into_iter()
        .map(|(job, (red, inputs))| {
            let name = facts.text(job);
            let history = scene.gates.iter().find(|tally| tally.gate == job).map_or_else(
                String::new,
                |tally| {
                    format!(
                        "; so on {} of {} up to here",
                        tally.flaky,
                        counted(tally.subjects, "change")
                    )
                },
            );
            let says = format!(
                "`{name}` failed and passed on the same revision ({}){history}.",
                counted(inputs, "revision")
            );
            let mut found = finding(FindingSeverity::Warning, Some(Layer::Platform), says);
            found.evidence = red;
            found.confidence = 0.9;
            found.suggestion =
                Some(format!("Find what makes `{name}` change its mind, or quarantine it."));
            found
        })
        .collect();
    found.sort_by(|a, b| a.says.cmp(&b.says));
    found
}
