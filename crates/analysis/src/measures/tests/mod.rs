//! What each test did in all the runs that are known: failed, flaky, caught, skipped, and its time.
//!
//! Owns the deterministic classes of methods C for tests and their counting, in one pass over
//! results sorted by test, case and slot. Must not know words for people. A test is its suite, class
//! and name; parameters make cases of it. The unit is the distinct change (else commit, else run).
//! The rules stand in docs/statistics/tests.md.

mod cases;
mod path;
mod slots;
mod together;

use std::collections::HashMap;

use aftercast_model::{FactId, Name, TestOutcome};

use super::builds::release_runs;
use super::{View, release_jobs};
use crate::history::{Row, ServiceHistory, cell};
use cases::{Result, Seen, fold_case};
use slots::{NOWHERE, Slot, Slots};

pub(crate) use path::{OnPath, on_path};
pub(crate) use together::groups;

/// The rows that show what a test did, at most.
const SHOWN: usize = 6;

/// A run in which more than half of at least this many tests failed says nothing of a single test.
const FEWEST_IN_A_BROKEN_RUN: u32 = 10;

/// What one test did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) suite: Name,
    pub(crate) class: Name,
    pub(crate) name: Name,
    /// Sets of parameters that it was seen with; 1 for a test without.
    pub(crate) cases: usize,
    /// Runs in which it said something.
    pub(crate) runs: usize,
    /// Distinct changes (else commits, else runs) that it looked at.
    pub(crate) subjects: usize,
    /// Subjects on which it failed at least once.
    pub(crate) failed: usize,
    /// Subjects on which it failed and passed on the same input.
    pub(crate) flaky: usize,
    /// Subjects on which an input only failed, and a later one passed.
    pub(crate) caught: usize,
    /// What looking again at its flaky failures took: the time of the runs that passed, shared among
    /// the tests that were flaky in the same run; `None` where no such run is known.
    pub(crate) rerun_ms: Option<i64>,
    /// From the end of a flaky red to the end of the green, shared likewise.
    pub(crate) rerun_wait_ms: Option<i64>,
    /// The time that it took in all runs together.
    pub(crate) total_ms: i64,
    /// Runs for which its time is known.
    pub(crate) timed: usize,
    /// The first and the last time that it was seen, run or skipped, in milliseconds.
    pub(crate) first_at: i64,
    pub(crate) last_at: i64,
    /// The last time that it said something.
    pub(crate) judged_at: Option<i64>,
    /// Runs since then, or since ever, that skipped it, and when the first of them was.
    pub(crate) skips: usize,
    pub(crate) skipped_since: Option<i64>,
    /// Slots in which it failed, in order: a range of [`Ledger::red_slots`].
    pub(crate) reds: std::ops::Range<usize>,
    /// The latest rows that failed; else of a test that is skipped, the latest.
    pub(crate) evidence: Vec<FactId>,
}

impl Tally {
    /// Returns since when it was only skipped and for how long, where that is longer than `longest`
    /// milliseconds. One run that skips everything is no quarantine.
    pub(crate) fn only_skipped(&self, longest: i64) -> Option<(i64, i64)> {
        let since = self.skipped_since.filter(|_| self.skips > 1)?;
        let length = self.last_at.saturating_sub(since);
        (length > longest).then_some((since, length))
    }
}

/// What all tests did.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// In order of first sight.
    pub(crate) tests: Vec<Tally>,
    /// Results that could be placed in a run or in time.
    pub(crate) results: usize,
    /// Results that could not.
    pub(crate) lost: usize,
    pub(crate) runs: usize,
    /// Runs of which no source tells what they ran on.
    pub(crate) runs_unknown: usize,
    /// Runs in which most tests failed.
    pub(crate) broken_runs: usize,
    /// Distinct changes, else commits, else runs.
    pub(crate) subjects: usize,
    /// The beginnings of the first and the last run.
    pub(crate) span: Option<(i64, i64)>,
    red_slots: Vec<u32>,
    slots: Vec<Slot>,
    /// The test of each result and its slot, in the order of the rows.
    of_rows: Vec<(u32, u32)>,
}

impl Ledger {
    /// Returns the runs in which the test failed, as distinct numbers in order.
    pub(super) fn reds(&self, test: &Tally) -> &[u32] {
        self.red_slots.get(test.reds.clone()).unwrap_or_default()
    }
}

/// A result with the keys that it is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    test: u32,
    parameters: Name,
    slot: u32,
    row: Row,
}

/// A red of a test that is flaky, and the green that followed in another run.
struct Rerun {
    test: usize,
    red: u32,
    green: u32,
}

/// Counts what each test did in all runs.
pub(crate) fn ledger(history: &ServiceHistory) -> Ledger {
    ledger_of(history, &history.tests)
}

/// Counts what each test did on the way of the release at `index`.
pub(crate) fn release_ledger(view: View<'_>, index: usize) -> Ledger {
    let history = view.history;
    let facts = history.facts();
    if history.tests.is_empty() {
        return Ledger::default();
    }
    let jobs = release_jobs(view, index).into_iter().map(|row| cell(&facts.task_runs.run_id, row));
    let runs =
        release_runs(view, index).into_iter().map(|row| cell(&facts.pipeline_runs.run_id, row));
    let mut own: Vec<Name> = jobs.chain(runs).filter(|run| run.is_some()).collect();
    own.sort_unstable();
    own.dedup();
    let run = |row: &&Row| own.binary_search(&cell(&facts.test_results.run_id, **row)).is_ok();
    let rows: Vec<Row> = history.tests.iter().filter(run).copied().collect();
    ledger_of(history, &rows)
}

/// Counts what each test did in `rows` of `test_results`.
fn ledger_of(history: &ServiceHistory, rows: &[Row]) -> Ledger {
    let tests = &history.facts().test_results;
    let slots = Slots::of(history, rows);
    let mut ledger = Ledger { lost: slots.lost, subjects: slots.subjects, ..Ledger::default() };
    let mut numbers: HashMap<(Name, Name, Name), u32> = HashMap::new();
    let mut entries: Vec<Entry> = Vec::with_capacity(rows.len());
    let mut counts = vec![(0_u32, 0_u32); slots.list.len()];
    for (row, slot) in rows.iter().copied().zip(slots.of_rows.iter().copied()) {
        let outcome = cell(&tests.outcome, row);
        if slot == NOWHERE || outcome == TestOutcome::Unknown {
            ledger.of_rows.push((NOWHERE, NOWHERE));
            continue;
        }
        let identity = (cell(&tests.suite, row), cell(&tests.class, row), cell(&tests.name, row));
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let test = *numbers.entry(identity).or_insert_with(|| {
            let (suite, class, name) = identity;
            ledger.tests.push(Tally { suite, class, name, ..Tally::default() });
            next
        });
        if let Some((red, all)) = counts.get_mut(slot as usize) {
            *red += u32::from(matches!(outcome, TestOutcome::Failed | TestOutcome::Error));
            *all += u32::from(outcome != TestOutcome::Skipped);
        }
        entries.push(Entry { test, parameters: cell(&tests.parameters, row), slot, row });
        ledger.of_rows.push((test, slot));
    }
    drop(numbers);
    entries.sort_unstable();
    let broken: Vec<bool> = counts
        .iter()
        .map(|(red, all)| *all >= FEWEST_IN_A_BROKEN_RUN && red.saturating_mul(2) > *all)
        .collect();
    ledger.results = entries.len();
    ledger.runs = slots.list.len();
    ledger.runs_unknown = slots.list.iter().filter(|slot| !slot.known).count();
    ledger.broken_runs = broken.iter().filter(|broken| **broken).count();
    let starts = || slots.list.iter().map(|slot| slot.at);
    ledger.span = starts().min().zip(starts().max());
    ledger.slots = slots.list;

    let mut counter = Counter {
        history,
        broken: &broken,
        subjects: Subjects::new(slots.subjects),
        reruns: Vec::new(),
        flaky_in: vec![0; broken.len()],
        seen: Vec::new(),
        results: Vec::new(),
    };
    for of_test in entries.chunk_by(|a, b| a.test == b.test) {
        counter.count(of_test, &mut ledger);
    }
    let (reruns, flaky_in) = (counter.reruns, counter.flaky_in);
    share_reruns(&mut ledger, &reruns, &flaky_in);
    ledger
}

/// Which subjects the test at hand was counted for already.
struct Subjects {
    judged: Vec<u32>,
    failed: Vec<u32>,
    flaky: Vec<u32>,
    caught: Vec<u32>,
}

impl Subjects {
    fn new(count: usize) -> Self {
        let none = || vec![0; count];
        Self { judged: none(), failed: none(), flaky: none(), caught: none() }
    }
}

/// Returns 1 where `subject` was not marked by `stamp` yet, and marks it.
fn first(stamps: &mut [u32], subject: u32, stamp: u32) -> usize {
    match stamps.get_mut(subject as usize) {
        Some(known) if *known != stamp => {
            *known = stamp;
            1
        }
        _ => 0,
    }
}

struct Counter<'a> {
    history: &'a ServiceHistory,
    broken: &'a [bool],
    subjects: Subjects,
    reruns: Vec<Rerun>,
    /// How many tests were flaky in each slot, and found so by another run.
    flaky_in: Vec<u32>,
    seen: Vec<Seen>,
    results: Vec<Result>,
}

impl Counter<'_> {
    /// Counts one test's results, which are in order of case and slot.
    fn count(&mut self, entries: &[Entry], ledger: &mut Ledger) {
        let columns = &self.history.facts().test_results;
        let Some(number) = entries.first().map(|entry| entry.test) else { return };
        let at = number as usize;
        self.seen.clear();
        let mut cases = 0;
        for case in entries.chunk_by(|a, b| a.parameters == b.parameters) {
            cases += 1;
            self.results.clear();
            self.results.extend(case.iter().map(|entry| (entry.slot, entry.row)));
            fold_case(columns, &ledger.slots, &self.results, &mut self.seen);
        }
        if cases > 1 {
            self.seen.sort_by_key(|seen| seen.slot);
            self.seen.dedup_by(|next, kept| {
                let same = next.slot == kept.slot;
                if same {
                    kept.join(next);
                }
                same
            });
        }
        let Some(mut tally) = ledger.tests.get_mut(at).map(std::mem::take) else { return };
        tally.cases = cases;
        tally.reds.start = ledger.red_slots.len();
        self.time(&mut tally, &ledger.slots);
        self.classes(&mut tally, at, &ledger.slots, &mut ledger.red_slots);
        tally.reds.end = ledger.red_slots.len();
        if let Some(kept) = ledger.tests.get_mut(at) {
            *kept = tally;
        }
    }

    /// When it was seen, how long it took, since when it is skipped.
    fn time(&self, tally: &mut Tally, slots: &[Slot]) {
        let columns = &self.history.facts().test_results;
        let at = |seen: &Seen| slots.get(seen.slot as usize).map_or(0, |slot| slot.at);
        tally.first_at = self.seen.iter().map(at).min().unwrap_or_default();
        tally.last_at = self.seen.iter().map(at).max().unwrap_or_default();
        let judged = self.seen.iter().filter(|seen| seen.judged());
        tally.judged_at = judged.map(at).max();
        let since = tally.judged_at;
        let skipped = || {
            let skips = self.seen.iter().filter(|seen| seen.skipped && !seen.judged());
            skips.filter(move |seen| since.is_none_or(|judged| judged < at(seen)))
        };
        tally.skips = skipped().count();
        tally.skipped_since = skipped().map(at).min();
        tally
            .evidence
            .extend(skipped().max_by_key(|seen| at(seen)).map(|seen| cell(&columns.id, seen.row)));
        for seen in self.seen.iter().filter(|seen| seen.judged()) {
            tally.runs += 1;
            if let Some(took) = seen.took_ms {
                tally.total_ms = tally.total_ms.saturating_add(took);
                tally.timed += 1;
            }
        }
    }

    /// The classes: failed, flaky, caught.
    fn classes(&mut self, tally: &mut Tally, at: usize, slots: &[Slot], reds: &mut Vec<u32>) {
        let columns = &self.history.facts().test_results;
        let stamp = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let slot_of = |seen: &Seen| slots.get(seen.slot as usize);
        let usable = |seen: &&Seen| {
            seen.judged() && self.broken.get(seen.slot as usize).is_some_and(|broken| !broken)
        };
        let seen: Vec<&Seen> = self.seen.iter().filter(usable).collect();
        let mut rows: Vec<(i64, Row)> = Vec::new();
        let line = |seen: &&Seen| slot_of(seen).map(|slot| slot.line);
        let input = |seen: &&Seen| slot_of(seen).map(|slot| slot.input);
        for on_line in seen.chunk_by(|a, b| line(a) == line(b)) {
            let mut open: Option<u32> = None;
            for on_input in on_line.chunk_by(|a, b| input(a) == input(b)) {
                let Some(slot) = on_input.first().and_then(|seen| slot_of(seen)) else { continue };
                let red = on_input.iter().any(|seen| seen.red);
                let flaky = on_input.iter().any(|seen| seen.flaky);
                tally.subjects += first(&mut self.subjects.judged, slot.subject, stamp);
                if red || flaky {
                    tally.failed += first(&mut self.subjects.failed, slot.subject, stamp);
                }
                if flaky {
                    tally.flaky += first(&mut self.subjects.flaky, slot.subject, stamp);
                }
                for (position, seen) in on_input.iter().enumerate() {
                    if !(seen.red || seen.flaky) {
                        continue;
                    }
                    rows.push((slot_of(seen).map_or(0, |slot| slot.at), seen.row));
                    if seen.red || !seen.retried {
                        reds.push(seen.slot);
                    }
                    let later = on_input.iter().skip(position + 1);
                    let green = later.into_iter().find(|later| later.green && !later.red);
                    if let Some(green) = green.filter(|_| seen.flaky && !seen.retried) {
                        let (red, green) = (seen.slot, green.slot);
                        self.reruns.push(Rerun { test: at, red, green });
                        if let Some(count) = self.flaky_in.get_mut(red as usize) {
                            *count += 1;
                        }
                    }
                }
                if red {
                    open = open.or(Some(slot.subject));
                } else if let Some(subject) = open.take().filter(|_| slot.known) {
                    tally.caught += first(&mut self.subjects.caught, subject, stamp);
                }
            }
        }
        if !rows.is_empty() {
            rows.sort_unstable_by(|a, b| b.cmp(a));
            tally.evidence = rows.iter().take(SHOWN).map(|row| cell(&columns.id, row.1)).collect();
        }
    }
}

/// Shares what the runs took that showed a red to be flaky among the tests that were flaky in it.
fn share_reruns(ledger: &mut Ledger, reruns: &[Rerun], flaky_in: &[u32]) {
    for rerun in reruns {
        let slot = |number: u32| ledger.slots.get(number as usize).copied();
        let (Some(red), Some(green)) = (slot(rerun.red), slot(rerun.green)) else { continue };
        let sharing = i64::from(cell(flaky_in, rerun.red).max(1));
        let took = green.length().map(|length| length / sharing);
        let wait = red.end.zip(green.end).map(|(red, green)| (green - red).max(0) / sharing);
        let Some(tally) = ledger.tests.get_mut(rerun.test) else { continue };
        let add = |sum: &mut Option<i64>, more: Option<i64>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or_default().saturating_add(more));
            }
        };
        add(&mut tally.rerun_ms, took);
        add(&mut tally.rerun_wait_ms, wait);
    }
}

/// Returns name and class, short enough for a line: `places_an_order (CartTest)`.
pub(crate) fn says(name: &str, around: &str) -> String {
    let name = if name.is_empty() { "a test without a name" } else { name };
    let last = around.rsplit([' ', '/', '\\', ':']).next().unwrap_or(around);
    let is_file = last.rsplit('.').next().is_some_and(|ending| ending.len() <= 4);
    let last = if is_file { last } else { last.rsplit('.').next().unwrap_or(last) };
    if last.is_empty() || name.contains(last) {
        name.to_owned()
    } else {
        format!("{name} ({last})")
    }
}
