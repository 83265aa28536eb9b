//! The answers of gates as sortable entries: which gate, on which change, when. What an answer says
//! is read from its row when it is counted, so that an entry stays small.

use aftercast_model::{
    ActorKind, FactId, FailureClass, GateKind, Name, Outcome, Timestamp, Verdict,
};

use super::Scope;
use super::steps::Steps;
use crate::history::{ChangeKey, Row, cell};
use crate::review::types::Mechanism;

/// Where the answers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// `task_runs`: a job is a gate by its name.
    Jobs,
    /// `gate_evaluations`.
    Verdicts,
}

/// One answer: the key by which answers are put together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) gate: Name,
    /// The change; for what has none, its commit or other subject and [`NO_CHANGE`].
    pub(super) of: ChangeKey,
    pub(super) at: i64,
    pub(super) row: Row,
}

/// In the place of a change's number where there is no change.
pub(super) const NO_CHANGE: i64 = i64::MIN;

/// What a gate answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Yes,
    No,
    /// The machinery failed, not the change.
    Broken,
    /// Overruled.
    Overruled,
    /// Not asked in earnest: skipped by a condition.
    Skipped,
    /// Cancelled, running, pending, unknown.
    Nothing,
}

/// One answer in full.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    pub(super) id: FactId,
    pub(super) row: Row,
    pub(super) at: i64,
    pub(super) revision: Option<i64>,
    pub(super) sha: Name,
    pub(super) stage: Name,
    pub(super) said: Said,
    /// How the pass checked nothing, where it did.
    pub(super) empty: Option<Mechanism>,
    /// Time that a machine worked.
    pub(super) run_ms: Option<i64>,
    /// When it was asked for.
    pub(super) asked: Option<i64>,
}

/// Returns the answers in scope by gate, change and time.
pub(super) fn entries(scope: &Scope<'_>, table: Table) -> Vec<Entry> {
    let history = scope.view.history;
    let mut entries: Vec<Entry> = match table {
        Table::Jobs => history.tasks.iter().filter_map(|row| of_job(scope, *row)).collect(),
        Table::Verdicts => history.gates.iter().filter_map(|row| of_verdict(scope, *row)).collect(),
    };
    // Rows come in order of time and id: a stable sort keeps it.
    entries.sort_by_key(|entry| (entry.gate, entry.of, entry.at));
    entries
}

fn of_job(scope: &Scope<'_>, row: Row) -> Option<Entry> {
    let tasks = &scope.view.history.facts().task_runs;
    let gate = cell(&tasks.name, row);
    let at = cell(&tasks.finished_at, row)?.millis();
    if !scope.has(Table::Jobs, gate, at) {
        return None;
    }
    let (repo, sha) = (cell(&tasks.repo, row), cell(&tasks.sha, row));
    let of = subject(scope, repo, cell(&tasks.change_number, row), sha)?;
    Some(Entry { gate, of, at, row })
}

fn of_verdict(scope: &Scope<'_>, row: Row) -> Option<Entry> {
    let gates = &scope.view.history.facts().gate_evaluations;
    let gate = cell(&gates.gate, row);
    let at = cell(&gates.decided_at, row)?.millis();
    if !scope.has(Table::Verdicts, gate, at) {
        return None;
    }
    let sha = cell(&gates.sha, row);
    let sha = if sha.is_some() { sha } else { cell(&gates.subject, row) };
    let of = subject(scope, cell(&gates.repo, row), cell(&gates.change_number, row), sha)?;
    // An author's word on the own change is no gate.
    if by_people(scope, row) {
        let decider = cell(&gates.decider_key, row);
        let authors = &scope.view.history.facts().change_requests.author_key;
        let change = scope.view.history.changes_by_number.get(of).first();
        if decider.is_some() && change.is_some_and(|change| cell(authors, *change) == decider) {
            return None;
        }
    }
    Some(Entry { gate, of, at, row })
}

/// Returns whether a person gave the verdict at `row`.
pub(super) fn by_people(scope: &Scope<'_>, row: Row) -> bool {
    let gates = &scope.view.history.facts().gate_evaluations;
    cell(&gates.gate_kind, row) == GateKind::Approval
        && cell(&gates.decided_by_kind, row) != ActorKind::Bot
}

/// A change where one is known, else a commit or other subject.
fn subject(scope: &Scope<'_>, repo: Name, number: Option<i64>, sha: Name) -> Option<ChangeKey> {
    match number {
        Some(number) => Some((scope.view.history.repo_in_key(repo), number)),
        None => sha.is_some().then_some((sha, NO_CHANGE)),
    }
}

/// Reads the answer of `entry`; a job that took less than `fast_below` checked nothing.
pub(super) fn read(
    scope: &Scope<'_>,
    table: Table,
    entry: &Entry,
    steps: &Steps,
    fast_below: Option<i64>,
) -> Trial {
    match table {
        Table::Jobs => job(scope, entry, steps, fast_below),
        Table::Verdicts => verdict(scope, entry),
    }
}

/// How long the job at `row` ran.
pub(super) fn run_ms(scope: &Scope<'_>, row: Row) -> Option<i64> {
    let tasks = &scope.view.history.facts().task_runs;
    let (from, to) = (cell(&tasks.started_at, row)?, cell(&tasks.finished_at, row)?);
    Some(to.since(from).max(0))
}

fn job(scope: &Scope<'_>, entry: &Entry, steps: &Steps, fast_below: Option<i64>) -> Trial {
    let tasks = &scope.view.history.facts().task_runs;
    let row = entry.row;
    let said = said_by_job(scope, row);
    let run_ms = run_ms(scope, row);
    let tests = cell(&tasks.tests_run, row);
    let empty = if said == Said::Yes {
        let on_steps = steps.of(cell(&tasks.task_id, row));
        if tests == Some(0) {
            Some(Mechanism::NoTests)
        } else if on_steps.is_some_and(|steps| steps.failed > 0) {
            Some(Mechanism::CannotFail)
        } else if on_steps.is_some_and(|steps| steps.ran == 0 && steps.skipped > 0) {
            Some(Mechanism::AllSkipped)
        } else if tests.is_none() && run_ms.zip(fast_below).is_some_and(|(run, fast)| run < fast) {
            Some(Mechanism::TooFast)
        } else {
            None
        }
    } else {
        None
    };
    let asked = cell(&tasks.queued_at, row).or(cell(&tasks.started_at, row));
    Trial {
        id: cell(&tasks.id, row),
        row,
        at: entry.at,
        revision: cell(&tasks.revision, row),
        sha: cell(&tasks.sha, row),
        stage: cell(&tasks.stage, row),
        said,
        empty,
        run_ms,
        asked: asked.map(Timestamp::millis),
    }
}

/// What the job at `row` said. The machinery failed where the source says so, where something
/// fetched or the pipeline's own set-up failed, and where a time limit struck before the first test.
pub(super) fn said_by_job(scope: &Scope<'_>, row: Row) -> Said {
    let tasks = &scope.view.history.facts().task_runs;
    let class = cell(&tasks.failure_class, row);
    let tested = cell(&tasks.tests_run, row).is_some_and(|tests| tests > 0);
    let by_the_clock = if tested { Said::No } else { Said::Broken };
    match cell(&tasks.outcome, row) {
        Outcome::Success => Said::Yes,
        Outcome::Error => Said::Broken,
        Outcome::TimedOut => by_the_clock,
        Outcome::Failure => match class {
            FailureClass::Timeout => by_the_clock,
            FailureClass::Infrastructure
            | FailureClass::Dependency
            | FailureClass::Configuration => Said::Broken,
            FailureClass::Cancelled | FailureClass::Superseded => Said::Nothing,
            _ => Said::No,
        },
        Outcome::Skipped => Said::Skipped,
        Outcome::Cancelled | Outcome::Running | Outcome::Unknown => Said::Nothing,
    }
}

fn verdict(scope: &Scope<'_>, entry: &Entry) -> Trial {
    let gates = &scope.view.history.facts().gate_evaluations;
    let row = entry.row;
    let said = match cell(&gates.verdict, row) {
        Verdict::Pass => Said::Yes,
        Verdict::Fail => Said::No,
        Verdict::Bypass => Said::Overruled,
        Verdict::Error | Verdict::Timeout => Said::Broken,
        Verdict::Skip => Said::Skipped,
        Verdict::Warn | Verdict::Pending | Verdict::Unknown => Said::Nothing,
    };
    let unable = said == Said::Yes && cell(&gates.could_fail, row) == Some(false);
    Trial {
        id: cell(&gates.id, row),
        row,
        at: entry.at,
        revision: cell(&gates.revision, row),
        sha: cell(&gates.sha, row),
        stage: Name::NONE,
        said,
        empty: unable.then_some(Mechanism::CannotFail),
        run_ms: None,
        asked: cell(&gates.asked_at, row).map(Timestamp::millis),
    }
}
