//! Lead time: from the first commit to production.

use aftercast_model::{FactId, Timestamp, human_duration};

use super::{Measure, View, counted};
use crate::history::{Position, Row, cell};
use crate::releases::Subject;
use crate::review::types::{Basis, ReleaseBasis};

/// What the lead time begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// The oldest commit first shipped.
    Commit(Position),
    /// The change request that was opened first.
    Change(Row),
}

/// The beginning of a release.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beginning {
    pub(crate) at: Timestamp,
    pub(crate) start: Start,
    pub(crate) evidence: FactId,
    /// Commits and changes that claim to be younger than the release: their clocks disagree.
    pub(crate) skewed: usize,
}

/// Returns where the release at `index` begins: the author time of the oldest commit that it
/// shipped first, or the opening of a change request where that is earlier or all that is known.
///
/// The first release of a history has no commits of its own: all that came before would count.
pub(crate) fn beginning(view: View<'_>, index: usize) -> Option<Beginning> {
    let history = view.history;
    let release = view.releases.list.get(index)?;
    let mut best: Option<Beginning> = None;
    let mut skewed = 0;
    let mut offer = |at: Option<Timestamp>, start: Start, evidence: FactId| {
        let Some(at) = at else { return };
        if at > release.at {
            skewed += 1;
        }
        let at = at.min(release.at);
        if best.as_ref().is_none_or(|best| at < best.at) {
            best = Some(Beginning { at, start, evidence, skewed: 0 });
        }
    };
    let opened = |row: Row| cell(&history.facts().change_requests.opened_at, row);
    if index == 0 {
        if let Subject::Change(row) = release.subject {
            offer(opened(row), Start::Change(row), history.change_id(row));
        }
    } else {
        for row in view.releases.changes(index).iter().copied() {
            offer(opened(row), Start::Change(row), history.change_id(row));
        }
        for position in view.releases.commits(index).iter().copied() {
            let at = history.authored_at(position);
            offer(at, Start::Commit(position), history.commit_id(position));
        }
    }
    best.map(|best| Beginning { skewed, ..best })
}

/// Returns the commits and changes of the release at `index` that claim to be younger than it.
pub(crate) fn skewed_beginnings(view: View<'_>, index: usize) -> Vec<FactId> {
    let history = view.history;
    let Some(release) = view.releases.list.get(index).filter(|_| index > 0) else {
        return Vec::new();
    };
    let opened = &history.facts().change_requests.opened_at;
    let changes = view.releases.changes(index).iter();
    let changes = changes.map(|row| (cell(opened, *row), history.change_id(*row)));
    let commits = view.releases.commits(index).iter();
    let commits = commits.map(|at| (history.authored_at(*at), history.commit_id(*at)));
    let late = |(at, id): (Option<Timestamp>, FactId)| (at? > release.at).then_some(id);
    changes.chain(commits).filter_map(late).collect()
}

/// Returns the lead time of the release at `index`, where its beginning is known.
pub(crate) fn lead_time_ms(view: View<'_>, index: usize) -> Option<i64> {
    let release = view.releases.list.get(index)?;
    Some(release.at.since(beginning(view, index)?.at))
}

/// Says that the oldest commit lay around far longer than the others: its age, the median age and
/// how many commits there are.
pub(crate) fn old_commit(view: View<'_>, index: usize) -> Option<(i64, i64, usize)> {
    const QUARTER_MS: i64 = 90 * 86_400_000;
    let release = view.releases.list.get(index).filter(|_| index > 0)?;
    let mut ages: Vec<i64> = view
        .releases
        .commits(index)
        .iter()
        .filter_map(|position| Some(release.at.since(view.history.authored_at(*position)?)))
        .collect();
    ages.sort_unstable();
    let (oldest, middle) = (*ages.last()?, ages.get(ages.len() / 2).copied()?);
    (ages.len() >= 3 && oldest > QUARTER_MS && oldest / 10 > middle).then_some((
        oldest,
        middle,
        ages.len(),
    ))
}

pub(super) fn measure(view: View<'_>, index: usize) -> Measure {
    let Some(release) = view.releases.list.get(index) else {
        return Measure::missing("no such release");
    };
    let Some(found) = beginning(view, index) else { return Measure::missing(unknown(view, index)) };
    let (commits, changes) =
        (view.releases.commits(index).len(), view.releases.changes(index).len());
    let n = match found.start {
        Start::Change(_) => changes.max(1),
        Start::Commit(_) => commits,
    };
    let basis = match (view.releases.basis, found.start) {
        (ReleaseBasis::Deployment, Start::Commit(_)) => Basis::Exact,
        (ReleaseBasis::Deployment, Start::Change(_)) => Basis::Inferred,
        _ => Basis::Proxy,
    };
    let from = match found.start {
        Start::Change(row) => {
            format!("change {} opened (stands for its first commit)", view.history.change_name(row))
        }
        Start::Commit(_) => format!("oldest of {} written", counted(commits, "commit")),
    };
    let to = match view.releases.basis {
        ReleaseBasis::Deployment => "deployed to production",
        ReleaseBasis::PublishedRelease => "published (stands for production)",
        ReleaseBasis::VersionTag => "tagged (stands for production)",
        ReleaseBasis::ReleaseBranch => "branch cut (stands for production)",
        ReleaseBasis::Merge => "merged (stands for production)",
    };
    let mut why = format!("from {from} to {to}");
    if let Some((oldest, middle, n)) = old_commit(view, index) {
        why = format!(
            "{why}; the oldest of {n} commits waited {}, half of them less than {}",
            human_duration(oldest),
            human_duration(middle)
        );
    }
    let mut evidence = vec![found.evidence, release.fact(view.history)];
    evidence.dedup();
    Measure::known(release.at.since(found.at), basis, n, why, evidence)
}

fn unknown(view: View<'_>, index: usize) -> String {
    if index == 0 {
        "history starts here: what this release shipped first cannot be told".to_owned()
    } else if view.history.commits.is_empty() && view.history.changes.is_empty() {
        "not known: connect git or the code review".to_owned()
    } else if view.releases.commits(index).is_empty() {
        "no commit first reached production with this release".to_owned()
    } else {
        "its commits carry no credible author time".to_owned()
    }
}
