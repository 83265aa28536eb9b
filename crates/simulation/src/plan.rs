//! What to simulate: how large the company is, and what is planted in it.

use aftercast_model::Timestamp;
use serde::Serialize;

/// 2025-01-06T00:00:00Z, a Monday.
const START: i64 = 1_736_121_600_000;

/// About how many job attempts a release of [`Plan::sized`] has.
const TASK_RUNS_A_RELEASE: u64 = 56;

/// The company to simulate. The same plan gives the same facts, whatever the batch size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// What makes two companies of one plan differ.
    pub seed: u64,
    /// Where time begins; where people sleep, the Monday before it.
    pub start: Timestamp,
    /// Over how many days the releases are spread.
    pub days: u32,
    /// How many services there are.
    pub services: u32,
    /// How many planned releases a service has; hotfixes come on top.
    pub releases: u32,
    /// At least how many rows `task_runs` gets in all, where that matters more than the number of
    /// releases: each service goes on releasing until it has its share. `releases` then only sets the
    /// pace.
    pub task_runs: Option<u64>,
    /// Into how many more jobs `unit` is split, at most 8: the more, the more of the facts are job
    /// attempts.
    pub more_jobs: u32,
    /// About how many rows a batch has: a release is never cut.
    pub batch_rows: usize,
    /// The share of the runs of test jobs whose cases are recorded as `test_results`.
    pub recorded_tests: f64,
    /// The share of the jobs whose steps are recorded as `step_runs`; where it is not 0, those of
    /// `licence-check` are recorded in each run.
    pub recorded_steps: f64,
    /// What is planted.
    pub plants: Plants,
}

/// What is planted; `None` and `false` leave it out.
///
/// Every service gets every plant, except where it is said otherwise. The day of a plant that begins
/// on a day is a share of the plan's days.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "a list of switches is what a plan is")]
pub struct Plants {
    /// `integration` finds a real problem in this share of the changes; without it, in 1 of 20.
    pub catching_gate: Option<f64>,
    /// `scan` never finds anything; without it, it finds something in 1 of 50 changes.
    pub idle_gate: bool,
    /// `e2e` fails without a reason in this share of its runs, by the same test case.
    pub flaky_job: Option<f64>,
    /// `licence-check` is an `echo`, `contract-tests` runs no tests; without it, both work.
    pub vacuous_checks: bool,
    /// `production-approval` says yes to everything within a minute.
    pub rubber_stamp: bool,
    /// `change-board` decides on each deployment, in the morning after it was asked.
    pub morning_board: bool,
    /// Incidents that a release causes, and incidents that none causes.
    pub incidents: Option<Incidents>,
    /// `integration` gets slower, and stays so.
    pub slower_step: Option<Slower>,
    /// Too few runners for some weeks.
    pub queue_shortage: Option<Shortage>,
    /// A change of the platform that reaches half of the services, a quarter of the days apart.
    pub rollout: Option<Effect>,
    /// Before each production deployment somebody does something by hand. Every other service
    /// declares it (a job of kind `manual`); the others leave only the gap.
    pub manual_step: bool,
    /// Half of the releases are small (one or two small changes) and seldom cause an incident; the
    /// others are large. Without it, all releases are alike, and size means nothing.
    pub small_is_good: bool,
    /// Weekdays and working hours; without it, people never sleep.
    pub working_hours: bool,
}

/// Incidents: how often, and what is done about them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Incidents {
    /// The share of small releases that cause one.
    pub after_small: f64,
    /// The share of large releases that cause one; where all releases are alike, the mean counts.
    pub after_large: f64,
    /// Half of them begin within this many milliseconds after the release (log-normal, deviation 1).
    pub lag_ms: i64,
    /// Incidents that no release causes, for each release.
    pub without_release: f64,
    /// The share whose cause the incident tracker names.
    pub named: f64,
}

/// A job that gets slower.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Slower {
    /// When, as a share of the days.
    pub at: f64,
    /// By which factor its run time grows.
    pub factor: f64,
}

/// Too few runners.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shortage {
    /// From when, as a share of the days.
    pub from: f64,
    /// Until when, as a share of the days.
    pub to: f64,
    /// By which factor the time in the queue grows.
    pub factor: f64,
}

/// What a rollout does to the services that it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Effect {
    /// When the first services get it, as a share of the days.
    pub first: f64,
    /// When the last ones get it, as a share of the days.
    pub last: f64,
    /// By which factor the run time of `build` changes.
    pub factor: f64,
}

impl Plan {
    /// A company of six services over half a year, with everything planted.
    pub fn company(seed: u64) -> Self {
        Self {
            seed,
            start: Timestamp::from_millis(START),
            days: 182,
            services: 6,
            releases: 120,
            task_runs: None,
            more_jobs: 0,
            batch_rows: 100_000,
            recorded_tests: 1.0,
            recorded_steps: 0.1,
            plants: Plants::company(),
        }
    }

    /// The same company with nothing planted: whatever is found is a false alarm.
    pub fn null(seed: u64) -> Self {
        Self { plants: Plants::none(), ..Self::company(seed) }
    }

    /// A company with about `task_runs` job attempts: one release of one service at least, and a
    /// service more for each 100,000 rows, up to 500. Test cases and steps are recorded for a sample.
    pub fn sized(seed: u64, task_runs: u64) -> Self {
        let services = (task_runs / 100_000).clamp(1, 500);
        let releases = (task_runs / services / TASK_RUNS_A_RELEASE).max(1);
        // Two releases a day, up to three years; more often where there are more releases.
        let days = (releases / 2).clamp(7, 3 * 365);
        Self {
            days: u32::try_from(days).unwrap_or(u32::MAX),
            services: u32::try_from(services).unwrap_or(u32::MAX),
            releases: u32::try_from(releases).unwrap_or(u32::MAX),
            task_runs: Some(task_runs),
            more_jobs: 8,
            recorded_tests: 0.01,
            recorded_steps: 0.02,
            ..Self::company(seed)
        }
    }
}

impl Plants {
    /// Everything, as strong as real companies have it.
    pub fn company() -> Self {
        Self {
            catching_gate: Some(0.10),
            idle_gate: true,
            flaky_job: Some(0.06),
            vacuous_checks: true,
            rubber_stamp: true,
            morning_board: true,
            incidents: Some(Incidents {
                after_small: 0.04,
                after_large: 0.36,
                lag_ms: 2 * 3_600_000,
                without_release: 0.04,
                named: 0.5,
            }),
            slower_step: Some(Slower { at: 0.6, factor: 1.65 }),
            queue_shortage: Some(Shortage { from: 0.25, to: 0.45, factor: 6.0 }),
            rollout: Some(Effect { first: 0.5, last: 0.75, factor: 0.6 }),
            manual_step: true,
            small_is_good: true,
            working_hours: true,
        }
    }

    /// Nothing: every gate finds a little, nothing changes with time, nobody sleeps.
    pub fn none() -> Self {
        Self {
            catching_gate: None,
            idle_gate: false,
            flaky_job: None,
            vacuous_checks: false,
            rubber_stamp: false,
            morning_board: false,
            incidents: None,
            slower_step: None,
            queue_shortage: None,
            rollout: None,
            manual_step: false,
            small_is_good: false,
            working_hours: false,
        }
    }
}
