//! Is this duration unusual beside the durations before it? The log-MAD rule (docs/statistics.md).

use super::{FEWEST_TO_JUDGE, mad, median, quantile};

/// Thresholds for z: at most one false alarm in 100 releases, whether the logarithms are normal (0.2 to
/// 0.5 %) or have the heavy tails of a t distribution with 3 degrees of freedom (0.9 %), for series
/// whose neighbours resemble each other (autocorrelation 0 to 0.4). Simulated, `just nulls`.
/// Between the tabled n the threshold is interpolated.
const THRESHOLDS: [(usize, f64); 9] = [
    (8, 4.60),
    (10, 4.05),
    (12, 3.75),
    (16, 3.50),
    (20, 3.38),
    (24, 3.30),
    (30, 3.07),
    (40, 2.95),
    (60, 2.78),
];

/// What share of a normal distribution's deviations lies within this many standard deviations: 95 %.
const TAIL_SIGMAS: f64 = 1.96;

/// Further than this the earlier ones' reach does not count: two stuck releases must not hide a
/// third.
const LONGEST_TAILS: f64 = 1.5;

/// Turns a median absolute deviation into a standard deviation, for a normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;

/// How a new duration stands beside earlier ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DurationJudgement {
    /// How many earlier durations.
    pub n: usize,
    /// The median of the earlier ones, in milliseconds.
    pub median: f64,
    /// Their 10th percentile.
    pub low: f64,
    /// Their 90th percentile.
    pub high: f64,
    /// How many robust standard deviations the logarithm lies above the median's.
    pub z: f64,
    /// How much further the earlier ones reach than normal ones would: 1 to 1.5.
    pub tails: f64,
    /// What z must exceed, higher where the earlier ones reach far; `None` below
    /// [`FEWEST_TO_JUDGE`].
    pub threshold: Option<f64>,
    /// Whether it is unusually long; `None` below [`FEWEST_TO_JUDGE`].
    pub unusual: Option<bool>,
    /// Where it stands.
    pub ranked: Ranked,
}

/// The rank of a new value among earlier ones and itself. A fact, not a verdict: with fewer than
/// 199 earlier values even the highest is no proof at the 0.5 % level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// 1 where none is higher.
    pub from_top: usize,
    /// 1 where none is lower.
    pub from_bottom: usize,
    /// How many values there are with the new one.
    pub of: usize,
    /// Conformal p: (1 + how many are at least as high) / (n + 1).
    pub p: f64,
}

impl Ranked {
    fn of(earlier: &[f64], new: f64) -> Self {
        let higher = earlier.iter().filter(|value| **value > new).count();
        let lower = earlier.iter().filter(|value| **value < new).count();
        let of = earlier.len() + 1;
        let at_least = earlier.len() - lower;
        Self {
            from_top: higher + 1,
            from_bottom: lower + 1,
            of,
            p: (1 + at_least) as f64 / of as f64,
        }
    }
}

/// Returns what z must exceed with `n` earlier values of a normal reach; `None` below [`FEWEST_TO_JUDGE`].
pub fn threshold(n: usize) -> Option<f64> {
    let mut below: Option<(usize, f64)> = None;
    for (at, value) in THRESHOLDS {
        if n == at {
            return Some(value);
        }
        if n < at {
            let (left, left_value) = below?;
            let share = (n - left) as f64 / (at - left) as f64;
            return Some(left_value + (value - left_value) * share);
        }
        below = Some((at, value));
    }
    below.map(|(_, value)| value)
}

/// Judges `new_ms` beside `earlier_ms` (in order of time): y = ln(max(x, 1 s)),
/// `z = (y_new − median) / (1.4826 · MAD)`, unusual where z exceeds [`threshold`] · h², with
/// `h = 95th percentile of |y − median| / (1.96 · 1.4826 · MAD)` within 1 to 1.5: where a few earlier
/// ones were far off, the next may be. One-sided: only slow is unusual. Where values tie, MAD is at least half the
/// median step between neighbours and at least 5 %. `None` without earlier values.
pub fn judge_duration(earlier_ms: &[i64], new_ms: i64) -> Option<DurationJudgement> {
    let millis: Vec<f64> = earlier_ms.iter().map(|value| *value as f64).collect();
    let logs: Vec<f64> = earlier_ms.iter().map(|value| log_seconds(*value)).collect();
    let centre = median(&logs)?;
    let steps: Vec<f64> = logs
        .iter()
        .zip(logs.iter().skip(1))
        .map(|(before, after)| (after - before).abs())
        .collect();
    let spread = mad(&logs, centre)?
        .max(0.5 * median(&steps).unwrap_or(0.0))
        .max(1.05_f64.ln() / MAD_TO_SIGMA);
    let new = log_seconds(new_ms);
    let z = (new - centre) / (MAD_TO_SIGMA * spread);
    let distances: Vec<f64> = logs.iter().map(|log| (log - centre).abs()).collect();
    let reach = quantile(&distances, 0.95)? / (TAIL_SIGMAS * MAD_TO_SIGMA * spread);
    let tails = reach.clamp(1.0, LONGEST_TAILS);
    let threshold = threshold(logs.len()).map(|threshold| threshold * tails * tails);
    debug_assert_eq!(threshold.is_some(), logs.len() >= FEWEST_TO_JUDGE);
    Some(DurationJudgement {
        n: logs.len(),
        median: median(&millis)?,
        low: quantile(&millis, 0.1)?,
        high: quantile(&millis, 0.9)?,
        z,
        tails,
        threshold,
        unusual: threshold.map(|threshold| z > threshold),
        ranked: Ranked::of(&millis, new_ms as f64),
    })
}

/// ln of the duration in seconds, nothing below a second.
fn log_seconds(millis: i64) -> f64 {
    (millis.max(1_000) as f64 / 1_000.0).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Simulated;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;

    fn hours(values: &[i64]) -> Vec<i64> {
        values.iter().map(|hours| hours * HOUR).collect()
    }

    /// The worked example of docs/statistics/unusual.md.
    const EXAMPLE: [i64; 24] = [
        20, 31, 18, 45, 27, 22, 38, 29, 24, 33, 19, 41, 26, 30, 23, 36, 28, 21, 34, 25, 40, 17, 32,
        37,
    ];

    #[test]
    fn the_worked_example_is_numpys() {
        // numpy/scipy: l = log(max(ms/1000, 1)); (log(new) - median(l)) / (1.4826 * max(
        //   median_abs_deviation(l), .5 * median(abs(diff(l))), log(1.05) / 1.4826))
        let earlier = hours(&EXAMPLE);
        for (new, z, unusual) in [
            (10, -3.152_965_149_592_319_4, false),
            (45, 1.375_741_659_001_971_8, false),
            (76, 2.953_694_518_345_88, false),
            (90, 3.462_775_453_065_886_7, true),
            (120, 4.328_972_739_864_613, true),
        ] {
            let found = judge_duration(&earlier, new * HOUR).unwrap();
            assert!((found.z - z).abs() < 1e-9, "{new}: {}", found.z);
            assert_eq!(found.unusual, Some(unusual), "{new}");
            assert_eq!((found.threshold, found.tails), (Some(3.30), 1.0));
            // numpy: np.median(ms), np.quantile(ms, [.1, .9])
            assert!((found.median - 102_600_000.0).abs() < 1e-3);
            assert!((found.low - 69_480_000.0).abs() < 1e-3);
            assert!((found.high - 141_840_000.0).abs() < 1e-3);
        }
        let second = judge_duration(&earlier, 43 * HOUR).unwrap();
        assert_eq!((second.ranked.from_top, second.ranked.of), (2, 25));
        assert!((second.ranked.p - 2.0 / 25.0).abs() < 1e-12);
    }

    #[test]
    fn where_earlier_ones_were_far_off_the_next_may_be() {
        // As above, but the last two took 72 h and 90 h. numpy:
        // h = np.quantile(abs(l - median(l)), .95) / (1.96 * 1.4826 * MAD)
        let tails = 1.209_374_438_994_542;
        let mut earlier = hours(&EXAMPLE);
        earlier.truncate(22);
        earlier.extend(hours(&[72, 90]));
        let found = judge_duration(&earlier, 120 * HOUR).unwrap();
        assert!((found.tails - tails).abs() < 1e-9, "{}", found.tails);
        assert!((found.threshold.unwrap() - 3.30 * tails * tails).abs() < 1e-9);
        assert_eq!(found.unusual, Some(false));
        // Two stuck releases hide a third, but not any.
        earlier.truncate(22);
        earlier.extend(hours(&[2_000, 4_000]));
        let found = judge_duration(&earlier, 500 * HOUR).unwrap();
        assert_eq!((found.tails, found.unusual), (1.5, Some(true)));
    }

    #[test]
    fn ties_are_allowed_five_percent() {
        // scipy: as above, of twelve times 60 s
        let same = judge_duration(&[60_000; 12], 66_000).unwrap();
        assert!((same.z - 1.953_471_184_752_405_3).abs() < 1e-9);
        assert_eq!(same.unusual, Some(false));
        let slow = judge_duration(&[60_000; 12], 90_000).unwrap();
        assert!((slow.z - 8.310_386_222_520_567).abs() < 1e-9);
        assert_eq!(slow.unusual, Some(true));
    }

    #[test]
    fn seven_earlier_durations_are_too_few() {
        let found = judge_duration(&[60_000; 7], i64::MAX).unwrap();
        assert_eq!((found.unusual, found.threshold), (None, None));
        assert_eq!(judge_duration(&[], 5), None);
    }

    #[test]
    fn thresholds_are_interpolated_and_end_at_60() {
        assert_eq!(threshold(7), None);
        assert_eq!(threshold(8), Some(4.60));
        assert!((threshold(11).unwrap() - 3.90).abs() < 1e-9);
        assert!((threshold(50).unwrap() - 2.865).abs() < 1e-9);
        assert_eq!(threshold(61), Some(2.78));
    }

    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    #[test]
    fn one_release_in_a_hundred_at_most_is_unusual_by_chance() {
        // `just nulls` measures it with 40,000 releases a row; this is its small sister.
        let mut simulated = Simulated::seeded(1);
        let alarms = (0..1_000)
            .filter(|_| {
                let series: Vec<i64> = simulated
                    .correlated(25, 0.4)
                    .iter()
                    .map(|log| (1e7 * (0.6 * log).exp()) as i64)
                    .collect();
                judge_duration(&series[..24], series[24]).unwrap().unusual == Some(true)
            })
            .count();
        // Binomial(1,000, 0.01) exceeds 18 once in 100 times; 0.2 % is expected.
        assert!(alarms <= 10, "{alarms} of 1,000");
    }

    proptest! {
        #[test]
        fn the_unit_does_not_matter(
            earlier in prop::collection::vec(1_000_i64..1_000_000_000, 8..60),
            new in 1_000_i64..1_000_000_000, factor in 1_i64..1000
        ) {
            let scaled: Vec<i64> = earlier.iter().map(|value| value * factor).collect();
            let one = judge_duration(&earlier, new).unwrap();
            let other = judge_duration(&scaled, new * factor).unwrap();
            prop_assert!((one.z - other.z).abs() < 1e-6);
            prop_assert_eq!(one.ranked, other.ranked);
        }

        #[test]
        fn slower_is_never_less_unusual(
            earlier in prop::collection::vec(any::<i64>(), 1..80), new in 0_i64..i64::MAX / 2
        ) {
            let one = judge_duration(&earlier, new).unwrap();
            let slower = judge_duration(&earlier, new.saturating_mul(2)).unwrap();
            prop_assert!(slower.z >= one.z);
            prop_assert!(one.unusual != Some(true) || slower.unusual == Some(true));
            prop_assert!(one.low <= one.median && one.median <= one.high);
            prop_assert!((0.0..=1.0).contains(&one.ranked.p));
        }
    }
}
