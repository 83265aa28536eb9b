//! Jobs whose last word on a shipped change was no.

use std::collections::BTreeMap;

use aftercast_model::{Name, Outcome};

use super::{View, release_jobs};
use crate::history::{Row, cell};

/// Returns, by job and change, the last run of each job that failed on the last revision of a change
/// that the release at `index` shipped.
///
/// A job that was not asked about the last revision has no last word: it may be retired.
pub(crate) fn failed_last(view: View<'_>, index: usize) -> Vec<((Name, i64), Row)> {
    let tasks = &view.history.facts().task_runs;
    let mut last: BTreeMap<(Name, i64), Row> = BTreeMap::new();
    let mut last_revision: BTreeMap<i64, Option<i64>> = BTreeMap::new();
    for row in release_jobs(view, index) {
        let Some(change) = cell(&tasks.change_number, row) else { continue };
        // What failed after the merge could not hold it back.
        if is_after_merge(view, row, change) {
            continue;
        }
        let latest = last_revision.entry(change).or_default();
        *latest = (*latest).max(cell(&tasks.revision, row));
        if matches!(cell(&tasks.outcome, row), Outcome::Success | Outcome::Failure) {
            last.insert((cell(&tasks.name, row), change), row);
        }
    }
    last.retain(|(_, change), row| {
        cell(&tasks.outcome, *row) == Outcome::Failure
            && last_revision.get(change) == Some(&cell(&tasks.revision, *row))
    });
    last.into_iter().collect()
}

fn is_after_merge(view: View<'_>, row: Row, change: i64) -> bool {
    let facts = view.history.facts();
    let tasks = &facts.task_runs;
    let changes = view.history.changes_numbered(cell(&tasks.repo, row), change).iter();
    let merged = changes.filter_map(|of| cell(&facts.change_requests.merged_at, *of)).min();
    merged.is_some_and(|merged| cell(&tasks.finished_at, row) > Some(merged))
}
