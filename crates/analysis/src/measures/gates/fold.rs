//! The pass over the answers of one gate after the other.

use aftercast_model::{FactId, GateKind, Name, Timestamp};

use super::alone::Alone;
use super::events::{self, About, OnChange, OnInput};
use super::pairs::Pair;
use super::scope::merged_at;
use super::steps::{self, Steps};
use super::tally::{SHOWN, Tally};
use super::trials::{self, Entry, NO_CHANGE, Said, Table, Trial};
use super::{Hold, Scope, vacuous};
use crate::history::{ChangeKey, Row, cell};
use crate::measures::incidents::Escapes;

/// The state of the pass; its vectors are used again for each gate and change.
pub(super) struct Fold<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) steps: &'a Steps,
    pub(super) alone: &'a Alone,
    pub(super) escapes: &'a Escapes,
    pub(super) tallies: Vec<Tally>,
    pub(super) pairs: Vec<Pair>,
    pub(super) holds: Vec<Hold>,
    pub(super) inputs: Vec<OnInput>,
    pub(super) trials: Vec<Trial>,
    pub(super) refusals: Vec<(i64, FactId)>,
}

/// A commit without a change: in order of time, what came behind it tells whether a red was right.
struct OnCommit {
    at: i64,
    only_red: bool,
    passed: bool,
}

impl Fold<'_> {
    /// Counts the answers of one gate, in order of change and time.
    pub(super) fn gate(&mut self, table: Table, entries: &[Entry]) {
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
            escaped: self.escaped(gate),
            alone_ms: if table == Table::Jobs { self.alone.of(gate) } else { 0 },
            ..Tally::default()
        }
    }

    fn escaped(&self, gate: Name) -> Option<usize> {
        let found = || self.escapes.of(gate).map_or(0, |let_through| let_through.escaped);
        self.escapes.is_known().then(found)
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
            let voted = if by_people { history.gates_by_change.get(of) } else { &[] };
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
    // What was stopped kept a machine busy too.
    tally.machine_ms = tally.machine_ms.saturating_add(trial.run_ms.unwrap_or_default());
    if matches!(trial.said, Said::Nothing | Said::Skipped) {
        return;
    }
    tally.runs += 1;
    tally.runs_after_merge += usize::from(about.merged_at.is_some_and(|merged| trial.at > merged));
    match stages.iter_mut().find(|(stage, _)| *stage == trial.stage) {
        Some((_, runs)) => *runs += 1,
        None => stages.push((trial.stage, 1)),
    }
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
