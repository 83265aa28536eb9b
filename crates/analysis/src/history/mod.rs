//! One service's facts in order of time, with the indices that releases and measures need.
//!
//! Owns the order of rows and who belongs to whom by key (change, commit, run). Must not know what
//! a release or a number is. Folds over columns: a row is a number, a text is an interned name.

mod graph;
mod grouped;
mod hands;

use aftercast_model::{FactId, Facts, GateKind, Name, Timestamp, Verdict};

pub(crate) use graph::{CommitGraph, Position};
use grouped::Grouped;
pub(crate) use hands::ByHand;

/// The number of a row in its table.
pub(crate) type Row = u32;

/// A change request: its repository (missing where the service has one only) and its number.
pub(crate) type ChangeKey = (Name, i64);

/// One service's facts in order of time.
///
/// Each id occurs once: the lake keeps the latest observation only.
#[derive(Debug)]
pub struct ServiceHistory {
    service: String,
    facts: Facts,
    many_repos: bool,
    pub(crate) commits: CommitGraph,
    pub(crate) changes: Vec<Row>,
    pub(crate) changes_by_number: Grouped<ChangeKey>,
    pub(crate) changes_by_sha: Grouped<Name>,
    pub(crate) runs: Vec<Row>,
    pub(crate) runs_by_id: Grouped<Name>,
    pub(crate) runs_by_change: Grouped<ChangeKey>,
    pub(crate) runs_by_sha: Grouped<Name>,
    pub(crate) runs_by_ref: Grouped<Name>,
    pub(crate) tasks: Vec<Row>,
    pub(crate) tasks_by_change: Grouped<ChangeKey>,
    pub(crate) tasks_by_sha: Grouped<Name>,
    pub(crate) tasks_by_run: Grouped<Name>,
    pub(crate) tasks_by_name: Grouped<Name>,
    pub(crate) gates: Vec<Row>,
    pub(crate) gates_by_change: Grouped<ChangeKey>,
    pub(crate) gates_by_subject: Grouped<Name>,
    /// Approvals that said yes, by their gate.
    pub(crate) yes_by_gate: Grouped<Name>,
    /// The first approval that said no, by its gate.
    pub(crate) first_no_by_gate: Grouped<Name>,
    pub(crate) definitions: Vec<Row>,
    pub(crate) deployments: Vec<Row>,
    pub(crate) tags: Vec<Row>,
    pub(crate) incidents: Vec<Row>,
    pub(crate) signals: Vec<Row>,
    pub(crate) rollouts: Vec<Row>,
    pub(crate) signals_by_thread: Grouped<Name>,
    pub(crate) by_hand: ByHand,
    /// Rows of `test_results`, where they were read, in the order in which they came.
    pub(crate) tests: Vec<Row>,
}

/// Returns the value at `row`; the missing value beyond the end and in a column that was not read.
pub(crate) fn cell<T: Copy + Default>(column: &[T], row: Row) -> T {
    column.get(row as usize).copied().unwrap_or_default()
}

impl ServiceHistory {
    /// The tables that a history is made of; a reader need not read others.
    pub const TABLES: &'static [&'static str] = &[
        "commits",
        "change_requests",
        "pipeline_runs",
        "task_runs",
        "gate_evaluations",
        "gate_definitions",
        "deployments",
        "release_tags",
        "incidents",
        "signals",
        "rollouts",
    ];

    /// The tables that only the page of the tests reads, beside [`Self::TABLES`]: they have a row for
    /// every test case of every run. A history keeps what it was given.
    pub const TEST_TABLES: &'static [&'static str] = &["test_results"];

    /// Puts the facts of `service` in order: rows of other services are left out, rows without a
    /// service are taken as its own.
    ///
    /// Commits of other services of its repositories are no commits of the service; where they are
    /// given, the way from one of its commits to the next is found through them. In a repository
    /// that is split by path it leads nowhere without them.
    pub fn new(service: &str, facts: Facts) -> Self {
        let own = Own { service: facts.names.find(service).unwrap_or_default() };
        let commits =
            own.rows(facts.commits.len(), &facts.commits.id, &facts.commits.service, |row| {
                cell(&facts.commits.committed_at, row).or(cell(&facts.commits.authored_at, row))
            });
        let nodes = own.nodes(&facts, commits);
        let changes = own.rows(
            facts.change_requests.len(),
            &facts.change_requests.id,
            &facts.change_requests.service,
            |row| cell(&facts.change_requests.opened_at, row),
        );
        let runs = own.rows(
            facts.pipeline_runs.len(),
            &facts.pipeline_runs.id,
            &facts.pipeline_runs.service,
            |row| {
                cell(&facts.pipeline_runs.started_at, row)
                    .or(cell(&facts.pipeline_runs.queued_at, row))
                    .or(cell(&facts.pipeline_runs.finished_at, row))
            },
        );
        let tasks =
            own.rows(facts.task_runs.len(), &facts.task_runs.id, &facts.task_runs.service, |row| {
                cell(&facts.task_runs.started_at, row)
                    .or(cell(&facts.task_runs.queued_at, row))
                    .or(cell(&facts.task_runs.finished_at, row))
            });
        let gates = own.rows(
            facts.gate_evaluations.len(),
            &facts.gate_evaluations.id,
            &facts.gate_evaluations.service,
            |row| {
                cell(&facts.gate_evaluations.decided_at, row)
                    .or(cell(&facts.gate_evaluations.asked_at, row))
            },
        );
        let deployments = own.rows(
            facts.deployments.len(),
            &facts.deployments.id,
            &facts.deployments.service,
            |row| {
                cell(&facts.deployments.finished_at, row)
                    .or(cell(&facts.deployments.started_at, row))
                    .or(cell(&facts.deployments.created_at, row))
            },
        );
        let tags = own.rows(
            facts.release_tags.len(),
            &facts.release_tags.id,
            &facts.release_tags.service,
            |row| {
                cell(&facts.release_tags.published_at, row)
                    .or(cell(&facts.release_tags.tagged_at, row))
            },
        );
        let incidents =
            own.rows(facts.incidents.len(), &facts.incidents.id, &facts.incidents.service, |row| {
                cell(&facts.incidents.started_at, row).or(cell(&facts.incidents.detected_at, row))
            });
        let signals =
            own.rows(facts.signals.len(), &facts.signals.id, &facts.signals.service, |row| {
                cell(&facts.signals.said_at, row)
            });
        let rollouts =
            own.rows(facts.rollouts.len(), &facts.rollouts.id, &facts.rollouts.service, |row| {
                cell(&facts.rollouts.reached_at, row)
            });

        let definitions = own.rows(
            facts.gate_definitions.len(),
            &facts.gate_definitions.id,
            &facts.gate_definitions.service,
            |row| cell(&facts.gate_definitions.changed_at, row),
        );

        let first_repo = changes.first().map(|row| cell(&facts.change_requests.repo, *row));
        let many_repos =
            changes.iter().any(|row| Some(cell(&facts.change_requests.repo, *row)) != first_repo);
        let key = |repo: &[Name], number: &[Option<i64>], row: Row| {
            let number = cell(number, row)?;
            Some((if many_repos { cell(repo, row) } else { Name::NONE }, number))
        };
        let named = |column: &[Name], row: Row| Some(cell(column, row)).filter(|n| n.is_some());

        let of_change = |repo: &'_ [Name], number: &'_ [Option<i64>], rows: &[Row]| {
            Grouped::new(rows.iter().filter_map(|row| Some((key(repo, number, *row)?, *row))))
        };
        let of_name = |column: &[Name], rows: &[Row]| {
            Grouped::new(rows.iter().filter_map(|row| Some((named(column, *row)?, *row))))
        };
        let requests = &facts.change_requests;
        let changes_by_sha = Grouped::new(changes.iter().flat_map(|row| {
            let (merge, head) = (named(&requests.merge_sha, *row), named(&requests.head_sha, *row));
            let head = head.filter(|head| Some(*head) != merge);
            [merge, head].into_iter().flatten().map(|sha| (sha, *row))
        }));
        let (pipelines, jobs, verdicts) =
            (&facts.pipeline_runs, &facts.task_runs, &facts.gate_evaluations);
        Self {
            commits: CommitGraph::new(&facts, nodes, |row| own.has(&facts.commits.service, row)),
            changes_by_number: of_change(&requests.repo, &requests.number, &changes),
            changes_by_sha,
            by_hand: ByHand::new(&facts, &runs, &tasks),
            tests: own.unordered(facts.test_results.len(), &facts.test_results.service).collect(),
            runs_by_id: of_name(&pipelines.run_id, &runs),
            runs_by_change: of_change(&pipelines.repo, &pipelines.change_number, &runs),
            runs_by_sha: of_name(&pipelines.sha, &runs),
            runs_by_ref: of_name(&pipelines.git_ref, &runs),
            tasks_by_change: of_change(&jobs.repo, &jobs.change_number, &tasks),
            tasks_by_sha: of_name(&jobs.sha, &tasks),
            tasks_by_run: of_name(&jobs.run_id, &tasks),
            tasks_by_name: of_name(&jobs.name, &tasks),
            gates_by_change: of_change(&verdicts.repo, &verdicts.change_number, &gates),
            gates_by_subject: of_name(&verdicts.subject, &gates),
            yes_by_gate: of_name(&verdicts.gate, &answered(&facts, &gates, Verdict::Pass)),
            first_no_by_gate: of_name(&verdicts.gate, &answered(&facts, &gates, Verdict::Fail)),
            definitions,
            changes,
            tasks,
            gates,
            deployments,
            tags,
            incidents,
            signals_by_thread: of_name(&facts.signals.thread, &signals),
            signals,
            rollouts,
            runs,
            many_repos,
            service: service.to_owned(),
            facts,
        }
    }

    /// Returns the service's name.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Returns the facts, in the order in which they came.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns the key of the change request at `row`.
    pub(crate) fn change_key(&self, row: Row) -> Option<ChangeKey> {
        let changes = &self.facts.change_requests;
        Some((self.repo_in_key(cell(&changes.repo, row)), cell(&changes.number, row)?))
    }

    /// Returns the repository as keys of changes hold it.
    pub(crate) fn repo_in_key(&self, repo: Name) -> Name {
        if self.many_repos { repo } else { Name::NONE }
    }

    /// Returns the rows of the change request `number` of `repo`.
    pub(crate) fn changes_numbered(&self, repo: Name, number: i64) -> &[Row] {
        self.changes_by_number.get((self.repo_in_key(repo), number))
    }

    /// Returns the id of the change request at `row`.
    pub(crate) fn change_id(&self, row: Row) -> FactId {
        cell(&self.facts.change_requests.id, row)
    }

    /// Returns the name of the change request at `row`: its number, else its hash.
    pub(crate) fn change_name(&self, row: Row) -> String {
        let changes = &self.facts.change_requests;
        match cell(&changes.number, row) {
            Some(number) => number.to_string(),
            None => short(self.facts.text(cell(&changes.merge_sha, row))).to_owned(),
        }
    }

    /// Returns the row of the commit at `position`.
    pub(crate) fn commit_id(&self, position: Position) -> FactId {
        cell(&self.facts.commits.id, self.commits.row(position))
    }

    /// Returns the hash of the commit at `position`.
    pub(crate) fn commit_sha(&self, position: Position) -> Name {
        cell(&self.facts.commits.sha, self.commits.row(position))
    }

    /// Returns when the commit at `position` got its present form.
    pub(crate) fn committed_at(&self, position: Position) -> Option<Timestamp> {
        let row = self.commits.row(position);
        let commits = &self.facts.commits;
        cell(&commits.committed_at, row).or(cell(&commits.authored_at, row))
    }

    /// Returns when the commit at `position` was written; a broken clock's time is missing.
    pub(crate) fn authored_at(&self, position: Position) -> Option<Timestamp> {
        /// 1990-01-01: earlier author times come from clocks that were never set.
        const FIRST_CREDIBLE: i64 = 631_152_000_000;
        let row = self.commits.row(position);
        cell(&self.facts.commits.authored_at, row).filter(|at| at.millis() >= FIRST_CREDIBLE)
    }

    /// Returns whether any source told of builds.
    pub(crate) fn knows_builds(&self) -> bool {
        !self.tasks.is_empty() || !self.runs_by_sha.is_empty() || !self.runs_by_change.is_empty()
    }
}

/// Returns the first ten characters of a hash, for people.
pub(crate) fn short(sha: &str) -> &str {
    sha.get(..10).unwrap_or(sha)
}

/// Returns the approvals that answered with `verdict`, in order of time; of noes the first of each
/// gate.
fn answered(facts: &Facts, gates: &[Row], verdict: Verdict) -> Vec<Row> {
    let columns = &facts.gate_evaluations;
    let mut rows = gates.to_vec();
    rows.retain(|row| {
        cell(&columns.gate_kind, *row) == GateKind::Approval
            && cell(&columns.verdict, *row) == verdict
            && cell(&columns.decided_at, *row).is_some()
    });
    if verdict == Verdict::Fail {
        rows.sort_by_key(|row| cell(&columns.gate, *row));
        rows.dedup_by_key(|row| cell(&columns.gate, *row));
    }
    rows
}

/// Which rows are the service's own.
struct Own {
    service: Name,
}

impl Own {
    /// Returns the own rows of a table by time, then id; rows without any time last.
    fn rows(
        &self,
        count: usize,
        ids: &[FactId],
        services: &[Name],
        time: impl Fn(Row) -> Option<Timestamp>,
    ) -> Vec<Row> {
        in_order(self.unordered(count, services), ids, time)
    }

    /// Returns the own rows of a table as they came.
    fn unordered(&self, count: usize, services: &[Name]) -> impl Iterator<Item = Row> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        (0..count).filter(|row| self.has(services, *row))
    }

    /// Returns whether the row is the service's.
    fn has(&self, services: &[Name], row: Row) -> bool {
        let service = cell(services, row);
        service.is_none() || service == self.service
    }

    /// Returns the service's commits and those of other services of its repositories, in order. A
    /// commit that touches several services has a row for each; it counts once, as the service's
    /// where it is.
    fn nodes(&self, facts: &Facts, commits: Vec<Row>) -> Vec<Row> {
        let columns = &facts.commits;
        let count = u32::try_from(columns.len()).unwrap_or(u32::MAX);
        if commits.len() == columns.len() {
            return commits;
        }
        let tags = (0..u32::try_from(facts.release_tags.len()).unwrap_or(u32::MAX))
            .filter(|row| self.has(&facts.release_tags.service, *row))
            .map(|row| cell(&facts.release_tags.repo, row));
        let mut repos: Vec<Name> =
            commits.iter().map(|row| cell(&columns.repo, *row)).chain(tags).collect();
        repos.sort_unstable();
        repos.dedup();
        let mut known = vec![false; facts.names.len() + 1];
        let mut is_new = |sha: Name| match known.get_mut(sha.index()) {
            Some(known) => !std::mem::replace(known, true),
            None => false,
        };
        for row in &commits {
            is_new(cell(&columns.sha, *row));
        }
        let mut others: Vec<Row> = (0..count)
            .filter(|row| !self.has(&columns.service, *row))
            .filter(|row| repos.binary_search(&cell(&columns.repo, *row)).is_ok())
            .collect();
        others.sort_by_key(|row| cell(&columns.id, *row));
        others.retain(|row| cell(&columns.sha, *row).is_some() && is_new(cell(&columns.sha, *row)));
        in_order(commits.into_iter().chain(others), &columns.id, |row| {
            cell(&columns.committed_at, row).or(cell(&columns.authored_at, row))
        })
    }
}

/// Returns the rows by time, then id; rows without any time last.
fn in_order(
    rows: impl Iterator<Item = Row>,
    ids: &[FactId],
    time: impl Fn(Row) -> Option<Timestamp>,
) -> Vec<Row> {
    let mut rows: Vec<(i64, Row)> =
        rows.map(|row| (time(row).map_or(i64::MAX, Timestamp::millis), row)).collect();
    rows.sort_by(|(a_time, a), (b_time, b)| {
        a_time.cmp(b_time).then_with(|| cell(ids, *a).cmp(&cell(ids, *b)))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}
