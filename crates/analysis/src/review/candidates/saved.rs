//! What a shorter step would have saved the last releases.

use aftercast_model::human_duration;

use crate::measures::{self, Way};
use crate::review::types::Segment;

/// Nobody changes the delivery model for less.
const WORTH_MS: i64 = 60_000;

/// So many releases make a saving half sure; 24 make it three quarters.
const HALF_SURE: f64 = 8.0;

/// What a shorter step would have saved.
#[derive(Debug)]
pub(super) struct Saved {
    /// A typical release: the share of releases that would have been earlier, times by how much (median).
    pub(super) expected_ms: i64,
    /// How many releases were looked at.
    pub(super) releases: usize,
    /// How many had the delay.
    pub(super) delayed: usize,
    /// The delay where there was one, the median.
    pub(super) delay_ms: i64,
    /// How many would have been earlier.
    pub(super) earlier: usize,
    /// By how much those, the median.
    pub(super) by_ms: i64,
}

impl Saved {
    /// Returns what the segments that `which` picks would have saved with `kept(length)` instead of
    /// their length, by the forward pass ([`measures::saving`]); `None` below a minute a release.
    pub(super) fn by(
        ways: &[&Way],
        which: impl Fn(&Segment) -> bool,
        kept: impl Fn(i64) -> i64,
    ) -> Option<Self> {
        let mut delays = Vec::new();
        let mut savings = Vec::new();
        for way in ways {
            let delay = length(way, &which);
            if delay <= 0 {
                continue;
            }
            delays.push(delay);
            let saved = measures::saving(way, &which, &kept);
            if saved > 0 {
                savings.push(saved);
            }
        }
        let (delay_ms, by_ms) = (middle(&mut delays)?, middle(&mut savings)?);
        let (k, n) = (i128::try_from(savings.len()).ok()?, i128::try_from(ways.len()).ok()?);
        let expected_ms = i64::try_from(i128::from(by_ms) * k / n).ok()?;
        (expected_ms >= WORTH_MS).then_some(Self {
            expected_ms,
            releases: ways.len(),
            delayed: delays.len(),
            delay_ms,
            earlier: savings.len(),
            by_ms,
        })
    }

    /// Returns how sure the saving is, by the number of releases: n / (n + 8).
    pub(super) fn confidence(&self) -> f64 {
        let n = self.releases as f64;
        n / (n + HALF_SURE)
    }

    /// Returns "took time in 40 of the last 60 releases, 3 h where it did (median)".
    pub(super) fn took(&self) -> String {
        format!(
            "took time in {} of the last {}, {} where it did (median)",
            self.delayed,
            measures::counted(self.releases, "release"),
            human_duration(self.delay_ms)
        )
    }

    /// Returns "half of it would have made 31 of them earlier by 40 min (median)".
    pub(super) fn would(&self, what: &str) -> String {
        format!(
            "{what} would have made {} of them earlier by {} (median)",
            self.earlier,
            human_duration(self.by_ms)
        )
    }
}

/// Returns how long the segments of one way are that `which` picks.
pub(super) fn length(way: &Way, which: impl Fn(&Segment) -> bool) -> i64 {
    let own = way.lead_time.segments.iter().filter(|segment| which(segment));
    own.fold(0, |sum: i64, segment| sum.saturating_add(segment.to_at.since(segment.from_at)))
}

fn middle(values: &mut [i64]) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}
