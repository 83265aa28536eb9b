//! Order statistics.

/// Returns the median of `values`; `None` for an empty series.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Returns the quantile `p` (clamped to 0..=1) of `values` with linear interpolation between the
/// order statistics (type 7 of Hyndman and Fan, the default of numpy and R); `None` for an empty
/// series.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let position = last as f64 * p.clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 <= position <= last"
    )]
    let below = (position.floor() as usize).min(last);
    let lower = sorted.get(below).copied()?;
    let upper = sorted.get((below + 1).min(last)).copied()?;
    Some(lower + (upper - lower) * (position - below as f64))
}

/// Returns the median absolute deviation of `values` from `centre`, not scaled.
pub fn mad(values: &[f64], centre: f64) -> Option<f64> {
    let distances: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    median(&distances)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy: np.quantile([3, 1, 4, 1, 5, 9, 2, 6], [0, .1, .25, .5, .9, 1])
        let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        for (p, expected) in
            [(0.0, 1.0), (0.1, 1.0), (0.25, 1.75), (0.5, 3.5), (0.9, 6.9), (1.0, 9.0)]
        {
            let found = quantile(&values, p).unwrap();
            assert!((found - expected).abs() < 1e-12, "{p}: {found}");
        }
        // scipy: stats.median_abs_deviation([3, 1, 4, 1, 5, 9, 2, 6])
        assert_eq!(mad(&values, 3.5), Some(2.0));
    }

    #[test]
    fn an_empty_series_has_no_quantile() {
        assert_eq!(median(&[]), None);
        assert_eq!(mad(&[], 1.0), None);
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_scale_carries_over(
            mut values in prop::collection::vec(-1e6..1e6_f64, 1..50), p in 0.0..1.0_f64
        ) {
            let found = quantile(&values, p).unwrap();
            values.reverse();
            prop_assert!((quantile(&values, p).unwrap() - found).abs() < f64::EPSILON);
            let doubled: Vec<f64> = values.iter().map(|value| value * 2.0).collect();
            prop_assert!((quantile(&doubled, p).unwrap() - 2.0 * found).abs() <= 1e-6);
            let (low, high) = (quantile(&values, 0.0).unwrap(), quantile(&values, 1.0).unwrap());
            prop_assert!(low <= found && found <= high);
        }
    }
}
