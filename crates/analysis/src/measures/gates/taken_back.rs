//! Changes that were taken back, and which gates had passed them. Where the reverts do not say what
//! they take back, the change merged last before a revert was opened stands in: what it followed.

use std::collections::BTreeMap;

use aftercast_model::{FactId, Name, Timestamp};

use super::Scope;
use super::tally::SHOWN;
use super::trials::{Said, said_by_job};
use crate::history::{Row, cell};
use crate::measures::{Who, approval_of_change};

/// What merged reverts took back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Reverted {
    pub(crate) reverts: usize,
    /// Reverts that name a change that is known.
    pub(crate) named: usize,
    /// The changes: those named, else those that stand in.
    pub(crate) changes: usize,
    /// From the merge of the change to the merge of its revert, shortest first.
    pub(crate) after: Vec<i64>,
    pub(crate) by_author_only: usize,
    pub(crate) all_green: usize,
    pub(crate) nothing_ran: usize,
    /// Of all merged changes with a known approval, those that only their author approved.
    pub(crate) usually: (usize, usize),
    pub(crate) passed_by: BTreeMap<Name, usize>,
    pub(crate) evidence: Vec<FactId>,
}

impl Reverted {
    /// Whether the reverts say what they take back.
    pub(crate) fn is_named(&self) -> bool {
        self.named > 0
    }
}

/// Returns what merged reverts took back; `None` where no merged change says that it is a revert.
pub(crate) fn taken_back(scope: &Scope<'_>) -> Option<Reverted> {
    let history = scope.view.history;
    let changes = &history.facts().change_requests;
    let merged = |row: Row| cell(&changes.merged_at, row).filter(|at| scope.in_time(at.millis()));
    let reverts: Vec<(Row, Timestamp)> = history
        .changes
        .iter()
        .filter(|row| cell(&changes.revert_of, **row).is_some())
        .filter_map(|row| Some((*row, merged(*row)?)))
        .collect();
    if reverts.is_empty() {
        return None;
    }
    let mut found = Reverted { reverts: reverts.len(), ..Reverted::default() };
    let named = |(row, at): &(Row, Timestamp)| Some((reverted(scope, *row)?, *at));
    let mut back: Vec<(Row, Timestamp)> = reverts.iter().filter_map(named).collect();
    found.named = back.len();
    if back.is_empty() {
        let mut merges: Vec<(Name, Timestamp, Row)> = history
            .changes
            .iter()
            .filter_map(|row| Some((cell(&changes.target, *row), merged(*row)?, *row)))
            .collect();
        merges.sort_unstable();
        let followed = |(row, at): &(Row, Timestamp)| {
            let before = (cell(&changes.target, *row), cell(&changes.opened_at, *row)?, 0);
            let last = merges.partition_point(|merge| *merge < before).checked_sub(1)?;
            let (target, _, followed) = merges.get(last)?;
            (*target == before.0).then_some((*followed, *at))
        };
        back = reverts.iter().filter_map(followed).collect();
    }
    let mut seen: Vec<Row> = Vec::new();
    for (row, at) in back {
        let Some(merged) = cell(&changes.merged_at, row) else { continue };
        found.after.push(at.since(merged).max(0));
        if !seen.contains(&row) {
            seen.push(row);
            count(scope, row, merged, &mut found);
        }
    }
    found.changes = seen.len();
    for row in history.changes.iter().copied().filter(|row| merged(*row).is_some()) {
        if let Some(approval) = approval_of_change(scope.view, row) {
            found.usually.0 += usize::from(approval.who == Who::Author);
            found.usually.1 += 1;
        }
    }
    found.after.sort_unstable();
    found.evidence.reverse();
    found.evidence.truncate(SHOWN);
    Some(found)
}

/// Returns the change that the change at `row` takes back: named by its number or its hash.
fn reverted(scope: &Scope<'_>, row: Row) -> Option<Row> {
    let history = scope.view.history;
    let facts = history.facts();
    let what = cell(&facts.change_requests.revert_of, row);
    let number = facts.text(what).parse::<i64>().ok();
    let repo = cell(&facts.change_requests.repo, row);
    let by_number = number.and_then(|number| history.changes_numbered(repo, number).first());
    let back = by_number.or_else(|| history.changes_by_sha.get(what).first()).copied();
    back.filter(|back| *back != row)
}

fn count(scope: &Scope<'_>, row: Row, merged: Timestamp, found: &mut Reverted) {
    let history = scope.view.history;
    let tasks = &history.facts().task_runs;
    found.evidence.push(history.change_id(row));
    let alone = approval_of_change(scope.view, row).is_some_and(|of| of.who == Who::Author);
    found.by_author_only += usize::from(alone);
    let Some(key) = history.change_key(row) else { return };
    let mut last: BTreeMap<Name, (Timestamp, Said, bool)> = BTreeMap::new();
    for job in history.tasks_by_change.get(key).iter().copied() {
        let Some(at) = cell(&tasks.finished_at, job).filter(|at| *at <= merged) else { continue };
        let said = said_by_job(scope, job);
        if matches!(said, Said::Yes | Said::No | Said::Broken) {
            let word = (at, said, cell(&tasks.required, job) != Some(false));
            let known = last.entry(cell(&tasks.name, job)).or_insert(word);
            if known.0 <= at {
                *known = word;
            }
        }
    }
    found.nothing_ran += usize::from(last.is_empty());
    let mut required = last.values().filter(|(_, _, required)| *required);
    let green = !last.is_empty() && required.all(|(_, said, _)| *said == Said::Yes);
    found.all_green += usize::from(green);
    for (gate, (_, said, _)) in last {
        if said == Said::Yes {
            *found.passed_by.entry(gate).or_default() += 1;
        }
    }
}
