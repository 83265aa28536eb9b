//! How much neighbours of a series resemble each other. docs/statistics/hypotheses.md.

use super::{midranks, normal_quantile};

/// The highest autocorrelation that the nulls cover.
pub(super) const HIGHEST: f64 = 0.7;

/// What a series is taken to have before it is seen, with the weight of so many values.
const PRIOR: (f64, f64) = (0.25, 20.0);

/// Returns the autocorrelation to assume for a series: of its normal scores, without bias, drawn to
/// 0.25, padded by half a standard error, within 0 to 0.7, rounded up to 0.1. Too high costs power,
/// too low costs honesty; a short series is therefore taken to resemble itself (0.4 without any
/// value).
///
/// ```text
/// s_i  = Φ⁻¹((rank_i − 3/8) / (n + 1/4))
/// r    = Σ s_i s_{i+1} / Σ s_i²,   r_bc = (n r + 1) / (n − 3)
/// ρ    = (n r_bc + 20 · 0.25) / (n + 20) + 0.5 / √(n + 20)
/// ```
pub fn autocorrelation(series: &[f64]) -> f64 {
    let n = series.len() as f64;
    let (prior, weight) = PRIOR;
    let seen = if series.len() > 3 {
        let scores: Vec<f64> = midranks(series)
            .into_iter()
            .map(|rank| normal_quantile((rank - 0.375) / (n + 0.25)))
            .collect();
        n * (n * neighbours(&scores) + 1.0) / (n - 3.0)
    } else {
        n * prior
    };
    round_up((seen + weight * prior) / (n + weight) + 0.5 / (n + weight).sqrt())
}

/// Returns `Σ x_i x_{i+1} / Σ x_i²` of a series around 0; 0 where it does not vary.
pub(super) fn neighbours(centred: &[f64]) -> f64 {
    let squares: f64 = centred.iter().map(|value| value * value).sum();
    if squares <= 0.0 {
        return 0.0;
    }
    let products: f64 = centred.iter().zip(centred.iter().skip(1)).map(|(a, b)| a * b).sum();
    products / squares
}

fn round_up(value: f64) -> f64 {
    // What is a tenth but for the last bit stays.
    (value.clamp(0.0, HIGHEST) * 10.0 - 1e-9).ceil().max(0.0) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_series_is_taken_to_resemble_itself() {
        // (20 · 0.25) / 20 + 0.5 / √20 = 0.3618
        assert!((autocorrelation(&[]) - 0.4).abs() < 1e-12);
        assert!((autocorrelation(&[5.0; 3]) - 0.4).abs() < 1e-12);
    }

    #[test]
    fn a_series_that_turns_at_each_step_has_none_and_a_trend_has_the_most() {
        let turns: Vec<f64> = (0..40).map(|at| f64::from(at % 2)).collect();
        assert!(autocorrelation(&turns).abs() < 1e-12);
        let trend: Vec<f64> = (0..40).map(f64::from).collect();
        assert!((autocorrelation(&trend) - 0.7).abs() < 1e-12);
    }

    #[test]
    fn the_worked_example_is_scipys() {
        // scipy: s = norm.ppf((rankdata(x) - .375) / (n + .25)); r = sum(s[:-1] * s[1:]) / sum(s * s);
        // (n * (n * r + 1) / (n - 3) + 5) / (n + 20) + .5 / sqrt(n + 20)
        let hours = [
            52.0, 38.0, 61.0, 45.0, 33.0, 70.0, 48.0, 55.0, 41.0, 36.0, 64.0, 47.0, 39.0, 58.0,
            50.0, 44.0, 72.0, 35.0, 49.0, 57.0,
        ];
        assert!(autocorrelation(&hours).abs() < 1e-12, "{}", autocorrelation(&hours));
        // The first twelve: 0.0783, rounded up.
        assert!((autocorrelation(&hours[..12]) - 0.1).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn any_floats_give_a_tenth_up_to_the_highest(
            series in prop::collection::vec(any::<f64>(), 0..80)
        ) {
            let found = autocorrelation(&series);
            prop_assert!((0.0..=HIGHEST).contains(&found));
            prop_assert!((found * 10.0 - (found * 10.0).round()).abs() < 1e-9);
        }
    }
}
