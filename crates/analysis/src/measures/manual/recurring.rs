//! Manual steps over the last releases: how often each came, and what it cost.

use aftercast_model::{FactId, Name};

use super::{Kind, ManualStep, declared, found, steps};
use crate::measures::{View, baseline};

/// A manual step over the last releases.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recurring {
    pub(crate) kind: Kind,
    pub(crate) key: (Name, Name),
    /// As it is called in the latest release that had it.
    pub(crate) step: String,
    /// Releases that had it, of those looked at.
    pub(crate) releases: usize,
    pub(crate) of: usize,
    /// The median of waiting and doing in the releases for which it is known, in milliseconds.
    pub(crate) cost_ms: Option<i64>,
    /// For how many releases it is known.
    pub(crate) costed: usize,
    /// Whether the release that is looked at had it.
    pub(crate) here: bool,
    pub(crate) confidence: f64,
    /// The rows of the latest release that had it.
    pub(crate) evidence: Vec<FactId>,
}

impl Recurring {
    /// Returns what a release would save without it: the share of releases that had it, times its
    /// median; an upper bound (docs/statistics/candidates.md).
    pub(crate) fn saving_ms(&self) -> Option<i64> {
        let (k, n) = (i128::try_from(self.releases).ok()?, i128::try_from(self.of).ok()?);
        i64::try_from(i128::from(self.cost_ms?).checked_mul(k)?.checked_div(n)?).ok()
    }
}

/// Returns the manual steps of the release at `index` and of those that it is compared with, what
/// costs most first.
pub(crate) fn recurring(view: View<'_>, index: usize) -> Vec<Recurring> {
    // What is sure of the release at hand has its confidence from all of them.
    let own = steps(view, index);
    let range = baseline(view, index).range;
    let of = range.len() + 1;
    let mut all: Vec<(Kind, (Name, Name), usize, ManualStep)> = range
        .chain([index])
        .flat_map(|at| {
            let mut all = declared::steps(view, at);
            all.extend(found::possible(view, at));
            all.into_iter().map(move |step| (step.kind, step.key, at, step))
        })
        .collect();
    all.sort_by_key(|(kind, key, at, _)| (*kind, *key, *at));
    let mut found: Vec<Recurring> = all
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .filter_map(|alike| {
            let (kind, key, latest, last) = alike.last()?;
            let mut costs = Vec::new();
            let mut releases = 0;
            for of_release in alike.chunk_by(|a, b| a.2 == b.2) {
                releases += 1;
                let known = of_release.iter().filter_map(|(.., step)| step.cost_ms());
                costs.extend(known.reduce(i64::saturating_add));
            }
            if *kind == Kind::Gap && releases < view.settings.manual.recurs_from {
                return None;
            }
            costs.sort_unstable();
            let of_latest = alike.iter().filter(|(_, _, at, _)| at == latest);
            Some(Recurring {
                kind: *kind,
                key: *key,
                step: match kind {
                    Kind::Tag => "making the release's tag".to_owned(),
                    _ => last.step.clone(),
                },
                releases,
                of,
                cost_ms: costs.get(costs.len() / 2).copied(),
                costed: costs.len(),
                here: *latest == index,
                confidence: own
                    .iter()
                    .find(|step| (step.kind, step.key) == (*kind, *key))
                    .map_or(last.confidence, |step| step.confidence),
                evidence: of_latest.flat_map(|(.., step)| step.evidence.clone()).collect(),
            })
        })
        .collect();
    found.sort_by(|a, b| {
        b.saving_ms().cmp(&a.saving_ms()).then_with(|| b.releases.cmp(&a.releases))
    });
    found
}

/// Returns the manual step that costs the last releases most, where it recurs and its cost is known:
/// what a candidate could propose to automate.
pub(crate) fn costliest(view: View<'_>, index: usize) -> Option<Recurring> {
    let from = view.settings.manual.recurs_from;
    recurring(view, index)
        .into_iter()
        .find(|step| from <= step.releases && step.saving_ms().is_some_and(|saving| saving > 0))
}
