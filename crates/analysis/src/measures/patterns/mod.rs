//! What went together with releases that went well (methods G).
//!
//! Owns what going well means, the declared features and the rule with its guards. Must not know
//! pages, nor say "because".

mod features;
mod labels;
mod rule;

use super::{View, percent};
use crate::review::types::{Pattern, PatternCount};

pub use rule::{Guard, Tested, test_patterns};

/// The features of a service's releases, tested.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Learnt {
    /// How many releases.
    pub(crate) releases: usize,
    /// How many of them went well.
    pub(crate) good: usize,
    pub(crate) features: Vec<Pattern>,
    pub(crate) pairs: Vec<Pattern>,
}

/// Tests the features of the last releases before `to`.
pub(crate) fn learn(view: View<'_>, to: usize) -> Learnt {
    let from = to.saturating_sub(view.settings.patterns.releases);
    let labelled = labels::labelled(view, from, to);
    let indices: Vec<usize> = labelled.iter().map(|one| one.index).collect();
    let labels: Vec<bool> = labelled.iter().map(|one| one.good).collect();
    learnt(view, &features::features(view, &indices), &labels)
}

fn learnt(view: View<'_>, features: &[features::Feature], labels: &[bool]) -> Learnt {
    let has: Vec<Vec<Option<bool>>> = features.iter().map(|feature| feature.has.clone()).collect();
    let mut found = Learnt {
        releases: labels.len(),
        good: labels.iter().filter(|good| **good).count(),
        features: Vec::new(),
        pairs: Vec::new(),
    };
    for tested in test_patterns(labels, &has, view.settings.patterns.fewest) {
        let name = |at: usize| features.get(at).map(|feature| (feature.id, feature.means.clone()));
        match (name(tested.features.0), tested.features.1.and_then(name)) {
            (Some((id, means)), None) => {
                found.features.push(pattern(id.to_owned(), means, &tested));
            }
            (Some((id, means)), Some((other, and))) => {
                let means = format!("{means} and {and}");
                found.pairs.push(pattern(format!("{id}+{other}"), means, &tested));
            }
            (None, _) => {}
        }
    }
    let order = |a: &Pattern, b: &Pattern| {
        let size = |pattern: &Pattern| pattern.difference.unwrap_or(0.0).abs();
        b.kept.cmp(&a.kept).then_with(|| size(b).total_cmp(&size(a)))
    };
    found.features.sort_by(order);
    found.pairs.sort_by(order);
    found
}

/// Returns the kept patterns of the release at `index` that spoke for it, learnt from the releases
/// before it; nothing where it did not go well.
pub(crate) fn of_release(view: View<'_>, index: usize) -> Vec<Pattern> {
    let from = (index + 1).saturating_sub(view.settings.patterns.releases);
    let mut labelled = labels::labelled(view, from, index + 1);
    match labelled.pop() {
        Some(own) if own.index == index && own.good => {}
        _ => return Vec::new(),
    }
    if labelled.len() < view.settings.patterns.fewest {
        return Vec::new();
    }
    let labels: Vec<bool> = labelled.iter().map(|one| one.good).collect();
    let indices: Vec<usize> = labelled.iter().map(|one| one.index).chain([index]).collect();
    let mut features = features::features(view, &indices);
    let own: Vec<(&'static str, Option<bool>)> =
        features.iter_mut().map(|feature| (feature.id, feature.has.pop().flatten())).collect();
    let mut kept = learnt(view, &features, &labels).features;
    kept.retain(|pattern| {
        let has = own.iter().find(|(id, _)| *id == pattern.id).and_then(|(_, has)| *has);
        let helps = pattern.difference.map(|difference| 0.0 < difference);
        pattern.kept && has.is_some() && has == helps
    });
    kept
}

fn pattern(id: String, means: String, tested: &Tested) -> Pattern {
    let count = |(good, of): (u64, u64)| PatternCount {
        good: usize::try_from(good).unwrap_or(usize::MAX),
        of: usize::try_from(of).unwrap_or(usize::MAX),
    };
    Pattern {
        id,
        means,
        with: count(tested.with),
        without: count(tested.without),
        difference: tested.difference.map(|(estimate, ..)| estimate),
        low: tested.difference.map(|(_, low, _)| low),
        high: tested.difference.map(|(.., high)| high),
        fisher_p: tested.fisher_p,
        permutation_p: tested.permutation_p,
        q: tested.q,
        later_difference: tested.later_difference,
        kept: tested.stopped_by.is_none(),
        stopped_by: tested.stopped_by.map(guard_says).unwrap_or_default().to_owned(),
    }
}

fn guard_says(guard: Guard) -> &'static str {
    match guard {
        Guard::TooFewReleases => "too few releases to say",
        Guard::ShortSide => "fewer than 8 releases on one side",
        Guard::Chance => "chance explains it (q above 0.10)",
        Guard::Small => "less than 15 percentage points",
        Guard::NotLasting => "not so in the later half",
        Guard::NoMoreThanOne => "no more than one of the two alone",
    }
}

/// "Releases with at most 42 lines changed went well in 50 % (30 of 60), the others in 20 % (12 of
/// 60): 30 points between them (95 % interval 13 to 45)."
pub(crate) fn says(pattern: &Pattern) -> String {
    let share = |count: PatternCount| {
        let share = count.good as f64 / count.of.max(1) as f64;
        format!("{} ({} of {})", percent(share), count.good, count.of)
    };
    let points = |share: Option<f64>| (share.unwrap_or(0.0) * 100.0).round();
    format!(
        "\"{}\" went together with {} good releases: {} went well, {} of the others; {} points \
         between them (95 % interval {} to {})",
        pattern.means,
        if pattern.difference.unwrap_or(0.0) < 0.0 { "fewer" } else { "more" },
        share(pattern.with),
        share(pattern.without),
        points(pattern.difference.map(f64::abs)),
        points(pattern.low.zip(pattern.high).map(|(low, high)| low.abs().min(high.abs()))),
        points(pattern.low.zip(pattern.high).map(|(low, high)| low.abs().max(high.abs()))),
    )
}
