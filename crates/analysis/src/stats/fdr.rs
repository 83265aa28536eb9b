//! Many tests at once: the false discovery rate. docs/statistics/hypotheses.md.

/// Returns the q values of Benjamini and Hochberg 1995, in the order of `p`: report those with
/// q ≤ 0.10, and one in ten of them is expected to be chance. A p that is `NaN` counts as 1.
///
/// ```text
/// q_(i) = min over j ≥ i of m · p_(j) / j
/// ```
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<(f64, usize)> = p
        .iter()
        .enumerate()
        .map(|(at, p)| (if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }, at))
        .collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (below, (p, at)) in sorted.iter().enumerate().rev() {
        // Rounding must not make a q less than its p.
        least = least.min((sorted.len() as f64 * p / (below + 1) as f64).max(*p));
        if let Some(slot) = q.get_mut(*at) {
            *slot = least;
        }
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn q_values_are_those_of_statsmodels() {
        // statsmodels: multipletests(p, method="fdr_bh")[1]
        let q = benjamini_hochberg(&[0.04, 0.01, 0.03, 0.5]);
        let expected = [0.053_333_333_333_333_34, 0.04, 0.053_333_333_333_333_34, 0.5];
        assert!(q.iter().zip(expected).all(|(q, e)| (q - e).abs() < 1e-12), "{q:?}");
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn q_is_never_below_p_and_keeps_its_order(p in prop::collection::vec(any::<f64>(), 0..40)) {
            let q = benjamini_hochberg(&p);
            prop_assert_eq!(q.len(), p.len());
            for (at, (p1, q1)) in p.iter().zip(&q).enumerate() {
                prop_assert!((0.0..=1.0).contains(q1) && (p1.is_nan() || *p1 > 1.0 || p1 <= q1));
                for (p2, q2) in p.iter().zip(&q).skip(at) {
                    prop_assert!(p1.is_nan() || p2.is_nan() || p1 > p2 || q1 <= q2);
                }
            }
        }
    }
}
