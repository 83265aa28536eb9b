//! Which features went together with good releases, past the guards (methods G).
//!
//! Pure arithmetic on labels and features, so that its false claims can be counted on random ones.

use crate::stats;

/// A side of a comparison needs this many releases.
const FEWEST_A_SIDE: usize = 8;
/// A smaller difference is nobody's concern.
const LEAST_DIFFERENCE: f64 = 0.15;
/// At most this share of the claims may be chance.
const MOST_FALSE: f64 = 0.10;
/// Labels are shuffled within this many neighbours: what changed over time explains nothing.
const BLOCK: usize = 10;
/// How often they are shuffled.
const ROUNDS: u32 = 1_000;
/// Shuffling begins here, so that the same data give the same p.
const SEED: u64 = 20_161_123;
/// From this many releases on, kept features are looked at in pairs.
const FEWEST_FOR_PAIRS: usize = 100;

/// The counts of one feature and what the guards say about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// Which feature, or which two.
    pub features: (usize, Option<usize>),
    /// Good releases with the feature, of how many.
    pub with: (u64, u64),
    /// Good releases without it, of how many.
    pub without: (u64, u64),
    /// Risk difference with its Newcombe 95 % interval.
    pub difference: Option<(f64, f64, f64)>,
    /// Fisher's exact two-sided p.
    pub fisher_p: Option<f64>,
    /// The p of the shuffling within blocks; not computed where Fisher's p rules a claim out.
    pub permutation_p: Option<f64>,
    /// The larger p, corrected for the number of features.
    pub q: Option<f64>,
    /// The difference in the later half.
    pub later_difference: Option<f64>,
    /// The first guard that stopped it.
    pub stopped_by: Option<Guard>,
}

/// What keeps a pattern from being claimed, in the order in which it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Too few releases altogether.
    TooFewReleases,
    /// Fewer than 8 releases on one side.
    ShortSide,
    /// q above 0.10.
    Chance,
    /// Less than 15 percentage points.
    Small,
    /// The later half does not point the same way.
    NotLasting,
    /// Two features together go no further than one of them alone.
    NoMoreThanOne,
}

/// Tests features of releases in order of time: `labels` says which went well, `None` in a feature is
/// not known. Below `fewest` releases nothing is kept.
///
/// Kept where both sides have 8 releases, q ≤ 0.10 (Benjamini-Hochberg over the larger of Fisher's p
/// and the p of shuffling within blocks of ten), the risk difference is at least 15 percentage
/// points, and has the same sign in the later half. Pairs of kept features are tested from 100
/// releases on, and kept where they go further than either alone. docs/statistics/patterns.md.
pub fn test_patterns(
    labels: &[bool],
    features: &[Vec<Option<bool>>],
    fewest: usize,
) -> Vec<Tested> {
    let few = labels.len() < fewest;
    let mut found: Vec<Tested> = features
        .iter()
        .enumerate()
        .map(|(at, feature)| count(labels, feature, (at, None)))
        .collect();
    judge(&mut found, labels, few, |tested| features.get(tested.features.0).cloned());
    if few || labels.len() < FEWEST_FOR_PAIRS {
        return found;
    }
    let mut pairs = pairs(labels, features, &found);
    judge(&mut pairs, labels, few, |tested| both(features, tested.features));
    for pair in &mut pairs {
        let alone = |at: usize| found.get(at).and_then(|one| one.difference).map_or(0.0, |d| d.0);
        let own = pair.difference.map_or(0.0, |d| d.0);
        let ones = [Some(pair.features.0), pair.features.1];
        let further = ones.into_iter().flatten().all(|at| alone(at).abs() < own.abs());
        if pair.stopped_by.is_none() && !further {
            pair.stopped_by = Some(Guard::NoMoreThanOne);
        }
    }
    found.extend(pairs);
    found
}

/// Returns the two-by-two table of kept features, two at a time.
fn pairs(labels: &[bool], features: &[Vec<Option<bool>>], singles: &[Tested]) -> Vec<Tested> {
    let kept: Vec<usize> = singles
        .iter()
        .filter(|tested| tested.stopped_by.is_none())
        .map(|tested| tested.features.0)
        .collect();
    let mut found = Vec::new();
    for (place, first) in kept.iter().enumerate() {
        for second in kept.iter().skip(place + 1) {
            let which = (*first, Some(*second));
            found.extend(both(features, which).map(|both| count(labels, &both, which)));
        }
    }
    found
}

/// Returns where both features hold.
fn both(
    features: &[Vec<Option<bool>>],
    (first, second): (usize, Option<usize>),
) -> Option<Vec<Option<bool>>> {
    let (first, second) = (features.get(first)?, features.get(second?)?);
    let and = |(a, b): (&Option<bool>, &Option<bool>)| Some((*a)? && (*b)?);
    Some(first.iter().zip(second).map(and).collect())
}

fn count(labels: &[bool], feature: &[Option<bool>], features: (usize, Option<usize>)) -> Tested {
    let (with, without) = table(labels, feature);
    let half = labels.len() / 2;
    let later =
        table(labels.get(half..).unwrap_or_default(), feature.get(half..).unwrap_or_default());
    let difference = |((k, n), (other_k, other_n)): ((u64, u64), (u64, u64))| {
        (0 < n && 0 < other_n).then(|| stats::risk_difference(k, n, other_k, other_n)).flatten()
    };
    Tested {
        features,
        with,
        without,
        difference: difference((with, without)),
        fisher_p: None,
        permutation_p: None,
        q: None,
        later_difference: difference(later).map(|(estimate, ..)| estimate),
        stopped_by: None,
    }
}

/// Counts the good ones with the feature and without it, each of how many.
fn table(labels: &[bool], feature: &[Option<bool>]) -> ((u64, u64), (u64, u64)) {
    let (mut with, mut without) = ((0, 0), (0, 0));
    for (label, has) in labels.iter().zip(feature) {
        let side = match has {
            Some(true) => &mut with,
            Some(false) => &mut without,
            None => continue,
        };
        side.0 += u64::from(*label);
        side.1 += 1;
    }
    (with, without)
}

/// Computes p and q and asks the guards.
fn judge(
    all: &mut [Tested],
    labels: &[bool],
    few: bool,
    feature: impl Fn(&Tested) -> Option<Vec<Option<bool>>>,
) {
    let fewest = FEWEST_A_SIDE as u64;
    for tested in all.iter_mut() {
        if few {
            tested.stopped_by = Some(Guard::TooFewReleases);
        } else if tested.with.1 < fewest || tested.without.1 < fewest {
            tested.stopped_by = Some(Guard::ShortSide);
        } else {
            let ((good, of), (other_good, other_of)) = (tested.with, tested.without);
            let p = stats::fisher_exact(
                good,
                of.saturating_sub(good),
                other_good,
                other_of.saturating_sub(other_good),
            );
            tested.fisher_p = Some(p);
            if p <= MOST_FALSE
                && let Some(feature) = feature(tested)
            {
                tested.permutation_p = Some(shuffled(labels, &feature));
            }
        }
    }
    let p: Vec<f64> = all
        .iter()
        .filter_map(|tested| Some(tested.fisher_p?.max(tested.permutation_p.unwrap_or(0.0))))
        .collect();
    let mut q = stats::benjamini_hochberg(&p).into_iter();
    for tested in all.iter_mut().filter(|tested| tested.fisher_p.is_some()) {
        tested.q = q.next();
        let difference = tested.difference.map_or(0.0, |(estimate, ..)| estimate);
        let lasts = tested.later_difference.is_some_and(|later| 0.0 < later * difference);
        tested.stopped_by = if tested.q.is_none_or(|q| MOST_FALSE < q) {
            Some(Guard::Chance)
        } else if difference.abs() < LEAST_DIFFERENCE {
            Some(Guard::Small)
        } else if !lasts {
            Some(Guard::NotLasting)
        } else {
            None
        };
    }
}

fn shuffled(labels: &[bool], feature: &[Option<bool>]) -> f64 {
    let known = labels.iter().zip(feature).filter_map(|(label, has)| Some((*label, (*has)?)));
    let (labels, feature): (Vec<bool>, Vec<bool>) = known.unzip();
    stats::block_permutation_p(&labels, &feature, BLOCK, ROUNDS, SEED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Simulated;

    /// `n` releases, of which every third is good and every second has the feature, but of those
    /// with it `more` of ten are good.
    fn planted(
        n: usize,
        with_of_ten: usize,
        without_of_ten: usize,
    ) -> (Vec<bool>, Vec<Option<bool>>) {
        let label = |at: usize| {
            let of_ten = if at.is_multiple_of(2) { with_of_ten } else { without_of_ten };
            (at / 2 * 7) % 10 < of_ten
        };
        ((0..n).map(label).collect(), (0..n).map(|at| Some(at.is_multiple_of(2))).collect())
    }

    #[test]
    fn the_worked_example_is_kept() {
        // docs/statistics/patterns.md: 30 of 60 with, 12 of 60 without.
        let (labels, feature) = planted(120, 5, 2);
        let found = test_patterns(&labels, &[feature], 30);
        let one = &found[0];
        assert_eq!((one.with, one.without), ((30, 60), (12, 60)));
        assert_eq!(one.stopped_by, None, "{one:?}");
        let (estimate, low, high) = one.difference.unwrap();
        assert!((estimate - 0.30).abs() < 1e-9);
        // statsmodels: confint_proportions_2indep(30, 60, 12, 60, method='newcomb')
        assert!(
            (low - 0.129_929_256_4).abs() < 1e-9 && (high - 0.447_378_070_2).abs() < 1e-9,
            "{low} {high}"
        );
        // scipy: stats.fisher_exact([[30, 30], [12, 48]])
        assert!((one.fisher_p.unwrap() - 0.001_018_160_306_6).abs() < 1e-12, "{:?}", one.fisher_p);
    }

    #[test]
    fn each_guard_stops_what_it_is_for() {
        let stopped = |labels: &[bool], feature: &[Option<bool>]| {
            test_patterns(labels, &[feature.to_vec()], 30)[0].stopped_by
        };
        let (labels, feature) = planted(28, 9, 1);
        assert_eq!(stopped(&labels, &feature), Some(Guard::TooFewReleases));
        let (labels, feature) = planted(120, 4, 3);
        assert_eq!(stopped(&labels, &feature), Some(Guard::Chance));
        let (labels, feature) = planted(2_000, 4, 3);
        assert_eq!(stopped(&labels, &feature), Some(Guard::Small));
        let seven: Vec<Option<bool>> = (0..120).map(|at| Some(at < 7)).collect();
        assert_eq!(stopped(&planted(120, 5, 2).0, &seven), Some(Guard::ShortSide));
        // All the difference lies in the first half.
        let (mut labels, feature) = planted(240, 9, 0);
        let (later, _) = planted(120, 3, 4);
        labels.splice(120.., later);
        assert_eq!(stopped(&labels, &feature), Some(Guard::NotLasting));
    }

    #[test]
    fn what_only_changed_over_time_is_no_pattern() {
        // The first half was good more often, and had the feature more often: time explains both.
        let mut random = Simulated::seeded(3);
        let (mut kept, mut by_fisher) = (0, 0);
        for _ in 0..20 {
            let early = |at: usize| if at < 100 { 0.7 } else { 0.1 };
            let labels: Vec<bool> = (0..200).map(|at| random.uniform() < early(at)).collect();
            let feature = (0..200).map(|at| Some(random.uniform() < early(at))).collect();
            let found = test_patterns(&labels, &[feature], 30);
            kept += usize::from(found[0].stopped_by.is_none());
            by_fisher += usize::from(found[0].fisher_p.is_some_and(|p| p <= 0.01));
        }
        assert_eq!(by_fisher, 20);
        assert!(kept <= 2, "{kept} of 20");
    }

    #[test]
    fn on_random_labels_at_most_one_history_in_ten_claims_a_pattern() {
        // `just nulls` runs more of them; figures in docs/statistics/patterns.md.
        let mut random = Simulated::seeded(11);
        let mut claims = 0;
        for round in 0..60 {
            let n = [40, 100, 200][round % 3];
            let labels: Vec<bool> = (0..n).map(|_| random.uniform() < 1.0 / 3.0).collect();
            let features: Vec<Vec<Option<bool>>> =
                (0..12).map(|_| (0..n).map(|_| Some(random.uniform() < 0.5)).collect()).collect();
            let found = test_patterns(&labels, &features, 30);
            claims += usize::from(found.iter().any(|tested| tested.stopped_by.is_none()));
        }
        // Binomial(60, 0.10) exceeds 12 less than once in 100 times.
        assert!(claims <= 12, "{claims} of 60");
    }

    #[test]
    fn a_pair_is_claimed_only_where_it_goes_further_than_one_alone() {
        let mut random = Simulated::seeded(5);
        let n = 300;
        let a: Vec<bool> = (0..n).map(|_| random.uniform() < 0.5).collect();
        let b: Vec<bool> = (0..n).map(|_| random.uniform() < 0.5).collect();
        let labels: Vec<bool> = a
            .iter()
            .zip(&b)
            .map(|(a, b)| random.uniform() < if *a && *b { 0.9 } else { 0.15 })
            .collect();
        let some = |feature: &[bool]| feature.iter().map(|has| Some(*has)).collect::<Vec<_>>();
        let found = test_patterns(&labels, &[some(&a), some(&b)], 30);
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|tested| tested.stopped_by.is_none()), "{found:?}");
        // Below 100 releases no pair is looked at.
        let few = test_patterns(&labels[..99], &[some(&a[..99]), some(&b[..99])], 30);
        assert_eq!(few.len(), 2);
    }

    #[test]
    fn nothing_known_is_nothing_claimed() {
        assert_eq!(test_patterns(&[], &[], 30), []);
        let found = test_patterns(&[true; 40], &[vec![None; 40], vec![Some(true); 40]], 30);
        assert_eq!(found[0].with.1 + found[0].without.1, 0);
        assert_eq!(found[0].difference, None);
        assert!(found.iter().all(|tested| tested.stopped_by == Some(Guard::ShortSide)));
    }
}
