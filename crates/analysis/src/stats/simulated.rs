//! Series without any change, from a seed: what chance alone does. docs/statistics/change-points.md.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Seeded random numbers; the same seed gives the same series.
#[derive(Debug, Clone)]
pub struct Simulated {
    random: ChaCha8Rng,
    /// The second normal number of a pair.
    spare: Option<f64>,
}

impl Simulated {
    /// Starts at a seed.
    pub fn seeded(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), spare: None }
    }

    /// Returns a number that is uniform in 0..1.
    pub fn uniform(&mut self) -> f64 {
        (self.random.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Returns a whole number below `limit`; 0 where it is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        // The bias is limit / 2^64.
        let scaled = u128::from(self.random.next_u64()) * limit as u128;
        usize::try_from(scaled >> 64).unwrap_or(0)
    }

    /// Returns a standard normal number (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sine, cosine) = (2.0 * std::f64::consts::PI * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// Returns `n` standard normal numbers of which neighbours correlate by `rho`.
    pub fn correlated(&mut self, n: usize, rho: f64) -> Vec<f64> {
        let step = (1.0 - rho * rho).max(0.0).sqrt();
        let mut value = self.normal();
        (0..n)
            .map(|_| {
                let now = value;
                value = rho * value + step * self.normal();
                now
            })
            .collect()
    }

    /// Returns the logarithms of `n` log-normal durations (σ 0.35), 4 % of which took four times
    /// as long.
    pub fn durations(&mut self, n: usize, rho: f64) -> Vec<f64> {
        let mut logs = self.correlated(n, rho);
        for log in &mut logs {
            *log *= 0.35;
            if self.uniform() < 0.04 {
                *log += 4.0_f64.ln();
            }
        }
        logs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_0_variance_1_and_the_correlation_asked_for() {
        for rho in [0.0, 0.4] {
            let values = Simulated::seeded(1).correlated(20_000, rho);
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|value| value * value).sum::<f64>() / n;
            let pairs = values.iter().zip(values.iter().skip(1));
            let neighbours = pairs.map(|(a, b)| a * b).sum::<f64>() / n;
            assert!(mean.abs() < 0.04 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
            assert!((neighbours - rho).abs() < 0.04, "{neighbours}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_series() {
        let series = |seed| Simulated::seeded(seed).durations(20, 0.2);
        assert_eq!(series(3), series(3));
        assert_ne!(series(3), series(4));
        assert!((0..1000).all(|seed| Simulated::seeded(seed).below(7) < 7));
        assert_eq!(Simulated::seeded(1).below(0), 0);
    }
}
