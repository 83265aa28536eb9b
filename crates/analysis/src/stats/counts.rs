//! Is this count unusual beside the counts before it?

use super::{FEWEST_TO_JUDGE, incomplete_beta};

/// A count whose upper tail is smaller than this is unusual.
const TAIL: f64 = 0.005;

/// How a new count stands beside earlier ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountJudgement {
    /// How many earlier counts.
    pub n: usize,
    /// The probability of a count as high as this one or higher, from the earlier ones.
    pub tail: f64,
    /// Whether it is unusual; `None` below [`FEWEST_TO_JUDGE`] earlier counts.
    pub unusual: Option<bool>,
}

/// Judges `new` beside `earlier` by the predictive negative binomial (prior Gamma(½, ·)):
/// X ~ NB(r = ½ + Σx, p = n/(n+1)), unusual where P(X ≥ new) < 0.5 %. Where the counts scatter more
/// than chance allows (variance/mean > 1.5) the size is x̄²/(s² − x̄) with the mean x̄.
pub fn judge_count(earlier: &[u64], new: u64) -> CountJudgement {
    let n = earlier.len();
    let tail = upper_tail(earlier, new);
    CountJudgement { n, tail, unusual: (n >= FEWEST_TO_JUDGE).then_some(tail < TAIL) }
}

fn upper_tail(earlier: &[u64], new: u64) -> f64 {
    if new == 0 || earlier.is_empty() {
        return 1.0;
    }
    let n = earlier.len() as f64;
    let sum: f64 = earlier.iter().map(|count| *count as f64).sum();
    let mean = sum / n;
    let squares: f64 = earlier.iter().map(|count| (*count as f64 - mean).powi(2)).sum();
    let variance = if earlier.len() > 1 { squares / (n - 1.0) } else { 0.0 };
    let (size, p) = if mean > 0.0 && variance / mean > 1.5 {
        let size = mean * mean / (variance - mean);
        (size, size / (size + mean))
    } else {
        (0.5 + sum, n / (n + 1.0))
    };
    // P(X >= x) of a negative binomial is I_{1-p}(x, r).
    incomplete_beta(1.0 - p, new as f64, size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(earlier: &[u64], new: u64, tail: f64, unusual: Option<bool>) {
        let found = judge_count(earlier, new);
        assert!((found.tail - tail).abs() < 1e-9, "{new}: {}", found.tail);
        assert_eq!(found.unusual, unusual, "{new}");
    }

    #[test]
    fn a_count_is_unusual_when_chance_gives_it_less_than_once_in_200() {
        // scipy: stats.nbinom.sf(new - 1, .5 + sum(x), n / (n + 1))
        let calm = [0, 1, 0, 2, 0, 0, 1, 3, 0, 1];
        check(&calm, 0, 1.0, Some(false));
        check(&calm, 1, 0.555_202_665_363_049_7, Some(false));
        check(&calm, 2, 0.211_495_634_052_678_88, Some(false));
        check(&calm, 5, 0.003_509_787_614_900_806_4, Some(true));
    }

    #[test]
    fn counts_that_scatter_need_more_to_be_unusual() {
        // scipy: k = m * m / (v - m); stats.nbinom.sf(new - 1, k, k / (k + m)), v with ddof=1
        let wild = [0, 0, 9, 0, 0, 12, 0, 1, 0, 0];
        check(&wild, 5, 0.156_143_815_913_358_46, Some(false));
        check(&wild, 12, 0.044_774_481_929_760_815, Some(false));
        check(&wild, 25, 0.006_392_303_554_762_898, Some(false));
        check(&wild, 40, 0.000_815_306_993_564_462_9, Some(true));
    }

    #[test]
    fn seven_earlier_counts_are_too_few() {
        assert_eq!(judge_count(&[0; 7], 100).unusual, None);
        assert_eq!(judge_count(&[], 100).unusual, None);
        assert_eq!(judge_count(&[0; 8], 100).unusual, Some(true));
    }

    proptest! {
        #[test]
        fn more_is_never_less_unusual(
            earlier in prop::collection::vec(0_u64..1000, 0..60), new in 0_u64..5000
        ) {
            let (less, more) = (judge_count(&earlier, new), judge_count(&earlier, new + 1));
            prop_assert!((0.0..=1.0).contains(&less.tail));
            prop_assert!(more.tail <= less.tail + 1e-9);
            let mut turned = earlier.clone();
            turned.reverse();
            prop_assert!((judge_count(&turned, new).tail - less.tail).abs() < 1e-9);
        }
    }
}
