//! Does a feature go together with a label, beyond what time explains? docs/statistics/hypotheses.md.

use super::simulated::Simulated;

/// Returns the two-sided p of the permutation test: `labels` (in order of time) are shuffled
/// within blocks of `block` neighbours, so that a level which changed over time explains nothing.
///
/// The statistic is how far the number of labels with the feature lies from what shuffling expects;
/// p = (1 + rounds at least as far) / (1 + rounds). 1 where nothing can vary. The longer of the two
/// slices is cut; a block of 0 is one block.
pub fn block_permutation_p(
    labels: &[bool],
    feature: &[bool],
    block: usize,
    rounds: u32,
    seed: u64,
) -> f64 {
    let n = labels.len().min(feature.len());
    let block = if block == 0 { n.max(1) } else { block };
    let (labels, feature) =
        (labels.get(..n).unwrap_or_default(), feature.get(..n).unwrap_or_default());
    let blocks: Vec<(Vec<bool>, &[bool])> = labels
        .chunks(block)
        .zip(feature.chunks(block))
        .map(|(labels, feature)| (labels.to_vec(), feature))
        .collect();
    let together = |blocks: &[(Vec<bool>, &[bool])]| -> usize {
        let pairs = blocks.iter().flat_map(|(labels, feature)| labels.iter().zip(*feature));
        pairs.filter(|(label, feature)| **label && **feature).count()
    };
    let expected: f64 = blocks
        .iter()
        .map(|(labels, feature)| {
            let count = |of: &[bool]| of.iter().filter(|is| **is).count() as f64;
            count(labels) * count(feature) / labels.len() as f64
        })
        .sum();
    let far = |count: usize| (count as f64 - expected).abs();
    let seen = far(together(&blocks)) - 1e-9;
    let mut simulated = Simulated::seeded(seed);
    let mut shuffled = blocks;
    let mut reached = 0_u32;
    for _ in 0..rounds {
        for (labels, _) in &mut shuffled {
            for last in (1..labels.len()).rev() {
                labels.swap(last, simulated.below(last + 1));
            }
        }
        reached += u32::from(far(together(&shuffled)) >= seen);
    }
    (1.0 + f64::from(reached)) / (1.0 + f64::from(rounds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(text: &str) -> Vec<bool> {
        text.bytes().map(|byte| byte == b'1').collect()
    }

    #[test]
    fn in_one_block_it_is_fishers_test() {
        // 8 of 10 with the feature, 1 of 6 without: Fisher's p is 0.0350.
        let labels = bits("1111111100100000");
        let feature = bits("1111111111000000");
        let feature: Vec<bool> = feature;
        let exact = crate::stats::fisher_exact(8, 2, 1, 5);
        let p = block_permutation_p(&labels, &feature, 16, 20_000, 1);
        assert!((p - exact).abs() < 0.005, "{p} {exact}");
    }

    #[test]
    fn what_time_explains_is_no_pattern() {
        // All are good early on, none later; the feature is common early on.
        let labels = bits("11111111110000000000");
        let feature = bits("11101111110001000000");
        assert!(block_permutation_p(&labels, &feature, 20, 2_000, 1) < 0.01);
        assert!((block_permutation_p(&labels, &feature, 10, 2_000, 1) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_same_seed_gives_the_same_p_and_nothing_gives_1() {
        let labels = bits("1101001011010110");
        let feature = bits("1100101010010111");
        let p = |seed| block_permutation_p(&labels, &feature, 8, 500, seed).to_bits();
        assert_eq!(p(5), p(5));
        assert!((block_permutation_p(&[], &[true], 10, 100, 0) - 1.0).abs() < 1e-12);
        assert!((block_permutation_p(&labels, &feature, 0, 0, 0) - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn p_is_a_probability(
            labels in prop::collection::vec(any::<bool>(), 0..40),
            feature in prop::collection::vec(any::<bool>(), 0..40),
            block in 0_usize..50, seed in any::<u64>()
        ) {
            let p = block_permutation_p(&labels, &feature, block, 50, seed);
            prop_assert!((1.0 / 51.0..=1.0).contains(&p));
        }
    }
}
