//! Which parts of a release were unusually short beside the service's own earlier releases.
//!
//! By rank alone: a part counts where its rank is so low that, over all parts that can be compared,
//! chance praises one release in ten at most (docs/statistics/unusual.md).

use super::{View, baseline, lead_time};
use crate::review::types::{Category, LeadTime};
use crate::stats;

/// The parts that are waiting, machines' work or work done again: to write less code is not better.
const PARTS: [Category; 10] = [
    Category::ReviewWait,
    Category::Review,
    Category::MergeWait,
    Category::Queue,
    Category::Run,
    Category::ApprovalWait,
    Category::Rework,
    Category::ReworkWait,
    Category::Batching,
    Category::Deploy,
];

/// Over all parts, chance praises at most this share of the releases.
const BY_CHANCE: f64 = 0.10;
/// Nobody notices a smaller saving, in milliseconds.
const WORTH_MS: i64 = 60_000;

/// A part that was unusually short.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Better {
    pub(crate) category: Category,
    pub(crate) value_ms: i64,
    /// The median of the earlier releases that had this part.
    pub(crate) usual_ms: i64,
    /// 1 where none of them was shorter.
    pub(crate) rank: usize,
    /// How many there are with this one.
    pub(crate) of: usize,
}

/// Returns the parts of the release at `index` that were unusually short, what was saved most first.
/// Only releases that had the part are compared: where it is missing nobody may have looked.
pub(crate) fn better_parts(view: View<'_>, index: usize, current: &LeadTime) -> Vec<Better> {
    let earlier: Vec<LeadTime> = baseline(view, index)
        .range
        .filter_map(|index| lead_time(view, index))
        .map(|(lead_time, _)| lead_time)
        .collect();
    let of = |lead_time: &LeadTime, category: Category| {
        lead_time.by_category_ms.get(&category).copied().filter(|millis| 0 < *millis)
    };
    let parts: Vec<(Category, i64, Vec<i64>)> = PARTS
        .into_iter()
        .filter_map(|category| {
            let values: Vec<i64> = earlier.iter().filter_map(|one| of(one, category)).collect();
            let enough = stats::FEWEST_TO_JUDGE <= values.len();
            Some((category, of(current, category).filter(|_| enough)?, values))
        })
        .collect();
    let level = BY_CHANCE / parts.len().max(1) as f64;
    let mut found: Vec<Better> = parts
        .into_iter()
        .filter_map(|(category, value_ms, values)| better(category, value_ms, &values, level))
        .collect();
    found.sort_by_key(|part| std::cmp::Reverse(part.usual_ms.saturating_sub(part.value_ms)));
    found
}

fn better(category: Category, value_ms: i64, values: &[i64], level: f64) -> Option<Better> {
    let floats: Vec<f64> = values.iter().map(|value| *value as f64).collect();
    #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
    let usual_ms = stats::median(&floats)?.round() as i64;
    // Ties speak against it.
    let rank = 1 + values.iter().filter(|other| **other <= value_ms).count();
    let of = values.len() + 1;
    let rare = rank as f64 / of as f64 <= level;
    (rare && WORTH_MS <= usual_ms.saturating_sub(value_ms)).then_some(Better {
        category,
        value_ms,
        usual_ms,
        rank,
        of,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_better_where_chance_would_not_praise_it() {
        let hours: Vec<i64> = (1..=59).map(|hour| hour * 3_600_000).collect();
        let found = better(Category::Queue, 60_000, &hours, 0.10 / 6.0).unwrap();
        assert_eq!((found.rank, found.of, found.usual_ms), (1, 60, 30 * 3_600_000));
        // The second shortest of sixty is 3.3 %: with six parts that is chance, with three it is not.
        assert_eq!(better(Category::Queue, 3_600_001, &hours, 0.10 / 6.0), None);
        assert!(better(Category::Queue, 3_600_001, &hours, 0.10 / 3.0).is_some());
        // A tie is no first place, and a saving of seconds is none.
        assert_eq!(better(Category::Queue, 3_600_000, &hours, 0.10 / 6.0), None);
        assert_eq!(better(Category::Queue, 1_000, &[30_000; 59], 0.10), None);
    }
}
