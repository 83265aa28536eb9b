//! What the rank-CUSUM reaches in series without a change. docs/statistics/change-points.md.

use super::changepoint::deviations;
use super::midranks;
use super::null_table::ROWS;
use super::simulated::Simulated;

/// The probabilities that the table knows, falling.
pub(super) const LEVELS: [f64; 8] = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001];

/// The limits of Z in thousandths, at each level of [`LEVELS`]; 0 where no Z of the length is so rare.
pub(super) type Limits = [u16; LEVELS.len()];

/// The limits for the autocorrelations 0, 0.1 to 0.7.
pub(super) type Row = [Limits; 8];

/// The greatest Z of series without a change, by their length and autocorrelation.
///
/// They were simulated once (`just nulls table`) and are pinned in `null_table.rs`, so that neither the
/// time of a review nor the last bit of a logarithm on another machine changes a verdict.
#[derive(Debug, Clone, Copy)]
pub struct Nulls {
    rows: &'static [(usize, Row)],
}

impl Default for Nulls {
    fn default() -> Self {
        Self { rows: &ROWS }
    }
}

impl Nulls {
    /// Returns the pinned table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the least of [`LEVELS`] that bounds the probability of a `z` as high as this in a
    /// series of `n` values with the autocorrelation `rho` and without a change; 1 where none does.
    /// Between two lengths of the table the limit lies on a straight line over ln n; beyond the
    /// longest it stays.
    pub(super) fn p(self, n: usize, rho: f64, z: f64) -> f64 {
        let above = self.rows.partition_point(|(length, _)| *length < n);
        let (Some((high, upper)), Some((low, lower))) =
            (self.rows.get(above).or(self.rows.last()), self.rows.get(above.saturating_sub(1)))
        else {
            return 1.0;
        };
        let share = if low == high || n < *low {
            1.0
        } else {
            (n as f64 / *low as f64).ln() / (*high as f64 / *low as f64).ln()
        };
        let (upper, lower) = (of_autocorrelation(upper, rho), of_autocorrelation(lower, rho));
        let reached =
            LEVELS.iter().zip(lower.into_iter().zip(upper)).take_while(|(_, (lower, upper))| {
                // What cannot be reached at one length cannot be reached between the two.
                let (lower, upper) = (f64::from(*lower), f64::from(*upper));
                0.0 < lower.min(upper) && (lower + (upper - lower) * share.min(1.0)) / 1_000.0 <= z
            });
        reached.last().map_or(1.0, |(level, _)| *level)
    }

    /// Simulates the limits of Z for a length and an autocorrelation: for each of the pinned levels of p, halfway
    /// between the least Z that at most this share of `series` reaches and the next lower one, in
    /// thousandths; 0 where none is so rare.
    pub fn simulate(n: usize, tenths: u8, series: usize) -> [u16; 8] {
        let rho = f64::from(tenths) / 10.0;
        let mut simulated = Simulated::seeded((n as u64) << 8 | u64::from(tenths));
        let mut reached: Vec<f64> = (0..series)
            .filter_map(|_| {
                let steps = deviations(&midranks(&simulated.correlated(n, rho)))?;
                steps.into_iter().map(|(_, z)| z).reduce(f64::max)
            })
            .collect();
        // Descending, each value once with how many reach it.
        reached.sort_unstable_by(|a, b| b.total_cmp(a));
        let mut counts: Vec<(f64, usize)> = Vec::new();
        for (above, z) in reached.iter().enumerate() {
            match counts.last_mut() {
                Some((last, count)) if *last - z < 1e-9 => *count = above + 1,
                _ => counts.push((*z, above + 1)),
            }
        }
        LEVELS.map(|level| {
            let rare = counts.partition_point(|(_, count)| *count as f64 <= level * series as f64);
            let Some((least, _)) = rare.checked_sub(1).and_then(|at| counts.get(at)) else {
                return 0;
            };
            let below = counts.get(rare).map_or(0.0, |(z, _)| *z);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "saturates; Z of ten thousand values is below 10"
            )]
            let limit = (f64::midpoint(*least, below) * 1_000.0).round() as u16;
            limit
        })
    }
}

fn of_autocorrelation(row: &Row, rho: f64) -> Limits {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 7 after the clamp, 0 for NaN"
    )]
    let tenths = (rho * 10.0).round().clamp(0.0, 7.0) as usize;
    row.get(tenths).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_falls_as_z_rises_and_rises_with_the_autocorrelation() {
        let p: Vec<f64> = [0.0, 2.0, 2.5, 3.0, 9.0].map(|z| Nulls::new().p(40, 0.0, z)).to_vec();
        assert!(p.is_sorted_by(|a, b| a > b), "{p:?}");
        assert!(p[0] > 0.999 && p[4] < 0.001_1, "{p:?}");
        assert!(Nulls::new().p(40, 0.4, 3.5) > Nulls::new().p(40, 0.0, 3.5));
    }

    #[test]
    fn a_series_without_a_change_point_reaches_nothing() {
        assert!((Nulls::new().p(60, f64::NAN, f64::NAN) - 1.0).abs() < 1e-12);
        assert_eq!(Nulls::simulate(3, 0, 10), [0; 8]);
    }

    #[test]
    fn the_table_rises_with_the_length_and_the_autocorrelation() {
        assert!(ROWS.is_sorted_by(|(a, _), (b, _)| a < b));
        for (n, row) in ROWS {
            for limits in row {
                let reachable: Vec<u16> = limits.into_iter().filter(|limit| *limit > 0).collect();
                assert!(reachable.is_sorted() && limits.starts_with(&reachable), "{n}: {limits:?}");
            }
            // The level at which a series is split.
            let split = row.map(|limits| limits[5]);
            let reachable: Vec<u16> = split.into_iter().take_while(|limit| *limit > 0).collect();
            assert!(reachable.is_sorted(), "{n}: {split:?}");
        }
        let split = ROWS.map(|(_, row)| row[0][5]);
        assert!(split.iter().zip(&split[1..]).all(|(a, b)| *a < b + 50), "{split:?}");
    }

    #[test]
    fn the_table_is_what_is_simulated() {
        for n in [12, 30] {
            let (_, row) = ROWS.iter().find(|(length, _)| *length == n).unwrap();
            let fresh = Nulls::simulate(n, 2, 2_000);
            // The 5 % limit of 2,000 series: within three standard errors.
            assert!(fresh[3].abs_diff(row[2][3]) < 100, "{n}: {} {}", fresh[3], row[2][3]);
        }
    }

    #[test]
    fn between_two_lengths_the_limit_lies_between_theirs() {
        let of = |n: usize, z: f64| Nulls::new().p(n, 0.0, z);
        for z in [2.0, 2.5, 3.0, 3.2, 3.5] {
            assert!(of(60, z) <= of(70, z) && of(70, z) <= of(80, z), "{z}");
            assert!(of(10_000, z).to_bits() == of(1_000_000, z).to_bits(), "{z}");
        }
    }
}
