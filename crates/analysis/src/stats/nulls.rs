//! What the rank-CUSUM reaches in series without a change. docs/statistics/changes.md.

use std::collections::BTreeMap;

use super::changepoint::deviations;
use super::midranks;
use super::simulated::Simulated;

/// Simulated series per length and autocorrelation.
const SERIES: usize = 1_000;

/// Above this length, series of about the length serve.
const EXACT_UP_TO: usize = 40;

/// The longest series that is simulated; Z grows with ln ln N beyond.
const LONGEST: usize = 400;

/// The greatest Z of series without a change, by their length and autocorrelation: simulated once,
/// from a seed, and kept.
#[derive(Debug, Clone, Default)]
pub struct Nulls {
    known: BTreeMap<(usize, u8), Vec<f64>>,
}

impl Nulls {
    /// Starts without any.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns how probable it is that a series of `n` values with the autocorrelation `rho` reaches
    /// `z` without a change: (1 + how many of 1,000 reach it) / 1,001.
    pub(super) fn p(&mut self, n: usize, rho: f64, z: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 7 after the clamp"
        )]
        let tenths = (rho * 10.0).round().clamp(0.0, 7.0) as u8;
        let n = if n <= EXACT_UP_TO { n } else { ((n + 5) / 10 * 10).min(LONGEST) };
        let null = self.known.entry((n, tenths)).or_insert_with(|| simulate(n, tenths));
        let below = null.partition_point(|reached| *reached < z);
        (1 + null.len() - below) as f64 / (1 + null.len()) as f64
    }
}

fn simulate(n: usize, tenths: u8) -> Vec<f64> {
    let rho = f64::from(tenths) / 10.0;
    let mut simulated = Simulated::seeded((n as u64) << 8 | u64::from(tenths));
    let mut reached: Vec<f64> = (0..SERIES)
        .filter_map(|_| {
            let steps = deviations(&midranks(&simulated.correlated(n, rho)))?;
            steps.into_iter().map(|(_, z)| z).reduce(f64::max)
        })
        .collect();
    reached.sort_unstable_by(f64::total_cmp);
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_falls_as_z_rises_and_rises_with_the_autocorrelation() {
        let mut nulls = Nulls::new();
        let p: Vec<f64> = [0.0, 2.0, 2.5, 3.0, 9.0].map(|z| nulls.p(40, 0.0, z)).to_vec();
        assert!(p.is_sorted_by(|a, b| a > b), "{p:?}");
        assert!((p[0] - 1.0).abs() < 1e-12 && (p[4] - 1.0 / 1_001.0).abs() < 1e-12);
        assert!(nulls.p(40, 0.4, 3.5) > nulls.p(40, 0.0, 3.5));
    }

    #[test]
    fn a_series_without_a_change_point_reaches_nothing() {
        assert!((Nulls::new().p(3, 0.0, 1.0) - 1.0).abs() < 1e-12);
        assert!((Nulls::new().p(60, f64::NAN, f64::NAN) - 1.0).abs() < 1e-12);
    }
}
