//! What could be the one change, ranked by expected saving · confidence / effort
//! (docs/statistics/candidates.md).
//!
//! Owns the ranking and what is shown; where candidates come from stands in `levers` (delays),
//! `slower` (steps that got slower), `gates` (what could stand aside), `by_hand` (what the pipeline could
//! do) and `repairs` (what is broken).

mod by_hand;
mod gates;
mod levers;
mod repairs;
mod saved;
mod slower;

use std::cmp::Reverse;

use super::types::{Candidate, Finding, GateLine, Layer, ProposalKind};
use crate::findings::Scene;
use crate::measures::{self, Way};
use saved::Saved;

/// At most this many candidates: people pick one of three.
const SHOWN: usize = 3;

/// Returns at most three candidates, the best first: those that would make releases earlier by their
/// score; where something is broken or costs without holding a release up, one place is theirs. No two
/// move the same number.
pub(super) fn candidates(
    scene: &Scene<'_>,
    findings: &[Finding],
    gate_lines: &[GateLine],
    way: Option<&Way>,
) -> Vec<Candidate> {
    let earlier: Vec<Way> = measures::baseline(scene.view, scene.index)
        .range
        .filter_map(|index| measures::way(scene.view, index))
        .collect();
    let ways: Vec<&Way> = earlier.iter().chain(way).collect();
    let mut found = levers::candidates(&ways, way, scene.view.settings);
    found.extend(slower::candidates(&ways, scene.steps));
    found.extend(gates::candidates(&ways, gate_lines, findings));
    found.extend(by_hand::candidate(scene));
    found.extend(repairs::candidates(findings));
    let (mut saving, mut rest): (Vec<Candidate>, Vec<Candidate>) =
        found.into_iter().partition(|candidate| candidate.expected_saving_ms.is_some());
    saving.sort_by(|a, b| score(b).total_cmp(&score(a)).then_with(|| a.id.cmp(&b.id)));
    rest.sort_by_key(|candidate| Reverse(candidate.kind == ProposalKind::Remove));
    let mut seen = Vec::new();
    saving.retain(|candidate| {
        let is_new = !seen.contains(&candidate.target_metric);
        seen.push(candidate.target_metric.clone());
        is_new
    });
    saving.truncate(SHOWN - rest.len().min(1));
    rest.truncate(SHOWN - saving.len());
    saving.into_iter().chain(rest).collect()
}

/// What counts as one working day of effort saves so much a release.
fn score(candidate: &Candidate) -> f64 {
    let saving = candidate.expected_saving_ms.unwrap_or(0) as f64;
    saving * candidate.confidence / Effort::days(&candidate.effort)
}

/// How much work a change is, roughly.
#[derive(Debug, Clone, Copy)]
enum Effort {
    /// Agreed and done in a day: a rule, a setting.
    Small,
    /// A few days.
    Medium,
}

impl Effort {
    fn word(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
        }
    }

    /// Working days by the word.
    fn days(word: &str) -> f64 {
        match word {
            "small" => 1.0,
            "medium" => 3.0,
            _ => 10.0,
        }
    }
}

/// What a candidate says beside its saving.
struct Proposal {
    id: String,
    layer: Layer,
    kind: ProposalKind,
    title: String,
    effort: Effort,
    stage: String,
    target_metric: String,
}

impl Proposal {
    /// Returns the candidate that would have saved `saved`, if `sure` holds (0 to 1, and why).
    fn saving(self, saved: &Saved, why: String, sure: (f64, &str)) -> Candidate {
        let (sure, because) = sure;
        let measured = format!("measured over {}", measures::counted(saved.releases, "release"));
        let confidence_why =
            if because.is_empty() { measured } else { format!("{because}; {measured}") };
        self.candidate(Some(saved.expected_ms), why, (sure * saved.confidence(), confidence_why))
    }

    /// Returns the candidate.
    fn candidate(
        self,
        expected_saving_ms: Option<i64>,
        why: String,
        (confidence, confidence_why): (f64, String),
    ) -> Candidate {
        Candidate {
            id: self.id,
            layer: self.layer,
            kind: self.kind,
            title: self.title,
            expected_saving_ms,
            confidence: (confidence * 100.0).round() / 100.0,
            confidence_why,
            why,
            effort: self.effort.word().to_owned(),
            stage: self.stage,
            target_metric: self.target_metric,
        }
    }
}

/// Returns a name as a part of an id: `e2e (chrome)` is `e2e-chrome`.
fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<String> =
        words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_words_and_hyphens() {
        assert_eq!(slug("e2e (Chrome) / 1"), "e2e-chrome-1");
        assert_eq!(slug("`"), "");
    }
}
