//! What a shorter step would really have saved: the forward pass over the way of a release.

use aftercast_model::Timestamp;

use super::attempts::{self, Shortened};
use super::path::Way;
use crate::review::types::{Category, Saving, Segment};

/// Below this nobody changes anything for a release.
const WORTH_MS: i64 = 1_000;

/// Returns by how much the release would have been earlier, had the segments that `which` picks
/// taken `kept(length)` instead of their length, in milliseconds (docs/statistics/time.md).
///
/// The later steps are run forward again with the lags that were observed: work beside the way that
/// was nearly as long takes the saving up, and so does the last other change that the release
/// shipped (unless only the waiting for the release is shortened: who releases more often ships
/// without it). At least zero, at most what the segments were shortened by. Halve with
/// `|length| length / 2`, remove with `|_| 0`.
pub(crate) fn saving(
    way: &Way,
    which: impl Fn(&Segment) -> bool,
    kept: impl Fn(i64) -> i64,
) -> i64 {
    let mut only_batching = true;
    let path: Vec<Shortened> = way
        .lead_time
        .segments
        .iter()
        .map(|segment| {
            let (from, to) = (segment.from_at.millis(), segment.to_at.millis());
            let length = to.saturating_sub(from);
            if !which(segment) {
                return Shortened { from, to, kept: length };
            }
            only_batching &= segment.category == Category::Batching;
            Shortened { from, to, kept: kept(length).clamp(0, length) }
        })
        .collect();
    let held = way.held.filter(|_| !only_batching);
    attempts::saving(&path, &way.beside, held)
}

/// Returns what shorter steps would have saved, by category, the largest first.
pub(super) fn savings(way: &Way) -> Vec<Saving> {
    let mut all: Vec<Saving> = way
        .lead_time
        .by_category_ms
        .iter()
        .filter(|(category, time)| **category != Category::Idle && **time >= WORTH_MS)
        .map(|(category, time)| {
            let own = |segment: &Segment| segment.category == *category;
            let length = |segment: &Segment| segment.to_at.since(segment.from_at);
            let segments = way.lead_time.segments.iter().filter(|segment| own(segment));
            let longest = segments.max_by_key(|one| (length(one), earliest(one.from_at)));
            Saving {
                category: *category,
                step: longest.map(|segment| segment.step.clone()).unwrap_or_default(),
                time_ms: *time,
                halved_ms: saving(way, own, |length| length / 2),
                removed_ms: saving(way, own, |_| 0),
            }
        })
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse((one.halved_ms, one.time_ms)));
    all
}

fn earliest(at: Timestamp) -> std::cmp::Reverse<i64> {
    std::cmp::Reverse(at.millis())
}
