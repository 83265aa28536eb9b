//! How long after a release its incidents begin: a log-normal lag, and the window in which releases
//! are candidates (methods H; docs/statistics/incidents.md).

use crate::stats::quantile;

/// The shortest lag that is told from none: a minute.
const SHORTEST_MS: i64 = 60_000;
/// With fewer confirmed pairs the defaults hold.
const FEWEST_PAIRS: usize = 8;
/// A spread below this would be surer than eight pairs allow.
const LEAST_SIGMA: f64 = 0.5;

/// The lag between a release and an incident that it caused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lag {
    /// Releases older than this before an incident are no candidates.
    pub(crate) window_ms: i64,
    pub(crate) median_ms: f64,
    /// The spread of the logarithm.
    pub(crate) sigma: f64,
    /// How many confirmed pairs it was learnt from; 0 where it is the default.
    pub(crate) learnt_from: usize,
}

impl Lag {
    /// Learns from the lags of confirmed pairs in milliseconds; below eight of them the median is
    /// two hours, the spread 1.5, the window `default_window_ms`.
    pub(crate) fn learn(confirmed: &[i64], default_window_ms: i64) -> Self {
        let logs: Vec<f64> = confirmed.iter().map(|lag| hours(*lag).ln()).collect();
        let n = f64::from(u32::try_from(logs.len()).unwrap_or(u32::MAX));
        let window = quantile(&confirmed.iter().map(|lag| hours(*lag)).collect::<Vec<f64>>(), 0.95);
        if let Some(window) = window.filter(|_| logs.len() >= FEWEST_PAIRS) {
            let mean = logs.iter().sum::<f64>() / n;
            let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
            return Self {
                window_ms: whole(window * HOUR_MS),
                median_ms: mean.exp() * HOUR_MS,
                sigma: (squares / (n - 1.0)).sqrt().max(LEAST_SIGMA),
                learnt_from: logs.len(),
            };
        }
        Self {
            window_ms: default_window_ms.max(SHORTEST_MS),
            median_ms: 2.0 * HOUR_MS,
            sigma: 1.5,
            learnt_from: 0,
        }
    }

    /// The log-odds of this lag against an incident at any time of the window.
    pub(crate) fn log_odds(&self, lag_ms: i64) -> f64 {
        let background = 1.0 / hours(self.window_ms);
        log_density(lag_ms, self.median_ms, self.sigma) - background.ln()
    }
}

const HOUR_MS: f64 = 3_600_000.0;

/// The logarithm of the density of a log-normal lag, an hour.
pub(super) fn log_density(lag_ms: i64, median_ms: f64, sigma: f64) -> f64 {
    let hours = hours(lag_ms);
    let z = (hours.ln() - (median_ms / HOUR_MS).ln()) / sigma;
    -z * z / 2.0 - (hours * sigma * (2.0 * std::f64::consts::PI).sqrt()).ln()
}

/// A lag in hours, at least a minute.
#[expect(clippy::cast_precision_loss, reason = "2^53 milliseconds are 285,000 years")]
fn hours(lag_ms: i64) -> f64 {
    lag_ms.max(SHORTEST_MS) as f64 / HOUR_MS
}

#[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 becomes its end")]
fn whole(millis: f64) -> i64 {
    millis.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/statistics/incidents.md, "The lag".
    #[test]
    fn the_default_lag_favours_what_came_two_hours_before() {
        let lag = Lag::learn(&[], 72 * 3_600_000);
        for (hours, expected) in [(0.25, 3.38), (2.0, 2.26), (12.0, -0.25), (48.0, -3.16)] {
            let found = lag.log_odds(whole(hours * HOUR_MS));
            assert!((found - expected).abs() < 0.005, "{hours} h: {found}");
        }
    }

    #[test]
    fn eight_confirmed_pairs_teach_the_lag_and_the_window() {
        let hours = [1, 2, 2, 3, 4, 4, 6, 12];
        let pairs: Vec<i64> = hours.iter().map(|hours| hours * 3_600_000).collect();
        let lag = Lag::learn(&pairs, 1);
        assert_eq!(lag.learnt_from, 8);
        assert_eq!(lag.window_ms, 35_640_000);
        assert!((lag.median_ms / HOUR_MS - 3.293).abs() < 0.001, "{lag:?}");
        assert!((lag.sigma - 0.759).abs() < 0.001, "{lag:?}");
        let seven = pairs.get(..7).unwrap_or_default();
        assert_eq!(Lag::learn(seven, 5).window_ms, 60_000);
    }
}
