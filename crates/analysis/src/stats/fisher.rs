//! Are two yes-or-no facts independent? Fisher's exact test. docs/statistics/hypotheses.md.

use statrs::function::gamma::ln_gamma;

use super::normal::two_sided_p;

/// Above this total the normal approximation serves: the exact sum would take too many steps.
const EXACT_UP_TO: f64 = 1e9;

/// Returns the two-sided p of the table
///
/// ```text
/// a b
/// c d
/// ```
///
/// the probability, with the margins as they are, of a table that is no more probable than this
/// one (Fisher 1935, as scipy and R). 1 where a margin is 0.
pub fn fisher_exact(a: u64, b: u64, c: u64, d: u64) -> f64 {
    let [a, b, c, d] = [a, b, c, d].map(|count| count as f64);
    let table = Table { row: a + b, column: a + c, total: a + b + c + d };
    if table.total > EXACT_UP_TO {
        return table.approximately(a);
    }
    let here = table.ln_probability(a);
    // As R: what is as probable but for rounding counts as as probable.
    let limit = here + 1e-7;
    let (low, high) =
        ((table.row + table.column - table.total).max(0.0), table.row.min(table.column));
    let is_rare = |x: f64| table.ln_probability(x) <= limit;
    // Probabilities rise to the mode and fall after it: the rare tables are two tails.
    let mode = ((table.row + 1.0) * (table.column + 1.0) / (table.total + 2.0)).floor();
    let mode = mode.clamp(low, high);
    if is_rare(mode) {
        return 1.0;
    }
    let tails = [low, high]
        .map(|outer| last_rare(outer, mode, is_rare).map_or(0.0, |end| table.tail(end, outer)));
    tails.iter().sum::<f64>().clamp(0.0, 1.0)
}

/// The margins of a table.
struct Table {
    row: f64,
    column: f64,
    total: f64,
}

impl Table {
    /// ln of the hypergeometric probability that the first cell is `x`.
    fn ln_probability(&self, x: f64) -> f64 {
        ln_choose(self.column, x) + ln_choose(self.total - self.column, self.row - x)
            - ln_choose(self.total, self.row)
    }

    /// The sum of the probabilities from `start` outward to `end`.
    fn tail(&self, start: f64, end: f64) -> f64 {
        let outward = if end < start { -1.0 } else { 1.0 };
        let mut x = start;
        let mut term = self.ln_probability(x).exp();
        let mut sum = 0.0;
        loop {
            sum += term;
            // P(x) / P(x − 1), by which a step up multiplies and a step down divides.
            let at = if outward > 0.0 { x + 1.0 } else { x };
            let ratio = (self.column - at + 1.0) * (self.row - at + 1.0)
                / (at * (self.total - self.column - self.row + at));
            x += outward;
            term = if outward > 0.0 { term * ratio } else { term / ratio };
            let past = if outward > 0.0 { end < x } else { x < end };
            if past || term <= sum * 1e-17 || !term.is_finite() {
                return sum;
            }
        }
    }

    /// The two-sided p by the normal approximation of the hypergeometric distribution.
    fn approximately(&self, a: f64) -> f64 {
        let (row, column) = (self.row / self.total, self.column / self.total);
        let deviation = (self.total * row * (1.0 - row) * column * (1.0 - column)).sqrt();
        let z = (a - self.row * column) / deviation;
        if z.is_finite() { two_sided_p(z) } else { 1.0 }
    }
}

fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// Returns the place nearest to `inner`, which is not rare, such that all from `outer` to it are
/// rare; `None` where `outer` itself is not.
fn last_rare(outer: f64, inner: f64, is_rare: impl Fn(f64) -> bool) -> Option<f64> {
    if !is_rare(outer) {
        return None;
    }
    let (mut rare, mut common) = (outer, inner);
    while (rare - common).abs() > 1.0 {
        let middle = f64::midpoint(rare, common).floor();
        if is_rare(middle) {
            rare = middle;
        } else {
            common = middle;
        }
    }
    Some(rare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_tables_and_large_ones_are_scipys() {
        // scipy: stats.fisher_exact([[a, b], [c, d]]).pvalue
        for (a, b, c, d, expected) in [
            (8, 2, 1, 5, 0.034_965_034_965_034_975),
            (3, 0, 0, 3, 0.1),
            (0, 5, 5, 0, 0.007_936_507_936_507_938),
            (1, 1, 1, 1, 1.0),
            (7, 12, 0, 7, 0.133_821_830_343_569_48),
            (10, 40, 30, 20, 8.308_658_706_239_148e-5),
            (100, 9_900, 150, 9_850, 0.001_762_680_958_984_405_3),
            (20_000, 980_000, 20_400, 979_600, 0.044_912_861_937_463_83),
        ] {
            let found = fisher_exact(a, b, c, d);
            assert!((found - expected).abs() < expected * 1e-6, "{a} {b} {c} {d}: {found}");
        }
    }

    #[test]
    fn an_empty_margin_says_nothing() {
        for (a, b, c, d) in [(0, 0, 0, 0), (0, 0, 3, 4), (5, 0, 7, 0)] {
            assert!((fisher_exact(a, b, c, d) - 1.0).abs() < 1e-9, "{a} {b} {c} {d}");
        }
        assert!((0.0..=1.0).contains(&fisher_exact(u64::MAX, 0, 7, u64::MAX)));
    }

    proptest! {
        #[test]
        fn turning_the_table_changes_nothing(
            a in 0_u64..80, b in 0_u64..80, c in 0_u64..80, d in 0_u64..80
        ) {
            let p = fisher_exact(a, b, c, d);
            prop_assert!((0.0..=1.0).contains(&p));
            for turned in [fisher_exact(a, c, b, d), fisher_exact(c, d, a, b), fisher_exact(b, a, d, c)] {
                prop_assert!((turned - p).abs() < 1e-9);
            }
        }

        #[test]
        fn it_is_the_sum_of_the_tables_that_are_no_more_probable(
            a in 0_u64..12, b in 0_u64..12, c in 0_u64..12, d in 0_u64..12
        ) {
            let table = Table { row: (a + b) as f64, column: (a + c) as f64, total: (a + b + c + d) as f64 };
            let low = (a + c).saturating_sub(c + d);
            let here = table.ln_probability(a as f64);
            let sum: f64 = (low..=(a + b).min(a + c))
                .map(|x| table.ln_probability(x as f64))
                .filter(|ln| *ln <= here + 1e-7)
                .map(f64::exp)
                .sum();
            prop_assert!((fisher_exact(a, b, c, d) - sum.min(1.0)).abs() < 1e-9);
        }

        #[test]
        fn any_counts_are_survived(a in any::<u64>(), b in any::<u64>(), c in any::<u64>(), d in any::<u64>()) {
            for shift in [0, 20, 40, 56] {
                let p = fisher_exact(a >> shift, b >> shift, c >> shift, d >> shift);
                prop_assert!((0.0..=1.0).contains(&p));
            }
        }
    }
}
