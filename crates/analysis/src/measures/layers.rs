//! Which layer a delay belongs to (R5): a small table of rules, and sums that add up exactly.

use super::partition::{Cause, Stretch};
use crate::review::types::{Category, LayerShares, LayerSums};

/// Parts of a hundred: process, platform, policy.
type Parts = [i64; 3];

/// Returns whose a stretch is; all zero for work and for time that nothing explains.
///
/// docs/statistics.md holds the table with the reasons.
fn parts(category: Category, cause: Cause) -> Parts {
    match (category, cause) {
        // What a flaky check costs is the platform's, whoever waits.
        (Category::Rework | Category::ReworkWait, Cause::Flaky) | (Category::Queue, _) => {
            [0, 100, 0]
        }
        // Between the first look and the approval nothing tells who was acting: back and forth.
        (
            Category::ReviewWait
            | Category::Review
            | Category::MergeWait
            | Category::Rework
            | Category::ReworkWait,
            _,
        ) => [100, 0, 0],
        // Who waits for an approval waits for a person (process) because a rule asks for one.
        (Category::ApprovalWait | Category::Batching, _) => [50, 0, 50],
        (Category::Manual, _) => [50, 50, 0],
        (Category::Coding | Category::Run | Category::Deploy | Category::Idle, _) => [0, 0, 0],
    }
}

/// Returns the shares of a stretch.
pub(super) fn shares(category: Category, cause: Cause) -> LayerShares {
    let [process, platform, policy] = parts(category, cause).map(|part| part as f64 / 100.0);
    LayerShares { process, platform, policy }
}

/// Returns the sums by layer; they add up to the sum of the stretches to the millisecond (largest
/// remainder).
pub(super) fn sums(stretches: &[Stretch]) -> LayerSums {
    // In hundredths of a millisecond: work, process, platform, policy, unexplained.
    let mut hundredths = [0_i128; 5];
    let mut whole = 0_i128;
    for stretch in stretches {
        let length = i128::from(stretch.to) - i128::from(stretch.from);
        whole += length;
        let [process, platform, policy] = parts(stretch.category, stretch.cause).map(i128::from);
        let rest = 100 - process - platform - policy;
        let idle = stretch.category == Category::Idle || stretch.cause == Cause::Untold;
        let split =
            [if idle { 0 } else { rest }, process, platform, policy, if idle { rest } else { 0 }];
        for (sum, share) in hundredths.iter_mut().zip(split) {
            *sum += length * share;
        }
    }
    let mut floors = hundredths.map(|sum| sum.div_euclid(100));
    let mut left = whole - floors.iter().sum::<i128>();
    let mut by_remainder = [0_usize, 1, 2, 3, 4];
    by_remainder.sort_by_key(|at| {
        std::cmp::Reverse(hundredths.get(*at).map_or(0, |sum| sum.rem_euclid(100)))
    });
    for at in by_remainder {
        if left > 0
            && let Some(floor) = floors.get_mut(at)
        {
            *floor += 1;
            left -= 1;
        }
    }
    let [work, process, platform, policy, unexplained] =
        floors.map(|sum| i64::try_from(sum).unwrap_or(i64::MAX));
    LayerSums { work, process, platform, policy, unexplained }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Category; 13] = [
        Category::Coding,
        Category::ReviewWait,
        Category::Review,
        Category::MergeWait,
        Category::Queue,
        Category::Run,
        Category::ApprovalWait,
        Category::Manual,
        Category::Rework,
        Category::ReworkWait,
        Category::Batching,
        Category::Deploy,
        Category::Idle,
    ];

    #[test]
    fn a_delay_belongs_to_somebody_and_work_to_nobody() {
        for category in ALL {
            for cause in [Cause::Ordinary, Cause::Flaky] {
                let sum: i64 = parts(category, cause).iter().sum();
                assert!(sum == 0 || sum == 100, "{category:?}: {sum}");
            }
        }
        let odd = [
            Stretch::new(0, 3, Category::ApprovalWait, "a"),
            Stretch::new(3, 4, Category::Manual, "b"),
        ];
        let found = sums(&odd);
        assert_eq!((found.process, found.platform + found.policy), (2, 2));
    }

    proptest! {
        #[test]
        fn the_layers_add_up(lengths in prop::collection::vec((0_i64..1_000_003, 0_usize..13), 0..50)) {
            let mut at = 0;
            let stretches: Vec<Stretch> = lengths
                .iter()
                .map(|(length, kind)| {
                    at += length;
                    Stretch::new(at - length, at, ALL[*kind], "x")
                })
                .collect();
            let found = sums(&stretches);
            let sum = found.work + found.process + found.platform + found.policy + found.unexplained;
            prop_assert_eq!(sum, at);
        }
    }
}
