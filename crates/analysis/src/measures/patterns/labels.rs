//! Which releases went well: fixed before anything is counted (methods G).
//!
//! Well is a release that no incident points at, that was not rolled back, reverted or mended, on
//! whose way no gate was overruled, and whose lead time is in the fastest third of its calendar block.

use aftercast_model::Verdict;

use crate::history::cell;
use crate::measures::incidents::link::Judge;
use crate::measures::incidents::undone::undone;
use crate::measures::{View, failed_last, lead_time_ms};

/// A calendar block has this many releases, or goes together with the next one.
const FEWEST_OF_A_BLOCK: usize = 9;

/// A release whose lead time is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Labelled {
    pub(super) index: usize,
    pub(super) good: bool,
}

/// Returns the releases from `from` to `to` (exclusive) whose lead time is known, in order of time.
pub(super) fn labelled(view: View<'_>, from: usize, to: usize) -> Vec<Labelled> {
    let known: Vec<(usize, i64)> =
        (from..to).filter_map(|index| Some((index, lead_time_ms(view, index)?))).collect();
    let spoiled = spoiled(view);
    let clean = |index: usize| spoiled.binary_search(&index).is_err() && !overruled(view, index);
    let mut found = Vec::with_capacity(known.len());
    for block in blocks(view, &known) {
        let mut sorted: Vec<i64> = block.iter().map(|(_, lead)| *lead).collect();
        sorted.sort_unstable();
        found.extend(block.iter().map(|(index, lead)| {
            let faster = sorted.partition_point(|other| other < lead);
            let ties = sorted.partition_point(|other| other <= lead) - faster;
            // The middle of its ties lies in the first third.
            let fast = 3 * (2 * faster + ties - 1) < 2 * sorted.len();
            Labelled { index: *index, good: fast && clean(*index) }
        }));
    }
    found
}

/// Cuts releases into calendar months, months with few releases together with the next one.
fn blocks<'a>(view: View<'_>, known: &'a [(usize, i64)]) -> Vec<&'a [(usize, i64)]> {
    let month = |index: usize| {
        let at = view.releases.list.get(index).map(|release| release.at.to_string());
        at.and_then(|at| at.get(..7).map(str::to_owned))
    };
    let months: Vec<Option<String>> = known.iter().map(|(index, _)| month(*index)).collect();
    let mut ends = Vec::new();
    let mut start = 0;
    for at in 1..known.len() {
        if months.get(at) != months.get(at - 1) && FEWEST_OF_A_BLOCK <= at - start {
            ends.push(at);
            start = at;
        }
    }
    // The last block joins the one before where it is short.
    if known.len() - start < FEWEST_OF_A_BLOCK {
        ends.pop();
    }
    ends.push(known.len());
    let mut from = 0;
    ends.into_iter()
        .filter_map(|to| {
            let block = known.get(from..to);
            from = to;
            block.filter(|block| !block.is_empty())
        })
        .collect()
}

/// Returns the releases that were undone or mended, or that an incident points at, in order.
fn spoiled(view: View<'_>) -> Vec<usize> {
    let judge = Judge::new(view);
    let incidents = view.history.incidents.iter();
    let by_incidents = incidents.filter_map(|row| judge.judge(*row).release());
    let undone = undone(view).into_iter();
    let by_fixes =
        undone.filter(|one| one.got_through != Some(false)).filter_map(|one| one.release);
    let mut found: Vec<usize> = by_incidents.chain(by_fixes).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns whether a gate was overruled on the way: a verdict `bypass`, or a required job whose last
/// word was no.
fn overruled(view: View<'_>, index: usize) -> bool {
    let (history, facts) = (view.history, view.history.facts());
    let keys = view.releases.changes(index).iter().filter_map(|row| history.change_key(*row));
    let bypassed = keys
        .flat_map(|key| history.gates_by_change.get(key))
        .any(|row| cell(&facts.gate_evaluations.verdict, *row) == Verdict::Bypass);
    let required = |row| cell(&facts.task_runs.required, row) != Some(false);
    bypassed || failed_last(view, index).into_iter().any(|(_, row)| required(row))
}
