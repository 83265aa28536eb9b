//! What one gate did, counted.

use aftercast_model::{FactId, GateKind, Name};

use crate::review::types::Mechanism;

/// What one gate did. Counts are of distinct changes (or commits), unless they say runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tally {
    pub(crate) gate: Name,
    pub(crate) kind: GateKind,
    /// Whether people decide (an approval), not a machine.
    pub(crate) by_people: bool,
    /// Whether it answers when jobs end, and so sums them up.
    pub(crate) sums_up: bool,
    /// Whether its last run could hold back.
    pub(crate) required: Option<bool>,
    /// Stages with their runs, most runs first.
    pub(crate) stages: Vec<(Name, usize)>,
    pub(crate) runs: usize,
    pub(crate) runs_after_merge: usize,
    pub(crate) subjects: usize,
    /// On which it said no at least once, for whatever reason.
    pub(crate) refused: usize,
    /// On which every attempt on a revision failed and a later revision passed.
    pub(crate) caught: usize,
    /// Of those, on which no other job said no to the revision.
    pub(crate) caught_alone: usize,
    /// Of those, merged so long ago that a problem would be known by now.
    pub(crate) caught_long_ago: usize,
    /// Problems of releases so old that it let through; `None` where no source tells of problems.
    pub(crate) escaped: Option<usize>,
    /// On which it failed and passed on the same revision.
    pub(crate) flaky: usize,
    /// On which the machinery failed.
    pub(crate) infra: usize,
    /// On which it was flaky or the machinery failed.
    pub(crate) false_alarms: usize,
    /// Merged though its last word was no.
    pub(crate) bypassed: usize,
    /// Failed, and nothing tells whether it was right.
    pub(crate) unknown: usize,
    pub(crate) passed: usize,
    /// All of whose passes checked nothing.
    pub(crate) vacuous: usize,
    /// Runs that passed, and those of them that checked nothing, by how.
    pub(crate) passes: usize,
    pub(crate) empty: Empty,
    /// Merged, and its only word on the last revision was that it was skipped.
    pub(crate) skipped_in: usize,
    /// Of those, with a failed job in the same run.
    pub(crate) needs_failed: usize,
    pub(crate) skipped_subjects: usize,
    /// Changes that it looked at or was skipped on.
    pub(crate) met: usize,
    pub(crate) machine_ms: i64,
    /// Sum of the times from asking (or starting) to its answer.
    pub(crate) wait_ms: i64,
    /// What it alone kept changes waiting.
    pub(crate) alone_ms: i64,
    /// Runs on a revision that had passed in another stage, those that said no, their time.
    pub(crate) again: (usize, usize, i64),
    /// The longest pass, and the steps of passes that have at most one step of their own.
    pub(crate) longest_pass_ms: Option<i64>,
    pub(crate) one_step_passes: usize,
    /// The latest refusals, at most [`SHOWN`].
    pub(crate) evidence: Vec<FactId>,
    /// The latest passes, at most [`SHOWN`].
    pub(crate) pass_evidence: Vec<FactId>,
    /// The latest skips that were let in, at most [`SHOWN`].
    pub(crate) skip_evidence: Vec<FactId>,
}

/// Runs that passed without checking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Empty {
    counts: Vec<(Mechanism, usize, Vec<FactId>)>,
}

impl Empty {
    pub(super) fn add(&mut self, how: Mechanism, id: FactId) {
        let at = self.counts.iter().position(|(known, ..)| *known == how);
        let at = at.unwrap_or_else(|| {
            self.counts.push((how, 0, Vec::new()));
            self.counts.len() - 1
        });
        if let Some((_, count, ids)) = self.counts.get_mut(at) {
            *count += 1;
            if ids.len() < SHOWN {
                ids.push(id);
            }
        }
    }

    /// Returns each way with how often it came and rows of it.
    pub(crate) fn each(&self) -> impl Iterator<Item = (Mechanism, usize, &[FactId])> {
        self.counts.iter().map(|(how, count, ids)| (*how, *count, ids.as_slice()))
    }
}

/// How many rows show what a gate did.
pub(super) const SHOWN: usize = 8;
