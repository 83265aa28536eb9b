//! The reference mode for change points: PELT with the L2 cost, as `ruptures` has it.
//! docs/statistics/change-points.md.

/// Returns where the mean of a series changes: the first position of each new level. It minimises
/// the sum over segments of (squared deviations from their mean + `penalty`), each segment of
/// `min_size` values or more, exactly (Killick, Fearnhead and Eckley 2012). Nothing where a value
/// is not finite or the series is shorter than `min_size`.
///
/// Equal to `ruptures.Pelt(model="l2", min_size=min_size, jump=1).fit(x).predict(pen=penalty)` without
/// its last element, the length.
pub fn pelt_l2(series: &[f64], penalty: f64, min_size: usize) -> Vec<usize> {
    let min_size = min_size.max(1);
    let n = series.len();
    if n < min_size || series.iter().any(|value| !value.is_finite()) || penalty.is_nan() {
        return Vec::new();
    }
    let sums = Sums::of(series);
    // The least cost of the first `end` values and the start of their last segment.
    let mut best: Vec<Option<(f64, usize)>> = vec![None; n + 1];
    if let Some(slot) = best.first_mut() {
        *slot = Some((0.0, 0));
    }
    let mut starts: Vec<usize> = Vec::new();
    for end in min_size..=n {
        starts.push(end - min_size);
        let costs: Vec<(usize, f64)> = starts
            .iter()
            .filter_map(|start| {
                let (before, _) = (*best.get(*start)?)?;
                Some((*start, before + sums.cost(*start, end) + penalty))
            })
            .collect();
        let Some((start, least)) =
            costs.iter().copied().reduce(|least, cost| if cost.1 < least.1 { cost } else { least })
        else {
            continue;
        };
        if let Some(slot) = best.get_mut(end) {
            *slot = Some((least, start));
        }
        // A start that is dearer by a whole penalty can never be the best one again.
        starts = costs.iter().filter(|cost| cost.1 <= least + penalty).map(|cost| cost.0).collect();
    }
    let mut found = Vec::new();
    let mut end = n;
    while let Some(Some((_, start))) = best.get(end).copied().filter(|_| end > 0) {
        if start > 0 {
            found.push(start);
        }
        end = start;
    }
    found.reverse();
    found
}

/// Running sums of a series and its squares, around its mean.
struct Sums {
    values: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    fn of(series: &[f64]) -> Self {
        let mean = series.iter().map(|value| value / series.len() as f64).sum::<f64>();
        let running = |of: fn(f64) -> f64| {
            let mut sum = 0.0;
            let rest = series.iter().map(|value| {
                sum += of(value - mean);
                sum
            });
            std::iter::once(0.0).chain(rest).collect()
        };
        Self { values: running(|x| x), squares: running(|x| x * x) }
    }

    /// Σ (x − mean)² of the values from `start` to before `end`.
    fn cost(&self, start: usize, end: usize) -> f64 {
        let between = |sums: &[f64]| {
            sums.get(end).copied().unwrap_or(0.0) - sums.get(start).copied().unwrap_or(0.0)
        };
        let sum = between(&self.values);
        between(&self.squares) - sum * sum / (end - start) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_of_the_mean_are_found() {
        // ruptures: Pelt(model="l2", min_size=2, jump=1).fit(x).predict(pen=3 * log(30)) is [20, 30]
        let minutes = [
            10.0, 9.0, 12.0, 10.5, 8.5, 11.0, 9.5, 13.0, 10.2, 9.8, 11.5, 8.8, 10.8, 9.2, 12.5,
            10.1, 11.2, 9.6, 10.4, 9.9, 18.0, 16.5, 21.0, 17.2, 19.5, 15.8, 18.6, 22.0, 17.7, 16.9,
        ];
        assert_eq!(pelt_l2(&minutes, 3.0 * 30.0_f64.ln(), 2), [20]);
        assert_eq!(pelt_l2(&minutes, 1e9, 2), [] as [usize; 0]);
    }

    #[test]
    fn too_short_a_series_has_none() {
        assert!(pelt_l2(&[], 1.0, 2).is_empty());
        assert!(pelt_l2(&[1.0], 1.0, 2).is_empty());
        assert!(pelt_l2(&[1.0, f64::NAN, 9.0, 9.0], 1.0, 1).is_empty());
        assert_eq!(pelt_l2(&[0.0, 9.0], 1.0, 0), [1]);
    }

    proptest! {
        #[test]
        fn no_other_split_is_cheaper(
            series in prop::collection::vec(-9.0..9.0_f64, 2..9), penalty in 0.1..60.0_f64
        ) {
            let sums = Sums::of(&series);
            let cost = |points: &[usize]| -> f64 {
                let ends = points.iter().copied().chain([series.len()]);
                let starts = std::iter::once(0).chain(points.iter().copied());
                starts.zip(ends).map(|(start, end)| sums.cost(start, end) + penalty).sum()
            };
            let found = cost(&pelt_l2(&series, penalty, 1));
            for mask in 0..1_u32 << (series.len() - 1) {
                let points: Vec<usize> =
                    (1..series.len()).filter(|at| mask >> (at - 1) & 1 == 1).collect();
                prop_assert!(found <= cost(&points) + 1e-9);
            }
        }

        #[test]
        fn any_floats_are_survived(
            series in prop::collection::vec(any::<f64>(), 0..40), penalty in any::<f64>(), size in 0_usize..9
        ) {
            for at in pelt_l2(&series, penalty, size) {
                prop_assert!(0 < at && at < series.len());
            }
        }
    }
}
