//! Intervals for medians and rates (docs/statistics/keys.md, "Intervals"): 90 %, as for gates.

use crate::stats::{jeffreys_interval, median, normal_quantile};

/// A value with its interval, where there are rows enough for one.
pub(super) type Estimate = (f64, Option<(f64, f64)>);

/// The median with the interval between two of the values: the k-th smallest and the k-th largest,
/// where fewer than k of n fair coins fall heads at most once in twenty times. None below 5 values.
pub(super) fn middle(values: &mut [f64]) -> Option<Estimate> {
    let centre = median(values)?;
    values.sort_by(f64::total_cmp);
    let k = rank(values.len());
    let interval = k.checked_sub(1).and_then(|low| {
        let high = values.len().checked_sub(k)?;
        Some((*values.get(low)?, *values.get(high)?))
    });
    Some((centre, interval))
}

/// The largest k with P(X < k) <= 5 % for X heads of n fair coins; 0 where there is none.
fn rank(n: usize) -> usize {
    // Above this the normal approximation is right to the rank.
    const EXACT: usize = 200;
    let coins = n as f64;
    if n > EXACT {
        let k = (coins / 2.0 - normal_quantile(0.95) * coins.sqrt() / 2.0 + 0.5).floor();
        return (0..n).take_while(|at| (*at as f64) < k).count();
    }
    let mut term = 0.5_f64.powf(coins);
    let mut below = 0.0;
    for k in 0..n {
        below += term;
        if below > 0.05 {
            return k;
        }
        term *= (coins - k as f64) / (k as f64 + 1.0);
    }
    0
}

/// `count` in `days` as a rate a day, with Jeffreys' interval of a Poisson rate: the quantiles of a
/// Gamma(count + 1/2) by Wilson and Hilferty; from 0 to 3 / days where nothing was counted.
pub(super) fn a_day(count: usize, days: f64) -> Option<Estimate> {
    if days <= 0.0 {
        return None;
    }
    let shape = count as f64 + 0.5;
    let quantile = |p: f64| {
        let z = normal_quantile(p);
        let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
        shape * root.max(0.0).powi(3) / days
    };
    let interval = match count {
        0 => (0.0, -(0.05_f64.ln()) / days),
        _ => (quantile(0.05), quantile(0.95)),
    };
    Some((count as f64 / days, Some(interval)))
}

/// `hits` of `n` as a share with Jeffreys' interval.
pub(super) fn share(hits: usize, n: usize) -> Option<Estimate> {
    let interval = jeffreys_interval(hits, n)?;
    Some((hits as f64 / n as f64, Some(interval)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 0.005
    }

    /// docs/statistics/keys.md, "Intervals"; scipy.stats.binom and scipy.stats.gamma.
    #[test]
    fn a_median_lies_between_two_of_its_values() {
        for (n, k) in [(4, 0), (5, 1), (8, 2), (20, 6), (60, 24), (201, 89)] {
            assert_eq!(rank(n), k, "{n}");
        }
        let mut lead = [3.0, 9.0, 4.0, 26.0, 5.0, 7.0, 30.0, 12.0];
        assert_eq!(middle(&mut lead), Some((8.0, Some((4.0, 26.0)))));
        assert_eq!(middle(&mut [2.0, 4.0]), Some((3.0, None)));
        assert_eq!(middle(&mut []), None);
    }

    #[test]
    fn a_rate_has_the_interval_of_its_count() {
        let (rate, interval) = a_day(12, 30.0).unwrap();
        let (low, high) = interval.unwrap();
        assert!(near(rate, 0.4) && near(low, 0.2436) && near(high, 0.6275), "{low} {high}");
        let (rate, interval) = a_day(0, 30.0).unwrap();
        assert!(rate == 0.0 && near(interval.unwrap().1, 0.0999));
        assert_eq!(a_day(3, 0.0), None);
    }
}
