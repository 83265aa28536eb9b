//! Jobs that run on nearly every change and have never failed.

use aftercast_model::Name;

use super::{Check, Scene, finding};
use crate::history::cell;
use crate::measures::gates::Tally;
use crate::measures::percent;
use crate::review::types::{Finding, FindingSeverity, Layer};
use crate::stats::never_seen_upper;

/// The check.
pub(super) const CHECK: Check = Check {
    name: "gate_never_fails",
    what: "Jobs, other than steps that build or deploy, ran on at least 59 changes and never failed on one.",
    why: "59 clean changes say with 95 % confidence that it finds something in fewer than 5 of 100. \
          That may be worth its time or not: weigh it.",
    example: "`phplint` never failed in 240 changes: with 95 % confidence it finds something in fewer \
              than 1.2 % of changes.",
    run,
};

/// So many clean trials say "less than 5 %" with 95 % confidence (ln 0.05 / ln 0.95).
const FEWEST: usize = 59;

/// Kinds of jobs that are steps of the delivery: nobody can put them off to check less.
const STEPS: [&str; 3] = ["build", "deploy", "manual"];

/// So many are named.
const NAMED: usize = 4;

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let history = scene.view.history;
    let facts = history.facts();
    let is_check = |job: Name| {
        let kind = |row: &u32| STEPS.contains(&facts.text(cell(&facts.task_runs.kind, *row)));
        !history.tasks_by_name.get(job).first().is_some_and(kind)
    };
    let mut quiet: Vec<&Tally> = scene
        .gates
        .iter()
        .filter(|tally| !tally.by_people && !tally.sums_up)
        .filter(|tally| tally.refused == 0 && tally.subjects >= FEWEST && is_check(tally.gate))
        .collect();
    // The one that ran least bounds them all.
    quiet.sort_by_key(|tally| (std::cmp::Reverse(tally.subjects), facts.text(tally.gate)));
    let Some(least) = quiet.last() else { return Vec::new() };
    let Some(upper) = never_seen_upper(least.subjects).map(percent) else { return Vec::new() };
    let names: Vec<String> =
        quiet.iter().take(NAMED).map(|tally| format!("`{}`", facts.text(tally.gate))).collect();
    let says = match quiet.len() {
        1 => format!(
            "{} never failed in {} changes: with 95 % confidence it finds something in fewer than \
             {upper} of changes.",
            names.join(""),
            least.subjects
        ),
        count => format!(
            "{count} jobs never failed in {} changes or more ({}{}): with 95 % confidence each finds \
             something in fewer than {upper} of changes.",
            least.subjects,
            names.join(", "),
            if count > NAMED { ", ..." } else { "" }
        ),
    };
    let mut found = finding(FindingSeverity::Notice, Some(Layer::Policy), says);
    found.confidence = 0.95;
    found.evidence =
        quiet.iter().flat_map(|tally| tally.pass_evidence.iter().take(2)).copied().collect();
    let them = if quiet.len() == 1 { "it" } else { "them" };
    found.suggestion = Some(format!(
        "Consider running {them} after the merge or on a sample; do not delete {them}, or nobody \
         counts any more."
    ));
    vec![found]
}
