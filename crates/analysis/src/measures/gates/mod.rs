//! What each gate did: the classes of methods C, its cost and its verdict.
//!
//! Owns the counting (trials, events, alone, vacuous, pairs, twins) and the judging (verdict). One
//! pass over the rows of a service, sorted by gate, change and time. Must not know pages.

mod alone;
mod approvals;
mod events;
mod fold;
mod pairs;
mod scope;
mod steps;
mod taken_back;
mod tally;
mod trials;
mod twins;
mod vacuous;
mod verdict;

use aftercast_model::Name;

use super::View;
use super::incidents::escapes;
use crate::history::ChangeKey;

use events::Input;
use fold::Fold;
use steps::Steps;
use trials::Table;

pub(crate) use approvals::{Group, GroupKey, approvals, approvals_before};
pub(crate) use pairs::{Pair, by_gate, most_costly};
pub(crate) use scope::Scope;
pub(crate) use taken_back::{Reverted, taken_back};
pub(crate) use tally::Tally;
pub(crate) use twins::twins;
pub(crate) use vacuous::{cases, cases_of_service, nothing_required};
pub(crate) use verdict::{FEWEST, Judged, judge, minutes};

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
