//! Why builds failed or were stopped on the way of a release, with what happened next.
//!
//! Owns the two classes that one build alone cannot show: flaky (the same job passed on the same
//! input) and superseded (stopped while a newer run of the same change or branch was waiting). All
//! other classes are the source's, by the rules of `connectors`.

use std::collections::{BTreeMap, BTreeSet};

use aftercast_model::{FactId, FailureClass, Name, Outcome, Timestamp};

use super::View;
use super::builds::release_jobs;
use crate::history::{Row, ServiceHistory, cell};

/// The rule by which a failure is flaky.
pub(crate) const RERUN_PASSED: &str = "rerun_passed";
/// The rule by which what was stopped is superseded.
pub(crate) const NEWER_RUN: &str = "newer_run";

/// Jobs that failed, or were stopped, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    /// Why.
    pub(crate) class: FailureClass,
    /// The rules that decided, by name.
    pub(crate) rules: BTreeSet<String>,
    /// The jobs.
    pub(crate) jobs: Vec<FactId>,
}

/// Returns why the jobs on the way of the release at `index` failed or were stopped: the reason of
/// most jobs first.
pub(crate) fn reasons(view: View<'_>, index: usize) -> Vec<Reason> {
    let history = view.history;
    let tasks = &history.facts().task_runs;
    let rows = release_jobs(view, index);
    let passed: BTreeSet<Input> = rows
        .iter()
        .filter(|row| cell(&tasks.outcome, **row) == Outcome::Success)
        .filter_map(|row| input(history, *row))
        .collect();
    let mut reasons: BTreeMap<FailureClass, Reason> = BTreeMap::new();
    for row in rows {
        let outcome = cell(&tasks.outcome, row);
        if !outcome.is_red() && outcome != Outcome::Cancelled {
            continue;
        }
        let (class, rule) = if outcome.is_red()
            && input(history, row).is_some_and(|input| passed.contains(&input))
        {
            (FailureClass::Flaky, RERUN_PASSED)
        } else if outcome == Outcome::Cancelled && has_newer_run(history, row) {
            (FailureClass::Superseded, NEWER_RUN)
        } else {
            said(history, row, outcome)
        };
        let reason = reasons.entry(class).or_insert_with(|| Reason {
            class,
            rules: BTreeSet::new(),
            jobs: Vec::new(),
        });
        if !rule.is_empty() {
            reason.rules.insert(rule.to_owned());
        }
        reason.jobs.push(cell(&tasks.id, row));
    }
    let mut reasons: Vec<Reason> = reasons.into_values().collect();
    reasons.sort_by(|a, b| b.jobs.len().cmp(&a.jobs.len()).then_with(|| a.class.cmp(&b.class)));
    reasons
}

/// Returns what the source said.
fn said(history: &ServiceHistory, row: Row, outcome: Outcome) -> (FailureClass, &str) {
    let tasks = &history.facts().task_runs;
    let rule = history.facts().text(cell(&tasks.failure_rule, row));
    match (cell(&tasks.failure_class, row), outcome) {
        (FailureClass::Unknown, Outcome::TimedOut) => (FailureClass::Timeout, rule),
        (FailureClass::Unknown, Outcome::Cancelled) => (FailureClass::Cancelled, rule),
        (class, _) => (class, rule),
    }
}

/// A job on one revision of a change, or on one commit.
type Input = (Name, Option<i64>, Option<i64>, Name);

fn input(history: &ServiceHistory, row: Row) -> Option<Input> {
    let tasks = &history.facts().task_runs;
    let (name, revision) = (cell(&tasks.name, row), cell(&tasks.revision, row));
    if revision.is_some() {
        return Some((name, cell(&tasks.change_number, row), revision, Name::NONE));
    }
    let sha = cell(&tasks.sha, row);
    sha.is_some().then_some((name, None, None, sha))
}

/// Returns whether a newer run was asked for before the job at `row` was stopped: the same job on a
/// later revision of its change, or a later run of the same pipeline for the same branch or change.
fn has_newer_run(history: &ServiceHistory, row: Row) -> bool {
    let tasks = &history.facts().task_runs;
    let Some(stopped) = cell(&tasks.finished_at, row) else { return false };
    let change = cell(&tasks.change_number, row);
    let repo = cell(&tasks.repo, row);
    if let (Some(number), Some(revision)) = (change, cell(&tasks.revision, row)) {
        let others = history.tasks_by_change.get((history.repo_in_key(repo), number));
        return others.iter().copied().any(|other| {
            cell(&tasks.name, other) == cell(&tasks.name, row)
                && cell(&tasks.revision, other) > Some(revision)
                && asked(&tasks.queued_at, &tasks.started_at, other)
                    .is_some_and(|asked| asked <= stopped)
        });
    }
    let run = cell(&tasks.run_id, row);
    let runs = &history.facts().pipeline_runs;
    let asked_of = |run| asked(&runs.queued_at, &runs.started_at, run);
    let same_sha = history.runs_by_sha.get(cell(&tasks.sha, row));
    let Some(own) = same_sha.iter().copied().find(|other| {
        run.is_some()
            && cell(&runs.run_id, *other) == run
            && cell(&runs.attempt, *other) == cell(&tasks.attempt, row)
    }) else {
        return false;
    };
    if cell(&runs.git_ref, own).is_none() {
        return false;
    }
    let Some(own_asked) = asked_of(own) else { return false };
    let same = |column: &[Name], other| cell(column, other) == cell(column, own);
    let newer = |other: &Row| {
        same(&runs.pipeline, *other)
            && same(&runs.repo, *other)
            && cell(&runs.run_id, *other) != run
            && asked_of(*other).is_some_and(|asked| own_asked < asked && asked <= stopped)
    };
    history.runs_by_ref.get(cell(&runs.git_ref, own)).iter().any(newer)
}

fn asked(
    queued: &[Option<Timestamp>],
    started: &[Option<Timestamp>],
    row: Row,
) -> Option<Timestamp> {
    cell(queued, row).or(cell(started, row))
}
