//! The runs that tests ran in, as slots: an attempt of a run, with the line that it stands in (a
//! change, or a branch, of one pipeline) and the input that it ran on.
//!
//! Slots are numbered by line, then by when their input was first seen, then by time: results
//! sorted by slot lie in the order in which catches are found.

use std::collections::HashMap;

use aftercast_model::{Name, Timestamp};

use crate::history::{Row, ServiceHistory, cell};

/// The number of a slot.
pub(super) type SlotNo = u32;

/// No slot: neither run nor time of the result is known.
pub(super) const NOWHERE: SlotNo = SlotNo::MAX;

/// An attempt of a run that tests ran in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) run: Name,
    /// When it began, in milliseconds.
    pub(super) at: i64,
    /// When it ended.
    pub(super) end: Option<i64>,
    /// Slots of one line follow each other; a later green on the line answers an earlier red.
    pub(super) line: u32,
    /// What it ran on, the same for slots that must agree.
    pub(super) input: u32,
    /// The change or commit, the unit that is counted.
    pub(super) subject: u32,
    /// Whether any source tells what it ran on.
    pub(super) known: bool,
}

impl Slot {
    /// Returns how long it took, where that is known.
    pub(super) fn length(&self) -> Option<i64> {
        self.end.map(|end| end.saturating_sub(self.at).max(0))
    }
}

/// The slots, and the slot of each row of `test_results`.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pub(super) list: Vec<Slot>,
    /// For each row, in their order.
    pub(super) of_rows: Vec<SlotNo>,
    pub(super) subjects: usize,
    /// Results without run and time.
    pub(super) lost: usize,
}

/// What a line, an input or a subject is made of: the change's repository and number, the branch,
/// the pipeline, the commit. Runs of which nothing is known have their own.
type Key = (Name, Option<i64>, Name, Name, u32);

/// A slot before it has a number.
#[derive(Debug, Clone, Copy)]
struct Raw {
    slot: Slot,
    first_seen: i64,
}

/// Gives keys numbers in the order in which they come.
#[derive(Default)]
struct Numbered {
    known: HashMap<Key, u32>,
}

impl Numbered {
    fn number(&mut self, key: Key) -> u32 {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        *self.known.entry(key).or_insert(next)
    }
}

impl Slots {
    /// Finds the slots of `rows` of `test_results`.
    pub(super) fn of(history: &ServiceHistory, rows: &[Row]) -> Self {
        let tests = &history.facts().test_results;
        let mut raw = RawSlots::default();
        let mut lost = 0;
        let mut of_rows: Vec<u32> = Vec::with_capacity(rows.len());
        for row in rows.iter().copied() {
            let time = cell(&tests.started_at, row).or(cell(&tests.observed_at, row));
            let run = cell(&tests.run_id, row);
            let found = if run.is_some() {
                Some(raw.of_run(history, run, time))
            } else {
                time.map(|time| raw.of_report(cell(&tests.source, row), time))
            };
            lost += usize::from(found.is_none());
            of_rows.push(found.unwrap_or(NOWHERE));
        }
        let subjects = raw.subjects.known.len();
        let (list, number_of) = raw.in_order();
        for slot in &mut of_rows {
            *slot = number_of.get(*slot as usize).copied().unwrap_or(NOWHERE);
        }
        Self { list, of_rows, subjects, lost }
    }
}

#[derive(Default)]
struct RawSlots {
    list: Vec<Raw>,
    /// The slots of each run, in order of their beginning.
    of_runs: HashMap<Name, (usize, usize)>,
    of_reports: HashMap<(Name, Timestamp), u32>,
    latest: Option<(Name, usize, usize)>,
    lines: Numbered,
    inputs: Numbered,
    subjects: Numbered,
}

impl RawSlots {
    /// Returns the attempt of `run` that was under way at `time`.
    fn of_run(&mut self, history: &ServiceHistory, run: Name, time: Option<Timestamp>) -> u32 {
        let (from, to) = match self.latest {
            Some((latest, from, to)) if latest == run => (from, to),
            _ => {
                let known = self.of_runs.get(&run).copied();
                let (from, to) = known.unwrap_or_else(|| self.add_run(history, run, time));
                self.of_runs.insert(run, (from, to));
                self.latest = Some((run, from, to));
                (from, to)
            }
        };
        let attempts = self.list.get(from..to).unwrap_or_default();
        let begun = time.map_or(attempts.len(), |time| {
            attempts.partition_point(|attempt| attempt.slot.at <= time.millis())
        });
        number(from + begun.max(1) - 1)
    }

    /// Adds the attempts of a run; one where nothing is known of them.
    fn add_run(
        &mut self,
        history: &ServiceHistory,
        run: Name,
        time: Option<Timestamp>,
    ) -> (usize, usize) {
        let facts = history.facts();
        let runs = &facts.pipeline_runs;
        let from = self.list.len();
        for row in history.runs_by_id.get(run).iter().copied() {
            let start = cell(&runs.started_at, row).or(cell(&runs.queued_at, row));
            let end = cell(&runs.finished_at, row);
            let Some(at) = start.or(end) else { continue };
            let change = (cell(&runs.repo, row), cell(&runs.change_number, row));
            let place = (cell(&runs.git_ref, row), cell(&runs.pipeline, row));
            let sha = cell(&runs.sha, row);
            self.add(history, run, (at, end), change, place, (sha, None));
        }
        if self.list.len() == from {
            let tasks = &facts.task_runs;
            let task = history.tasks_by_run.get(run).first().copied();
            let column = |value: &[Name]| task.map_or(Name::NONE, |row| cell(value, row));
            let count = |value: &[Option<i64>]| task.and_then(|row| cell(value, row));
            let start = task.and_then(|row| cell(&tasks.started_at, row));
            let at = start.or(time).unwrap_or(Timestamp::from_millis(0));
            let change = (column(&tasks.repo), count(&tasks.change_number));
            let place = (Name::NONE, column(&tasks.stage));
            let input = (column(&tasks.sha), count(&tasks.revision));
            self.add(history, run, (at, None), change, place, input);
        }
        if let Some(own) = self.list.get_mut(from..) {
            own.sort_by_key(|raw| raw.slot.at);
        }
        (from, self.list.len())
    }

    fn add(
        &mut self,
        history: &ServiceHistory,
        run: Name,
        (at, end): (Timestamp, Option<Timestamp>),
        (repo, change): (Name, Option<i64>),
        (git_ref, pipeline): (Name, Name),
        (sha, revision): (Name, Option<i64>),
    ) {
        let alone = number(self.list.len()) + 1;
        let repo = if change.is_some() { history.repo_in_key(repo) } else { repo };
        let known = sha.is_some() || revision.is_some();
        // Commits of no branch say nothing about each other.
        let line = match (known, change, git_ref.is_some()) {
            (true, Some(_), _) => (repo, change, Name::NONE, pipeline, 0),
            (true, None, true) => (repo, None, git_ref, pipeline, 0),
            (true, None, false) => (repo, None, sha, pipeline, 1),
            (false, ..) => (run, None, Name::NONE, Name::NONE, alone),
        };
        let line = self.lines.number(line);
        let input = match (known, revision) {
            (true, Some(revision)) => (Name::NONE, Some(revision), Name::NONE, Name::NONE, line),
            (true, None) => (Name::NONE, None, sha, Name::NONE, line),
            (false, _) => (run, None, Name::NONE, Name::NONE, line),
        };
        let subject = match (known, change) {
            (true, Some(_)) => (repo, change, Name::NONE, Name::NONE, 0),
            (true, None) => (repo, None, sha, Name::NONE, 0),
            (false, _) => (run, None, Name::NONE, Name::NONE, alone),
        };
        let slot = Slot {
            run,
            at: at.millis(),
            end: end.map(Timestamp::millis),
            line,
            input: self.inputs.number(input),
            subject: self.subjects.number(subject),
            known,
        };
        self.list.push(Raw { slot, first_seen: at.millis() });
    }

    /// Returns the slot of a report that names no run: reports of one moment are one run.
    fn of_report(&mut self, source: Name, at: Timestamp) -> u32 {
        if let Some(known) = self.of_reports.get(&(source, at)) {
            return *known;
        }
        let alone = number(self.list.len());
        let own = (source, Some(at.millis()), Name::NONE, Name::NONE, alone + 1);
        let slot = Slot {
            run: Name::NONE,
            at: at.millis(),
            end: None,
            line: self.lines.number(own),
            input: self.inputs.number(own),
            subject: self.subjects.number(own),
            known: false,
        };
        self.list.push(Raw { slot, first_seen: at.millis() });
        self.of_reports.insert((source, at), alone);
        alone
    }

    /// Returns the slots in order, and the new number of each.
    fn in_order(mut self) -> (Vec<Slot>, Vec<SlotNo>) {
        let mut first: Vec<i64> = vec![i64::MAX; self.inputs.known.len()];
        for raw in &self.list {
            if let Some(first) = first.get_mut(raw.slot.input as usize) {
                *first = raw.slot.at.min(*first);
            }
        }
        for raw in &mut self.list {
            raw.first_seen = cell(&first, raw.slot.input);
        }
        let mut order: Vec<Row> = (0..number(self.list.len())).collect();
        order.sort_by_key(|at| {
            self.list
                .get(*at as usize)
                .map(|raw| (raw.slot.line, raw.first_seen, raw.slot.input, raw.slot.at))
        });
        let mut number_of = vec![NOWHERE; self.list.len()];
        for (new, old) in (0..).zip(&order) {
            if let Some(slot) = number_of.get_mut(*old as usize) {
                *slot = new;
            }
        }
        let list = order.iter().filter_map(|at| self.list.get(*at as usize)).map(|raw| raw.slot);
        (list.collect(), number_of)
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
