//! Where the time went, as data: segments, sums, working hours, each commit, savings.

use std::collections::BTreeMap;

use aftercast_model::{FactId, Timestamp};
use serde::Serialize;

/// The lead time, partitioned: the segments cover `[from_at, to_at)` without gap or overlap.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeadTime {
    /// The author time of the oldest commit first shipped, or the best that is known.
    pub from_at: Timestamp,
    /// In production.
    pub to_at: Timestamp,
    /// What the beginning is ("change opened", "first commit written").
    pub from_says: String,
    /// In order of time.
    pub segments: Vec<Segment>,
    /// Sum of the segments of each category.
    pub by_category_ms: BTreeMap<Category, i64>,
    /// Sum by layer; the parts add up to the whole.
    pub by_layer_ms: LayerSums,
    /// The second partition: inside and outside of working hours.
    pub working: WorkingTime,
    /// At how many places clocks disagree; the times were clamped into order there.
    pub clocks_disagree: usize,
    /// The same partition for each shipped commit, averaged; `None` where no commit and no change
    /// has a time.
    pub per_commit: Option<PerCommit>,
    /// What shorter steps would have saved, the largest first; a segment or a category each.
    pub savings: Vec<Saving>,
}

/// The lead time inside and outside of working hours; both add up to the whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct WorkingTime {
    /// Which hours: "Monday to Friday 09:00-18:00 UTC".
    pub says: String,
    /// Inside.
    pub inside_ms: i64,
    /// Outside.
    pub outside_ms: i64,
    /// The part inside, of each category.
    pub by_category_ms: BTreeMap<Category, i64>,
    /// Of the time that was a delay: inside.
    pub delay_inside_ms: i64,
    /// Of the time that was a delay: outside.
    pub delay_outside_ms: i64,
}

/// The lead time of a commit, on average: the release's own partition, from each commit's time on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PerCommit {
    /// What was counted: `commit`, or `change` where no commit has a time.
    pub of: &'static str,
    /// How many.
    pub n: usize,
    /// The mean lead time, rounded down.
    pub mean_ms: i64,
    /// The mean of each category; they add up to the mean lead time (largest remainder).
    pub by_category_ms: BTreeMap<Category, i64>,
    /// The mean of each layer; they add up to the mean lead time (largest remainder).
    pub by_layer_ms: LayerSums,
    /// The one in the middle.
    pub median: MedianCommit,
}

/// The commit whose lead time is in the middle; of an even number the younger of the two.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MedianCommit {
    /// When it was written.
    pub from_at: Timestamp,
    /// Its lead time.
    pub lead_time_ms: i64,
    /// Its part of each category; they add up to its lead time.
    pub by_category_ms: BTreeMap<Category, i64>,
    /// Its part of each layer; they add up to its lead time.
    pub by_layer_ms: LayerSums,
}

/// What a shorter step would have saved: the forward pass, with the lags that were observed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Saving {
    /// The category; all of its segments are shortened.
    pub category: Category,
    /// The longest step of it, to show.
    pub step: String,
    /// How long it took on the way.
    pub time_ms: i64,
    /// By how much the release would have been earlier, had it taken half as long.
    pub halved_ms: i64,
    /// By how much the release would have been earlier, had it taken no time.
    pub removed_ms: i64,
}

/// One stretch of the lead time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// Where it begins.
    pub from_at: Timestamp,
    /// Where it ends.
    pub to_at: Timestamp,
    /// What was going on.
    pub category: Category,
    /// The step's name (a job, a gate, a change), to show.
    pub step: String,
    /// Which layer the delay belongs to; the shares add up to 1 for a delay, to 0 for work and for
    /// time that nothing explains.
    pub layer: LayerShares,
    /// Its part inside of working hours.
    pub working_ms: i64,
    /// The rule that gave it its layer (docs/statistics/time.md).
    pub rule: &'static str,
    /// Why that rule gives these shares.
    pub because: &'static str,
    /// The rows.
    pub evidence: Vec<FactId>,
}

/// What was going on in a stretch of time (methods F).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Between the first commit and the change being ready.
    Coding,
    /// Ready, nobody has looked.
    ReviewWait,
    /// Between the first look and the approval.
    Review,
    /// Approved, not merged.
    MergeWait,
    /// Waiting for a machine.
    Queue,
    /// A machine works.
    Run,
    /// Waiting for a decision.
    ApprovalWait,
    /// A person does a step by hand.
    Manual,
    /// Work that a later attempt replaced.
    Rework,
    /// Between attempts.
    ReworkWait,
    /// Merged, waiting for the next release to take it along.
    Batching,
    /// Going to production.
    Deploy,
    /// Nothing that any source tells.
    Idle,
}

/// Parts of a delay, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct LayerShares {
    /// Sequence of steps, decisions, hand-offs.
    pub process: f64,
    /// CI/CD system, environments, scripts.
    pub platform: f64,
    /// Gates, criteria, conditions.
    pub policy: f64,
}

/// Milliseconds by layer; the five parts add up to the lead time exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct LayerSums {
    /// Work: no delay.
    pub work: i64,
    /// Sequence of steps, decisions, hand-offs.
    pub process: i64,
    /// CI/CD system, environments, scripts.
    pub platform: i64,
    /// Gates, criteria, conditions.
    pub policy: i64,
    /// Nothing that any source tells.
    pub unexplained: i64,
}
