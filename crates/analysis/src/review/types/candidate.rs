//! What could be the one change: plain data (docs/statistics/candidates.md).

use serde::Serialize;

use super::Layer;

/// Something that could be the one change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The name to choose it by.
    pub id: String,
    /// Which layer it changes.
    pub layer: Layer,
    /// Whether something comes, goes or is done differently.
    pub kind: ProposalKind,
    /// What to do.
    pub title: String,
    /// By how much earlier a typical release would be, in milliseconds, where that can be said.
    pub expected_saving_ms: Option<i64>,
    /// How sure that is, from 0 to 1.
    pub confidence: f64,
    /// What the confidence rests on.
    pub confidence_why: String,
    /// Why, with its n.
    pub why: String,
    /// small, medium, large.
    pub effort: String,
    /// The stage that it should move, for people: "waiting for a machine".
    pub stage: String,
    /// What would show that it helped: a number of that stage, not of the whole.
    pub target_metric: String,
}

/// What a candidate does to the way to production. Nothing ever says "delete a gate".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalKind {
    /// Something new: machines, automation, a rule.
    Add,
    /// Something no longer stands in the way: a gate moves, samples or only tells; a step by hand is
    /// left out.
    Remove,
    /// The same, done differently.
    Change,
}
