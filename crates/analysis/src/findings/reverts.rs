//! Reverts: this release takes an earlier one back, or a later one took this one back.

use aftercast_model::{FactId, Name};

use super::{Check, Scene, finding};
use crate::history::{Row, cell};
use crate::measures::counted;
use crate::review::types::{Finding, FindingSeverity};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "reverts",
    what: "The release ships a revert, or a later change reverts something that it shipped.",
    why: "A revert says that something got through every gate that should not have.",
    example: "A later change (230801) reverted something that this release shipped.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(was_reverted(scene));
    found.extend(reverts_earlier(scene));
    found
}

fn reverts_earlier(scene: &Scene<'_>) -> Option<Finding> {
    let (history, releases) = (scene.view.history, scene.view.releases);
    let facts = history.facts();
    let mut evidence: Vec<FactId> = Vec::new();
    let mut what: Vec<String> = Vec::new();
    for row in releases.changes(scene.index).iter().copied() {
        let of = cell(&facts.change_requests.revert_of, row);
        if of.is_some() {
            evidence.push(history.change_id(row));
            what.push(match facts.text(of) {
                "yes" => format!("change {} is a revert", history.change_name(row)),
                of => format!("change {} reverts {}", history.change_name(row), shown(of)),
            });
        }
    }
    if scene.index > 0 && evidence.is_empty() {
        for position in releases.commits(scene.index).iter().copied() {
            let of = cell(&facts.commits.reverts_sha, history.commits.row(position));
            if of.is_some() {
                evidence.push(history.commit_id(position));
                what.push(format!("a commit reverts {}", shown(facts.text(of))));
            }
        }
    }
    let says = match what.as_slice() {
        [] => return None,
        [one] => format!("This release ships a revert: {one}."),
        [one, ..] => format!("This release ships {} reverts, among them: {one}.", what.len()),
    };
    let mut found = finding(FindingSeverity::Notice, None, says);
    found.evidence = evidence;
    found.suggestion = Some("Ask which gate could have caught what was reverted.".to_owned());
    Some(found)
}

fn was_reverted(scene: &Scene<'_>) -> Option<Finding> {
    let (history, releases) = (scene.view.history, scene.view.releases);
    let facts = history.facts();
    let columns = &facts.change_requests;
    // The names by which a revert may call what this release shipped.
    let mut names: Vec<Name> = Vec::new();
    for row in releases.changes(scene.index).iter().copied() {
        names.push(cell(&columns.merge_sha, row));
        names.push(cell(&columns.head_sha, row));
        names.extend(facts.names.find(&history.change_name(row)));
    }
    if scene.index > 0 {
        let commits = releases.commits(scene.index).iter();
        names.extend(commits.map(|position| history.commit_sha(*position)));
    }
    names.retain(|name| name.is_some());
    names.sort_unstable();
    names.dedup();
    let ours = |name: Name| name.is_some() && names.binary_search(&name).is_ok();
    let own = releases.changes(scene.index);
    let merged = |row: &Row| cell(&columns.merged_at, *row).is_some() && !own.contains(row);
    let changes: Vec<Row> = history
        .changes
        .iter()
        .copied()
        .filter(|row| ours(cell(&columns.revert_of, *row)))
        .filter(merged)
        .collect();
    let own_commits = releases.commits(scene.index);
    let commits: Vec<FactId> = (0..)
        .take(history.commits.len())
        .filter(|at| history.commits.is_own(*at))
        .filter(|at| ours(cell(&facts.commits.reverts_sha, history.commits.row(*at))))
        .filter(|at| own_commits.binary_search(at).is_err())
        .map(|at| history.commit_id(at))
        .collect();
    let mut evidence: Vec<FactId> = changes.iter().map(|row| history.change_id(*row)).collect();
    let says = match (changes.first(), commits.len()) {
        (Some(first), _) => {
            format!(
                "A later change ({}) reverted something that this release shipped.",
                history.change_name(*first)
            )
        }
        (None, 0) => return None,
        (None, n) => {
            let later = counted(n, "later commit");
            format!("Something that this release shipped was reverted ({later}).")
        }
    };
    evidence.extend(commits);
    let mut found = finding(FindingSeverity::Warning, None, says);
    found.evidence = evidence;
    found.suggestion = Some("Ask which gate could have caught it, and when.".to_owned());
    Some(found)
}

/// Returns a hash shortened, a change number as `change N`.
fn shown(of: &str) -> String {
    if of.len() < 12 && of.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("change {of}")
    } else {
        format!("`{}`", crate::history::short(of))
    }
}
