//! Manual steps that a source declares: jobs of the kind `manual` (block steps and holds among them),
//! runs of pipelines that only people start, messages marked as a manual step.

use aftercast_model::{Name, Outcome, Timestamp};

use super::{Kind, ManualStep};
use crate::history::{Row, cell};
use crate::measures::{View, release_jobs};
use crate::releases::Subject;
use crate::review::types::Basis;

/// Returns whether any source declares manual steps of this service.
pub(super) fn any_source(view: View<'_>) -> bool {
    let signals = &view.history.facts().signals;
    let said = view.history.facts().names.find("manual_step").unwrap_or_default();
    !view.history.by_hand.is_empty()
        || (said.is_some()
            && view.history.signals.iter().any(|row| cell(&signals.kind, *row) == said))
}

/// Returns the declared steps of the release at `index`, in order of kind and time.
pub(super) fn steps(view: View<'_>, index: usize) -> Vec<ManualStep> {
    let mut steps = jobs(view, index);
    steps.extend(hand_started(view, index));
    steps.extend(said(view, index));
    steps
}

/// Returns the run that deployed the release at `index`, where its deployment names one.
pub(super) fn deploying_run(view: View<'_>, index: usize) -> Name {
    match view.releases.list.get(index).map(|release| release.subject) {
        Some(Subject::Deployment(row)) => cell(&view.history.facts().deployments.run_id, row),
        _ => Name::NONE,
    }
}

fn jobs(view: View<'_>, index: usize) -> Vec<ManualStep> {
    let history = view.history;
    let Some(release) = view.releases.list.get(index) else { return Vec::new() };
    if history.by_hand.tasks.is_empty() {
        return Vec::new();
    }
    let facts = history.facts();
    let (tasks, gates) = (&facts.task_runs, &facts.gate_evaluations);
    let kind = history.by_hand.tasks.first().map_or(Name::NONE, |row| cell(&tasks.kind, *row));
    let mut rows = release_jobs(view, index);
    let run = deploying_run(view, index);
    let started = |row: &Row| cell(&tasks.started_at, *row).or(cell(&tasks.finished_at, *row));
    if run.is_some() {
        let before = |row: &&Row| started(row).is_some_and(|at| at <= release.at);
        rows.extend(history.tasks_by_run.get(run).iter().filter(before));
    }
    rows.retain(|row| cell(&tasks.kind, *row) == kind);
    // Nobody did what was left out.
    rows.retain(|row| !matches!(cell(&tasks.outcome, *row), Outcome::Skipped | Outcome::Cancelled));
    rows.sort_unstable_by_key(|row| (started(row), *row));
    rows.dedup();
    rows.into_iter()
        .map(|row| {
            let name = cell(&tasks.name, row);
            let run = cell(&tasks.run_id, row);
            let gate = history
                .gates_by_subject
                .get(run)
                .iter()
                .copied()
                .find(|gate| run.is_some() && cell(&gates.gate, *gate) == name);
            let asked = gate
                .and_then(|gate| cell(&gates.decided_at, gate).zip(cell(&gates.asked_at, gate)));
            let wait = asked.map(|(decided, asked)| decided.since(asked).max(0));
            let doing = cell(&tasks.started_at, row).zip(cell(&tasks.finished_at, row));
            let mut evidence = vec![cell(&tasks.id, row)];
            evidence.extend(gate.map(|gate| cell(&gates.id, gate)));
            ManualStep {
                kind: Kind::Job,
                key: (name, Name::NONE),
                step: format!("`{}`", facts.text(name)),
                basis: Basis::Exact,
                confidence: 1.0,
                wait_ms: wait.or_else(|| waited(view, row)),
                doing_ms: doing.map(|(from, to)| to.since(from).max(0)),
                evidence,
            }
        })
        .collect()
}

/// Returns how long the job at `row` waited since the last job of its run ended before it.
fn waited(view: View<'_>, row: Row) -> Option<i64> {
    let tasks = &view.history.facts().task_runs;
    let run = cell(&tasks.run_id, row);
    let start = cell(&tasks.started_at, row)?;
    if run.is_none() {
        return None;
    }
    let ends = view.history.tasks_by_run.get(run).iter().filter(|other| **other != row);
    let before = ends.filter_map(|other| cell(&tasks.finished_at, *other));
    before.filter(|end| *end <= start).max().map(|end| start.since(end))
}

fn hand_started(view: View<'_>, index: usize) -> Vec<ManualStep> {
    let history = view.history;
    let facts = history.facts();
    let runs = &facts.pipeline_runs;
    release_runs(view, index)
        .into_iter()
        .filter(|row| history.by_hand.is_hand_started(facts, *row))
        .filter_map(|row| {
            let pipeline = cell(&runs.pipeline, row);
            history.by_hand.runs_of(pipeline)?;
            let before = before_run(view, row).map(|(_, wait)| wait);
            Some(ManualStep {
                kind: Kind::Run,
                key: (pipeline, Name::NONE),
                step: format!("starting `{}`", facts.text(pipeline)),
                basis: Basis::Exact,
                confidence: 1.0,
                wait_ms: before,
                doing_ms: None,
                evidence: vec![cell(&runs.id, row)],
            })
        })
        .collect()
}

/// Returns the first attempts of the runs on the commit of the release at `index` and of the run that
/// deployed it, which began before it was there, in order of time.
pub(super) fn release_runs(view: View<'_>, index: usize) -> Vec<Row> {
    let history = view.history;
    let runs = &history.facts().pipeline_runs;
    let Some(release) = view.releases.list.get(index) else { return Vec::new() };
    let mut rows: Vec<Row> = history.runs_by_sha.get(release.sha).to_vec();
    let run = deploying_run(view, index);
    if run.is_some() {
        rows.extend_from_slice(history.runs_by_id.get(run));
    }
    rows.retain(|row| {
        cell(&runs.attempt, *row).is_none_or(|attempt| attempt <= 1)
            && began(view, *row).is_some_and(|at| at <= release.at)
    });
    rows.sort_unstable_by_key(|row| (began(view, *row), *row));
    rows.dedup();
    rows
}

/// Returns when a run was asked for.
pub(super) fn began(view: View<'_>, row: Row) -> Option<Timestamp> {
    let runs = &view.history.facts().pipeline_runs;
    cell(&runs.queued_at, row).or(cell(&runs.started_at, row))
}

/// Returns the green run on the same commit that ended last before the run at `row` began, and how long
/// before; `None` where one was still running then.
pub(super) fn before_run(view: View<'_>, row: Row) -> Option<(Row, i64)> {
    let runs = &view.history.facts().pipeline_runs;
    let start = began(view, row)?;
    let mut last: Option<(Timestamp, Row)> = None;
    let sha = cell(&runs.sha, row);
    for other in view.history.runs_by_sha.get(sha).iter().copied().filter(|other| *other != row) {
        if began(view, other).is_none_or(|at| at >= start) {
            continue;
        }
        let end = cell(&runs.finished_at, other).filter(|end| *end <= start)?;
        last = last.max(Some((end, other)));
    }
    let (end, other) = last.filter(|_| sha.is_some())?;
    (cell(&runs.outcome, other) == Outcome::Success).then(|| (other, start.since(end)))
}

fn said(view: View<'_>, index: usize) -> Vec<ManualStep> {
    let history = view.history;
    let facts = history.facts();
    let signals = &facts.signals;
    let Some(kind) = facts.names.find("manual_step") else { return Vec::new() };
    let window = between_releases(view, index);
    let threads: Vec<String> =
        view.releases.changes(index).iter().map(|row| history.change_name(*row)).collect();
    let mut steps = Vec::new();
    for row in history.signals.iter().filter(|row| cell(&signals.kind, **row) == kind) {
        let thread = facts.text(cell(&signals.thread, *row));
        let of_a_change = threads.iter().any(|own| own == thread);
        let in_time = cell(&signals.said_at, *row)
            .is_some_and(|at| window.is_some_and(|(from, to)| from < at && at <= to));
        if of_a_change || in_time {
            steps.push(ManualStep {
                kind: Kind::Said,
                key: (cell(&signals.channel, *row), Name::NONE),
                step: "a step that was told of".to_owned(),
                basis: if of_a_change { Basis::Exact } else { Basis::Inferred },
                confidence: if of_a_change { 0.9 } else { 0.6 },
                wait_ms: None,
                doing_ms: None,
                evidence: vec![cell(&signals.id, *row)],
            });
        }
    }
    steps
}

/// The time between the release before and the release at `index`.
fn between_releases(view: View<'_>, index: usize) -> Option<(Timestamp, Timestamp)> {
    let before = view.releases.list.get(index.checked_sub(1)?)?;
    Some((before.at, view.releases.list.get(index)?.at))
}
