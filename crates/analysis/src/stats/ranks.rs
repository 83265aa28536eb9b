//! Ranks, and the rank-sum test of Wilcoxon, Mann and Whitney. docs/statistics/hypotheses.md.

use std::cmp::Ordering;

use super::normal::two_sided_p;

/// Two series beside each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankSum {
    /// Mann and Whitney's U: pairs in which the value before is greater, plus half of those that
    /// tie.
    pub u: f64,
    /// U in standard deviations from what chance expects, with the correction for ties: above 0
    /// where the values fell.
    pub z: f64,
    /// Two-sided, by the normal approximation without continuity correction.
    pub p: f64,
}

/// Returns the rank of each value, from 1; values that tie share the mean of their ranks.
/// `NaN` counts as a value beyond infinity.
pub fn midranks(values: &[f64]) -> Vec<f64> {
    let mut ranks = vec![0.0; values.len()];
    for_each_tie(values, |first, tied| {
        // Ranks first + 1 ..= first + tied: their mean.
        let rank = first as f64 + f64::midpoint(tied.len() as f64, 1.0);
        for (_, at) in tied {
            if let Some(slot) = ranks.get_mut(*at) {
                *slot = rank;
            }
        }
    });
    ranks
}

/// Returns the rank-sum test of the values before against those after; `None` where a side is
/// empty or a value is `NaN`. Source: Mann and Whitney 1947; z with the ties of Lehmann 1975:
///
/// ```text
/// z = (U − nm/2) / √( nm(N+1)/12 · (1 − Σ(t³−t)/(N³−N)) ),  N = n + m
/// ```
pub fn rank_sum(before: &[f64], after: &[f64]) -> Option<RankSum> {
    let all: Vec<f64> = before.iter().chain(after).copied().collect();
    if before.is_empty() || after.is_empty() || all.iter().any(|value| value.is_nan()) {
        return None;
    }
    let (n, m) = (before.len() as f64, after.len() as f64);
    let (mut ranks, mut ties) = (0.0, 0.0);
    for_each_tie(&all, |first, tied| {
        let t = tied.len() as f64;
        let own = tied.iter().filter(|(_, at)| *at < before.len()).count() as f64;
        ranks += own * (first as f64 + f64::midpoint(t, 1.0));
        ties += t.powi(3) - t;
    });
    let u = ranks - n * (n + 1.0) / 2.0;
    let total = n + m;
    let untied = 1.0 - ties / (total.powi(3) - total);
    // Where all values tie, nothing speaks for a difference.
    let z = if untied > 0.0 { z_of(u, n, m) / untied.sqrt() } else { 0.0 };
    Some(RankSum { u, z, p: two_sided_p(z) })
}

/// Returns U in standard deviations, without the correction for ties.
fn z_of(u: f64, n: f64, m: f64) -> f64 {
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

/// Calls `found` with each run of equal values in ascending order: how many values are less, and
/// the values with their places.
fn for_each_tie(values: &[f64], mut found: impl FnMut(usize, &[(f64, usize)])) {
    let mut sorted: Vec<(f64, usize)> =
        values.iter().enumerate().map(|(at, value)| (*value, at)).collect();
    sorted.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut first = 0;
    let same = |(a, _): &(f64, usize), (b, _): &(f64, usize)| {
        a.partial_cmp(b).map_or(a.is_nan() && b.is_nan(), Ordering::is_eq)
    };
    for tied in sorted.chunk_by(same) {
        found(first, tied);
        first += tied.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The worked example of docs/statistics/hypotheses.md: twenty lead times in hours, then six.
    const BEFORE: [f64; 20] = [
        52.0, 38.0, 61.0, 45.0, 33.0, 70.0, 48.0, 55.0, 41.0, 36.0, 64.0, 47.0, 39.0, 58.0, 50.0,
        44.0, 72.0, 35.0, 49.0, 57.0,
    ];
    const AFTER: [f64; 6] = [31.0, 28.0, 40.0, 26.0, 35.0, 30.0];

    #[test]
    fn tied_values_share_the_mean_of_their_ranks() {
        // scipy: stats.rankdata([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5])
        let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0];
        let ranks = [4.5, 1.5, 6.0, 1.5, 8.0, 11.0, 3.0, 10.0, 8.0, 4.5, 8.0];
        assert_eq!(midranks(&values), ranks);
        assert_eq!(midranks(&[0.0, -0.0, f64::NAN, f64::INFINITY]), [1.5, 1.5, 4.0, 3.0]);
        assert!(midranks(&[]).is_empty());
    }

    #[test]
    fn the_worked_example_crosses_release_by_release() {
        let expected = [
            (20.0, 1.6514, 0.0),
            (40.0, 2.2842, 0.0),
            (55.0, 2.2822, 0.0),
            (75.0, 2.7111, 0.0),
            (93.5, 2.9552, 0.002),
            (113.5, 3.2559, 0.002),
        ];
        for (m, (u, z, tie)) in (1..).zip(expected) {
            let found = rank_sum(&BEFORE, &AFTER[..m]).unwrap();
            assert!((found.u - u).abs() < 1e-9, "{m}: {}", found.u);
            assert!((z_of(found.u, 20.0, m as f64) - z).abs() < 6e-5, "{m}");
            // The 35 of the fifth release ties with one before.
            assert!((found.z - z).abs() < 6e-5 + tie, "{m}: {}", found.z);
        }
    }

    #[test]
    fn with_ties_it_is_scipys() {
        // scipy: stats.mannwhitneyu(x, y, use_continuity=False, method="asymptotic")
        let found = rank_sum(&BEFORE, &AFTER).unwrap();
        assert!((found.p - 0.001_128_096_234_219_943_2).abs() < 1e-9, "{}", found.p);
        let ties = rank_sum(&[1.0, 2.0, 2.0, 3.0, 3.0, 3.0], &[2.0, 3.0, 3.0, 4.0, 4.0]).unwrap();
        assert!((ties.u - 7.0).abs() < 1e-12);
        assert!((ties.p - 0.120_806_191_245_929_63).abs() < 1e-9, "{}", ties.p);
    }

    #[test]
    fn equal_values_are_no_difference_and_an_empty_side_none() {
        let same = rank_sum(&[1.0, 1.0], &[1.0]).unwrap();
        assert_eq!((same.u, same.z, same.p), (1.0, 0.0, 1.0));
        assert_eq!(rank_sum(&[], &[1.0]), None);
        assert_eq!(rank_sum(&[1.0], &[]), None);
        assert_eq!(rank_sum(&[1.0], &[f64::NAN]), None);
    }

    proptest! {
        #[test]
        fn only_the_order_of_values_matters(
            before in prop::collection::vec(-50_i32..50, 1..30),
            after in prop::collection::vec(-50_i32..50, 1..30)
        ) {
            let of = |values: &[i32], turn: fn(f64) -> f64| -> Vec<f64> {
                values.iter().map(|value| turn(f64::from(*value))).collect()
            };
            let plain = rank_sum(&of(&before, |x| x), &of(&after, |x| x)).unwrap();
            let bent = rank_sum(&of(&before, f64::exp), &of(&after, f64::exp)).unwrap();
            prop_assert_eq!(plain, bent);
            let turned = rank_sum(&of(&after, |x| x), &of(&before, |x| x)).unwrap();
            prop_assert!((plain.z + turned.z).abs() < 1e-9);
            prop_assert!((plain.u + turned.u - (before.len() * after.len()) as f64).abs() < 1e-9);
        }

        #[test]
        fn any_floats_have_ranks(values in prop::collection::vec(any::<f64>(), 0..40)) {
            let ranks = midranks(&values);
            let n = values.len() as f64;
            prop_assert!((ranks.iter().sum::<f64>() - n * (n + 1.0) / 2.0).abs() < 1e-9);
            if let Some(found) = rank_sum(&values, &values) {
                prop_assert!(found.z.abs() < 1e-9 && found.p > 0.999);
            }
        }
    }
}
