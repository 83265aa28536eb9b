//! The gate ledger as data: what each gate caught, what it cost, and what to do with it.
//! Fields are added, never renamed.

use aftercast_model::{FactId, Timestamp};
use serde::Serialize;

use super::Basis;

/// Everything that is said about the gates of a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateLedger {
    /// The version of the JSON form.
    pub schema_version: u32,
    /// The service.
    pub service: String,
    /// The first answer of a gate that is counted.
    pub from_at: Option<Timestamp>,
    /// The last answer of a gate that is counted.
    pub to_at: Option<Timestamp>,
    /// Distinct changes (or commits without a change) that a machine looked at.
    pub changes: usize,
    /// What to take home, the most useful sentence first.
    pub take_home: Vec<String>,
    /// The gates, the one on most changes first.
    pub gates: Vec<GateAccount>,
    /// Approvals by group: a gate before a branch or an environment; never a person.
    pub approvals: Vec<ApprovalAccount>,
    /// Passes that check nothing, by mechanism.
    pub vacuous: Vec<VacuousCase>,
    /// What flips cost, by job, the most costly first.
    pub flaky_gates: Vec<FlakyGate>,
    /// The most costly flaky pairs: a job and a revision on which it both failed and passed.
    pub flaky_pairs: Vec<FlakyPair>,
    /// How many flaky pairs there are in all.
    pub flaky_pairs_total: usize,
    /// Jobs that nearly always say no together.
    pub twins: Vec<Twins>,
    /// Merged changes that take earlier ones back; `None` where no change says so.
    pub taken_back: Option<TakenBack>,
    /// What was asked again on a revision that had passed it in another stage.
    pub again: Option<Again>,
    /// The costs with which the verdicts were found, in engineer-minutes.
    pub costs: GateCosts,
    /// What a reader must know to trust the page.
    pub notes: Vec<String>,
}

/// What to do with a gate. Nothing ever says "delete": removal ends the counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// It catches more than it costs.
    Keep,
    /// Fewer than half of its reds are real.
    FixFirst,
    /// It catches less than it costs: let it run after the merge, nightly, or on one change in k.
    MoveOrSample,
    /// It is worth its machine time, but not the waiting: let it tell, and not hold back.
    MakeAdvisory,
    /// More than half of its passes checked nothing.
    Vacuous,
    /// The changes are too few to say.
    NotEnoughYet,
    /// The team must have it; never judged on catches.
    Pinned,
}

impl GateVerdict {
    /// Returns the word in JSON and in a review's lines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::FixFirst => "fix_first",
            Self::MoveOrSample => "move_or_sample",
            Self::MakeAdvisory => "make_advisory",
            Self::Vacuous => "vacuous",
            Self::NotEnoughYet => "not_enough_yet",
            Self::Pinned => "pinned",
        }
    }
}

/// A rate with its bounds, from 0 to 1 (docs/statistics/gates.md).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// How often it was seen.
    pub hits: usize,
    /// In how many trials.
    pub n: usize,
    /// With 95 % confidence it is at least this.
    pub low: f64,
    /// With 95 % confidence it is at most this.
    pub high: f64,
}

/// What one gate did and cost. Counts are of distinct changes, unless they say runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateAccount {
    /// Its name.
    pub gate: String,
    /// What kind of gate it is (`check`, `approval`, `scan`, ...).
    pub kind: String,
    /// Whether it answers when jobs end: it sums them up, and what it says is said of them already.
    pub sums_up: bool,
    /// The stages in which it ran, most runs first.
    pub stages: Vec<String>,
    /// Whether its last run could hold a change back; `None` where no source says so.
    pub required: Option<bool>,
    /// Answers, each attempt counted.
    pub runs: usize,
    /// Answers after the merge: they can hold nothing back.
    pub runs_after_merge: usize,
    /// Changes that it looked at.
    pub changes: usize,
    /// Changes on which it said no at least once, for whatever reason.
    pub refused: usize,
    /// Changes on which every attempt on a revision failed and a later revision passed.
    pub caught: usize,
    /// Of those, changes on which no other job said no to the same revision; `None` for approvals.
    pub caught_alone: Option<usize>,
    /// Changes on which it failed and passed on one revision; `None` for approvals.
    pub flaky: Option<usize>,
    /// Changes on which the machinery failed; `None` for approvals.
    pub infra: Option<usize>,
    /// Changes that were merged though its last word was no.
    pub bypassed: usize,
    /// Changes on which it failed, and nothing tells whether it was right: not run again, given up.
    pub unknown: usize,
    /// Problems that it let through and where it looks; `None` while no source tells of problems.
    pub escaped: Option<usize>,
    /// Changes that it passed and that a later change took back; `None` where no change says so.
    pub passed_then_reverted: Option<usize>,
    /// Changes all of whose passes checked nothing.
    pub vacuous: usize,
    /// Changes that it passed.
    pub passed: usize,
    /// How often it catches something, of changes.
    pub catch_rate: Option<Rate>,
    /// How often a red is real, of reds that were real or false; `None` for approvals.
    pub real_red: Option<Rate>,
    /// Caught of caught and escaped, of releases so old that a problem would be known by now;
    /// `None` below five of both, or where escapes are not known.
    pub removal_efficiency: Option<Rate>,
    /// Time that machines worked for it, in milliseconds; `None` where no run tells its times.
    pub machine_ms: Option<i64>,
    /// From asking to answering, summed; overlaps with other gates. `None` where no row tells both.
    pub wait_ms: Option<i64>,
    /// Time in which a change waited for this gate and for no other, summed; what it alone adds.
    pub alone_ms: i64,
    /// What it costs a change, in engineer-minutes.
    pub cost: GateCost,
    /// The catch rate from which it is worth its cost; `None` where `escape` is 0.
    pub break_even: Option<f64>,
    /// What to do with it.
    pub verdict: GateVerdict,
    /// Whether the verdict is the same for half and for twice the cost of an escape.
    pub robust: bool,
    /// How many more changes are needed to judge, where they are too few.
    pub needs_more: Option<usize>,
    /// The arithmetic in one sentence.
    pub why: String,
    /// The latest refusals.
    pub evidence: Vec<FactId>,
}

/// What a gate costs a change, in engineer-minutes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct GateCost {
    /// Machines.
    pub machine: f64,
    /// Waiting for it alone.
    pub waiting: f64,
    /// Looking into false alarms; for approvals, the attention of those who decide.
    pub inspection: f64,
}

impl GateCost {
    /// Returns the sum.
    pub fn total(&self) -> f64 {
        self.machine + self.waiting + self.inspection
    }
}

/// The costs that the verdicts rest on, in engineer-minutes (the keys of `[gates]`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GateCosts {
    /// A minute of a machine.
    pub machine_minute: f64,
    /// A minute of waiting.
    pub waiting_minute: f64,
    /// Looking into a false alarm.
    pub inspection: f64,
    /// Giving one decision.
    pub approval: f64,
    /// A real problem that gets through.
    pub escape: f64,
}

/// Approvals of one group: a gate before a branch or an environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApprovalAccount {
    /// The gate.
    pub gate: String,
    /// What it stands before: a branch, `deployments`.
    pub before: String,
    /// Merged changes (or deployments) that it let in.
    pub approved: usize,
    /// Let in by another person than the author.
    pub by_another: usize,
    /// Let in by the author only.
    pub by_author_only: usize,
    /// Let in by a program.
    pub by_program: usize,
    /// Let in, and nothing tells by whom.
    pub by_unknown: usize,
    /// Changes, merged or not, to which another person said no at least once.
    pub objected: usize,
    /// Of those, changes that came with a new revision afterwards and were merged: the objection
    /// changed something.
    pub objected_and_changed: usize,
    /// Changes to which another person said no and that were given up.
    pub objected_and_abandoned: usize,
    /// Approvals by another person within a minute of being asked for.
    pub within_a_minute: usize,
    /// Approvals by another person whose wait is known.
    pub waits_known: usize,
    /// The median wait, in milliseconds.
    pub wait_median_ms: Option<i64>,
    /// Nine of ten waited no longer than this, in milliseconds.
    pub wait_p90_ms: Option<i64>,
    /// What it is, in one sentence.
    pub says: String,
    /// The latest of those let in by the author only, and of those within a minute.
    pub evidence: Vec<FactId>,
}

/// How green comes about without checking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// A required check that does nothing but say yes.
    Echo,
    /// Skipped, and let in.
    SkippedCountsAsPassed,
    /// Its condition or path filter never matches: it is always skipped.
    NeverMatches,
    /// Skipped because something that it needs failed, and let in.
    NeedsFailed,
    /// No gate is able to hold anything back.
    NothingRequired,
    /// Green with no tests.
    NoTests,
    /// Green with all steps skipped.
    AllSkipped,
    /// Green in less than a tenth of its usual time.
    TooFast,
    /// Green though a step failed, or unable to fail at all.
    CannotFail,
}

impl Mechanism {
    /// Returns the mechanism in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Echo => "an echo: does nothing but say yes",
            Self::SkippedCountsAsPassed => "skipped counts as passed",
            Self::NeverMatches => "condition never matches",
            Self::NeedsFailed => "skipped because what it needs failed",
            Self::NothingRequired => "nothing is required",
            Self::NoTests => "green without tests",
            Self::AllSkipped => "green with all steps skipped",
            Self::TooFast => "green in a tenth of its time",
            Self::CannotFail => "cannot fail",
        }
    }
}

/// A gate that passes without checking, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VacuousCase {
    /// The gate; `None` where it is the service as a whole.
    pub gate: Option<String>,
    /// How.
    pub mechanism: Mechanism,
    /// How often.
    pub times: usize,
    /// Of how many.
    pub of: usize,
    /// In one sentence.
    pub says: String,
    /// How sure, from 0 to 1.
    pub confidence: f64,
    /// The latest rows.
    pub evidence: Vec<FactId>,
}

/// A job and a revision of a change on which it both failed and passed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlakyPair {
    /// The job.
    pub gate: String,
    /// The change and revision, or the commit: `230703/2`.
    pub revision: String,
    /// Failures on it.
    pub failed: usize,
    /// Passes on it.
    pub passed: usize,
    /// How many other jobs flipped on the same revision: they share the delay.
    pub together_with: usize,
    /// Machine time of the failures, in milliseconds.
    pub machine_ms: i64,
    /// From the first failure to the first pass after it, in milliseconds; 0 where the pass came
    /// first, or where more than a pause (`longest_pause_ms`) lies between: then nobody was waiting.
    pub delay_ms: i64,
    /// Its cost in engineer-minutes, the delay shared.
    pub cost: f64,
    /// The failures and passes.
    pub evidence: Vec<FactId>,
}

/// What the flips of one job cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlakyGate {
    /// The job.
    pub gate: String,
    /// Its flaky pairs.
    pub pairs: usize,
    /// Failures in them.
    pub failed: usize,
    /// Changes that it looked at.
    pub changes: usize,
    /// Machine time of the failures, in milliseconds.
    pub machine_ms: i64,
    /// Their cost in engineer-minutes, delays shared among the jobs that flipped together.
    pub cost: f64,
}

/// Two jobs that nearly always say no together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Twins {
    /// The one that takes more machine time.
    pub gate: String,
    /// The other.
    pub other: String,
    /// Revisions that both held back.
    pub both: usize,
    /// Revisions that at least one held back.
    pub either: usize,
    /// Machine time of the first, in milliseconds.
    pub machine_ms: i64,
}

/// Merged changes that take earlier ones back, and what they followed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TakenBack {
    /// Merged reverts.
    pub reverts: usize,
    /// Of those, reverts that name a change that is known here. Where none does, the change that was
    /// merged last before the revert was opened, to the same branch, stands in for what it takes back.
    pub named: usize,
    /// Exact where the reverts say what they take back, proxy where the last merge stands in.
    pub basis: Basis,
    /// Changes that were taken back (or stand in), each once.
    pub changes: usize,
    /// The median time from the merge of such a change to the merge of the revert, in milliseconds.
    pub after_median_ms: Option<i64>,
    /// Of the changes, those that only their author had approved.
    pub by_author_only: usize,
    /// Of the changes, those on which every required job's last word before the merge was yes.
    pub all_green: usize,
    /// Of the changes, those on which no job answered before the merge.
    pub nothing_ran: usize,
    /// Of all changes merged meanwhile, those that only their author had approved, to compare with.
    pub usually_by_author_only: usize,
    /// All changes merged meanwhile whose approval is known.
    pub usually: usize,
    /// The gates that had passed them, most first.
    pub passed_by: Vec<PassedBy>,
    /// The changes.
    pub evidence: Vec<FactId>,
}

/// A gate that had passed changes that were taken back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PassedBy {
    /// The gate.
    pub gate: String,
    /// How many of them it had passed.
    pub passed: usize,
}

/// Runs on a revision that had passed the same job in another stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Again {
    /// Such runs.
    pub runs: usize,
    /// Of those, runs that said no.
    pub refused: usize,
    /// Their machine time, in milliseconds.
    pub machine_ms: i64,
}
