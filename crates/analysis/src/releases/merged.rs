//! Releases that are merges to the deployed branch: the last step of the ladder.

use aftercast_model::{ChangeState, Name, Timestamp};

use super::tagged::tally;
use super::{Found, Subject};
use crate::Settings;
use crate::history::{CommitGraph, Position, Row, ServiceHistory, cell};
use crate::review::types::ReleaseBasis;

/// Returns the change requests that were merged to the deployed branch.
pub(super) fn merged_changes(history: &ServiceHistory, settings: &Settings) -> Option<Found> {
    let facts = history.facts();
    let columns = &facts.change_requests;
    let merged: Vec<(Row, Timestamp)> = history
        .changes
        .iter()
        .filter(|row| {
            matches!(cell(&columns.state, **row), ChangeState::Merged | ChangeState::Unknown)
        })
        .filter_map(|row| Some((*row, cell(&columns.merged_at, *row)?)))
        .collect();
    let branch = match settings.deployed_branch.as_deref() {
        Some(branch) => facts.names.find(branch)?,
        None => most_common(history, merged.iter().map(|(row, _)| cell(&columns.target, *row)))?,
    };
    let mut here: Vec<(Row, Timestamp)> =
        merged.iter().copied().filter(|(row, _)| cell(&columns.target, *row) == branch).collect();
    if here.is_empty() {
        return None;
    }
    here.sort_by_key(|(row, at)| (*at, cell(&columns.id, *row)));
    let why = if settings.deployed_branch.is_some() {
        "the deployed branch by the settings"
    } else {
        "the most common target, taken as deployed"
    };
    let basis_says = match facts.text(branch) {
        "" => "merged; no source names the branch".to_owned(),
        name => format!("merged to `{name}`, {why}"),
    };
    let elsewhere = merged.len() - here.len();
    let notes = (elsewhere > 0)
        .then(|| format!("{elsewhere} merges to other branches are not counted as releases."))
        .into_iter()
        .collect();
    let sha = |row: Row| {
        let merge = cell(&columns.merge_sha, row);
        if merge.is_some() { merge } else { cell(&columns.head_sha, row) }
    };
    let list = here.iter().map(|(row, at)| (Subject::Change(*row), *at, sha(*row))).collect();
    Some(Found { basis: ReleaseBasis::Merge, basis_says, list, events: Vec::new(), notes })
}

/// Returns the commits of the main line, where git is all there is.
pub(super) fn main_line(history: &ServiceHistory, _settings: &Settings) -> Option<Found> {
    let tip = history.commits.newest_tip()?;
    let mut line = history.commits.first_parent_line(tip);
    line.reverse();
    bringing_own(&history.commits, &mut line);
    let mut latest: Option<Timestamp> = None;
    let mut list = Vec::with_capacity(line.len());
    for position in line {
        // The line is in order of ancestry; a clock that ran back must not reorder it.
        let Some(at) = history.committed_at(position).max(latest) else { continue };
        latest = Some(at);
        list.push((Subject::Commit(position), at, history.commit_sha(position)));
    }
    if list.is_empty() {
        return None;
    }
    Some(Found {
        basis: ReleaseBasis::Merge,
        basis_says: "on the main line, which is taken as deployed".to_owned(),
        list,
        events: Vec::new(),
        notes: vec![
            "No deployments, releases or version tags: each commit of the main line counts as a \
             release. Connect deployments or tag versions to see releases."
                .to_owned(),
        ],
    })
}

/// Keeps the commits of the line, oldest first, with which a commit of the service first came: itself,
/// or one that it merged.
fn bringing_own(graph: &CommitGraph, line: &mut Vec<Position>) {
    if !graph.has_passing() {
        return;
    }
    let mut seen = vec![false; graph.len()];
    let mut stack = Vec::new();
    line.retain(|tip| {
        let mut brings = false;
        stack.push(*tip);
        while let Some(position) = stack.pop() {
            match seen.get_mut(position as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            brings |= graph.is_own(position);
            stack.extend_from_slice(graph.parents(position));
        }
        brings
    });
}

/// Returns the empty list of releases.
pub(super) fn nothing() -> Found {
    Found {
        basis: ReleaseBasis::Merge,
        basis_says: "nothing that could be a release".to_owned(),
        list: Vec::new(),
        events: Vec::new(),
        notes: Vec::new(),
    }
}

/// Returns the most common name; of equally common ones the first of the alphabet.
fn most_common(history: &ServiceHistory, names: impl Iterator<Item = Name>) -> Option<Name> {
    let text = |name: Name| history.facts().text(name);
    tally(names)
        .into_iter()
        .max_by(|(a, a_count), (b, b_count)| {
            a_count.cmp(b_count).then_with(|| text(*b).cmp(text(*a)))
        })
        .map(|(name, _)| name)
}
