//! What one case of a test (its name with one set of parameters) did, slot by slot.
//!
//! Rules (docs/statistics/tests.md): several results of one case in one slot are shards or a matrix
//! where that is so in every slot, and retries where it is not; a case is flaky where it failed and
//! passed on the same input.

use aftercast_model::{TestOutcome, TestResults, Timestamp};

use super::slots::Slot;
use crate::history::{Row, cell};

/// What a test, or one case of it, did in one slot.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is true or not, whatever the others are")]
pub(super) struct Seen {
    pub(super) slot: u32,
    /// Failed, and nothing says that it passes on this input.
    pub(super) red: bool,
    pub(super) green: bool,
    /// Failed, and passed on the same input: in another slot, or in a retry in this one.
    pub(super) flaky: bool,
    /// The red and the green lie in this slot: the test runner tried again.
    pub(super) retried: bool,
    pub(super) skipped: bool,
    /// How long it took here, retries included.
    pub(super) took_ms: Option<i64>,
    /// The row that shows it, a red one where there is one.
    pub(super) row: Row,
}

impl Seen {
    /// Returns whether it said anything about its input.
    pub(super) fn judged(&self) -> bool {
        self.red || self.green || self.flaky
    }

    /// Takes in what another case of the test did in the same slot.
    pub(super) fn join(&mut self, other: &Self) {
        if (other.red || other.flaky) && !(self.red || self.flaky) {
            self.row = other.row;
        }
        self.red |= other.red;
        self.green |= other.green;
        self.flaky |= other.flaky;
        self.retried |= other.retried;
        self.skipped |= other.skipped;
        self.took_ms = match (self.took_ms, other.took_ms) {
            (Some(own), Some(other)) => Some(own.saturating_add(other)),
            (own, other) => own.or(other),
        };
    }
}

/// One result of the case: its slot and its row.
pub(super) type Result = (u32, Row);

/// Appends to `seen` what the case with `results`, which are in order of slot, did in each slot.
pub(super) fn fold_case(
    tests: &TestResults,
    slots: &[Slot],
    results: &[Result],
    seen: &mut Vec<Seen>,
) {
    let from = seen.len();
    let in_slots = || results.chunk_by(|a, b| a.0 == b.0);
    let fewest = in_slots().map(<[Result]>::len).min().unwrap_or_default();
    for own in in_slots() {
        seen.push(in_one_slot(tests, own, fewest));
    }
    let Some(own) = seen.get_mut(from..) else { return };
    let input = |seen: &Seen| slots.get(seen.slot as usize).map(|slot| slot.input);
    for on_input in own.chunk_by_mut(|a, b| input(a) == input(b)) {
        if on_input.len() > 1 && on_input.iter().any(|seen| seen.green) {
            for seen in on_input.iter_mut().filter(|seen| seen.red) {
                seen.flaky = true;
                seen.red = false;
            }
        }
    }
}

fn in_one_slot(tests: &TestResults, results: &[Result], fewest: usize) -> Seen {
    let mut seen = Seen::default();
    let mut last: Option<(Option<Timestamp>, bool)> = None;
    for (slot, row) in results.iter().copied() {
        seen.slot = slot;
        if !seen.red {
            seen.row = row;
        }
        let outcome = cell(&tests.outcome, row);
        let red = matches!(outcome, TestOutcome::Failed | TestOutcome::Error);
        seen.red |= red;
        seen.green |= outcome == TestOutcome::Passed;
        seen.skipped |= outcome == TestOutcome::Skipped;
        seen.retried |= cell(&tests.flaky, row) == Some(true);
        if let Some(took) = cell(&tests.duration_ms, row) {
            seen.took_ms = Some(seen.took_ms.unwrap_or_default().saturating_add(took.max(0)));
        }
        let at = cell(&tests.started_at, row).or(cell(&tests.observed_at, row));
        if last.is_none_or(|(latest, _)| latest < at) && outcome != TestOutcome::Skipped {
            last = Some((at, !red));
        }
    }
    // A case that comes once elsewhere came again here, red and at last green: a retry. Where it
    // always comes several times the results are a matrix, and one red is a red.
    let again = fewest == 1 && results.len() > 1 && last.is_some_and(|(_, green)| green);
    if seen.red && seen.green && again {
        seen.retried = true;
        seen.red = false;
    }
    if seen.retried {
        seen.flaky = true;
        // What the runner tried again until it passed is green; what stayed red is red.
        seen.green |= !seen.red;
    } else if seen.red {
        seen.green = false;
    }
    seen
}
