//! Which release a text names, as trackers, chats and deployments name releases.

use aftercast_model::{FactId, Timestamp};

use super::{Releases, Subject};
use crate::history::{Position, Row, ServiceHistory, cell};

/// Everything by which a release may be called, sorted.
#[derive(Debug)]
pub(super) struct Named {
    /// Ids and versions, without `v`, in lower case; of two with one name the later comes last.
    versions: Vec<(String, u32)>,
    /// Every commit that is known, by its hash.
    commits: Vec<Position>,
    /// Every change request that was merged, by its number.
    changes: Vec<(i64, Row)>,
    /// Deployments that are releases.
    deployments: Vec<(FactId, u32)>,
    /// The releases by time.
    by_time: Vec<(Timestamp, u32)>,
}

impl Named {
    pub(super) fn new(history: &ServiceHistory, releases: &Releases) -> Self {
        let facts = history.facts();
        let numbered = || (0_u32..).zip(&releases.list);
        let mut versions: Vec<(String, u32)> =
            numbered().map(|(index, release)| (version(&release.id(history)), index)).collect();
        let own_version = |subject: Subject| match subject {
            Subject::Deployment(row) => facts.text(cell(&facts.deployments.version, row)),
            _ => "",
        };
        versions.extend(
            numbered()
                .map(|(index, release)| (version(own_version(release.subject)), index))
                .filter(|(version, _)| !version.is_empty()),
        );
        versions.sort_unstable();
        let mut commits: Vec<(u64, Position)> = (0..u32::try_from(history.commits.len())
            .unwrap_or(u32::MAX))
            .map(|at| (beginning(sha(history, at)), at))
            .collect();
        // The texts lie all over memory; their beginnings nearly always decide.
        commits.sort_by(|(a, at), (b, other)| {
            a.cmp(b).then_with(|| sha(history, *at).cmp(sha(history, *other)))
        });
        let commits = commits.into_iter().map(|(_, at)| at).collect();
        let numbers = &facts.change_requests;
        let merged = history.changes.iter().filter(|row| releases.of_change(**row).is_some());
        let mut changes: Vec<(i64, Row)> =
            merged.filter_map(|row| Some((cell(&numbers.number, *row)?, *row))).collect();
        changes.sort_unstable();
        let mut deployments: Vec<(FactId, u32)> = numbered()
            .filter_map(|(index, release)| match release.subject {
                Subject::Deployment(row) => Some((cell(&facts.deployments.id, row), index)),
                _ => None,
            })
            .collect();
        deployments.sort_unstable();
        let mut by_time: Vec<(Timestamp, u32)> =
            numbered().map(|(index, release)| (release.at, index)).collect();
        by_time.sort_unstable();
        Self { versions, commits, changes, deployments, by_time }
    }

    /// Returns the releases at times from `from` to `to`, both included, in order of time.
    fn between(&self, from: Timestamp, to: Timestamp) -> &[(Timestamp, u32)] {
        let begin = self.by_time.partition_point(|(at, _)| *at < from);
        let end = self.by_time.partition_point(|(at, _)| *at <= to);
        self.by_time.get(begin..end).unwrap_or_default()
    }

    /// The last release up to `at`.
    fn live_at(&self, at: Timestamp) -> Option<u32> {
        let end = self.by_time.partition_point(|(other, _)| *other <= at);
        self.by_time.get(end.checked_sub(1)?).map(|(_, index)| *index)
    }

    fn by_version(&self, text: &str) -> Option<u32> {
        let wanted = version(text);
        let end = self.versions.partition_point(|(version, _)| *version <= wanted);
        let (found, index) = self.versions.get(end.checked_sub(1)?)?;
        (*found == wanted).then_some(*index)
    }

    /// The commit whose hash begins with `text`, where it is the only one.
    fn by_hash(&self, history: &ServiceHistory, text: &str) -> Option<Position> {
        if text.len() < 7 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let wanted = text.to_ascii_lowercase();
        let at = self.commits.partition_point(|other| sha(history, *other) < wanted.as_str());
        let mut found =
            self.commits.get(at..)?.iter().take_while(|at| sha(history, **at).starts_with(&wanted));
        let first = found.next().copied()?;
        // A commit that touches several services has one hash.
        found.all(|other| sha(history, *other) == sha(history, first)).then_some(first)
    }

    fn by_number(&self, history: &ServiceHistory, text: &str, number: i64) -> Option<Row> {
        let from = self.changes.partition_point(|(other, _)| *other < number);
        let found = self.changes.get(from..)?.iter().take_while(|(other, _)| *other == number);
        let rows: Vec<Row> = found.map(|(_, row)| *row).collect();
        let facts = history.facts();
        let repo = |row: Row| facts.text(cell(&facts.change_requests.repo, row));
        match rows.as_slice() {
            [] => None,
            [one] => Some(*one),
            many => {
                many.iter().copied().find(|row| !repo(*row).is_empty() && text.contains(repo(*row)))
            }
        }
    }
}

/// Returns the first bytes of a text as a number of the same order.
fn beginning(text: &str) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
    u64::from_be_bytes(bytes)
}

impl Releases {
    fn names(&self, history: &ServiceHistory) -> &Named {
        self.named.get_or_init(|| Named::new(history, self))
    }

    /// Returns the release that `text` names: its id or version (with or without `v`), the beginning
    /// of its hash or of a commit's that it shipped, a change that it shipped (`#7`, `!7`, an address
    /// that ends in its number), the native id of its deployment.
    pub(crate) fn named(&self, history: &ServiceHistory, text: &str) -> Option<usize> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let names = self.names(history);
        let last = text.trim_end_matches('/').rsplit(['/', '#', '!']).next().unwrap_or(text);
        let by_version = || names.by_version(text).or_else(|| names.by_version(last));
        let by_own_hash = || {
            let hash = last.len() >= 7 && last.bytes().all(|byte| byte.is_ascii_hexdigit());
            let wanted = last.to_ascii_lowercase();
            let facts = history.facts();
            let is = |release: &super::Release| facts.text(release.sha).starts_with(&wanted);
            hash.then(|| self.list.iter().rposition(is)).flatten()
        };
        let by_commit = || self.of_commit(names.by_hash(history, last)?);
        let by_number = || {
            let number = last.parse().ok().filter(|_| last.len() < text.len())?;
            self.of_change(names.by_number(history, text, number)?)
        };
        let by_deployment = || {
            let id = last.parse::<FactId>().ok();
            let at = names.deployments.binary_search_by_key(&id?, |(id, _)| *id).ok()?;
            names.deployments.get(at).map(|(_, index)| *index)
        };
        let index = |index: u32| usize::try_from(index).ok();
        by_version()
            .and_then(index)
            .or_else(by_own_hash)
            .or_else(by_commit)
            .or_else(by_number)
            .or_else(|| by_deployment().and_then(index))
    }

    /// Returns the commit whose hash is or begins with `text`.
    pub(crate) fn commit_named(&self, history: &ServiceHistory, text: &str) -> Option<Position> {
        let whole = history.facts().names.find(text).and_then(|sha| history.commits.position(sha));
        whole.or_else(|| self.names(history).by_hash(history, text))
    }

    /// Returns the releases at times from `from` to `to`, both included, in order of time.
    pub(crate) fn between(
        &self,
        history: &ServiceHistory,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = usize> {
        let found = self.names(history).between(from, to);
        found.iter().filter_map(|(_, index)| usize::try_from(*index).ok())
    }

    /// Returns the release that was live at `at`: the last one up to then.
    pub(crate) fn live_at(&self, history: &ServiceHistory, at: Timestamp) -> Option<usize> {
        self.names(history).live_at(at).and_then(|index| usize::try_from(index).ok())
    }
}

fn version(text: &str) -> String {
    text.to_ascii_lowercase().trim_start_matches('v').to_owned()
}

fn sha(history: &ServiceHistory, position: Position) -> &str {
    history.facts().text(history.commit_sha(position))
}
