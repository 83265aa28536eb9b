//! Releases that are published releases, version tags or cuts of release branches.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use aftercast_model::{FactId, Name, Timestamp};

use super::version::{Stage, classify, numbers};
use super::{Found, Subject};
use crate::Settings;
use crate::history::{Row, ServiceHistory, cell};
use crate::review::types::ReleaseBasis;

/// What a row of `release_tags` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Published,
    Tag,
    Branch,
}

/// Returns the published releases.
pub(super) fn published_releases(history: &ServiceHistory, settings: &Settings) -> Option<Found> {
    let rows = rows_of(history, settings, Kind::Published);
    let basis = (ReleaseBasis::PublishedRelease, "published release");
    found(history, &rows, basis)
}

/// Returns the version tags.
pub(super) fn version_tags(history: &ServiceHistory, settings: &Settings) -> Option<Found> {
    let rows = rows_of(history, settings, Kind::Tag);
    found(history, &rows, (ReleaseBasis::VersionTag, "version tag"))
}

/// Returns the cuts of release branches.
pub(super) fn release_branches(history: &ServiceHistory, settings: &Settings) -> Option<Found> {
    let rows = rows_of(history, settings, Kind::Branch);
    found(history, &rows, (ReleaseBasis::ReleaseBranch, "release branch cut"))
}

fn rows_of(history: &ServiceHistory, settings: &Settings, kind: Kind) -> Vec<Row> {
    let facts = history.facts();
    let columns = &facts.release_tags;
    let prefix = settings.tag_prefix.as_deref().unwrap_or_default();
    let is_kind = |row: Row| match facts.text(cell(&columns.kind, row)) {
        "release" => Kind::Published,
        "branch" => Kind::Branch,
        "" if cell(&columns.published_at, row).is_some() => Kind::Published,
        _ => Kind::Tag,
    } == kind;
    let own = |row: &Row| facts.text(cell(&columns.tag, *row)).starts_with(prefix);
    history.tags.iter().copied().filter(|row| is_kind(*row)).filter(own).collect()
}

fn found(
    history: &ServiceHistory,
    rows: &[Row],
    (basis, says): (ReleaseBasis, &str),
) -> Option<Found> {
    let columns = &history.facts().release_tags;
    let staged: Vec<(Row, Stage, usize)> = rows
        .iter()
        .map(|row| {
            let (stage, prefix) = classify(history.facts().text(cell(&columns.tag, *row)));
            let flagged = cell(&columns.prerelease, *row) == Some(true) && stage < Stage::Candidate;
            (*row, if flagged { Stage::Candidate } else { stage }, prefix)
        })
        .collect();
    let best = staged.iter().map(|(_, stage, _)| *stage).min()?;
    // A tag that is no version is a release only where a person published it or cut the branch.
    if basis == ReleaseBasis::VersionTag && best == Stage::Other {
        return None;
    }
    let versions: Vec<(Row, usize)> = staged
        .iter()
        .filter(|(_, stage, _)| *stage == best)
        .map(|(row, _, prefix)| (*row, *prefix))
        .collect();
    let left_out = staged.len() - versions.len();
    let (kept, parts) = main_family(history, versions);
    let mut candidates: Vec<Candidate> =
        kept.iter().filter_map(|(row, prefix)| candidate(history, *row, *prefix)).collect();
    if candidates.is_empty() {
        return None;
    }
    let undated = kept.len() - candidates.len();
    let together = one_a_commit(history, &mut candidates);
    let mut notes = Vec::new();
    if left_out > 0 {
        notes.push(format!(
            "Pre-releases, nightly builds and names without a version are not counted as releases \
             ({left_out} of {} tags).",
            staged.len()
        ));
    }
    if parts > 0 {
        notes.push(format!(
            "Tags of parts of the repository are not counted as its releases ({parts}); name a tag \
             prefix in the settings to see theirs."
        ));
    }
    if undated > 0 {
        notes.push(format!("Tags without a time and a commit are left out ({undated})."));
    }
    if together > 0 {
        notes.push(format!("Several tags on one commit are one release ({together} left out)."));
    }
    let basis_says = match (basis, best) {
        (ReleaseBasis::VersionTag | ReleaseBasis::PublishedRelease, Stage::Candidate) => {
            format!("{says} (only pre-releases so far); it stands for production")
        }
        _ => format!("{says}; it stands for production"),
    };
    let list = candidates
        .into_iter()
        .map(|found| (Subject::Tag(found.row), found.at, found.sha))
        .collect();
    Some(Found { basis, basis_says, list, events: Vec::new(), notes })
}

/// Keeps the tags of the repository as a whole where some are only of its parts: bare versions
/// (`15.2.0` beside `globset-0.4.20`) while they are in use; else them and the family whose name
/// begins the names of all others (`axum-v0.8.9` beside `axum-core-v0.5.6`, after `v0.4.0`).
/// `tags` are in order of time. Returns how many were dropped.
fn main_family(history: &ServiceHistory, tags: Vec<(Row, usize)>) -> (Vec<(Row, usize)>, usize) {
    let column = &history.facts().release_tags.tag;
    let families: Vec<String> = tags
        .iter()
        .map(|(row, prefix)| {
            let tag = history.facts().text(cell(column, *row));
            family(tag.get(..*prefix).unwrap_or_default())
        })
        .collect();
    let named: Vec<usize> = families
        .iter()
        .enumerate()
        .filter(|(_, name)| !name.is_empty())
        .map(|(at, _)| at)
        .collect();
    let Some(middle) = named.get(named.len() / 2) else { return (tags, 0) };
    // Bare versions are in use when one came after half of the others.
    let bare_in_use = families.iter().rposition(String::is_empty).is_some_and(|at| at > *middle);
    let root = named.iter().filter_map(|at| families.get(*at)).min_by_key(|name| name.len());
    let root = root.filter(|root| {
        named.iter().filter_map(|at| families.get(*at)).all(|name| is_of(name, root))
    });
    let whole = |name: &str| match (bare_in_use, root) {
        (true, _) => name.is_empty(),
        (false, Some(root)) => name.is_empty() || name == root,
        (false, None) => true,
    };
    let all = tags.len();
    let kept: Vec<(Row, usize)> = tags
        .into_iter()
        .zip(&families)
        .filter(|(_, name)| whole(name))
        .map(|(tag, _)| tag)
        .collect();
    let dropped = all - kept.len();
    (kept, dropped)
}

/// Returns whether the family `name` is `root` or one of its parts (`axum-core` of `axum`).
fn is_of(name: &str, root: &str) -> bool {
    name.strip_prefix(root)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Returns what the text before a version names: nothing for `v` and `release-`, else the part.
fn family(prefix: &str) -> String {
    let lower = prefix.to_ascii_lowercase();
    let mut name = lower.as_str();
    for word in ["v", "version", "release", "rel", "ver"] {
        let joint = |c: char| !c.is_ascii_alphanumeric();
        name = name.trim_end_matches(joint);
        if let Some(before) = name.strip_suffix(word)
            && (before.is_empty() || before.ends_with(joint))
        {
            name = before;
        }
    }
    name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
}

struct Candidate {
    row: Row,
    at: Timestamp,
    sha: Name,
    id: FactId,
    prefix: usize,
}

fn candidate(history: &ServiceHistory, row: Row, prefix: usize) -> Option<Candidate> {
    let columns = &history.facts().release_tags;
    let mut sha = cell(&columns.sha, row);
    let tag = cell(&columns.tag, row);
    if sha.is_none() && tag.is_some() {
        // A published release often names only its tag; the tag itself knows the commit.
        let same = |other: &&Row| cell(&columns.tag, **other) == tag;
        let shas = history.tags.iter().filter(same).map(|other| cell(&columns.sha, *other));
        sha = shas.filter(|sha| sha.is_some()).min().unwrap_or_default();
    }
    let committed = || history.commits.position(sha).and_then(|at| history.committed_at(at));
    let at =
        cell(&columns.published_at, row).or(cell(&columns.tagged_at, row)).or_else(committed)?;
    Some(Candidate { row, at, sha, id: cell(&columns.id, row), prefix })
}

/// Keeps one tag a commit, the one with the shortest prefix and of these the highest version, at the
/// time of the first; sorts by time. Returns how many were dropped.
fn one_a_commit(history: &ServiceHistory, candidates: &mut Vec<Candidate>) -> usize {
    let tags = &history.facts().release_tags.tag;
    let text = |row: Row| history.facts().text(cell(tags, row));
    candidates.sort_by_cached_key(|candidate| {
        let name = text(candidate.row);
        (candidate.prefix, Reverse(numbers(name)), name.to_owned(), candidate.id)
    });
    let mut first_at: HashMap<Name, Timestamp> = HashMap::new();
    for candidate in candidates.iter().filter(|candidate| candidate.sha.is_some()) {
        let at = first_at.entry(candidate.sha).or_insert(candidate.at);
        *at = (*at).min(candidate.at);
    }
    let before = candidates.len();
    candidates.retain_mut(|candidate| match first_at.remove(&candidate.sha) {
        Some(at) => {
            candidate.at = at;
            true
        }
        None => candidate.sha.is_none(),
    });
    candidates.sort_by_key(|candidate| (candidate.at, candidate.id));
    before - candidates.len()
}

/// Returns how often each value occurs, by value.
pub(super) fn tally<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0) += 1;
    }
    counts
}
