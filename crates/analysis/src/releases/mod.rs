//! What the releases of a service are, and what each of them shipped.
//!
//! Owns the ladder (production deployment, published release, version tag, release branch, merge to
//! the deployed branch) and the rule that commits belong to a release by ancestry, never by time.
//! Must not know what is measured on a release.

mod deployed;
mod ladder;
mod merged;
mod named;
mod shipped;
mod tagged;
mod version;

use std::ops::Range;
use std::sync::OnceLock;

use aftercast_model::{FactId, Name, Timestamp};

use crate::Settings;
use crate::history::{Position, Row, ServiceHistory, cell, short};
use crate::review::types::ReleaseBasis;

/// What made a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A row of `deployments`.
    Deployment(Row),
    /// A row of `release_tags`.
    Tag(Row),
    /// A row of `change_requests`.
    Change(Row),
    /// A commit of the main line.
    Commit(Position),
}

/// One release.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) subject: Subject,
    pub(crate) at: Timestamp,
    /// The commit, where known.
    pub(crate) sha: Name,
    commits: Range<usize>,
    walked: Range<usize>,
    changes: Range<usize>,
}

/// A production deployment that made no release: a failed attempt, a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    /// A row of `deployments`.
    pub(crate) row: Row,
    /// What it was.
    pub(crate) kind: EventKind,
    /// The release that it led to (a failed attempt) or that was live (the others).
    pub(crate) release: usize,
}

/// What a deployment that made no release was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// It failed or was stopped.
    FailedAttempt,
    /// It went back to an earlier release.
    Rollback,
    /// It deployed what was already live, perhaps elsewhere.
    Again,
}

/// All releases of a service, oldest first.
#[derive(Debug)]
pub struct Releases {
    pub(crate) basis: ReleaseBasis,
    pub(crate) basis_says: String,
    pub(crate) list: Vec<Release>,
    pub(crate) events: Vec<Event>,
    /// What a reader must know about the ladder.
    pub(crate) notes: Vec<String>,
    commits: Vec<Position>,
    /// The same with commits of other services; empty where there are none.
    walked: Vec<Position>,
    changes: Vec<Row>,
    /// Whether anything tells which change requests a release shipped.
    pub(crate) knows_changes: bool,
    /// The release of each commit, by its position.
    of_commit: Vec<u32>,
    /// The release of each change request, by its row.
    of_change: Vec<u32>,
    /// By what they are called; made when first asked.
    named: OnceLock<named::Named>,
}

impl Releases {
    /// Finds the releases of a service; empty where no step of the ladder has any.
    pub fn of(history: &ServiceHistory, settings: &Settings) -> Self {
        let found = ladder::climb(history, settings);
        shipped::attach(history, found)
    }

    /// Returns the number of releases.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns whether there are no releases.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the commits that first reached production with the release at `index`, oldest first
    /// in order of time.
    pub(crate) fn commits(&self, index: usize) -> &[Position] {
        self.list
            .get(index)
            .and_then(|release| self.commits.get(release.commits.clone()))
            .unwrap_or_default()
    }

    /// Returns the commits of the release at `index` and those of other services of the repository
    /// that came with them.
    pub(crate) fn walked(&self, index: usize) -> &[Position] {
        if self.walked.is_empty() {
            return self.commits(index);
        }
        let release = self.list.get(index);
        release.and_then(|release| self.walked.get(release.walked.clone())).unwrap_or_default()
    }

    /// Returns the change requests that the release at `index` shipped.
    pub(crate) fn changes(&self, index: usize) -> &[Row] {
        self.list
            .get(index)
            .and_then(|release| self.changes.get(release.changes.clone()))
            .unwrap_or_default()
    }

    /// Returns the name of the release at `index`.
    pub fn id(&self, history: &ServiceHistory, index: usize) -> String {
        self.list.get(index).map(|release| release.id(history)).unwrap_or_default()
    }

    /// Returns the release that `asked` names: its id, else a hash or the beginning of one (of at
    /// least seven characters); the latest where several have the name.
    pub fn find(&self, history: &ServiceHistory, asked: &str) -> Option<usize> {
        let by_id = (0..self.len()).rev().find(|index| self.id(history, *index) == asked);
        by_id.or_else(|| {
            let hash = asked.len() >= 7;
            self.list
                .iter()
                .rposition(|release| hash && history.facts().text(release.sha).starts_with(asked))
        })
    }

    /// Returns the release that shipped the commit at `position` first.
    pub(crate) fn of_commit(&self, position: Position) -> Option<usize> {
        shipped_with(&self.of_commit, position)
    }

    /// Returns the release that shipped the change request at `row`.
    pub(crate) fn of_change(&self, row: Row) -> Option<usize> {
        shipped_with(&self.of_change, row)
    }

    /// Returns the events of the release at `index`.
    pub(crate) fn events_of(&self, index: usize) -> impl Iterator<Item = &Event> {
        let from = self.events.partition_point(|event| event.release < index);
        self.events.iter().skip(from).take_while(move |event| event.release == index)
    }
}

impl Release {
    /// Returns the row that made it a release.
    pub(crate) fn fact(&self, history: &ServiceHistory) -> FactId {
        let facts = history.facts();
        match self.subject {
            Subject::Deployment(row) => cell(&facts.deployments.id, row),
            Subject::Tag(row) => cell(&facts.release_tags.id, row),
            Subject::Change(row) => history.change_id(row),
            Subject::Commit(position) => history.commit_id(position),
        }
    }

    /// Returns where a person can look at it.
    pub(crate) fn url(&self, history: &ServiceHistory) -> Name {
        let facts = history.facts();
        match self.subject {
            Subject::Deployment(row) => cell(&facts.deployments.url, row),
            Subject::Tag(row) => cell(&facts.release_tags.url, row),
            Subject::Change(row) => cell(&facts.change_requests.url, row),
            Subject::Commit(position) => cell(&facts.commits.url, history.commits.row(position)),
        }
    }

    /// Returns its name: a version, a tag, a change number, a short hash.
    fn id(&self, history: &ServiceHistory) -> String {
        let facts = history.facts();
        match self.subject {
            Subject::Deployment(row) => {
                let names = &facts.deployments;
                let version = facts.text(cell(&names.version, row));
                let sha = short(facts.text(self.sha));
                match (version.is_empty(), sha.is_empty()) {
                    (false, _) => version.to_owned(),
                    (true, false) => sha.to_owned(),
                    (true, true) => short(&cell(&names.id, row).to_string()).to_owned(),
                }
            }
            Subject::Tag(row) => facts.text(cell(&facts.release_tags.tag, row)).to_owned(),
            Subject::Change(row) => history.change_name(row),
            Subject::Commit(position) => short(facts.text(history.commit_sha(position))).to_owned(),
        }
    }
}

fn shipped_with(releases: &[u32], at: u32) -> Option<usize> {
    let release = releases.get(at as usize).copied().filter(|at| *at != shipped::UNSHIPPED)?;
    usize::try_from(release).ok()
}

/// The releases before it is known what they shipped.
#[derive(Debug)]
struct Found {
    basis: ReleaseBasis,
    basis_says: String,
    /// In order of time; on the main line in order of ancestry.
    list: Vec<(Subject, Timestamp, Name)>,
    events: Vec<Event>,
    notes: Vec<String>,
}
