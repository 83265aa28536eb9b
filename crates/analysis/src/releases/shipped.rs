//! What each release shipped: the commits that are reachable from it and from no earlier release.

use std::sync::OnceLock;

use super::{Found, Release, Releases, Subject};
use crate::history::{Position, Row, ServiceHistory, cell};

/// Not in any release.
pub(super) const UNSHIPPED: u32 = u32::MAX;

/// Attaches commits and change requests to the releases found.
///
/// A walk from each release, oldest release first, stops at commits that an earlier release has:
/// all of their ancestors are taken too. So each commit is visited once, whatever the number of
/// releases.
pub(super) fn attach(history: &ServiceHistory, found: Found) -> Releases {
    let graph = &history.commits;
    let mut release_of = vec![UNSHIPPED; graph.len()];
    let mut stack: Vec<Position> = Vec::new();
    for (index, (subject, _, sha)) in (0_u32..).zip(&found.list) {
        let start = match subject {
            Subject::Commit(position) => Some(*position),
            _ => graph.position(*sha),
        };
        stack.extend(start);
        while let Some(position) = stack.pop() {
            match release_of.get_mut(position as usize) {
                Some(slot) if *slot == UNSHIPPED => *slot = index,
                _ => continue,
            }
            stack.extend_from_slice(graph.parents(position));
        }
    }
    let shipped = (0..).zip(&release_of).map(|(position, release)| (*release, position));
    let own = |(_, position): &(u32, Position)| graph.is_own(*position);
    let commits = Slices::new(found.list.len(), shipped.clone().filter(own));
    // Where all commits are the service's, what was walked is what was shipped.
    let walked = Slices::new(found.list.len(), shipped.filter(|_| graph.has_passing()));

    let of_change = release_of_changes(history, &found, &release_of);
    let own_changes = history.changes.iter().map(|row| (cell(&of_change, *row), *row));
    let changes = Slices::new(found.list.len(), own_changes);
    let knows_changes = !changes.values.is_empty();
    let list = found
        .list
        .iter()
        .enumerate()
        .map(|(index, (subject, at, sha))| Release {
            subject: *subject,
            at: *at,
            sha: *sha,
            commits: commits.range(index),
            walked: walked.range(index),
            changes: changes.range(index),
        })
        .collect();
    Releases {
        basis: found.basis,
        basis_says: found.basis_says,
        list,
        events: found.events,
        notes: found.notes,
        commits: commits.values,
        walked: walked.values,
        changes: changes.values,
        knows_changes,
        of_commit: release_of,
        of_change,
        named: OnceLock::new(),
    }
}

/// Returns the release that shipped each change request, by its row: through the commit that it
/// became, through a commit that names it, or because it is the release.
fn release_of_changes(history: &ServiceHistory, found: &Found, release_of: &[u32]) -> Vec<u32> {
    let facts = history.facts();
    let columns = &facts.change_requests;
    let mut release_of_change = vec![UNSHIPPED; columns.len()];
    let mut set = |row: Row, release: u32| {
        if let Some(slot) = release_of_change.get_mut(row as usize)
            && *slot == UNSHIPPED
        {
            *slot = release;
        }
    };
    for (index, (subject, _, sha)) in (0_u32..).zip(&found.list) {
        match subject {
            Subject::Change(row) => set(*row, index),
            _ => {
                for row in history.changes_by_sha.get(*sha) {
                    if cell(&columns.merged_at, *row).is_some() {
                        set(*row, index);
                    }
                }
            }
        }
    }
    for row in history.changes.iter().copied() {
        if cell(&columns.merged_at, row).is_none() {
            continue;
        }
        let became = [cell(&columns.merge_sha, row), cell(&columns.head_sha, row)]
            .into_iter()
            .find_map(|sha| history.commits.position(sha));
        if let Some(position) = became {
            set(row, cell(release_of, position));
        }
    }
    for (position, release) in (0..).zip(release_of) {
        let named = cell(&facts.commits.change_key, history.commits.row(position));
        let Ok(number) = facts.text(named).trim_start_matches(['#', '!']).parse::<i64>() else {
            continue;
        };
        let repo = cell(&facts.commits.repo, history.commits.row(position));
        for row in history.changes_numbered(repo, number) {
            if cell(&columns.merged_at, *row).is_some() {
                set(*row, *release);
            }
        }
    }
    release_of_change
}

/// Values by release, in one vector.
struct Slices<T> {
    ends: Vec<usize>,
    values: Vec<T>,
}

impl<T: Copy> Slices<T> {
    /// Keeps the order of the values of one release; leaves out [`UNSHIPPED`].
    fn new(releases: usize, pairs: impl IntoIterator<Item = (u32, T)>) -> Self {
        let mut pairs: Vec<(u32, T)> =
            pairs.into_iter().filter(|(release, _)| *release != UNSHIPPED).collect();
        pairs.sort_by_key(|(release, _)| *release);
        let mut ends = vec![0; releases];
        for (release, _) in &pairs {
            if let Some(count) = ends.get_mut(*release as usize) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        Self { ends, values: pairs.into_iter().map(|(_, value)| value).collect() }
    }

    fn range(&self, release: usize) -> std::ops::Range<usize> {
        let end = |index: usize| self.ends.get(index).copied().unwrap_or_default();
        release.checked_sub(1).map_or(0, end)..end(release)
    }
}
