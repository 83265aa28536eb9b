//! How long each step took, in order of time: a point a run, or a point a day where there are many.
//!
//! One pass over the jobs, the latest first, which ends for a job when it has points enough: memory
//! is a few hundred points a job, however many runs there are.

use aftercast_model::{FactId, Name, Outcome, Timestamp};

use crate::history::{Row, ServiceHistory, cell};
use crate::measures::View;
use crate::measures::approvals::{Who, approval_of_change, first_look, ready_at};
use crate::review::types::StepPart;

/// Of one day no more runs than this make its median.
const MOST_OF_A_DAY: usize = 4_096;
/// Below this many days a job's runs count one by one.
const FEWEST_DAYS: usize = 10;
/// What a change costs is counted over this time, in milliseconds.
const RECENT_MS: i64 = 30 * 86_400_000;

/// One or more runs of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    /// The first run.
    pub(crate) from: Timestamp,
    /// The last run.
    pub(crate) to: Timestamp,
    /// How long it took, in milliseconds: the median of the runs.
    pub(crate) value_ms: i64,
    /// How many runs.
    pub(crate) runs: usize,
    /// The row of the first run.
    pub(crate) fact: FactId,
}

/// What is measured of which step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub(crate) part: StepPart,
    /// The job or the environment; missing for waits.
    pub(crate) name: Name,
}

/// The points of one step, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) step: Step,
    pub(crate) points: Vec<Point>,
    /// Whether a point is a day.
    pub(crate) by_day: bool,
    /// How many runs there were in the last thirty days.
    pub(crate) recent_runs: usize,
}

/// Which steps are looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The jobs; all of them where `None`.
    pub(crate) jobs: Option<&'a [Name]>,
    /// What began after this is not looked at.
    pub(crate) until: Timestamp,
    /// The day of today: a step that did not run in the thirty days before it is retired.
    pub(crate) now: Timestamp,
    /// The most points a series has.
    pub(crate) points: usize,
}

/// Returns the series of all steps, in order of their parts and names.
pub(crate) fn series(view: View<'_>, wanted: Wanted<'_>) -> Vec<Series> {
    let mut found = jobs(view.history, wanted);
    found.extend(deployments(view.history, wanted));
    found.extend(waits(view, wanted));
    found
}

/// Collects one series, the latest run first.
struct Collector {
    most: usize,
    now: Timestamp,
    /// The latest runs, at most one more than `most`.
    runs: Vec<Point>,
    /// Days that are complete, the latest first.
    days: Vec<Point>,
    /// The runs of the day that is being read.
    day: Vec<i64>,
    day_from: Option<(Timestamp, FactId)>,
    day_to: Option<Timestamp>,
    recent_runs: usize,
}

impl Collector {
    fn new(wanted: Wanted<'_>) -> Self {
        Self {
            most: wanted.points,
            now: wanted.now,
            runs: Vec::new(),
            days: Vec::new(),
            day: Vec::new(),
            day_from: None,
            day_to: None,
            recent_runs: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.days.len() >= self.most
    }

    fn add(&mut self, at: Timestamp, value_ms: i64, fact: FactId) {
        if self.is_full() {
            return;
        }
        self.recent_runs += usize::from(self.now.since(at) <= RECENT_MS);
        if self.runs.len() <= self.most {
            self.runs.push(Point { from: at, to: at, value_ms, runs: 1, fact });
        }
        if self.day_from.is_some_and(|(from, _)| from.day() != at.day()) {
            self.close_day();
        }
        self.day_from = Some((at, fact));
        self.day_to.get_or_insert(at);
        if self.day.len() < MOST_OF_A_DAY {
            self.day.push(value_ms);
        }
    }

    fn close_day(&mut self) {
        if let (Some((from, fact)), Some(to)) = (self.day_from.take(), self.day_to.take()) {
            let runs = self.day.len();
            let middle = middle(&mut self.day);
            self.days.extend(middle.map(|value_ms| Point { from, to, value_ms, runs, fact }));
        }
        self.day.clear();
    }

    fn finish(mut self, step: Step) -> Option<Series> {
        if !self.is_full() {
            self.close_day();
        }
        let by_day = self.runs.len() > self.most && self.days.len() >= FEWEST_DAYS;
        let mut points = if by_day { self.days } else { self.runs };
        points.truncate(self.most);
        points.reverse();
        (!points.is_empty()).then_some(Series {
            step,
            points,
            by_day,
            recent_runs: self.recent_runs,
        })
    }
}

/// Returns the upper middle of `values`.
fn middle(values: &mut [i64]) -> Option<i64> {
    let at = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    Some(*values.select_nth_unstable(at).1)
}

/// What one job's runs are put into.
struct Job {
    name: Name,
    run: Collector,
    queue: Collector,
}

fn jobs(history: &ServiceHistory, wanted: Wanted<'_>) -> Vec<Series> {
    const NEW: u32 = u32::MAX;
    const NOT_WANTED: u32 = u32::MAX - 1;
    let facts = history.facts();
    let tasks = &facts.task_runs;
    let others = if wanted.jobs.is_some() { NOT_WANTED } else { NEW };
    let mut place = vec![others; facts.names.len() + 1];
    for name in wanted.jobs.unwrap_or_default() {
        if let Some(slot) = place.get_mut(name.index()) {
            *slot = NEW;
        }
    }
    let mut found: Vec<Job> = Vec::new();
    let mut full = 0;
    for row in history.tasks.iter().rev().copied() {
        let name = cell(&tasks.name, row);
        let Some(slot) = place.get_mut(name.index()) else { continue };
        if *slot == NOT_WANTED || name.is_none() {
            continue;
        }
        let Some(started) = cell(&tasks.started_at, row).filter(|at| *at <= wanted.until) else {
            continue;
        };
        if *slot == NEW {
            *slot = u32::try_from(found.len()).unwrap_or(NOT_WANTED);
            found.push(Job { name, run: Collector::new(wanted), queue: Collector::new(wanted) });
        }
        let Some(job) = found.get_mut(*slot as usize) else { continue };
        let outcome = cell(&tasks.outcome, row);
        if let Some(finished) = cell(&tasks.finished_at, row)
            && outcome == Outcome::Success
            && started <= finished
            && finished <= wanted.until
        {
            job.run.add(started, finished.since(started), cell(&tasks.id, row));
        }
        if let Some(queued) = cell(&tasks.queued_at, row)
            && outcome != Outcome::Skipped
            && queued <= started
        {
            job.queue.add(started, started.since(queued), cell(&tasks.id, row));
        }
        // Of all jobs new ones may follow; of those that are wanted all may have enough.
        if job.run.is_full() && job.queue.is_full() {
            *slot = NOT_WANTED;
            full += 1;
            if wanted.jobs.is_some_and(|jobs| jobs.len() == full) {
                break;
            }
        }
    }
    found.sort_by(|a, b| facts.text(a.name).cmp(facts.text(b.name)));
    let of = |job: Job| {
        let step = |part| Step { part, name: job.name };
        let run = job.run.finish(step(StepPart::JobRun));
        [run, job.queue.finish(step(StepPart::JobQueue))]
    };
    found.into_iter().flat_map(of).flatten().collect()
}

fn deployments(history: &ServiceHistory, wanted: Wanted<'_>) -> Vec<Series> {
    let facts = history.facts();
    let columns = &facts.deployments;
    let mut runs: Vec<(Name, Timestamp, Row)> = history
        .deployments
        .iter()
        .filter(|row| cell(&columns.outcome, **row) == Outcome::Success)
        .filter_map(|row| {
            let started = cell(&columns.started_at, *row)?;
            let environment = cell(&columns.environment, *row);
            (environment.is_some() && started <= wanted.until).then_some((
                environment,
                started,
                *row,
            ))
        })
        .collect();
    runs.sort_by(|(a, a_at, a_row), (b, b_at, b_row)| {
        let names = facts.text(*a).cmp(facts.text(*b));
        names.then(b_at.cmp(a_at)).then(b_row.cmp(a_row))
    });
    let mut found = Vec::new();
    for same in runs.chunk_by(|a, b| a.0 == b.0) {
        let (mut run, mut queue) = (Collector::new(wanted), Collector::new(wanted));
        for (_, started, row) in same {
            if let Some(finished) = cell(&columns.finished_at, *row)
                && *started <= finished
                && finished <= wanted.until
            {
                run.add(*started, finished.since(*started), cell(&columns.id, *row));
            }
            if let Some(created) = cell(&columns.created_at, *row).filter(|at| at <= started) {
                queue.add(*started, started.since(created), cell(&columns.id, *row));
            }
        }
        let name = same.first().map(|(name, ..)| *name).unwrap_or_default();
        found.extend(run.finish(Step { part: StepPart::DeployRun, name }));
        found.extend(queue.finish(Step { part: StepPart::DeployQueue, name }));
    }
    found
}

/// The waits of changes that were merged, in order of their asking.
///
/// In order of the answer the beginning of a history would show the short waits only; in order of
/// the asking its end does. So what was asked in the last stretch, in which one in twenty of the
/// changes would still be open, is left out.
fn waits(view: View<'_>, wanted: Wanted<'_>) -> Vec<Series> {
    let history = view.history;
    let columns = &history.facts().change_requests;
    let merged = |row: Row| cell(&columns.merged_at, row).filter(|at| *at <= wanted.until);
    let mut changes: Vec<(Timestamp, Row)> = history
        .changes
        .iter()
        .filter(|row| merged(**row).is_some())
        .filter_map(|row| Some((ready_at(view, *row).or(cell(&columns.opened_at, *row))?, *row)))
        .collect();
    changes.sort_unstable_by(|a, b| b.cmp(a));
    let mut open: Vec<i64> = changes
        .iter()
        .filter_map(|(ready, row)| Some(merged(*row)?.since(*ready).max(0)))
        .collect();
    let last = open.len().saturating_sub(1);
    let long = open.len() * 95 / 100;
    let long = match open.get_mut(..) {
        Some(open) if last > 0 => *open.select_nth_unstable(long.min(last)).1,
        _ => 0,
    };
    let told = wanted.until.plus_millis(long.saturating_neg());
    let mut review = Collector::new(wanted);
    let mut approval = Collector::new(wanted);
    for (ready, row) in changes {
        if ready > told {
            continue;
        }
        if let Some(looked) = first_look(view, row).filter(|at| ready <= *at) {
            review.add(ready, looked.since(ready), history.change_id(row));
        }
        // The author's own approval waits for nobody.
        let approved = approval_of_change(view, row).filter(|found| found.who != Who::Author);
        if let Some(wait_ms) = approved.and_then(|found| found.wait_ms()) {
            approval.add(ready, wait_ms, history.change_id(row));
        }
        if review.is_full() && approval.is_full() {
            break;
        }
    }
    let step = |part| Step { part, name: Name::NONE };
    [review.finish(step(StepPart::ReviewWait)), approval.finish(step(StepPart::ApprovalWait))]
        .into_iter()
        .flatten()
        .collect()
}
