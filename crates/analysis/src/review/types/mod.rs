//! The review as data: what `--format json` shows is this, field by field (design.md, section 7).
//! Fields are added, never renamed.

mod candidate;
mod gates;
mod incidents;
mod keys;
mod lead_time;
mod patterns;
mod steps;
mod survey;
mod tests;

use std::collections::BTreeMap;

use aftercast_model::{FactId, Timestamp};
use serde::Serialize;

pub use candidate::{Candidate, ProposalKind};
pub use gates::*;
pub use incidents::*;
pub use keys::*;
pub use lead_time::{
    Category, LayerShares, LayerSums, LeadTime, MedianCommit, PerCommit, Saving, Segment,
    WorkingTime,
};
pub use patterns::{Pattern, PatternCount, PatternVerdict, Patterns};
pub use steps::{
    CandidateKind, Direction, StepCandidate, StepChange, StepChanges, StepLevel, StepPart,
};
pub use survey::{Survey, SurveyPage};
pub use tests::{
    FlakyTest, NeverFailed, NeverFailedTest, QuarantinedTest, SlowTest, TestCounts, TestGroup,
    TestLedger, TestName, TestValue,
};

/// The version of the JSON form.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that is said about one release.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Review {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The service.
    pub service: String,
    /// Which release.
    pub release: ReleaseHead,
    /// The five numbers (R2).
    pub numbers: Numbers,
    /// Where the time went; `None` where the release has no beginning that is known.
    pub lead_time: Option<LeadTime>,
    /// The eight questions, in order (R12).
    pub questions: Vec<Answer>,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
    /// The gates that this release passed, most costly first.
    pub gates: Vec<GateLine>,
    /// The improvement chosen before, and its verdict.
    pub previous_improvement: Option<PreviousImprovement>,
    /// What could be changed next, best first.
    pub candidates: Vec<Candidate>,
    /// What a reader must know to trust the page: where history starts, clocks that disagree,
    /// sources that are missing, simulated data. One sentence each.
    pub notes: Vec<String>,
    /// The rows behind the ids in `evidence` fields.
    pub evidence: BTreeMap<String, EvidenceRow>,
}

/// How far a statement can be trusted (R3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The source says exactly this.
    Exact,
    /// It follows from what the sources say.
    Inferred,
    /// Something near it was measured instead.
    Proxy,
    /// No source says it.
    Missing,
}

/// What made the release a release: the first step of the ladder that the facts allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseBasis {
    /// A deployment to production.
    Deployment,
    /// A published release.
    PublishedRelease,
    /// A version tag.
    VersionTag,
    /// The cut of a release branch.
    ReleaseBranch,
    /// A merge to the branch that is deployed.
    Merge,
}

/// Which release the review is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseHead {
    /// The name to ask for it by: a version, a tag, a change number, a short hash.
    pub id: String,
    /// What made it a release.
    pub basis: ReleaseBasis,
    /// The basis in words: "merged to `master`, which is deployed".
    pub basis_says: String,
    /// When it was in production.
    pub at: Timestamp,
    /// The commit, where known.
    pub sha: Option<String>,
    /// The release before it.
    pub previous: Option<String>,
    /// The release after it.
    pub next: Option<String>,
    /// Its position among the service's releases, from 1.
    pub position: usize,
    /// How many releases the service has.
    pub total: usize,
    /// Where a person can look at it.
    pub url: Option<String>,
    /// The hashes of the commits that first reached production with it, newest first.
    pub commits: Vec<String>,
    /// How many change requests it shipped; `None` where no source tells.
    pub changes: Option<usize>,
}

/// The five numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Numbers {
    /// From the first commit to production, in milliseconds.
    pub lead_time_ms: Number,
    /// Builds that failed on the way; `n` counts the builds.
    pub failed_builds: Number,
    /// Time spent waiting at approval gates, in milliseconds; `n` counts the approvals.
    pub approval_wait_ms: Number,
    /// Steps done by hand.
    pub manual_steps: Number,
    /// Incidents after the release.
    pub incidents: Number,
}

/// One honest number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Number {
    /// The value; `None` is "not known", never zero.
    pub value: Option<i64>,
    /// How far it can be trusted.
    pub basis: Basis,
    /// From how many rows it is made.
    pub n: usize,
    /// How it was found, or what to connect to know it.
    pub why: String,
    /// Beside the service's own earlier releases.
    pub compared: Option<Comparison>,
    /// The rows.
    pub evidence: Vec<FactId>,
}

/// A number beside the same number of earlier releases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The median of the earlier releases.
    pub median: f64,
    /// Their 10th percentile.
    pub low: f64,
    /// Their 90th percentile.
    pub high: f64,
    /// How many earlier releases.
    pub n: usize,
    /// Whether it is unusual; `None` below eight earlier releases.
    pub unusual: Option<bool>,
    /// In words: "2nd slowest of the last 24", "too few releases to judge".
    pub says: String,
}

/// One layer of the delivery model (R5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Sequence of steps, decisions, hand-offs.
    Process,
    /// CI/CD system, environments, scripts.
    Platform,
    /// Gates, criteria, conditions.
    Policy,
}

/// The answer to one of the eight questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// 1 to 8.
    pub id: u8,
    /// The question.
    pub question: String,
    /// The answer in one sentence; where it is not known, what to connect.
    pub answer: String,
    /// More, one line each; may be empty.
    pub details: Vec<String>,
    /// How far it can be trusted; [`Basis::Missing`] where it is not known.
    pub basis: Basis,
    /// Ids of findings.
    pub findings: Vec<String>,
    /// The rows.
    pub evidence: Vec<FactId>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingSeverity {
    /// Good news, or a fact worth knowing.
    Good,
    /// Worth a look.
    Notice,
    /// Worth a change.
    Warning,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Unique in the review: the check, with a suffix where it fires more than once.
    pub id: String,
    /// Which check found it (docs/checks.md).
    pub check: String,
    /// Which layer it belongs to, where it belongs to one.
    pub layer: Option<Layer>,
    /// How much it matters.
    pub severity: FindingSeverity,
    /// The finding in one sentence, with its n.
    pub says: String,
    /// The rows.
    pub evidence: Vec<FactId>,
    /// How sure, from 0 to 1.
    pub confidence: f64,
    /// What to do about it.
    pub suggestion: Option<String>,
}

/// One gate over the window that the review looks at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateLine {
    /// Its name.
    pub gate: String,
    /// Verdicts in the window.
    pub runs: usize,
    /// Real problems that it held back.
    pub caught: Option<usize>,
    /// Failures that passed on the same input.
    pub flaky: Option<usize>,
    /// Failures of the machinery.
    pub infra: Option<usize>,
    /// Overruled.
    pub bypassed: Option<usize>,
    /// Problems that it let through.
    pub escaped: Option<usize>,
    /// Passes that checked nothing.
    pub vacuous: Option<usize>,
    /// What waiting for it cost in the window, in milliseconds.
    pub wait_ms: Option<i64>,
    /// What to do with it; `not_enough_yet` where the rows are too few.
    pub verdict: String,
    /// Why.
    pub why: String,
    /// The interval of the catch rate, from 0 to 1.
    pub interval: Option<(f64, f64)>,
}

/// The improvement chosen before, and how it did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviousImprovement {
    /// What was changed.
    pub title: String,
    /// Helped, no evidence, hurt, too early.
    pub verdict: String,
    /// The arithmetic in one sentence.
    pub why: String,
}

/// A row behind a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceRow {
    /// The table that it stands in.
    pub table: String,
    /// A short text for people: "`phpunit` failed on change 230703/1".
    pub says: String,
    /// When.
    pub at: Option<Timestamp>,
    /// Where a person can look at it.
    pub url: Option<String>,
}

/// One line of the list of releases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseLine {
    /// The name to ask for it by.
    pub id: String,
    /// What made it a release.
    pub basis: ReleaseBasis,
    /// When it was in production.
    pub at: Timestamp,
    /// The commit, where known.
    pub sha: Option<String>,
    /// How many commits first reached production with it; `None` where no source tells.
    pub commits: Option<usize>,
    /// From the first commit to production, in milliseconds.
    pub lead_time_ms: Option<i64>,
}
