//! Builds on the way of a release, and how many of them failed.

use std::collections::BTreeMap;

use aftercast_model::{FactId, FailureClass, Name, Outcome, Timestamp};

use super::{Measure, View, counted};
use crate::history::{Row, cell};
use crate::review::types::Basis;

/// A build: a run attempt, or the jobs that ran together where only jobs are known.
#[derive(Debug, Clone)]
pub(super) struct Build {
    pub(super) from: Option<Timestamp>,
    pub(super) to: Timestamp,
    pub(super) revision: Option<i64>,
    pub(super) sha: Name,
    pub(super) red: bool,
    /// Neither red nor green: cancelled, skipped, unknown.
    pub(super) undecided: bool,
    pub(super) evidence: Vec<FactId>,
    /// The first job that was red.
    pub(super) red_job: Name,
    /// Whether the machinery failed in that job: runner, network, disk.
    pub(super) infrastructure: bool,
}

impl Build {
    /// Returns whether both ran on the same revision of a change, or on the same commit.
    pub(super) fn same_input(&self, other: &Self) -> bool {
        match (self.revision, other.revision) {
            (Some(own), Some(other)) => own == other,
            _ => self.sha.is_some() && self.sha == other.sha,
        }
    }
}

/// Returns the jobs that ended before the release at `index` on what it ships, in order of time.
pub(crate) fn release_jobs(view: View<'_>, index: usize) -> Vec<Row> {
    let history = view.history;
    rows_on_the_way(
        view,
        index,
        |key| history.tasks_by_change.get(key),
        |sha| history.tasks_by_sha.get(sha),
        |row| cell(&history.facts().task_runs.finished_at, row),
    )
}

/// Returns the jobs of [`release_jobs`] that failed.
pub(crate) fn red_jobs(view: View<'_>, index: usize) -> Vec<Row> {
    let tasks = &view.history.facts().task_runs;
    let mut jobs = release_jobs(view, index);
    jobs.retain(|row| cell(&tasks.outcome, *row).is_red());
    jobs
}

/// Returns the runs that ended before the release at `index` on what it ships, in order of time.
pub(super) fn release_runs(view: View<'_>, index: usize) -> Vec<Row> {
    let history = view.history;
    rows_on_the_way(
        view,
        index,
        |key| history.runs_by_change.get(key),
        |sha| history.runs_by_sha.get(sha),
        |row| cell(&history.facts().pipeline_runs.finished_at, row),
    )
}

/// Collects the rows of the shipped changes and commits that ended before the release.
fn rows_on_the_way<'a>(
    view: View<'a>,
    index: usize,
    by_change: impl Fn((Name, i64)) -> &'a [Row],
    by_sha: impl Fn(Name) -> &'a [Row],
    ended: impl Fn(Row) -> Option<Timestamp>,
) -> Vec<Row> {
    let history = view.history;
    let Some(release) = view.releases.list.get(index) else { return Vec::new() };
    let mut rows: Vec<Row> = by_sha(release.sha).to_vec();
    for change in view.releases.changes(index).iter().copied() {
        if let Some(key) = history.change_key(change) {
            rows.extend_from_slice(by_change(key));
        }
        rows.extend_from_slice(by_sha(cell(&history.facts().change_requests.head_sha, change)));
    }
    // The first release of a history would sweep up all that came before.
    if index > 0 {
        for commit in view.releases.commits(index).iter().copied() {
            rows.extend_from_slice(by_sha(history.commit_sha(commit)));
        }
    }
    rows.retain(|row| ended(*row).is_some_and(|at| at <= release.at));
    rows.sort_unstable_by_key(|row| (ended(*row), *row));
    rows.dedup();
    rows
}

/// A run is a build; jobs without a run are together where revision, stage and attempt agree.
type Together = (Name, Option<i64>, Option<i64>, Name, Option<i64>);

/// Puts jobs that ran together into builds, in order of their ends.
pub(super) fn builds_of_jobs(view: View<'_>, jobs: &[Row]) -> Vec<Build> {
    let tasks = &view.history.facts().task_runs;
    let mut builds: BTreeMap<Together, Build> = BTreeMap::new();
    for row in jobs.iter().copied() {
        let Some(to) = cell(&tasks.finished_at, row) else { continue };
        let run = cell(&tasks.run_id, row);
        let attempt = cell(&tasks.attempt, row);
        let revision = cell(&tasks.revision, row);
        let change = cell(&tasks.change_number, row);
        let stage = cell(&tasks.stage, row);
        let together = if run.is_some() {
            (run, attempt, None, Name::NONE, None)
        } else {
            (Name::NONE, attempt, revision, stage, change)
        };
        let from = cell(&tasks.started_at, row);
        let outcome = cell(&tasks.outcome, row);
        let red = outcome.is_red() && cell(&tasks.required, row) != Some(false);
        let undecided = !outcome.is_red() && outcome != Outcome::Success;
        let build = builds.entry(together).or_insert_with(|| Build {
            from,
            to,
            revision,
            sha: cell(&tasks.sha, row),
            red: false,
            undecided: true,
            evidence: Vec::new(),
            red_job: Name::NONE,
            infrastructure: false,
        });
        build.from = [build.from, from].into_iter().flatten().min();
        build.to = build.to.max(to);
        build.undecided &= undecided;
        build.evidence.push(cell(&tasks.id, row));
        if red && !build.red {
            build.red = true;
            build.red_job = cell(&tasks.name, row);
            build.infrastructure = cell(&tasks.failure_class, row) == FailureClass::Infrastructure;
        }
    }
    let mut builds: Vec<Build> = builds.into_values().collect();
    builds.sort_by(|a, b| (a.to, a.from, &a.evidence).cmp(&(b.to, b.from, &b.evidence)));
    builds
}

pub(super) fn measure(view: View<'_>, index: usize) -> Measure {
    let history = view.history;
    if !history.knows_builds() {
        return Measure::missing("not known: connect a CI source");
    }
    let runs = &history.facts().pipeline_runs;
    let (mut red, mut green, mut undecided) = (Vec::new(), Vec::new(), 0);
    let rows = release_runs(view, index);
    let basis = if rows.is_empty() { Basis::Inferred } else { Basis::Exact };
    for row in rows.iter().copied() {
        match cell(&runs.outcome, row) {
            outcome if outcome.is_red() => red.push(cell(&runs.id, row)),
            Outcome::Success => green.push(cell(&runs.id, row)),
            _ => undecided += 1,
        }
    }
    if rows.is_empty() {
        for build in builds_of_jobs(view, &release_jobs(view, index)) {
            let first = build.evidence.first().copied();
            match (build.red, build.undecided) {
                (true, _) => red.extend(first),
                (_, true) => undecided += 1,
                _ => green.extend(first),
            }
        }
    }
    let n = red.len() + green.len();
    if n == 0 {
        return Measure::missing("no build is known on the way of this release");
    }
    let failed = red.len();
    let mut why = format!("{failed} of {} on the way failed", counted(n, "build"));
    if undecided > 0 {
        why = format!("{why}; {undecided} cancelled or undecided, not counted");
    }
    if basis == Basis::Inferred {
        why = format!("{why}; builds put together from their jobs");
    }
    // Zero failures are shown by the builds that passed.
    let evidence = if red.is_empty() { green } else { red };
    let value = i64::try_from(failed).unwrap_or(i64::MAX);
    Measure::known(value, basis, n, why, evidence)
}
