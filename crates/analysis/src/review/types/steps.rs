//! Steps that got slower or faster: plain data of the page (docs/statistics/changes.md).

use aftercast_model::{FactId, Timestamp};
use serde::Serialize;

/// The steps of a service whose length changed, since when, and what changed in that time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepChanges {
    /// [`super::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The service.
    pub service: String,
    /// What to take home, a sentence each.
    pub says: Vec<String>,
    /// How many series (a step's run time, its queue time, a wait) were long enough to judge.
    pub looked_at: usize,
    /// How many were too short.
    pub too_few: usize,
    /// The changes, what costs most first.
    pub changes: Vec<StepChange>,
    /// What a reader must know to trust the page.
    pub notes: Vec<String>,
}

/// One lasting change of the length of one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepChange {
    /// The job, the environment, or `review` and `approval`.
    pub step: String,
    /// What is measured of it.
    pub part: StepPart,
    /// Slower or faster.
    pub direction: Direction,
    /// In how many steps of the same sign it happened: from three on it is a drift.
    pub shifts: usize,
    /// The first point of the new level, by the best estimate.
    pub at: Timestamp,
    /// Where the 90 % set begins: the earliest first point of the new level.
    pub low: Timestamp,
    /// Where the 90 % set ends.
    pub high: Timestamp,
    /// Up to the change.
    pub before: StepLevel,
    /// Since the change.
    pub after: StepLevel,
    /// How much longer, from the shift of the logarithms (Hodges-Lehmann): 0.5 is half as long
    /// again, -0.2 a fifth shorter.
    pub shift: f64,
    /// The Monte-Carlo p of the change point.
    pub p: f64,
    /// Whether it is the level of today: no later change of this series is known, and the step ran in
    /// the last thirty days.
    pub latest: bool,
    /// What it costs (or saves, negative) in thirty days, in milliseconds: the difference of the
    /// medians for each run of the last thirty days that are known.
    pub cost_30_days_ms: i64,
    /// The only pool of runners on which it changed, where others can be told apart.
    pub only_pool: Option<String>,
    /// Recorded changes that reached the step in the window of the 90 % set.
    pub candidates: Vec<StepCandidate>,
    /// How many changes of the service landed in the window; `None` where no source tells. No
    /// source tells which of them touch the step.
    pub landed: Option<usize>,
    /// All of it in words, with its n.
    pub says: String,
    /// The rows of the recorded changes, the last run before the change and the first one after it.
    pub evidence: Vec<FactId>,
}

/// What is measured of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepPart {
    /// A job's run time, where it passed.
    JobRun,
    /// A job's wait for a machine.
    JobQueue,
    /// A deployment's run time.
    DeployRun,
    /// A deployment's wait to begin.
    DeployQueue,
    /// From ready to the first look by another person.
    ReviewWait,
    /// From ready to the approval that let a change in.
    ApprovalWait,
}

/// Whether a step takes longer than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It takes longer.
    Slower,
    /// It takes less.
    Faster,
}

/// How long a step took on one side of a change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StepLevel {
    /// The median of the points, in milliseconds.
    pub median_ms: i64,
    /// How many points.
    pub points: usize,
    /// How many runs they are made of.
    pub runs: usize,
}

/// A recorded change that reached the step when its length changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepCandidate {
    /// What it is.
    pub kind: CandidateKind,
    /// When it reached the service.
    pub at: Timestamp,
    /// In words: "rollout `runner-image` 2.1".
    pub says: String,
}

/// What kind of recorded change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateKind {
    /// A platform change reached the service.
    Rollout,
    /// A gate was set up differently.
    Gate,
    /// The step runs on other runners.
    Runner,
}
