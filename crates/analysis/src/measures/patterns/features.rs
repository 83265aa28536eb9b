//! What is known of a release when it is merged: the declared features (methods G).
//!
//! A feature that follows from how the release went (its review time, its failed builds) leaks the
//! outcome and is none; so does an approval by another person, which takes time by itself. Nothing
//! about a person is a feature.

use aftercast_model::{Name, Timestamp, human_duration};

use crate::history::cell;
use crate::measures::{Size, View, release_jobs, size};

/// One feature over all releases that are looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Feature {
    pub(super) id: &'static str,
    /// "at most 42 lines changed"
    pub(super) means: String,
    /// In the order of the releases; `None` where no source tells.
    pub(super) has: Vec<Option<bool>>,
}

/// Returns the features of the releases at `indices`; those that do not vary are left out.
pub(super) fn features(view: View<'_>, indices: &[usize]) -> Vec<Feature> {
    let sizes: Vec<Size> = indices.iter().map(|index| size(view, *index)).collect();
    let of =
        |pick: fn(&Size) -> Option<i64>| -> Vec<Option<i64>> { sizes.iter().map(pick).collect() };
    let at = |index: usize| view.releases.list.get(index).map(|release| release.at);
    let pauses: Vec<Option<i64>> =
        indices.iter().map(|index| Some(at(*index)?.since(at(index.checked_sub(1)?)?))).collect();
    let each = |tell: &dyn Fn(usize) -> Option<bool>| -> Vec<Option<bool>> {
        indices.iter().map(|index| tell(*index)).collect()
    };
    let staged = has_staging(view);
    let checks: Vec<Option<i64>> = indices.iter().map(|index| checks(view, *index)).collect();
    let mut found = vec![
        at_most("small_change", &of(|size| size.lines), |most| {
            format!("at most {most} lines changed")
        }),
        at_most("few_files", &of(|size| size.files), |most| {
            format!("at most {most} files changed")
        }),
        at_most("few_commits", &of(|size| size.commits), |most| format!("at most {most} commits")),
        at_most("few_changes", &of(|size| size.changes), |most| {
            format!("at most {most} change requests")
        }),
        at_most("soon_after_last", &pauses, |most| {
            format!("at most {} after the release before", human_duration(most))
        }),
        named("one_author", "the work of one author", each(&|index| one_author(view, index))),
        named(
            "early_in_week",
            "out on a Monday, Tuesday or Wednesday (UTC)",
            each(&|index| at(index).map(|at| weekday(at) < 3)),
        ),
        named(
            "before_noon",
            "out before 12:00 UTC",
            each(&|index| at(index).map(|at| at.millis().rem_euclid(86_400_000) < 43_200_000)),
        ),
        at_most("few_checks", &checks, |most| {
            format!("at most {most} different checks on the way")
        }),
        named(
            "takes_back_or_picks",
            "only reverts and cherry-picks",
            each(&|index| only_picked(view, index)),
        ),
        named(
            "staged_first",
            "deployed to another environment before production",
            each(&|index| staged.then(|| staged_first(view, index)).flatten()),
        ),
    ];
    found.retain(|feature| feature.has.contains(&Some(true)) && feature.has.contains(&Some(false)));
    found
}

fn named(id: &'static str, means: &str, has: Vec<Option<bool>>) -> Feature {
    Feature { id, means: means.to_owned(), has }
}

/// A feature that a value is at most the lower median of all.
fn at_most(id: &'static str, values: &[Option<i64>], means: impl Fn(i64) -> String) -> Feature {
    let mut known: Vec<i64> = values.iter().copied().flatten().collect();
    known.sort_unstable();
    let Some(most) = known.get(known.len().saturating_sub(1) / 2).copied() else {
        return named(id, "", vec![None; values.len()]);
    };
    let has = values.iter().map(|value| value.map(|value| value <= most)).collect();
    Feature { id, means: means(most), has }
}

/// 0 is Monday; 1970-01-01 was a Thursday.
fn weekday(at: Timestamp) -> i32 {
    at.day().saturating_add(3).rem_euclid(7)
}

/// Whether one person wrote all of it: equality of keys, nobody is counted.
fn one_author(view: View<'_>, index: usize) -> Option<bool> {
    let facts = view.history.facts();
    let changes = view.releases.changes(index).iter();
    let of_changes = changes.map(|row| cell(&facts.change_requests.author_key, *row));
    let commits = if index > 0 { view.releases.commits(index) } else { &[] };
    let rows = commits.iter().map(|position| view.history.commits.row(*position));
    let of_commits = rows.map(|row| cell(&facts.commits.author_key, row));
    let authors: Vec<Name> = if view.releases.changes(index).is_empty() {
        of_commits.collect()
    } else {
        of_changes.collect()
    };
    let first = authors.first()?;
    if authors.iter().any(|author| author.is_none()) {
        return None;
    }
    Some(authors.iter().all(|author| author == first))
}

/// Returns how many different jobs ran on the way of the release, where any is known.
fn checks(view: View<'_>, index: usize) -> Option<i64> {
    let tasks = &view.history.facts().task_runs;
    let rows = release_jobs(view, index);
    let mut names: Vec<Name> = rows.iter().map(|row| cell(&tasks.name, *row)).collect();
    names.sort_unstable();
    names.dedup();
    i64::try_from(names.len()).ok().filter(|n| 0 < *n)
}

/// Whether every change (every commit where no change is known) takes something back or was picked.
fn only_picked(view: View<'_>, index: usize) -> Option<bool> {
    let facts = view.history.facts();
    let (columns, commits) = (&facts.change_requests, &facts.commits);
    let changes = view.releases.changes(index);
    if !changes.is_empty() {
        return Some(changes.iter().all(|row| {
            cell(&columns.revert_of, *row).is_some()
                || cell(&columns.cherry_pick_of, *row).is_some()
        }));
    }
    let own = if index > 0 { view.releases.commits(index) } else { &[] };
    let rows = || own.iter().map(|position| view.history.commits.row(*position));
    (!own.is_empty()).then(|| {
        rows().all(|row| {
            cell(&commits.reverts_sha, row).is_some()
                || cell(&commits.cherry_pick_of, row).is_some()
        })
    })
}

fn has_staging(view: View<'_>) -> bool {
    let columns = &view.history.facts().deployments;
    view.history.deployments.iter().any(|row| cell(&columns.production, *row) == Some(false))
}

fn staged_first(view: View<'_>, index: usize) -> Option<bool> {
    let columns = &view.history.facts().deployments;
    let release = view.releases.list.get(index).filter(|release| release.sha.is_some())?;
    Some(view.history.deployments.iter().any(|row| {
        cell(&columns.production, *row) == Some(false)
            && cell(&columns.sha, *row) == release.sha
            && cell(&columns.finished_at, *row).is_some_and(|at| at < release.at)
    }))
}
