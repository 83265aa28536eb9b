//! A gate that is asked but does not exist: CI says that the job is not registered.

use std::collections::BTreeMap;

use aftercast_model::FactId;

use super::{Check, Scene, finding};
use crate::history::cell;
use crate::measures::{counted, release_jobs};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "gate_cannot_run",
    what: "CI was asked to run a job that it does not know (`NOT_REGISTERED`).",
    why: "A gate that cannot run checks nothing, and blocks or passes by accident.",
    example: "`mediawiki-phan` cannot run: CI does not know it (2 results `NOT_REGISTERED`).",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let facts = scene.view.history.facts();
    let tasks = &facts.task_runs;
    let mut by_job: BTreeMap<&str, Vec<FactId>> = BTreeMap::new();
    for row in release_jobs(scene.view, scene.index) {
        if facts.text(cell(&tasks.native_status, row)).eq_ignore_ascii_case("NOT_REGISTERED") {
            by_job
                .entry(facts.text(cell(&tasks.name, row)))
                .or_default()
                .push(cell(&tasks.id, row));
        }
    }
    by_job
        .into_iter()
        .map(|(job, evidence)| {
            let results = counted(evidence.len(), "result");
            let says =
                format!("`{job}` cannot run: CI does not know it ({results} `NOT_REGISTERED`).");
            let mut found = finding(FindingSeverity::Warning, Some(Layer::Platform), says);
            found.evidence = evidence;
            found.suggestion = Some(format!("Register `{job}` or stop asking for it."));
            found
        })
        .collect()
}
