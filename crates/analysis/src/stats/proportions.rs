//! Shares: how far two differ, and whether a new count fits the earlier ones.
//! docs/statistics/hypotheses.md.

use super::{incomplete_beta, normal_quantile};

/// Above this many trials the Beta distribution stands for the Beta-binomial.
const SUMMED_UP_TO: u64 = 1_000_000;

/// Returns k1/n1 − k2/n2 with its 95 % interval: estimate, low, high. Newcombe's hybrid of two
/// Wilson intervals (Newcombe 1998, method 10). `None` where a side has no trial or more hits than
/// trials.
pub fn risk_difference(k1: u64, n1: u64, k2: u64, n2: u64) -> Option<(f64, f64, f64)> {
    let (first, first_low, first_high) = wilson(k1, n1)?;
    let (second, second_low, second_high) = wilson(k2, n2)?;
    let estimate = first - second;
    let low = estimate - (first - first_low).hypot(second_high - second);
    let high = estimate + (first_high - first).hypot(second - second_low);
    Some((estimate, low.max(-1.0), high.min(1.0)))
}

/// Returns a share with its 95 % interval by Wilson 1927.
fn wilson(k: u64, n: u64) -> Option<(f64, f64, f64)> {
    if n == 0 || k > n {
        return None;
    }
    let (k, n) = (k as f64, n as f64);
    let z = normal_quantile(0.975);
    let share = k / n;
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    Some((share, (centre - half).clamp(0.0, share), (centre + half).clamp(share, 1.0)))
}

/// Returns the probability of `k` hits or more in `n` trials, where earlier `earlier_k` of
/// `earlier_n` were hits: the Beta-binomial prediction with Jeffreys' prior,
/// `a = earlier_k + ½, b = earlier_n − earlier_k + ½`. Hits beyond the trials count as all of them.
pub fn beta_binomial_tail(k: u64, n: u64, earlier_k: u64, earlier_n: u64) -> f64 {
    if k == 0 || n == 0 {
        return 1.0;
    }
    let k = k.min(n);
    let a = earlier_k.min(earlier_n) as f64 + 0.5;
    let b = earlier_n.saturating_sub(earlier_k) as f64 + 0.5;
    if n > SUMMED_UP_TO {
        return 1.0 - incomplete_beta((k as f64 - 0.5) / n as f64, a, b);
    }
    let size = n as f64;
    // P(0) = B(a, n + b) / B(a, b); P(x + 1) / P(x) = (n − x)(x + a) / ((x + 1)(n − x − 1 + b)).
    // Sums are of logarithms' differences from the greatest term, so that none vanishes.
    let steps = (0..n).map(|hits| {
        let hits = hits as f64;
        ((size - hits) * (hits + a)).ln() - ((hits + 1.0) * (size - hits - 1.0 + b)).ln()
    });
    let mut log = 0.0;
    let logs: Vec<f64> = std::iter::once(0.0)
        .chain(steps.map(|step| {
            log += step;
            log
        }))
        .collect();
    let greatest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut all, mut tail) = (0.0, 0.0);
    for (hits, log) in (0..).zip(logs) {
        let weight = (log - greatest).exp();
        all += weight;
        if hits >= k {
            tail += weight;
        }
    }
    (tail / all).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn differences_of_shares_are_those_of_statsmodels() {
        // statsmodels: confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
        for (k1, n1, k2, n2, estimate, low, high) in [
            (10, 20, 5, 20, 0.25, -0.046_835_583_083_318_644, 0.493_646_216_985_180_74),
            (0, 10, 0, 10, 0.0, -0.277_532_799_862_889_26, 0.277_532_799_862_889_26),
            (56, 70, 48, 80, 0.2, 0.052_431_472_402_364_98, 0.333_872_654_036_906_14),
            (10, 10, 0, 20, 1.0, 0.679_086_037_141_914_5, 1.0),
        ] {
            let found = risk_difference(k1, n1, k2, n2).unwrap();
            assert!((found.0 - estimate).abs() < 1e-9, "{found:?}");
            assert!((found.1 - low).abs() < 1e-9 && (found.2 - high).abs() < 1e-9, "{found:?}");
        }
        assert_eq!(risk_difference(0, 0, 1, 2), None);
        assert_eq!(risk_difference(3, 2, 1, 2), None);
    }

    #[test]
    fn the_beta_binomial_tail_is_scipys() {
        // scipy: stats.betabinom.sf(k - 1, n, earlier_k + .5, earlier_n - earlier_k + .5)
        for (k, n, earlier_k, earlier_n, expected) in [
            (3, 40, 2, 400, 0.004_167_513_432_775_882),
            (1, 10, 0, 0, 0.823_802_947_998_046_9),
            (5, 5, 1, 30, 8.338_768_975_657_551e-6),
            (40, 1_000, 900, 30_000, 0.046_727_824_117_102_08),
            (10, 10, 10, 10, 0.711_536_806_065_231_8),
        ] {
            let found = beta_binomial_tail(k, n, earlier_k, earlier_n);
            assert!((found - expected).abs() < expected * 1e-9, "{k}/{n}: {found}");
        }
        assert!((beta_binomial_tail(0, 5, 1, 2) - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn more_hits_are_never_more_probable(
            k in 0_u64..500, n in 0_u64..500, earlier_k in any::<u64>(), earlier_n in any::<u64>()
        ) {
            for shift in [0, 40, 56] {
                let (earlier_k, earlier_n) = (earlier_k >> shift, earlier_n >> shift);
                let p = beta_binomial_tail(k, n, earlier_k, earlier_n);
                prop_assert!((0.0..=1.0).contains(&p));
                prop_assert!(beta_binomial_tail(k + 1, n, earlier_k, earlier_n) <= p + 1e-12);
            }
        }

        #[test]
        fn the_interval_of_a_difference_holds_it(
            k1 in 0_u64..500, n1 in 0_u64..500, k2 in 0_u64..500, n2 in 0_u64..500
        ) {
            match risk_difference(k1, n1, k2, n2) {
                None => prop_assert!(n1 == 0 || n2 == 0 || k1 > n1 || k2 > n2),
                Some((estimate, low, high)) => {
                    prop_assert!(-1.0 <= low && low <= estimate && estimate <= high && high <= 1.0);
                    let (turned, _, _) = risk_difference(k2, n2, k1, n1).unwrap();
                    prop_assert!((estimate + turned).abs() < 1e-12);
                }
            }
        }
    }
}
