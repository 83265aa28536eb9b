//! What each gate did: the classes of methods C, its cost and its verdict.
//!
//! Owns the counting (trials, events, alone, vacuous, pairs, twins) and the judging (verdict). One
//! pass over the rows of a service, sorted by gate, change and time. Must not know pages.

mod alone;
mod approvals;
mod events;
mod pairs;
mod steps;
mod taken_back;
mod trials;
mod twins;
mod vacuous;
mod verdict;

use aftercast_model::{FactId, GateKind, Name, Timestamp};

use super::incidents::{Escapes, escapes};
use super::{View, release_jobs};
use crate::history::{ChangeKey, Row, cell};
use crate::review::types::Mechanism;

use alone::Alone;
use events::{About, Input, OnChange, OnInput};
use steps::Steps;
use trials::{Entry, NO_CHANGE, Said, Table, Trial};

pub(crate) use approvals::{Group, GroupKey, approvals, approvals_before};
pub(crate) use pairs::{Pair, by_gate, most_costly};
pub(crate) use taken_back::{Reverted, taken_back};
pub(crate) use twins::twins;
pub(crate) use vacuous::{cases, cases_of_service, nothing_required};
pub(crate) use verdict::{FEWEST, Judged, judge, minutes};

/// What one gate did. Counts are of distinct changes (or commits), unless they say runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tally {
    pub(crate) gate: Name,
    pub(crate) kind: GateKind,
    /// Whether people decide (an approval), not a machine.
    pub(crate) by_people: bool,
    /// Whether it answers when jobs end, and so sums them up.
    pub(crate) sums_up: bool,
    /// Whether its last run could hold back.
    pub(crate) required: Option<bool>,
    /// Stages with their runs, most runs first.
    pub(crate) stages: Vec<(Name, usize)>,
    pub(crate) runs: usize,
    pub(crate) runs_after_merge: usize,
    pub(crate) subjects: usize,
    /// On which it said no at least once, for whatever reason.
    pub(crate) refused: usize,
    /// On which every attempt on a revision failed and a later revision passed.
    pub(crate) caught: usize,
    /// Of those, on which no other job said no to the revision.
    pub(crate) caught_alone: usize,
    /// Of those, merged so long ago that a problem would be known by now.
    pub(crate) caught_long_ago: usize,
    /// Problems of releases so old that it let through; `None` where no source tells of problems.
    pub(crate) escaped: Option<usize>,
    /// On which it failed and passed on the same revision.
    pub(crate) flaky: usize,
    /// On which the machinery failed.
    pub(crate) infra: usize,
    /// On which it was flaky or the machinery failed.
    pub(crate) false_alarms: usize,
    /// Merged though its last word was no.
    pub(crate) bypassed: usize,
    /// Failed, and nothing tells whether it was right.
    pub(crate) unknown: usize,
    pub(crate) passed: usize,
    /// All of whose passes checked nothing.
    pub(crate) vacuous: usize,
    /// Runs that passed, and those of them that checked nothing, by how.
    pub(crate) passes: usize,
    pub(crate) empty: Empty,
    /// Merged, and its only word on the last revision was that it was skipped.
    pub(crate) skipped_in: usize,
    /// Of those, with a failed job in the same run.
    pub(crate) needs_failed: usize,
    pub(crate) skipped_runs: usize,
    pub(crate) skipped_subjects: usize,
    /// Changes that it looked at or was skipped on.
    pub(crate) met: usize,
    pub(crate) machine_ms: i64,
    /// Sum of the times from asking (or starting) to its answer.
    pub(crate) wait_ms: i64,
    /// What it alone kept changes waiting.
    pub(crate) alone_ms: i64,
    /// Runs on a revision that had passed in another stage, those that said no, their time.
    pub(crate) again: (usize, usize, i64),
    /// The longest pass, and the steps of passes that have at most one step of their own.
    pub(crate) longest_pass_ms: Option<i64>,
    pub(crate) one_step_passes: usize,
    /// The latest refusals, at most [`SHOWN`].
    pub(crate) evidence: Vec<FactId>,
    /// The latest passes, at most [`SHOWN`].
    pub(crate) pass_evidence: Vec<FactId>,
    /// The latest skips that were let in, at most [`SHOWN`].
    pub(crate) skip_evidence: Vec<FactId>,
}

/// Runs that passed without checking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Empty {
    counts: Vec<(Mechanism, usize, Vec<FactId>)>,
}

impl Empty {
    fn add(&mut self, how: Mechanism, id: FactId) {
        let at = self.counts.iter().position(|(known, ..)| *known == how);
        let at = at.unwrap_or_else(|| {
            self.counts.push((how, 0, Vec::new()));
            self.counts.len() - 1
        });
        if let Some((_, count, ids)) = self.counts.get_mut(at) {
            *count += 1;
            if ids.len() < SHOWN {
                ids.push(id);
            }
        }
    }

    /// Returns each way with how often it came and rows of it.
    pub(crate) fn each(&self) -> impl Iterator<Item = (Mechanism, usize, &[FactId])> {
        self.counts.iter().map(|(how, count, ids)| (*how, *count, ids.as_slice()))
    }
}

/// How many rows show what a gate did.
pub(super) const SHOWN: usize = 8;

/// Which answers are counted.
pub(crate) struct Scope<'a> {
    pub(crate) view: View<'a>,
    /// From and to, in milliseconds, both included.
    from: i64,
    to: i64,
    /// Jobs and gates by name, where not all count.
    only: Option<(Vec<bool>, Vec<bool>)>,
    /// Names of jobs: a gate of the same name is the same check.
    jobs: Vec<bool>,
}

impl<'a> Scope<'a> {
    /// Everything up to `to`, within the window of the settings.
    fn until(view: View<'a>, to: i64) -> Self {
        let from = view
            .settings
            .gates
            .window_days
            .map_or(i64::MIN, |days| to.saturating_sub(days.max(0).saturating_mul(86_400_000)));
        let facts = view.history.facts();
        let mut jobs = vec![false; facts.names.len() + 1];
        for row in &view.history.tasks {
            mark(&mut jobs, cell(&facts.task_runs.name, *row));
        }
        Self { view, from, to, only: None, jobs }
    }

    /// Everything that is known of the service.
    pub(crate) fn service(view: View<'a>) -> Self {
        let facts = view.history.facts();
        let jobs = view.history.tasks.iter().map(|row| cell(&facts.task_runs.finished_at, *row));
        let verdicts =
            view.history.gates.iter().map(|row| cell(&facts.gate_evaluations.decided_at, *row));
        let last = jobs.chain(verdicts).flatten().max().map_or(i64::MAX, Timestamp::millis);
        Self::until(view, last)
    }

    /// What the gates that the release at `index` met did up to it.
    fn release(view: View<'a>, index: usize) -> Option<Self> {
        let release = view.releases.list.get(index)?;
        let facts = view.history.facts();
        let mut scope = Self::until(view, release.at.millis());
        let mut jobs = vec![false; facts.names.len() + 1];
        let mut gates = jobs.clone();
        for row in release_jobs(view, index) {
            mark(&mut jobs, cell(&facts.task_runs.name, row));
        }
        let mut met = |rows: &[Row]| {
            for row in rows {
                mark(&mut gates, cell(&facts.gate_evaluations.gate, *row));
            }
        };
        for row in view.releases.changes(index) {
            if let Some(key) = view.history.change_key(*row) {
                met(view.history.gates_by_change.get(key));
            }
        }
        if let crate::releases::Subject::Deployment(row) = release.subject {
            met(view.history.gates_by_subject.get(cell(&facts.deployments.run_id, row)));
        }
        met(view.history.gates_by_subject.get(release.sha));
        scope.only = Some((jobs, gates));
        Some(scope)
    }

    fn in_time(&self, at: i64) -> bool {
        self.from <= at && at <= self.to
    }

    /// Whether an answer of `gate` at `at` counts.
    fn has(&self, table: Table, gate: Name, at: i64) -> bool {
        let is = |of: &[bool]| of.get(gate.index()).copied().unwrap_or_default();
        gate.is_some()
            && self.in_time(at)
            && match table {
                Table::Jobs => self.only.as_ref().is_none_or(|(jobs, _)| is(jobs)),
                Table::Verdicts => {
                    !is(&self.jobs) && self.only.as_ref().is_none_or(|(_, gates)| is(gates))
                }
            }
    }
}

fn mark(of: &mut [bool], name: Name) {
    if let Some(is) = of.get_mut(name.index()).filter(|_| name.is_some()) {
        *is = true;
    }
}

/// Returns when the change was merged.
fn merged_at(scope: &Scope<'_>, key: ChangeKey) -> Option<i64> {
    let history = scope.view.history;
    let merged = &history.facts().change_requests.merged_at;
    let rows = history.changes_by_number.get(key).iter();
    rows.filter_map(|row| cell(merged, *row)).map(Timestamp::millis).min()
}

/// Everything that one pass over the answers finds.
pub(crate) struct Account {
    /// The gates, also those that only ever were skipped.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) pairs: Vec<Pair>,
    /// Revisions that a job held back, by change, revision and job.
    holds: Vec<Hold>,
    /// Whether steps of jobs were read.
    pub(crate) steps_known: bool,
    /// Distinct changes and commits that jobs looked at.
    pub(crate) changes: usize,
    pub(crate) from_at: Option<i64>,
    pub(crate) to_at: Option<i64>,
}

/// A job that only said no on a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hold {
    of: ChangeKey,
    input: Input,
    gate: Name,
    /// Whether a later revision passed: it was right.
    right: bool,
}

/// Returns what the gates that the release at `index` met did on all changes up to it, the gate
/// that took the most time first.
pub(crate) fn tallies(view: View<'_>, index: usize) -> Vec<Tally> {
    let Some(scope) = Scope::release(view, index) else { return Vec::new() };
    let mut found = account(&scope).tallies;
    let names = &view.history.facts().names;
    found.sort_by(|a, b| {
        b.wait_ms.cmp(&a.wait_ms).then_with(|| names.text(a.gate).cmp(names.text(b.gate)))
    });
    found
}

/// Counts all answers in scope.
pub(crate) fn account(scope: &Scope<'_>) -> Account {
    let steps = Steps::new(scope.view.history);
    let alone = alone::alone(scope);
    let escapes = escapes(scope.view);
    let mut fold = Fold {
        scope,
        steps: &steps,
        alone: &alone,
        escapes: &escapes,
        tallies: Vec::new(),
        pairs: Vec::new(),
        holds: Vec::new(),
        inputs: Vec::new(),
        trials: Vec::new(),
        refusals: Vec::new(),
    };
    let (mut from_at, mut to_at) = (None, None);
    for table in [Table::Jobs, Table::Verdicts] {
        let entries = trials::entries(scope, table);
        for of_gate in entries.chunk_by(|a, b| a.gate == b.gate) {
            fold.gate(table, of_gate);
        }
        let times = || entries.iter().map(|entry| entry.at);
        from_at = [from_at, times().min()].into_iter().flatten().min();
        to_at = [to_at, times().max()].into_iter().flatten().max();
    }
    let Fold { mut tallies, mut pairs, mut holds, .. } = fold;
    twins::share_out(&mut holds, &mut tallies);
    pairs::share_out(&mut pairs);
    let steps_known = steps.are_known();
    Account { tallies, pairs, holds, steps_known, changes: alone.changes, from_at, to_at }
}

/// The state of the pass; its vectors are used again for each gate and change.
struct Fold<'a> {
    scope: &'a Scope<'a>,
    steps: &'a Steps,
    alone: &'a Alone,
    escapes: &'a Escapes,
    tallies: Vec<Tally>,
    pairs: Vec<Pair>,
    holds: Vec<Hold>,
    inputs: Vec<OnInput>,
    trials: Vec<Trial>,
    refusals: Vec<(i64, FactId)>,
}

/// A commit without a change: in order of time, what came behind it tells whether a red was right.
struct OnCommit {
    at: i64,
    only_red: bool,
    passed: bool,
}

impl Fold<'_> {
    fn gate(&mut self, table: Table, entries: &[Entry]) {
        let Some(first) = entries.first() else { return };
        let fast_below = match table {
            Table::Jobs => vacuous::fast_below(self.scope, entries),
            Table::Verdicts => None,
        };
        let mut tally = self.start(table, first.gate, entries);
        let mut commits: Vec<OnCommit> = Vec::new();
        let mut stages: Vec<(Name, usize)> = Vec::new();
        let mut passes: Vec<(i64, FactId)> = Vec::new();
        let mut skips: Vec<(i64, FactId)> = Vec::new();
        self.refusals.clear();
        for of_change in entries.chunk_by(|a, b| a.of == b.of) {
            self.trials.clear();
            for entry in of_change {
                let trial = trials::read(self.scope, table, entry, self.steps, fast_below);
                self.trials.push(trial);
            }
            let Some(of) = of_change.first().map(|entry| entry.of) else { continue };
            let about = self.about(of, tally.by_people);
            for trial in &self.trials {
                count_run(trial, about, self.steps, self.scope, table, &mut tally, &mut stages);
                if trial.said == Said::Yes {
                    passes.push((trial.at, trial.id));
                }
            }
            let found =
                events::on_change(&self.trials, about, &mut self.inputs, &mut self.refusals);
            tally.met += 1;
            self.skipped(of, about, &mut tally, &mut skips);
            if !found.answered {
                continue;
            }
            count_change(found, of.1 != NO_CHANGE, &mut tally);
            let until = self.escapes.complete_until.map(Timestamp::millis);
            let long_ago = about.merged_at.zip(until).is_some_and(|(at, until)| at <= until);
            tally.caught_long_ago += usize::from(found.caught && long_ago);
            if of.1 == NO_CHANGE {
                let at = of_change.last().map_or(i64::MAX, |entry| entry.at);
                commits.push(OnCommit { at, only_red: found.only_red, passed: found.passed });
            }
            if table == Table::Jobs && !tally.by_people {
                self.flips(of, first.gate);
            }
        }
        on_commits(&mut commits, &mut tally);
        stages.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        stages.retain(|(stage, _)| stage.is_some());
        tally.stages = stages;
        tally.evidence = latest(&mut self.refusals);
        tally.pass_evidence = latest(&mut passes);
        tally.skip_evidence = latest(&mut skips);
        if tally.by_people {
            tally.wait_ms = tally.wait_ms.max(tally.alone_ms);
        }
        self.tallies.push(tally);
    }

    fn start(&self, table: Table, gate: Name, entries: &[Entry]) -> Tally {
        let facts = self.scope.view.history.facts();
        let last = entries.iter().max_by_key(|entry| entry.at).map_or(0, |entry| entry.row);
        let (kind, by_people, required) = match table {
            Table::Jobs => (GateKind::Check, false, cell(&facts.task_runs.required, last)),
            Table::Verdicts => {
                // A label on which machines vote too is what most of its voters make it.
                let people =
                    entries.iter().filter(|entry| trials::by_people(self.scope, entry.row)).count();
                let kind = cell(&facts.gate_evaluations.gate_kind, last);
                let by_people = people * 2 > entries.len();
                let kind = match (by_people, kind) {
                    (true, _) => GateKind::Approval,
                    (false, GateKind::Approval) => GateKind::Check,
                    (false, kind) => kind,
                };
                (kind, by_people, cell(&facts.gate_evaluations.blocking, last))
            }
        };
        Tally {
            gate,
            kind,
            by_people,
            sums_up: table == Table::Verdicts && !by_people && self.sums_up(entries),
            required,
            stages: Vec::new(),
            runs: 0,
            runs_after_merge: 0,
            subjects: 0,
            refused: 0,
            caught: 0,
            caught_alone: 0,
            caught_long_ago: 0,
            escaped: self
                .escapes
                .is_known()
                .then(|| self.escapes.of(gate).map_or(0, |let_through| let_through.escaped)),
            flaky: 0,
            infra: 0,
            false_alarms: 0,
            bypassed: 0,
            unknown: 0,
            passed: 0,
            vacuous: 0,
            passes: 0,
            empty: Empty::default(),
            skipped_in: 0,
            needs_failed: 0,
            skipped_runs: 0,
            skipped_subjects: 0,
            met: 0,
            machine_ms: 0,
            wait_ms: 0,
            alone_ms: if table == Table::Jobs { self.alone.of(gate) } else { 0 },
            again: (0, 0, 0),
            longest_pass_ms: None,
            one_step_passes: 0,
            evidence: Vec::new(),
            pass_evidence: Vec::new(),
            skip_evidence: Vec::new(),
        }
    }

    /// Returns whether most answers come with the end of a job on the same change.
    fn sums_up(&self, entries: &[Entry]) -> bool {
        /// A label is set some moments after the last job.
        const MOMENTS: i64 = 10_000;
        let history = self.scope.view.history;
        let finished = &history.facts().task_runs.finished_at;
        let with_job = |entry: &&Entry| {
            let jobs = history.tasks_by_change.get(entry.of).iter();
            let mut ends = jobs.filter_map(|row| cell(finished, *row));
            ends.any(|end| (0..=MOMENTS).contains(&entry.at.saturating_sub(end.millis())))
        };
        // A sample tells: labels are set by the same program each time.
        let sample = || entries.iter().step_by(entries.len() / 64 + 1);
        sample().filter(with_job).count() * 2 > sample().count()
    }

    fn about(&self, of: ChangeKey, by_people: bool) -> About {
        let longest_wait_ms = self.scope.view.settings.longest_pause_ms;
        if of.1 == NO_CHANGE {
            return About { by_people, longest_wait_ms, ..About::default() };
        }
        let history = self.scope.view.history;
        let tasks = &history.facts().task_runs;
        let merged_at = merged_at(self.scope, of);
        let red = self.trials.last().is_some_and(|trial| trial.said != Said::Yes);
        // Only a red last word asks whether anything ran on a later revision, and an objection.
        let last_revision = if merged_at.is_some() && (red || by_people) {
            let ran = history.tasks_by_change.get(of).iter();
            let ran = ran.filter_map(|row| cell(&tasks.revision, *row)).max();
            let gates = &history.facts().gate_evaluations;
            let voted = by_people.then(|| history.gates_by_change.get(of)).unwrap_or_default();
            ran.max(voted.iter().filter_map(|row| cell(&gates.revision, *row)).max())
        } else {
            None
        };
        About { merged_at, last_revision, by_people, longest_wait_ms }
    }

    /// Counts a change on whose last revision the gate was only skipped, and which was merged.
    fn skipped(
        &self,
        of: ChangeKey,
        about: About,
        tally: &mut Tally,
        skips: &mut Vec<(i64, FactId)>,
    ) {
        let Some(last) = self.trials.last().filter(|last| last.said == Said::Skipped) else {
            return;
        };
        tally.skipped_subjects += 1;
        let same = |trial: &&Trial| trial.revision == last.revision && trial.sha == last.sha;
        let answered = self.trials.iter().filter(same).any(|trial| trial.said != Said::Skipped);
        let before = about.merged_at.is_some_and(|merged| last.at <= merged);
        if answered || !before || of.1 == NO_CHANGE {
            return;
        }
        tally.skipped_in += 1;
        skips.push((last.at, last.id));
        let tasks = &self.scope.view.history.facts().task_runs;
        let run = cell(&tasks.run_id, last.row);
        let red = |row: &Row| cell(&tasks.outcome, *row).is_red();
        let failed = run.is_some() && self.scope.view.history.tasks_by_run.get(run).iter().any(red);
        tally.needs_failed += usize::from(failed);
    }

    /// Keeps the revisions that flipped, and those that were held back.
    fn flips(&mut self, of: ChangeKey, gate: Name) {
        for (at, on) in self.inputs.iter().enumerate() {
            if on.flipped() {
                let (machine_ms, delay_ms) = on.flip_cost();
                let most = self.scope.view.settings.longest_pause_ms;
                let ids: Vec<FactId> = self
                    .trials
                    .iter()
                    .filter(|trial| trial.revision == on.input.revision)
                    .filter(|trial| on.input.revision.is_some() || trial.sha == on.input.sha)
                    .filter(|trial| matches!(trial.said, Said::Yes | Said::No))
                    .map(|trial| trial.id)
                    .take(SHOWN)
                    .collect();
                self.pairs.push(Pair {
                    gate,
                    of,
                    revision: on.input.revision,
                    sha: on.input.sha,
                    failed: on.no as usize,
                    passed: on.yes as usize,
                    together_with: 0,
                    machine_ms,
                    delay_ms: if delay_ms <= most { delay_ms } else { 0 },
                    evidence: ids,
                });
            }
            if on.only_no() {
                let right = self.inputs.iter().skip(at + 1).any(|later| later.yes > 0);
                self.holds.push(Hold { of, input: on.input, gate, right });
            }
        }
    }
}

fn latest(rows: &mut [(i64, FactId)]) -> Vec<FactId> {
    rows.sort_unstable_by(|a, b| b.cmp(a));
    rows.iter().map(|(_, id)| *id).take(SHOWN).collect()
}

fn count_run(
    trial: &Trial,
    about: About,
    steps: &Steps,
    scope: &Scope<'_>,
    table: Table,
    tally: &mut Tally,
    stages: &mut Vec<(Name, usize)>,
) {
    if trial.said == Said::Skipped {
        tally.skipped_runs += 1;
    }
    if matches!(trial.said, Said::Nothing | Said::Skipped) {
        return;
    }
    tally.runs += 1;
    tally.runs_after_merge += usize::from(about.merged_at.is_some_and(|merged| trial.at > merged));
    match stages.iter_mut().find(|(stage, _)| *stage == trial.stage) {
        Some((_, runs)) => *runs += 1,
        None => stages.push((trial.stage, 1)),
    }
    tally.machine_ms = tally.machine_ms.saturating_add(trial.run_ms.unwrap_or_default());
    let wait = trial.asked.map_or(0, |asked| trial.at.saturating_sub(asked).max(0));
    tally.wait_ms = tally.wait_ms.saturating_add(wait);
    if trial.said == Said::Yes {
        tally.passes += 1;
        tally.longest_pass_ms = tally.longest_pass_ms.max(trial.run_ms);
        if let Some(how) = trial.empty {
            tally.empty.add(how, trial.id);
        }
        if table == Table::Jobs {
            let task = cell(&scope.view.history.facts().task_runs.task_id, trial.row);
            let short = |of: steps::OfJob| of.ran == 1 && of.failed == 0 && of.took_ms <= 1_000;
            tally.one_step_passes += usize::from(steps.of(task).is_some_and(short));
        }
    }
}

fn count_change(found: OnChange, of_change: bool, tally: &mut Tally) {
    let is = usize::from;
    tally.subjects += 1;
    tally.refused += is(found.refused);
    tally.caught += is(found.caught);
    tally.flaky += is(found.flaky);
    tally.infra += is(found.infra);
    tally.false_alarms += is(found.flaky || found.infra);
    tally.bypassed += is(found.bypassed);
    let classed = found.caught || found.flaky || found.infra || found.bypassed;
    // Of a commit the later commits tell more.
    tally.unknown += is(of_change && found.refused && !classed);
    tally.passed += is(found.passed);
    tally.vacuous += is(found.vacuous);
    let (again, refused, ms) = tally.again;
    tally.again =
        (again + found.again.0, refused + found.again.1, ms.saturating_add(found.again_ms));
    if tally.by_people {
        tally.alone_ms = tally.alone_ms.saturating_add(found.waited_ms);
    }
}

/// Commits without a change, in order of time: a row of reds that ends with a pass was one problem
/// caught; reds at the end are not known.
fn on_commits(commits: &mut [OnCommit], tally: &mut Tally) {
    commits.sort_by_key(|on| on.at);
    let mut red = false;
    for on in commits {
        if on.only_red {
            red = true;
        } else if on.passed {
            tally.caught += usize::from(red);
            red = false;
        }
    }
    tally.unknown += usize::from(red);
}
