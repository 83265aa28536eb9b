//! What was planted, as plain data: the answer to compare an analysis with.

use aftercast_model::Timestamp;
use serde::Serialize;

/// The truth about a simulated company.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// The form of this data.
    pub schema_version: u32,
    /// Always true: none of this happened.
    pub simulated: bool,
    /// The seed of the plan.
    pub seed: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Rows of `task_runs`.
    pub task_runs: u64,
    /// What is true of each service, in the order in which their facts came.
    pub services: Vec<ServiceTruth>,
}

/// The truth about one service.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct ServiceTruth {
    /// Its name in the facts.
    pub service: String,
    /// The team that owns it.
    pub team: String,
    /// Its repository.
    pub repo: String,
    /// Production deployments that succeeded and were no rollback.
    pub releases: u64,
    /// Change requests merged.
    pub changes: u64,
    /// Rows of `task_runs`.
    pub task_runs: u64,
    /// What each gate did.
    pub gates: Vec<GateTruth>,
    /// The flaky test case and its job.
    pub flaky: Option<FlakyTruth>,
    /// The step that got slower.
    pub slower: Option<ChangeTruth>,
    /// The weeks of long queues.
    pub shortage: Option<ShortageTruth>,
    /// The platform change that reached it.
    pub rollout: Option<ChangeTruth>,
    /// The step done by hand.
    pub manual: Option<ManualTruth>,
    /// Releases by size, and how many of them caused an incident.
    pub sizes: Option<SizeTruth>,
    /// How many incidents a release caused.
    pub caused_incidents: u64,
    /// How many incidents no release caused.
    pub other_incidents: u64,
    /// Merged changes that take an earlier one back.
    pub reverts: u64,
    /// Releases of their own that mend something.
    pub hotfixes: u64,
    /// Deployments of an earlier release again.
    pub rollbacks: u64,
    /// The first [`ServiceTruth::LISTED`] incidents.
    pub incidents: Vec<IncidentTruth>,
}

impl ServiceTruth {
    /// How many incidents are listed one by one; the others are only counted, so that the truth
    /// about any number of releases stays small.
    pub const LISTED: usize = 500;
}

/// The truth about a gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateTruth {
    /// Its name in the facts.
    pub gate: String,
    /// What it is.
    pub nature: GateNature,
    /// In which share of the changes it finds a real problem.
    pub rate: f64,
    /// In how many changes it did.
    pub caught: u64,
    /// In how many runs it failed without a reason.
    pub flaky: u64,
}

/// What a gate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateNature {
    /// It finds real problems.
    Catches,
    /// It works, and there is nothing to find.
    NeverCatches,
    /// It finds problems, and fails without a reason too.
    Flaky,
    /// A command that cannot fail.
    Echo,
    /// A job that runs no tests.
    NoTests,
    /// People who look, and sometimes say no.
    Review,
    /// People who say yes within a minute, always.
    RubberStamp,
    /// People who answer in the morning.
    MorningBoard,
    /// A rule that a machine checks.
    Policy,
    /// A fixed wait.
    Timer,
}

/// The truth about a flaky test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlakyTruth {
    /// The job.
    pub job: String,
    /// The test case that fails, where cases are recorded.
    pub test: String,
    /// In which share of the runs.
    pub rate: f64,
    /// In how many runs it did.
    pub runs: u64,
}

/// The truth about a change of a step on a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeTruth {
    /// The job.
    pub job: String,
    /// From when.
    pub at: Timestamp,
    /// By which factor its run time changed.
    pub factor: f64,
    /// The rollout that did it.
    pub rollout: String,
}

/// The truth about a shortage of runners.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShortageTruth {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// By which factor the time in the queue grew.
    pub factor: f64,
}

/// The truth about a step done by hand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ManualTruth {
    /// What it is called where it is declared.
    pub step: String,
    /// Whether it is declared as a job of kind `manual`; else there is only the gap.
    pub declared: bool,
    /// Half of them take longer than this, in milliseconds.
    pub median_ms: i64,
    /// The machine step before it.
    pub after: String,
    /// The machine step behind it.
    pub before: String,
}

/// The truth about the size of releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
pub struct SizeTruth {
    /// Small releases.
    pub small: u64,
    /// Small releases that caused an incident.
    pub small_caused: u64,
    /// Large releases.
    pub large: u64,
    /// Large releases that caused an incident.
    pub large_caused: u64,
}

/// The truth about an incident.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentTruth {
    /// Its id in the facts, as 32 hexadecimal digits.
    pub id: String,
    /// When users began to feel it.
    pub at: Timestamp,
    /// The version of the release that caused it; `None` where no release did.
    pub release: Option<String>,
    /// The change that caused it.
    pub change: Option<i64>,
    /// Whether the facts name the cause.
    pub named: bool,
    /// What was done about it.
    pub repair: Repair,
}

/// What was done about an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// Nothing that a delivery shows.
    None,
    /// The next release took the change back.
    Revert,
    /// A release of its own took the change back or mended it.
    Hotfix,
    /// The release before was deployed again; a revert came with the next one.
    Rollback,
}
