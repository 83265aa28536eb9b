//! Since when is a series different? Rank-CUSUM with binary segmentation. docs/statistics/change-points.md.

use super::autocorrelation::{HIGHEST, neighbours};
use super::{Nulls, hodges_lehmann, median, midranks};

/// Releases that a side of a change point needs.
const SHORTEST: usize = 4;

/// A split must be this improbable without a change.
const LEVEL: f64 = 0.01;

/// A smaller change of the level, as a share, is nobody's concern.
const SMALLEST_SHIFT: f64 = 0.10;

/// A place where the level of a series changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The first position of the new level.
    pub at: usize,
    /// The first position at which the new level may have begun (90 % set).
    pub low: usize,
    /// The last position at which it may have begun.
    pub high: usize,
    /// The shift of the logarithms to the level before (Hodges and Lehmann): e^shift − 1 as a share.
    pub shift: f64,
    /// The probability of a split as clear as this in a series without a change.
    pub p: f64,
}

/// Returns the change points of a series of logarithms in order of time, the first one first.
/// Nothing below 10 values or where a value is not finite.
///
/// On each segment `U_k = Σ_{i≤k} R_i − k(N+1)/2`, `Z = max |U_k| / √(k(N−k)(N+1)/12)` over
/// 4 ≤ k ≤ N − 4, beside Z of series without a change that resemble themselves as much
/// ([`Nulls`]); split where p ≤ 0.01, and look again on both sides. Ties make Z smaller, never
/// larger. A shift below 10 % is left out. The 90 % set holds each k with `z_k² ≥ Z² − c`, c = 5 up
/// to an autocorrelation of 0.2, 9 above.
pub fn change_points(logs: &[f64], nulls: &Nulls) -> Vec<ChangePoint> {
    if logs.iter().any(|value| !value.is_finite()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut open = vec![(0, logs)];
    while let Some((start, segment)) = open.pop() {
        let Some(split) = split(segment, nulls) else { continue };
        let Some((left, right)) = segment.split_at_checked(split.at) else { continue };
        open.push((start, left));
        open.push((start + split.at, right));
        found.push(ChangePoint {
            at: start + split.at,
            low: start + split.low,
            high: start + split.high,
            ..split
        });
    }
    found.sort_unstable_by_key(|point| point.at);
    without_small_shifts(logs, found)
}

/// Returns where a segment splits, if it does; the positions count from the segment's start, the
/// shift is not known yet.
fn split(segment: &[f64], nulls: &Nulls) -> Option<ChangePoint> {
    let steps = deviations(&midranks(segment))?;
    let (at, z) =
        steps.iter().copied().reduce(|best, step| if best.1 < step.1 { step } else { best })?;
    let rho = residual_autocorrelation(segment, at);
    let p = nulls.p(segment.len(), rho, z);
    if p > LEVEL {
        return None;
    }
    let c = if rho < 0.25 { 5.0 } else { 9.0 };
    let mut near = steps.iter().filter(|(_, step)| step * step >= z * z - c).map(|(k, _)| *k);
    let low = near.next().unwrap_or(at);
    let high = near.next_back().unwrap_or(at).max(at);
    Some(ChangePoint { at, low, high, shift: 0.0, p })
}

/// Returns `z_k` of each k that leaves [`SHORTEST`] values on both sides; `None` where the series is
/// too short for a change point.
pub(super) fn deviations(ranks: &[f64]) -> Option<Vec<(usize, f64)>> {
    let last = ranks.len().checked_sub(SHORTEST)?;
    if ranks.len() < 2 * SHORTEST + 2 {
        return None;
    }
    let n = ranks.len() as f64;
    let expected = f64::midpoint(n, 1.0);
    let mut sum = 0.0;
    let steps = ranks.iter().zip(1..=last).map(|(rank, k)| {
        sum += rank - expected;
        let variance = k as f64 * (n - k as f64) * (n + 1.0) / 12.0;
        (k, sum.abs() / variance.sqrt())
    });
    // All of them run through the sum; only those with two sides are of interest.
    Some(steps.skip(SHORTEST - 1).collect())
}

/// Returns the autocorrelation of what remains without the step at `at`: of the ranks of
/// y − median of its side, `(N r + 1) / (N − 4)`, within 0 to 0.7, rounded to 0.1.
fn residual_autocorrelation(segment: &[f64], at: usize) -> f64 {
    let (left, right) = segment.split_at_checked(at).unwrap_or((segment, &[]));
    let mut residuals = Vec::with_capacity(segment.len());
    for side in [left, right] {
        let level = median(side).unwrap_or(0.0);
        residuals.extend(side.iter().map(|value| value - level));
    }
    let n = segment.len() as f64;
    let expected = f64::midpoint(n, 1.0);
    let ranks: Vec<f64> = midranks(&residuals).iter().map(|rank| rank - expected).collect();
    let rho = (n * neighbours(&ranks) + 1.0) / (n - 4.0);
    (rho.clamp(0.0, HIGHEST) * 10.0).round() / 10.0
}

/// Measures each shift between the neighbouring levels, and drops the smallest shift below
/// [`SMALLEST_SHIFT`] until none is left: what it parted is one level then.
fn without_small_shifts(logs: &[f64], mut points: Vec<ChangePoint>) -> Vec<ChangePoint> {
    loop {
        let ends = points.iter().skip(1).map(|point| point.at).chain([logs.len()]);
        let ends: Vec<usize> = ends.collect();
        let mut start = 0;
        for (point, end) in points.iter_mut().zip(ends) {
            let before = logs.get(start..point.at).unwrap_or_default();
            let after = logs.get(point.at..end).unwrap_or_default();
            point.shift = hodges_lehmann(before, after).unwrap_or(0.0);
            start = point.at;
        }
        let smallest = points
            .iter()
            .enumerate()
            .filter(|(_, point)| point.shift.exp_m1().abs() < SMALLEST_SHIFT)
            .min_by(|(_, a), (_, b)| a.shift.abs().total_cmp(&b.shift.abs()));
        let Some((index, _)) = smallest else { return points };
        points.remove(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::simulated::Simulated;
    use proptest::prelude::*;

    /// Twenty durations around 10 minutes, then ten around 18: the worked example of
    /// docs/statistics/change-points.md.
    const MINUTES: [f64; 30] = [
        10.0, 9.0, 12.0, 10.5, 8.5, 11.0, 9.5, 13.0, 10.2, 9.8, 11.5, 8.8, 10.8, 9.2, 12.5, 10.1,
        11.2, 9.6, 10.4, 9.9, 18.0, 16.5, 21.0, 17.2, 19.5, 15.8, 18.6, 22.0, 17.7, 16.9,
    ];

    fn logs(values: &[f64]) -> Vec<f64> {
        values.iter().map(|value| value.ln()).collect()
    }

    #[test]
    fn a_step_is_found_with_its_place_its_size_and_its_interval() {
        let found = change_points(&logs(&MINUTES), &Nulls::new());
        assert_eq!(found.len(), 1, "{found:?}");
        let point = found[0];
        assert_eq!((point.at, point.low, point.high), (20, 19, 22));
        // numpy: np.median(np.subtract.outer(np.log(after), np.log(before)))
        assert!((point.shift - 0.566_767_280_530_588_1).abs() < 1e-9, "{}", point.shift);
        assert!(point.p <= 0.001_1, "{}", point.p);
    }

    #[test]
    fn a_second_step_is_a_second_change_point() {
        let mut series = MINUTES.to_vec();
        series.extend(MINUTES[..15].iter().map(|minutes| minutes * 3.0));
        let found = change_points(&logs(&series), &Nulls::new());
        let at: Vec<usize> = found.iter().map(|point| point.at).collect();
        assert_eq!(at, [20, 30]);
        assert!(found.iter().all(|point| point.shift > 0.5), "{found:?}");
    }

    #[test]
    fn a_level_that_soon_came_back_is_not_seen() {
        // The price of looking for one step at a time (docs/statistics/change-points.md).
        let mut series = MINUTES.to_vec();
        series.extend(&MINUTES[..20]);
        assert_eq!(change_points(&logs(&series), &Nulls::new()), []);
    }

    #[test]
    fn a_step_below_ten_percent_is_not_reported() {
        let steady: Vec<f64> = (0..60).map(|at| if at < 30 { 100.0 } else { 108.0 }).collect();
        assert_eq!(change_points(&logs(&steady), &Nulls::new()), []);
        let more: Vec<f64> = (0..60).map(|at| if at < 30 { 100.0 } else { 112.0 }).collect();
        assert_eq!(change_points(&logs(&more), &Nulls::new()).len(), 1);
    }

    #[test]
    fn too_few_values_equal_values_and_no_values_have_none() {
        let nulls = Nulls::new();
        assert_eq!(change_points(&[], &nulls), []);
        assert_eq!(change_points(&[1.0; 100], &nulls), []);
        assert_eq!(change_points(&[0.0, 0.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0, 9.0], &nulls), []);
        let mut series = logs(&MINUTES);
        series[3] = f64::NAN;
        assert_eq!(change_points(&series, &nulls), []);
    }

    #[test]
    fn five_in_a_hundred_series_at_most_change_without_a_change() {
        let nulls = Nulls::new();
        for rho in [0.0, 0.2, 0.4] {
            let mut simulated = Simulated::seeded(7);
            let false_alarms = (0..60)
                .filter(|_| !change_points(&simulated.durations(60, rho), &nulls).is_empty())
                .count();
            // Binomial(60, 0.05) exceeds 7 once in 100 times.
            assert!(false_alarms <= 7, "{rho}: {false_alarms} of 60");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_unit_does_not_matter(
            values in prop::collection::vec(1_u32..1_000_000, 0..60), factor in 1.0..1e6_f64
        ) {
            let nulls = Nulls::new();
            let plain: Vec<f64> = values.iter().map(|value| f64::from(*value).ln()).collect();
            let scaled: Vec<f64> = plain.iter().map(|value| value + factor.ln().round()).collect();
            let (one, other) =
                (change_points(&plain, &nulls), change_points(&scaled, &nulls));
            prop_assert_eq!(one.len(), other.len());
            for (one, other) in one.iter().zip(&other) {
                prop_assert_eq!(one.at, other.at);
                prop_assert!(one.low <= one.at && one.at <= one.high);
                prop_assert!(one.at >= 4 && one.at + 4 <= values.len());
            }
        }

        #[test]
        fn any_floats_are_survived(series in prop::collection::vec(any::<f64>(), 0..50)) {
            let nulls = Nulls::new();
            for point in change_points(&series, &nulls) {
                prop_assert!(point.p <= LEVEL && point.at < series.len());
            }
        }
    }
}
