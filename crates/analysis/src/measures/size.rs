//! How large a release is: lines, files, commits, changes.

use super::View;
use crate::history::cell;

/// The size of a release; what no source tells for all of it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Size {
    /// Lines added and deleted.
    pub(crate) lines: Option<i64>,
    /// Files changed, summed over changes or commits.
    pub(crate) files: Option<i64>,
    /// Commits that first reached production with it; missing for the first release.
    pub(crate) commits: Option<i64>,
    /// Change requests that it shipped.
    pub(crate) changes: Option<i64>,
}

/// Returns the size of the release at `index`: of its changes where it has any, else of its commits.
pub(crate) fn size(view: View<'_>, index: usize) -> Size {
    let facts = view.history.facts();
    let changes = view.releases.changes(index);
    let own = if index > 0 { view.releases.commits(index) } else { &[] };
    let (columns, commits) = (&facts.change_requests, &facts.commits);
    let (lines, files) = if changes.is_empty() {
        let rows = || own.iter().map(|position| view.history.commits.row(*position));
        (
            sum(rows()
                .map(|row| both(cell(&commits.additions, row), cell(&commits.deletions, row)))),
            sum(rows().map(|row| cell(&commits.files_changed, row))),
        )
    } else {
        let rows = || changes.iter().copied();
        (
            sum(rows()
                .map(|row| both(cell(&columns.additions, row), cell(&columns.deletions, row)))),
            sum(rows().map(|row| cell(&columns.files_changed, row))),
        )
    };
    let count = |n: usize| i64::try_from(n).ok().filter(|n| 0 < *n);
    Size { lines, files, commits: count(own.len()), changes: count(changes.len()) }
}

fn both(added: Option<i64>, deleted: Option<i64>) -> Option<i64> {
    Some(added?.saturating_add(deleted?))
}

/// Returns the sum where every part is known and there is one.
fn sum(mut parts: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    let first = parts.next()??;
    parts.try_fold(first, |sum, part| Some(sum.saturating_add(part?)))
}
