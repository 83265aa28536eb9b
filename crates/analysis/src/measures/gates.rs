//! What each gate did, up to a release: the deterministic classes of methods C, before any
//! statistics. The unit is the distinct change (or commit), not the run.

use std::collections::BTreeSet;

use aftercast_model::{
    ActorKind, FactId, FailureClass, GateKind, Name, Outcome, Timestamp, Verdict,
};

use super::{View, release_jobs};
use crate::history::{ChangeKey, Row, cell};

/// What one gate did on all changes up to a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) gate: Name,
    /// Whether people decide (an approval), not a machine.
    pub(crate) by_people: bool,
    pub(crate) runs: usize,
    /// Distinct changes or commits that it looked at.
    pub(crate) subjects: usize,
    /// Subjects on which it said no at least once, for whatever reason.
    pub(crate) refused: usize,
    /// Subjects on which every attempt on a revision failed and a later revision passed.
    pub(crate) caught: usize,
    /// Subjects on which it failed and passed on the same revision.
    pub(crate) flaky: usize,
    /// Subjects on which the machinery failed.
    pub(crate) infra: usize,
    /// Subjects that were merged though its last word was no.
    pub(crate) bypassed: usize,
    /// Subjects on which a pass checked nothing (no tests ran).
    pub(crate) vacuous: usize,
    /// Sum of the times from asking (or starting) to its answer.
    pub(crate) wait_ms: i64,
    /// The latest refusals, at most [`SHOWN`].
    pub(crate) evidence: Vec<FactId>,
}

/// How many rows show what a gate did.
const SHOWN: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    Broken,
    Nothing,
}

/// One answer of one gate.
#[derive(Debug, Clone, Copy)]
struct Trial {
    gate: Name,
    by_people: bool,
    subject: ChangeKey,
    /// The revision or commit that it looked at.
    input: (Option<i64>, Name),
    at: Timestamp,
    id: FactId,
    said: Said,
    vacuous: bool,
    wait_ms: i64,
}

/// Returns what the gates that the release at `index` met did on all changes up to it, the gate
/// that took the most time first.
pub(crate) fn tallies(view: View<'_>, index: usize) -> Vec<Tally> {
    let Some(release) = view.releases.list.get(index) else { return Vec::new() };
    let facts = view.history.facts();
    let jobs: BTreeSet<Name> = release_jobs(view, index)
        .into_iter()
        .map(|row| cell(&facts.task_runs.name, row))
        .filter(|name| name.is_some())
        .collect();
    let gates: BTreeSet<Name> = view
        .releases
        .changes(index)
        .iter()
        .filter_map(|row| view.history.change_key(*row))
        .flat_map(|key| view.history.gates_by_change.get(key))
        .map(|row| cell(&facts.gate_evaluations.gate, *row))
        .filter(|name| name.is_some() && !jobs.contains(name))
        .collect();
    let mut trials: Vec<Trial> = Vec::new();
    let own = |row: &&Row| jobs.contains(&cell(&facts.task_runs.name, **row));
    trials.extend(view.history.tasks.iter().filter(own).filter_map(|row| of_job(view, *row)));
    let own = |row: &&Row| gates.contains(&cell(&facts.gate_evaluations.gate, **row));
    trials.extend(view.history.gates.iter().filter(own).filter_map(|row| of_gate(view, *row)));
    trials.retain(|trial| trial.at <= release.at);
    trials.sort_by_key(|trial| (trial.gate, trial.subject, trial.at, trial.id));
    let mut found: Vec<Tally> =
        trials.chunk_by(|a, b| a.gate == b.gate).filter_map(|all| tally(view, all)).collect();
    let name = |tally: &Tally| facts.text(tally.gate);
    found.sort_by(|a, b| b.wait_ms.cmp(&a.wait_ms).then_with(|| name(a).cmp(name(b))));
    found
}

fn of_job(view: View<'_>, row: Row) -> Option<Trial> {
    let tasks = &view.history.facts().task_runs;
    let at = cell(&tasks.finished_at, row)?;
    let sha = cell(&tasks.sha, row);
    let machinery = cell(&tasks.failure_class, row) == FailureClass::Infrastructure;
    let said = match cell(&tasks.outcome, row) {
        Outcome::Success => Said::Yes,
        Outcome::Error | Outcome::TimedOut => Said::Broken,
        Outcome::Failure if machinery => Said::Broken,
        Outcome::Failure => Said::No,
        _ => Said::Nothing,
    };
    let from = cell(&tasks.queued_at, row).or(cell(&tasks.started_at, row));
    Some(Trial {
        gate: cell(&tasks.name, row),
        by_people: false,
        subject: subject(view, cell(&tasks.repo, row), cell(&tasks.change_number, row), sha)?,
        input: (cell(&tasks.revision, row), sha),
        at,
        id: cell(&tasks.id, row),
        said,
        vacuous: said == Said::Yes && cell(&tasks.tests_run, row) == Some(0),
        wait_ms: from.map_or(0, |from| at.since(from).max(0)),
    })
}

fn of_gate(view: View<'_>, row: Row) -> Option<Trial> {
    let gates = &view.history.facts().gate_evaluations;
    let at = cell(&gates.decided_at, row)?;
    let sha = cell(&gates.sha, row);
    let kind = cell(&gates.gate_kind, row);
    let actor = cell(&gates.decided_by_kind, row);
    let by_people = kind == GateKind::Approval && actor != ActorKind::Bot;
    let number = cell(&gates.change_number, row);
    let subject = subject(view, cell(&gates.repo, row), number, sha)?;
    // An author's word on the own change is no gate.
    let decider = cell(&gates.decider_key, row);
    let authors = &view.history.facts().change_requests.author_key;
    let own = view.history.changes_by_number.get(subject);
    if by_people
        && decider.is_some()
        && own.first().is_some_and(|change| cell(authors, *change) == decider)
    {
        return None;
    }
    let said = match cell(&gates.verdict, row) {
        Verdict::Pass => Said::Yes,
        Verdict::Fail => Said::No,
        Verdict::Error | Verdict::Timeout => Said::Broken,
        _ => Said::Nothing,
    };
    let asked = cell(&gates.asked_at, row);
    Some(Trial {
        gate: cell(&gates.gate, row),
        by_people,
        subject,
        input: (cell(&gates.revision, row), sha),
        at,
        id: cell(&gates.id, row),
        said,
        vacuous: said == Said::Yes && cell(&gates.could_fail, row) == Some(false),
        wait_ms: asked.map_or(0, |asked| at.since(asked).max(0)),
    })
}

/// A change where one is known, else a commit.
fn subject(view: View<'_>, repo: Name, number: Option<i64>, sha: Name) -> Option<ChangeKey> {
    match number {
        Some(number) => Some((view.history.repo_in_key(repo), number)),
        None => sha.is_some().then_some((sha, i64::MIN)),
    }
}

/// Counts one gate's trials, which are in order of subject and time.
fn tally(view: View<'_>, trials: &[Trial]) -> Option<Tally> {
    let first = trials.first()?;
    let mut tally = Tally {
        gate: first.gate,
        by_people: trials.iter().any(|trial| trial.by_people),
        runs: trials.iter().filter(|trial| trial.said != Said::Nothing).count(),
        subjects: 0,
        refused: 0,
        caught: 0,
        flaky: 0,
        infra: 0,
        bypassed: 0,
        vacuous: 0,
        wait_ms: 0,
        evidence: Vec::new(),
    };
    for trial in trials {
        tally.wait_ms = tally.wait_ms.saturating_add(trial.wait_ms);
    }
    for of_subject in trials.chunk_by(|a, b| a.subject == b.subject) {
        count_subject(view, of_subject, &mut tally);
    }
    tally.evidence.reverse();
    tally.evidence.truncate(SHOWN);
    (tally.runs > 0).then_some(tally)
}

/// What a gate said on one input.
struct OnInput {
    input: (Option<i64>, Name),
    yes: bool,
    no: bool,
    broken: bool,
}

fn count_subject(view: View<'_>, trials: &[Trial], tally: &mut Tally) {
    let mut inputs: Vec<OnInput> = Vec::new();
    for trial in trials.iter().filter(|trial| trial.said != Said::Nothing) {
        // Attempts on one input follow each other, but an old revision may be run again.
        let known = inputs.iter().rposition(|on| same_input(on.input, trial.input));
        let at = known.unwrap_or(inputs.len());
        if known.is_none() {
            inputs.push(OnInput { input: trial.input, yes: false, no: false, broken: false });
        }
        let Some(on) = inputs.get_mut(at) else { continue };
        on.yes |= trial.said == Said::Yes;
        on.no |= trial.said == Said::No;
        on.broken |= trial.said == Said::Broken;
        if matches!(trial.said, Said::No | Said::Broken) {
            tally.evidence.push(trial.id);
        }
    }
    let Some(last) = inputs.last() else { return };
    tally.subjects += 1;
    let only_no = |on: &OnInput| on.no && !on.yes;
    let first_no = inputs.iter().position(only_no);
    let passed_later = |at: usize| inputs.iter().skip(at + 1).any(|on| on.yes);
    tally.refused += usize::from(inputs.iter().any(|on| on.no || on.broken));
    tally.caught += usize::from(first_no.is_some_and(passed_later));
    // People who change their minds on one revision are not flaky.
    tally.flaky += usize::from(!tally.by_people && inputs.iter().any(|on| on.no && on.yes));
    tally.infra += usize::from(inputs.iter().any(|on| on.broken));
    tally.vacuous += usize::from(trials.iter().any(|trial| trial.vacuous));
    tally.bypassed += usize::from(only_no(last) && merged_with(view, trials, last.input.0));
}

fn same_input(a: (Option<i64>, Name), b: (Option<i64>, Name)) -> bool {
    match (a.0, b.0) {
        (Some(a), Some(b)) => a == b,
        _ => a.1 == b.1,
    }
}

/// Returns whether the change of `trials` was merged and `revision` was the last that anything ran
/// on.
fn merged_with(view: View<'_>, trials: &[Trial], revision: Option<i64>) -> bool {
    let facts = view.history.facts();
    let merged_at = &facts.change_requests.merged_at;
    trials.first().is_some_and(|trial| {
        let rows = view.history.changes_by_number.get(trial.subject);
        let ran = view.history.tasks_by_change.get(trial.subject).iter();
        let latest = ran.filter_map(|row| cell(&facts.task_runs.revision, *row)).max();
        let is_last = latest.is_none() || revision.is_none() || revision >= latest;
        is_last && rows.iter().any(|row| cell(merged_at, *row).is_some())
    })
}
