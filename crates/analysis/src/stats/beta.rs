//! The Beta distribution: the regularised incomplete beta function, its inverse, and what follows
//! for rates.

/// Lanczos' coefficients for g = 7, n = 9.
const LANCZOS: [f64; 8] = [
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];

/// Returns ln Γ(x) for x > 0, to about 15 digits.
fn ln_gamma(x: f64) -> f64 {
    let x = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    for (index, coefficient) in LANCZOS.iter().enumerate() {
        sum += coefficient / (x + index as f64 + 1.0);
    }
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// Returns the regularised incomplete beta function `I_x(a, b)` for `a, b > 0`: the probability
/// that a Beta(a, b) variable is at most `x`. `NaN` where a or b is not positive.
pub fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if !(a > 0.0 && b > 0.0) || x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges fast on the near side of the mean; the other side is its mirror.
    if x < (a + 1.0) / (a + b + 2.0) {
        (front * continued_fraction(x, a, b) / a).clamp(0.0, 1.0)
    } else {
        (1.0 - front * continued_fraction(1.0 - x, b, a) / b).clamp(0.0, 1.0)
    }
}

/// Lentz' method for the continued fraction of the incomplete beta function (DLMF 8.17.22).
#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for step in 1..20_000_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        let change = d * c;
        result *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    result
}

/// Returns the value below which a Beta(a, b) variable lies with probability `p`, by bisection.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if incomplete_beta(middle, a, b) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Returns the 90 % interval of a rate seen `hits` times in `trials`: Jeffreys'
/// Beta(hits + ½, trials − hits + ½); for no hit at all from 0 to [`never_seen_upper`].
/// `None` without a trial.
pub fn jeffreys_interval(hits: usize, trials: usize) -> Option<(f64, f64)> {
    let misses = trials.checked_sub(hits)?;
    if trials == 0 {
        return None;
    }
    if hits == 0 {
        return Some((0.0, never_seen_upper(trials)?));
    }
    let (a, b) = (hits as f64 + 0.5, misses as f64 + 0.5);
    let high = if misses == 0 { 1.0 } else { beta_quantile(0.95, a, b) };
    Some((beta_quantile(0.05, a, b), high))
}

/// Returns the exact 95 % upper bound of a rate that was never seen in `trials`:
/// 1 − 0.05^(1/trials), about 3/trials. `None` without a trial.
pub fn never_seen_upper(trials: usize) -> Option<f64> {
    (trials > 0).then(|| -(0.05_f64.ln() / trials as f64).exp_m1())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_incomplete_beta_function_is_scipys() {
        // scipy: special.betainc(a, b, x)
        for (x, a, b, expected) in [
            (0.3, 2.0, 5.0, 0.579_825_000_000_000_3),
            (0.5, 0.5, 0.5, 0.500_000_000_000_000_1),
            (0.9, 20.5, 3.5, 0.711_508_146_313_572_3),
            (0.01, 1.0, 300.0, 0.950_959_105_928_714_1),
            (0.016, 40.0, 2000.5, 0.114_854_906_436_777_13),
            (0.016_393_442_622_950_82, 20_000.0, 1_200_000.5, 0.500_940_348_349_302_8),
        ] {
            let found = incomplete_beta(x, a, b);
            assert!((found - expected).abs() < 1e-7, "I_{x}({a}, {b}) = {found}");
        }
    }

    #[test]
    fn intervals_of_rates_are_scipys() {
        // scipy: stats.beta.ppf([.05, .95], 3.5, 97.5)
        let (low, high) = jeffreys_interval(3, 100).unwrap();
        assert!((low - 0.010_914_577_218_214_94).abs() < 1e-10);
        assert!((high - 0.068_756_793_453_467_8).abs() < 1e-10);
        // numpy: 1 - .05 ** (1 / 240)
        let (low, high) = jeffreys_interval(0, 240).unwrap();
        assert!(low == 0.0 && (high - 0.012_404_638_050_409_034).abs() < 1e-12);
        assert_eq!(jeffreys_interval(0, 0), None);
        assert_eq!(jeffreys_interval(3, 2), None);
    }

    #[test]
    fn less_than_five_percent_needs_59_clean_trials() {
        assert!(never_seen_upper(58).unwrap() > 0.05);
        assert!(never_seen_upper(59).unwrap() < 0.05);
    }

    proptest! {
        #[test]
        fn the_quantile_inverts_the_distribution(
            p in 0.01..0.99_f64, a in 0.5..500.0_f64, b in 0.5..500.0_f64
        ) {
            let x = beta_quantile(p, a, b);
            prop_assert!((incomplete_beta(x, a, b) - p).abs() < 1e-8);
        }

        #[test]
        fn the_interval_holds_the_rate(trials in 1_usize..2000, share in 0.0..=1.0_f64) {
            let hits = (0..trials).filter(|at| (*at as f64) < share * trials as f64).count();
            let (low, high) = jeffreys_interval(hits, trials).unwrap();
            let rate = hits as f64 / trials as f64;
            prop_assert!(0.0 <= low && low <= rate && rate <= high && high <= 1.0);
        }
    }
}
