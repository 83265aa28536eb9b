//! Flaky pairs: a job and a revision on which it both failed and passed, and what that cost.

use std::collections::BTreeMap;

use aftercast_model::{FactId, Name};

use super::minutes;
use crate::history::ChangeKey;
use crate::settings::GateSettings;

/// A job and a revision on which it both failed and passed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    pub(crate) gate: Name,
    pub(crate) of: ChangeKey,
    pub(crate) revision: Option<i64>,
    /// The commit, where revisions are not known.
    pub(crate) sha: Name,
    pub(crate) failed: usize,
    pub(crate) passed: usize,
    /// Other jobs that flipped on the same revision.
    pub(crate) together_with: usize,
    pub(crate) machine_ms: i64,
    /// From the first failure to the first pass behind it; 0 where the pass came first, or where more
    /// than a pause lies between (then nobody was waiting).
    pub(crate) delay_ms: i64,
    pub(crate) evidence: Vec<FactId>,
}

impl Pair {
    /// Returns its cost in engineer-minutes: machines, its share of the delay, looking into it.
    pub(crate) fn cost(&self, costs: &GateSettings) -> f64 {
        let shared = (self.together_with + 1) as f64;
        minutes(self.machine_ms) * costs.machine_minute
            + (minutes(self.delay_ms) * costs.waiting_minute + costs.inspection) / shared
    }
}

/// Tells each pair how many other jobs flipped on its revision.
pub(super) fn share_out(pairs: &mut [Pair]) {
    pairs.sort_by_key(|pair| (pair.of, pair.revision, pair.sha, pair.gate));
    let same = |a: &Pair, b: &Pair| (a.of, a.revision, a.sha) == (b.of, b.revision, b.sha);
    for together in pairs.chunk_by_mut(same) {
        let others = together.len() - 1;
        for pair in together {
            pair.together_with = others;
        }
    }
}

/// Returns the `most` most costly pairs, the dearest first.
pub(crate) fn most_costly<'a>(
    pairs: &'a [Pair],
    costs: &GateSettings,
    most: usize,
) -> Vec<(&'a Pair, f64)> {
    let mut all: Vec<(&Pair, f64)> = pairs.iter().map(|pair| (pair, pair.cost(costs))).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(most);
    all
}

/// What the flips of one job cost.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct OfGate {
    pub(crate) pairs: usize,
    pub(crate) failed: usize,
    pub(crate) machine_ms: i64,
    pub(crate) cost: f64,
}

/// Returns what the flips of each job cost, by job.
pub(crate) fn by_gate(pairs: &[Pair], costs: &GateSettings) -> BTreeMap<Name, OfGate> {
    let mut found: BTreeMap<Name, OfGate> = BTreeMap::new();
    for pair in pairs {
        let of = found.entry(pair.gate).or_default();
        of.pairs += 1;
        of.failed += pair.failed;
        of.machine_ms = of.machine_ms.saturating_add(pair.machine_ms);
        of.cost += pair.cost(costs);
    }
    found
}
