//! How many problems each gate let through, for its detection rate.

use aftercast_model::{FactId, Name, Timestamp};

use super::caught::{Experience, Looks, passed, problems};
use crate::measures::View;
use crate::stats::quantile;

/// What the gates of a service let through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Escapes {
    /// By gate, in order of [`Name`].
    gates: Vec<LetThrough>,
    /// Problems of releases after this may not be known yet: the last release less the 90th
    /// percentile of the lags from a release to the notice of its problem. `None` where no problem is
    /// known, so that nothing tells how long they take to show.
    pub(crate) complete_until: Option<Timestamp>,
    /// How many problems were attributed to a release up to then.
    pub(crate) problems: usize,
}

/// What one gate let through, of releases up to [`Escapes::complete_until`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LetThrough {
    /// The gate, as jobs and verdicts call it.
    pub(crate) gate: Name,
    /// Problems whose culprit it had passed (the whole release, where the culprit is not known).
    pub(crate) passed: usize,
    /// Those where the facts show that it looks there: it had said no to an earlier revision of the
    /// culprit, to the fix, or to an earlier problem's culprit or fix; what it refused in vain is
    /// not among them (it was bypassed, not escaped). This is `escaped` of a gate.
    pub(crate) escaped: usize,
    /// The rows that show the `escaped` problems, then those of the others.
    pub(crate) evidence: Vec<FactId>,
}

impl Escapes {
    /// Returns what the gate let through; `None` where it passed no problem.
    pub(crate) fn of(&self, gate: Name) -> Option<&LetThrough> {
        let at = self.gates.binary_search_by_key(&gate, |let_through| let_through.gate).ok()?;
        self.gates.get(at)
    }

    /// Returns every gate that passed a problem.
    pub(crate) fn gates(&self) -> &[LetThrough] {
        &self.gates
    }

    /// Returns whether escapes can be counted at all: whether a source tells of problems.
    pub(crate) fn is_known(&self) -> bool {
        self.complete_until.is_some()
    }
}

/// Returns what each gate let through: problems (incidents that point at a release, rollbacks,
/// reverts, hotfixes) whose culprit it had passed.
///
/// Compute it once for all gates. For the detection rate of a gate (methods C) count its catches on
/// changes merged up to `complete_until` only; where [`Escapes::is_known`] is false, `escaped` is
/// not known, never zero.
pub(crate) fn escapes(view: View<'_>) -> Escapes {
    let problems = problems(view);
    let released = |index: usize| view.releases.list.get(index).map(|release| release.at);
    let lags: Vec<f64> = problems
        .iter()
        .filter_map(|problem| Some(problem.at.since(released(problem.release)?)))
        .map(|lag| lag.max(0) as f64)
        .collect();
    let last = view.releases.list.iter().map(|release| release.at).max();
    #[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 becomes its end")]
    let complete_until =
        quantile(&lags, 0.9).zip(last).map(|(lag, last)| last.plus_millis(-(lag.round() as i64)));
    let learnt = Experience::of(view, &problems);
    let mut found: Vec<(Name, bool, FactId)> = Vec::new();
    let mut counted = 0;
    for problem in &problems {
        if released(problem.release) > complete_until {
            continue;
        }
        counted += 1;
        let Some(fact) = problem.facts.first().copied() else { continue };
        for passed in passed(view, problem, &learnt) {
            if passed.looks != Some(Looks::Overruled) {
                found.push((passed.gate, passed.looks.is_none(), fact));
            }
        }
    }
    // Of one gate those first where it looks there.
    found.sort_unstable();
    let gates = found.chunk_by(|a, b| a.0 == b.0).filter_map(|all| {
        let (gate, ..) = all.first()?;
        Some(LetThrough {
            gate: *gate,
            passed: all.len(),
            escaped: all.iter().filter(|(_, blind, _)| !blind).count(),
            evidence: all.iter().map(|(.., fact)| *fact).collect(),
        })
    });
    Escapes { gates: gates.collect(), complete_until, problems: counted }
}
