//! The shift between two series: the estimator of Hodges and Lehmann. docs/statistics/hypotheses.md.

/// Returns the median of all differences `after_j − before_i`: how much higher the values after
/// are. `None` where a side is empty or a value is not finite.
///
/// Source: Hodges and Lehmann 1963. The nm differences are never written down: how many are at most
/// t is counted in n + m steps, and t is found by halving the floats, so a long series costs
/// 64 · (n + m) steps and the result is exact.
pub fn hodges_lehmann(before: &[f64], after: &[f64]) -> Option<f64> {
    let before = sorted(before)?;
    let after = sorted(after)?;
    let pairs = before.len() as u64 * after.len() as u64;
    let lower = nth_difference(&before, &after, pairs.div_ceil(2));
    if pairs % 2 == 1 {
        return Some(lower);
    }
    let upper = nth_difference(&before, &after, pairs / 2 + 1);
    Some(f64::midpoint(lower, upper))
}

fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    Some(values)
}

/// Returns the `rank`-th smallest difference, from 1: the smallest float that at least `rank`
/// differences do not exceed.
fn nth_difference(before: &[f64], after: &[f64], rank: u64) -> f64 {
    let (mut low, mut high) = (key(f64::NEG_INFINITY), key(f64::INFINITY));
    while low < high {
        // Never overflows: the keys of ±∞ lie within half of i64's range of 0.
        let middle = low + (high - low) / 2;
        if at_most(before, after, float(middle)) < rank {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    // −0 becomes 0.
    float(high) + 0.0
}

/// Returns how many differences are at most `limit`. Both series ascend, and so does a rounded
/// difference: for greater values after, only greater values before come into question.
fn at_most(before: &[f64], after: &[f64], limit: f64) -> u64 {
    let mut counted = 0;
    let mut start = 0;
    for value in after {
        let rest = before.get(start..).unwrap_or_default();
        start += rest.iter().take_while(|earlier| value - **earlier > limit).count();
        counted += (before.len() - start) as u64;
    }
    counted
}

/// Maps a float to an integer of the same order.
fn key(value: f64) -> i128 {
    let bits = i128::from(value.to_bits() & (u64::MAX >> 1));
    if value.is_sign_negative() { -bits } else { bits }
}

/// The float of a key.
fn float(key: i128) -> f64 {
    let size = f64::from_bits(u64::try_from(key.unsigned_abs()).unwrap_or_default());
    if key < 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::median;
    use proptest::prelude::*;

    #[test]
    fn the_worked_example_fell_by_36_percent() {
        let before: Vec<f64> = [
            52.0, 38.0, 61.0, 45.0, 33.0, 70.0, 48.0, 55.0, 41.0, 36.0, 64.0, 47.0, 39.0, 58.0,
            50.0, 44.0, 72.0, 35.0, 49.0, 57.0_f64,
        ]
        .map(f64::ln)
        .to_vec();
        let after = [31.0, 28.0, 40.0, 26.0, 35.0, 30.0_f64].map(f64::ln);
        let shift = hodges_lehmann(&before, &after).unwrap();
        assert!((shift + 0.4505).abs() < 5e-5, "{shift}");
        assert!((shift.exp() - 1.0 + 0.363).abs() < 5e-4);
    }

    #[test]
    fn an_empty_side_or_a_value_that_is_not_finite_has_no_shift() {
        assert_eq!(hodges_lehmann(&[], &[1.0]), None);
        assert_eq!(hodges_lehmann(&[1.0], &[]), None);
        assert_eq!(hodges_lehmann(&[1.0], &[f64::NAN]), None);
        assert_eq!(hodges_lehmann(&[f64::NEG_INFINITY], &[1.0]), None);
        assert_eq!(hodges_lehmann(&[3.0], &[1.0]), Some(-2.0));
        assert_eq!(hodges_lehmann(&[1.0, 1.0], &[1.0]), Some(0.0));
    }

    #[test]
    fn a_long_series_is_no_quadratic_affair() {
        let before: Vec<f64> = (0..100_000).map(f64::from).collect();
        let after: Vec<f64> = before.iter().map(|value| value + 7.0).collect();
        assert_eq!(hodges_lehmann(&before, &after), Some(7.0));
    }

    proptest! {
        #[test]
        fn it_is_the_median_of_all_differences(
            before in prop::collection::vec(any::<f64>(), 0..25),
            after in prop::collection::vec(any::<f64>(), 0..25)
        ) {
            let differences: Vec<f64> =
                after.iter().flat_map(|a| before.iter().map(move |b| a - b)).collect();
            let finite = before.iter().chain(&after).all(|value| value.is_finite());
            match hodges_lehmann(&before, &after) {
                None => prop_assert!(!finite || differences.is_empty()),
                Some(found) if differences.iter().all(|value| value.abs() < 1e300) => {
                    let expected = median(&differences).unwrap();
                    prop_assert!((found - expected).abs() <= expected.abs() * 1e-12);
                }
                Some(_) => {}
            }
        }

        #[test]
        fn ties_are_counted_as_often_as_they_occur(
            before in prop::collection::vec(-5_i32..5, 1..25),
            after in prop::collection::vec(-5_i32..5, 1..25)
        ) {
            let before: Vec<f64> = before.into_iter().map(f64::from).collect();
            let after: Vec<f64> = after.into_iter().map(f64::from).collect();
            let differences: Vec<f64> =
                after.iter().flat_map(|a| before.iter().map(move |b| a - b)).collect();
            prop_assert_eq!(hodges_lehmann(&before, &after), median(&differences));
        }
    }
}
