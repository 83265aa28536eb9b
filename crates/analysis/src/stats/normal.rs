//! The standard normal distribution, by `statrs`. docs/statistics/hypotheses.md.

use statrs::distribution::{ContinuousCDF, Normal};

/// Returns the probability that a standard normal variable is at most `x`; `NaN` for `NaN`.
pub fn normal_cdf(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    Normal::standard().cdf(x)
}

/// Returns the value below which a standard normal variable lies with probability `p`: −∞ for 0,
/// ∞ for 1, `NaN` outside 0..=1.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    Normal::standard().inverse_cdf(p)
}

/// Returns the probability of a standard normal variable at least as far from 0 as `z`.
pub(super) fn two_sided_p(z: f64) -> f64 {
    (2.0 * normal_cdf(-z.abs())).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_normal_distribution_is_scipys() {
        // scipy: stats.norm.cdf(x), stats.norm.ppf(p)
        for (x, p) in [
            (-3.0, 0.001_349_898_031_630_094_6),
            (-1.644_853_626_951_472_6, 0.05),
            (0.0, 0.5),
            (1.959_963_984_540_054, 0.975),
            (4.264_890_793_922_602, 0.999_99),
        ] {
            assert!((normal_cdf(x) - p).abs() < 1e-11, "cdf({x}) = {}", normal_cdf(x));
            assert!((normal_quantile(p) - x).abs() < 1e-9, "ppf({p}) = {}", normal_quantile(p));
        }
        assert!(normal_quantile(-0.1).is_nan() && normal_cdf(f64::NAN).is_nan());
        assert!(normal_quantile(1.0) > 1e300);
    }

    proptest! {
        #[test]
        fn any_float_has_an_answer(x in any::<f64>()) {
            let p = normal_cdf(x);
            prop_assert!(x.is_nan() || (0.0..=1.0).contains(&p));
            let _ = normal_quantile(x);
            prop_assert!(x.is_nan() || (0.0..=1.0).contains(&two_sided_p(x)));
        }
    }
}
