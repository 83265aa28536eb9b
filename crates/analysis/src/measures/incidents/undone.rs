//! Rollbacks, reverts and hotfixes: what was undone or mended in production, and which release it
//! had come with. Each of them is a problem that got through, with or without an incident.

use aftercast_model::{FactId, Name, Timestamp};

use super::mirror::{Likely, MOST, Piece, Size, likeliest};
use crate::history::{Position, Row, cell};
use crate::measures::View;
use crate::releases::{EventKind, Subject};
use crate::review::types::{Basis, ReleaseBasis};

/// How something was put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sign {
    /// An older release was deployed again.
    Rollback,
    /// A change or commit takes an earlier one back.
    Revert,
    /// A change went to production beside the usual way.
    Hotfix,
}

impl Sign {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Revert => "revert",
            Self::Hotfix => "hotfix",
        }
    }
}

/// One change to what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A row of `deployments`.
    Deployment(Row),
    /// A row of `change_requests`.
    Change(Row),
    /// A commit.
    Commit(Position),
}

/// Something that was undone or mended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Undone {
    pub(crate) sign: Sign,
    /// The row that shows it.
    pub(crate) fact: FactId,
    /// What put it right.
    pub(crate) fix: What,
    /// When it was put right.
    pub(crate) at: Timestamp,
    /// The release that it undoes or mends.
    pub(crate) release: Option<usize>,
    /// What exactly was at fault, where that is known.
    pub(crate) culprit: Option<What>,
    /// Where nothing names what was at fault, the likeliest with their posteriors, best first.
    pub(crate) guesses: Vec<(What, f64)>,
    /// Exact where a source names what is undone, inferred where size or time tell.
    pub(crate) basis: Basis,
    /// Whether what it undoes had reached production before; `None` where nobody knows.
    pub(crate) got_through: Option<bool>,
}

/// Returns everything that was undone or mended, in order of time.
pub(crate) fn undone(view: View<'_>) -> Vec<Undone> {
    find(view, false)
}

/// As [`undone`], with guesses by time alone for reverts of which neither target nor size is known:
/// good to look at, never enough to name a culprit.
pub(crate) fn undone_guessed(view: View<'_>) -> Vec<Undone> {
    find(view, true)
}

fn find(view: View<'_>, by_time: bool) -> Vec<Undone> {
    let mut found = rollbacks(view);
    let reverts = reverted_changes(view, by_time);
    found.extend(reverted_commits(view, &reverts, by_time));
    found.extend(reverts);
    let hotfixes = hotfixes(view, &found);
    found.extend(hotfixes);
    found.sort_by_key(|undone| (undone.at, undone.fact));
    found
}

/// Rollbacks: which releases lie between the one that came back and the one that was live.
fn rollbacks(view: View<'_>) -> Vec<Undone> {
    let facts = view.history.facts();
    let columns = &facts.deployments;
    let events = view.releases.events.iter();
    let rollbacks = events.filter(|event| event.kind == EventKind::Rollback);
    rollbacks
        .filter_map(|event| {
            let at = cell(&columns.finished_at, event.row)
                .or(cell(&columns.started_at, event.row))
                .or(cell(&columns.created_at, event.row))?;
            let target = gone_back_to(view, event.row, event.release);
            // With several releases undone at once nothing tells which of them was at fault.
            let one = target.is_some_and(|target| target + 1 == event.release);
            Some(Undone {
                sign: Sign::Rollback,
                fact: cell(&columns.id, event.row),
                fix: What::Deployment(event.row),
                at,
                release: Some(event.release),
                culprit: None,
                guesses: Vec::new(),
                basis: if one { Basis::Exact } else { Basis::Inferred },
                got_through: Some(true),
            })
        })
        .collect()
}

/// The release that the deployment at `row` brought back, where it is known.
fn gone_back_to(view: View<'_>, row: Row, live: usize) -> Option<usize> {
    let facts = view.history.facts();
    let columns = &facts.deployments;
    let (sha, version) = (cell(&columns.sha, row), cell(&columns.version, row));
    let earlier = view.releases.list.get(..live)?;
    let same = |release: &crate::releases::Release| match release.subject {
        Subject::Deployment(other) if sha.is_none() => cell(&columns.version, other) == version,
        _ => release.sha == sha,
    };
    let known = sha.is_some() || version.is_some();
    let by_what_it_is = known.then(|| earlier.iter().rposition(same)).flatten();
    by_what_it_is.or_else(|| {
        let named = facts.text(cell(&columns.rollback_of, row));
        view.releases.named(view.history, named).filter(|target| *target < live)
    })
}

/// Change requests that say that they revert.
fn reverted_changes(view: View<'_>, by_time: bool) -> Vec<Undone> {
    let facts = view.history.facts();
    let columns = &facts.change_requests;
    let reverts = view.history.changes.iter().copied();
    reverts
        .filter(|row| cell(&columns.revert_of, *row).is_some())
        .filter_map(|row| {
            let at = cell(&columns.merged_at, row)?;
            let named = named_culprit(view, row, facts.text(cell(&columns.revert_of, row)));
            let guesses =
                if named.is_some() { Vec::new() } else { mirrored_changes(view, row, at, by_time) };
            revert(view, What::Change(row), at, named, &guesses)
        })
        .collect()
}

/// Something that a revert may take back.
struct Guess {
    what: What,
    likely: Likely,
}

/// The revert `fix` of what it names, else of its likeliest guess where that has its size turned
/// around and is at least as likely as all others together.
fn revert(
    view: View<'_>,
    fix: What,
    at: Timestamp,
    named: Option<What>,
    guesses: &[Guess],
) -> Option<Undone> {
    let best = guesses.first().map(|guess| (guess.what, guess.likely));
    let sure = best.filter(|(_, likely)| likely.mirrors && likely.posterior >= 0.5);
    let culprit = named.or(sure.map(|(what, _)| what)).map(|what| as_change(view, what));
    if culprit.is_some_and(|culprit| is_revert(view, culprit)) {
        // What brings back what was reverted is no problem that got through.
        return None;
    }
    let release = culprit.and_then(|culprit| release_of(view, culprit));
    let own = release_of(view, fix);
    let fact = match fix {
        What::Change(row) => view.history.change_id(row),
        What::Commit(position) => view.history.commit_id(position),
        What::Deployment(row) => cell(&view.history.facts().deployments.id, row),
    };
    let basis = match (named, culprit) {
        (Some(_), _) => Basis::Exact,
        (None, Some(_)) => Basis::Inferred,
        (None, None) => Basis::Missing,
    };
    // What is in no release that is known may have been in production all the same.
    let got_through = release.map(|release| Some(release) != own);
    let guesses = guesses.iter().map(|guess| (guess.what, guess.likely.posterior)).collect();
    Some(Undone {
        sign: Sign::Revert,
        fact,
        fix,
        at,
        release,
        culprit,
        guesses,
        basis,
        got_through,
    })
}

/// The change that a commit belongs to, where one is known.
fn as_change(view: View<'_>, what: What) -> What {
    let What::Commit(position) = what else { return what };
    let rows = view.history.changes_by_sha.get(view.history.commit_sha(position));
    let merged_at = &view.history.facts().change_requests.merged_at;
    let merged = rows.iter().find(|row| cell(merged_at, **row).is_some());
    merged.map_or(what, |row| What::Change(*row))
}

/// What a change calls that it reverts: a hash or a number.
fn named_culprit(view: View<'_>, row: Row, of: &str) -> Option<What> {
    let history = view.history;
    let columns = &history.facts().change_requests;
    if let Some(number) = of.parse::<i64>().ok().filter(|_| of.len() < 12) {
        let rows = history.changes_numbered(cell(&columns.repo, row), number);
        let merged = rows.iter().find(|row| cell(&columns.merged_at, **row).is_some());
        return merged.map(|row| What::Change(*row));
    }
    let by_sha = history.facts().names.find(of).map(|sha| history.changes_by_sha.get(sha));
    let merged = by_sha.into_iter().flatten().find(|row| cell(&columns.merged_at, **row).is_some());
    let change = merged.map(|row| What::Change(*row));
    let commit = || view.releases.commit_named(history, of).map(What::Commit);
    change.or_else(commit).or_else(|| {
        // It only says that it reverts; the commit that it became may say more.
        let became = [cell(&columns.merge_sha, row), cell(&columns.head_sha, row)];
        let mut became = became.into_iter().filter_map(|sha| history.commits.position(sha));
        let of = became.find_map(|position| reverted_by(view, position))?;
        view.releases.commit_named(history, history.facts().text(of)).map(What::Commit)
    })
}

/// The changes that one which only says that it reverts may take back, the likeliest first.
fn mirrored_changes(view: View<'_>, row: Row, at: Timestamp, by_time: bool) -> Vec<Guess> {
    let columns = &view.history.facts().change_requests;
    let size = |row: Row| {
        Some(Size {
            added: cell(&columns.additions, row)?,
            deleted: cell(&columns.deletions, row)?,
            files: cell(&columns.files_changed, row),
        })
    };
    if size(row).is_none() && !by_time {
        return Vec::new();
    }
    let (target, repo) = (cell(&columns.target, row), cell(&columns.repo, row));
    let opened = |row: &Row| cell(&columns.opened_at, *row);
    let end = view.history.changes.partition_point(|other| opened(other) <= Some(at));
    let before = view.history.changes.get(..end).unwrap_or_default().iter().rev().copied();
    let (rows, pieces): (Vec<What>, Vec<Piece>) = before
        .filter(|other| {
            cell(&columns.target, *other) == target && cell(&columns.repo, *other) == repo
        })
        .filter_map(|other| {
            let lag_ms = at.since(cell(&columns.merged_at, other)?);
            let piece = Piece { size: size(other), lag_ms };
            (other != row && lag_ms > 0).then_some((What::Change(other), piece))
        })
        .take(MOST)
        .unzip();
    guesses(&rows, likeliest(size(row), &pieces))
}

/// The commits that one which only says that it reverts may take back, the likeliest first.
fn mirrored_commits(
    view: View<'_>,
    position: Position,
    at: Timestamp,
    by_time: bool,
) -> Vec<Guess> {
    let history = view.history;
    let columns = &history.facts().commits;
    let size = |position: Position| {
        let row = history.commits.row(position);
        Some(Size {
            added: cell(&columns.additions, row)?,
            deleted: cell(&columns.deletions, row)?,
            files: cell(&columns.files_changed, row),
        })
    };
    if size(position).is_none() && !by_time {
        return Vec::new();
    }
    let (rows, pieces): (Vec<What>, Vec<Piece>) = (0..position)
        .rev()
        .filter(|other| history.commits.parents(*other).len() < 2)
        .filter_map(|other| {
            let lag_ms = at.since(history.committed_at(other)?);
            Some((What::Commit(other), Piece { size: size(other), lag_ms }))
        })
        .take(MOST)
        .unzip();
    guesses(&rows, likeliest(size(position), &pieces))
}

fn guesses(rows: &[What], found: Vec<Likely>) -> Vec<Guess> {
    const SHOWN: usize = 3;
    let guess = |likely: Likely| Some(Guess { what: *rows.get(likely.at)?, likely });
    found.into_iter().take(SHOWN).filter_map(guess).collect()
}

/// Commits that say that they revert, beside the change requests that say so themselves.
fn reverted_commits(view: View<'_>, changes: &[Undone], by_time: bool) -> Vec<Undone> {
    let history = view.history;
    let facts = history.facts();
    let (commits, requests) = (&facts.commits, &facts.change_requests);
    let mut told: Vec<Name> = Vec::new();
    for undone in changes {
        let What::Change(row) = undone.fix else { continue };
        told.push(cell(&requests.merge_sha, row));
        told.push(cell(&requests.head_sha, row));
    }
    told.sort_unstable();
    let count = u32::try_from(history.commits.len()).unwrap_or_default();
    (0..count)
        .filter(|position| history.commits.is_own(*position))
        .filter_map(|position| {
            let row = history.commits.row(position);
            let of = reverted_by(view, position)?;
            let own = history.commit_sha(position);
            let number = facts.text(cell(&commits.change_key, row));
            let number = number.trim_start_matches(['#', '!']).parse::<i64>().ok();
            let by_change = number.is_some_and(|number| {
                let rows = history.changes_numbered(cell(&commits.repo, row), number);
                rows.iter().any(|row| cell(&requests.revert_of, *row).is_some())
            });
            if by_change || told.binary_search(&own).is_ok() {
                return None;
            }
            let at = history.committed_at(position)?;
            let named = view.releases.commit_named(history, facts.text(of)).map(What::Commit);
            let guesses = if named.is_some() {
                Vec::new()
            } else {
                mirrored_commits(view, position, at, by_time)
            };
            revert(view, What::Commit(position), at, named, &guesses)
        })
        .collect()
}

/// The hash that the commit at `position` says it reverts; a pick of a revert is one too.
fn reverted_by(view: View<'_>, position: Position) -> Option<Name> {
    let commits = &view.history.facts().commits;
    let row = view.history.commits.row(position);
    let own = cell(&commits.reverts_sha, row);
    let picked = view.history.commits.position(cell(&commits.cherry_pick_of, row));
    let of_picked = picked.map(|from| cell(&commits.reverts_sha, view.history.commits.row(from)));
    Some(own).filter(|name| name.is_some()).or(of_picked).filter(|name| name.is_some())
}

fn is_revert(view: View<'_>, what: What) -> bool {
    let facts = view.history.facts();
    match what {
        What::Change(row) => cell(&facts.change_requests.revert_of, row).is_some(),
        What::Commit(position) => reverted_by(view, position).is_some(),
        What::Deployment(_) => false,
    }
}

/// The release that shipped `what`.
pub(crate) fn release_of(view: View<'_>, what: What) -> Option<usize> {
    let (history, releases) = (view.history, view.releases);
    match what {
        What::Change(row) => releases.of_change(row),
        What::Commit(position) => releases.of_commit(position),
        What::Deployment(row) => releases.list.iter().position(|release| {
            release.subject == Subject::Deployment(row)
                || release.sha.is_some()
                    && release.sha == cell(&history.facts().deployments.sha, row)
        }),
    }
}

/// Changes that went to production beside the usual way, and releases that picked commits.
fn hotfixes(view: View<'_>, reverts: &[Undone]) -> Vec<Undone> {
    let known = |fact: FactId| reverts.iter().any(|undone| undone.fact == fact);
    let mut found = hot_changes(view);
    found.extend(picked_commits(view));
    found.retain(|undone| !known(undone.fact));
    found
}

fn hot_changes(view: View<'_>) -> Vec<Undone> {
    let (history, facts) = (view.history, view.history.facts());
    let columns = &facts.change_requests;
    let deployed = deployed_branch(view);
    let branches = &view.settings.incidents.hotfix_branches;
    let hot = |name: Name| {
        let text = facts.text(name);
        let text = text.strip_prefix("refs/heads/").unwrap_or(text);
        branches.iter().any(|prefix| !prefix.is_empty() && text.starts_with(prefix.as_str()))
    };
    let mut released: Vec<Name> = history
        .tags
        .iter()
        .filter(|row| facts.text(cell(&facts.release_tags.kind, **row)) == "branch")
        .map(|row| cell(&facts.release_tags.tag, *row))
        .collect();
    released.sort_unstable();
    let from_hot_branch = |row: Row| {
        let key = history.change_key(row);
        let runs = key.map(|key| history.runs_by_change.get(key)).unwrap_or_default();
        runs.iter().any(|run| hot(cell(&facts.pipeline_runs.git_ref, *run)))
    };
    let rows = history.changes.iter().copied();
    rows.filter_map(|row| {
        let at = cell(&columns.merged_at, row)?;
        let target = cell(&columns.target, row);
        let beside = deployed.is_some_and(|deployed| deployed != target) && target.is_some();
        let picked = cell(&columns.cherry_pick_of, row).is_some();
        let on_release = released.binary_search(&target).is_ok();
        let named = hot(target) || from_hot_branch(row);
        if !(named || beside && (picked || on_release)) {
            return None;
        }
        let by_branch = view.releases.named(history, facts.text(target)).filter(|_| beside);
        let live = view.releases.live_at(history, at);
        // What is itself a release mends the one before it.
        let own = view.releases.of_change(row);
        let before =
            live.filter(|live| own != Some(*live)).or(own.and_then(|own| own.checked_sub(1)));
        Some(Undone {
            sign: Sign::Hotfix,
            fact: cell(&columns.id, row),
            fix: What::Change(row),
            at,
            release: by_branch.or(before),
            culprit: None,
            guesses: Vec::new(),
            basis: Basis::Inferred,
            got_through: by_branch.or(before).map(|_| true),
        })
    })
    .collect()
}

/// The branch whose merges are releases or lead to them: the settings', else the most common target.
fn deployed_branch(view: View<'_>) -> Option<Name> {
    let facts = view.history.facts();
    if let Some(branch) = view.settings.deployed_branch.as_deref() {
        return facts.names.find(branch);
    }
    let columns = &facts.change_requests;
    let mut targets: Vec<Name> = view
        .history
        .changes
        .iter()
        .filter(|row| cell(&columns.merged_at, **row).is_some())
        .map(|row| cell(&columns.target, *row))
        .filter(|target| target.is_some())
        .collect();
    targets.sort_unstable();
    let runs = targets.chunk_by(|a, b| a == b).filter_map(|run| Some((run.len(), *run.first()?)));
    runs.max_by_key(|(count, name)| (*count, std::cmp::Reverse(facts.text(*name))))
        .map(|(_, name)| name)
}

/// Releases with commits that were picked from elsewhere: they mend the release that they build on.
fn picked_commits(view: View<'_>) -> Vec<Undone> {
    let (history, releases) = (view.history, view.releases);
    if releases.basis == ReleaseBasis::Merge {
        return Vec::new();
    }
    let commits = &history.facts().commits;
    let picked = |index: usize, position: Position| {
        let from = cell(&commits.cherry_pick_of, history.commits.row(position));
        let from = history.commits.position(from)?;
        (releases.of_commit(from) != Some(index)).then_some(position)
    };
    let base = |index: usize| {
        let own = releases.commits(index).iter();
        let parents = own.flat_map(|position| history.commits.parents(*position));
        parents.filter_map(|parent| releases.of_commit(*parent)).find(|release| *release != index)
    };
    (1..releases.len())
        .filter_map(|index| {
            let own = releases.commits(index).iter();
            let first = own.copied().find_map(|position| picked(index, position))?;
            if reverted_by(view, first).is_some() {
                return None;
            }
            let mended = base(index);
            Some(Undone {
                sign: Sign::Hotfix,
                fact: history.commit_id(first),
                fix: What::Commit(first),
                at: releases.list.get(index)?.at,
                release: mended,
                culprit: None,
                guesses: Vec::new(),
                basis: Basis::Inferred,
                got_through: mended.map(|_| true),
            })
        })
        .collect()
}
