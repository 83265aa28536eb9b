//! How much of the way of the latest releases each test took: its time in jobs on their paths.
//!
//! A result belongs to the job of its run in which it began; where its beginning is not known, to the
//! run's only job, or its only job for tests. Tests that ran side by side share their job's time on
//! the path, so that no job gives more than it took.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aftercast_model::{FactId, Name, Timestamp};

use super::Ledger;
use crate::history::{Row, cell};
use crate::measures::{View, lead_time, release_jobs};
use crate::review::types::Category;

/// The time of tests on the way of releases.
#[derive(Debug, Default)]
pub(crate) struct OnPath {
    /// Releases with a known path on which a job with known tests lies.
    pub(crate) releases: usize,
    /// The milliseconds of each test over these releases, and on how many of them, in the order of
    /// [`Ledger::tests`].
    pub(crate) tests: Vec<(f64, usize)>,
}

/// A job that lies on the path of a release.
struct Job {
    release: usize,
    from: i64,
    to: i64,
    /// Whether the tests of its run can only be its own: the run has no other job, or no other for
    /// tests.
    alone: bool,
    /// Its time on the path.
    on_path_ms: i64,
}

/// Returns the time of each test on the paths of the latest `most` releases.
pub(crate) fn on_path(view: View<'_>, ledger: &Ledger, most: usize) -> OnPath {
    let (jobs, runs) = jobs_on_path(view, most);
    let mut found = OnPath { releases: 0, tests: vec![(0.0, 0); ledger.tests.len()] };
    if jobs.is_empty() {
        return found;
    }
    let of_slot: Vec<Option<&Vec<usize>>> = ledger
        .slots
        .iter()
        .map(|slot| runs.get(&slot.run).filter(|_| slot.run.is_some()))
        .collect();
    let columns = &view.history.facts().test_results;
    let mut taken: Vec<(usize, u32, i64)> = Vec::new();
    let mut sums = vec![0_i64; jobs.len()];
    for (row, (test, slot)) in view.history.tests.iter().zip(&ledger.of_rows) {
        let Some(Some(own)) = of_slot.get(*slot as usize) else { continue };
        let Some(took) = cell(&columns.duration_ms, *row).filter(|took| *took > 0) else {
            continue;
        };
        let at = cell(&columns.started_at, *row).map(Timestamp::millis);
        let Some(job) = job_of(&jobs, own, at) else { continue };
        if let Some(sum) = sums.get_mut(job) {
            *sum = sum.saturating_add(took);
        }
        taken.push((job, *test, took));
    }
    taken.sort_unstable();
    let mut releases: BTreeSet<usize> = BTreeSet::new();
    let mut of_release: BTreeSet<(usize, u32)> = BTreeSet::new();
    for (at, test, took) in taken {
        let (Some(job), Some(sum)) = (jobs.get(at), sums.get(at)) else { continue };
        let share = (job.on_path_ms as f64 / *sum as f64).min(1.0);
        let Some(on) = found.tests.get_mut(test as usize) else { continue };
        on.0 += took as f64 * share;
        on.1 += usize::from(of_release.insert((job.release, test)));
        releases.insert(job.release);
    }
    found.releases = releases.len();
    found
}

/// The jobs on the paths of the latest `most` releases, and which of them each run has.
fn jobs_on_path(view: View<'_>, most: usize) -> (Vec<Job>, HashMap<Name, Vec<usize>>) {
    let tasks = &view.history.facts().task_runs;
    let last = view.releases.len();
    let mut jobs: Vec<Job> = Vec::new();
    let mut runs: HashMap<Name, Vec<usize>> = HashMap::new();
    for release in last.saturating_sub(most)..last {
        let Some((path, _)) = lead_time(view, release) else { continue };
        let mut on_path: BTreeMap<FactId, i64> = BTreeMap::new();
        for segment in path.segments.iter().filter(|segment| segment.category == Category::Run) {
            let length = segment.to_at.since(segment.from_at);
            for id in &segment.evidence {
                let sum: &mut i64 = on_path.entry(*id).or_default();
                *sum = sum.saturating_add(length);
            }
        }
        let mut near: Vec<Row> = release_jobs(view, release);
        if let Some(head) = view.releases.list.get(release) {
            near.extend_from_slice(view.history.tasks_by_sha.get(head.sha));
        }
        near.sort_unstable();
        near.dedup();
        for row in near {
            let times = cell(&tasks.started_at, row).zip(cell(&tasks.finished_at, row));
            let (Some((from, to)), Some(on_path)) = (times, on_path.get(&cell(&tasks.id, row)))
            else {
                continue;
            };
            let run = cell(&tasks.run_id, row);
            let others =
                || view.history.tasks_by_run.get(run).iter().filter(|other| **other != row);
            runs.entry(run).or_default().push(jobs.len());
            jobs.push(Job {
                release,
                from: from.millis(),
                to: to.millis(),
                alone: others().count() == 0
                    || (is_for_tests(view, row) && !others().any(|row| is_for_tests(view, *row))),
                on_path_ms: to.since(from).min(*on_path),
            });
        }
    }
    (jobs, runs)
}

/// Returns the job of `own` that a result belongs to.
fn job_of(jobs: &[Job], own: &[usize], at: Option<i64>) -> Option<usize> {
    let fits = |test: &dyn Fn(&Job) -> bool| {
        let mut all = own.iter().copied().filter(|job| jobs.get(*job).is_some_and(test));
        let first = all.next();
        first.filter(|_| all.next().is_none())
    };
    match at {
        Some(at) => fits(&|job| job.from <= at && at < job.to),
        None => fits(&|job| job.alone),
    }
}

/// Returns whether a job says that it runs tests.
fn is_for_tests(view: View<'_>, row: Row) -> bool {
    let facts = view.history.facts();
    let says = |name: Name| facts.text(name).to_ascii_lowercase().contains("test");
    says(cell(&facts.task_runs.kind, row)) || says(cell(&facts.task_runs.name, row))
}
