//! Gates that could stand aside: moved, sampled or advisory, never deleted.

use super::saved::Saved;
use super::{Effort, Proposal, slug};
use crate::measures::Way;
use crate::review::types::{Candidate, Finding, GateLine, Layer, ProposalKind, Segment};

/// The check whose findings are verdicts that hold for twice the cost of a problem, too.
const FINDING: &str = "gate_costs_more_than_it_catches";

/// How sure the verdict of the ledger is that a gate costs more than it catches.
const VERDICT: f64 = 0.95;

/// Returns a candidate for each gate that the ledger would move, sample or make advisory, also if a
/// problem cost twice as much (a finding says so). Where the gate was on no release's way, its saving is
/// not known: it costs machines and attention.
pub(super) fn candidates(
    ways: &[&Way],
    gates: &[GateLine],
    findings: &[Finding],
) -> Vec<Candidate> {
    let is_found = |gate: &&GateLine| {
        let name = format!("`{}` ", gate.gate);
        let of_gate = |found: &Finding| found.check == FINDING && found.says.starts_with(&name);
        findings.iter().any(of_gate)
    };
    gates.iter().filter(is_found).filter_map(|gate| stand_aside(ways, gate)).collect()
}

fn stand_aside(ways: &[&Way], line: &GateLine) -> Option<Candidate> {
    let gate = &line.gate;
    let (id, title) = match line.verdict.as_str() {
        "move_or_sample" => (
            "move-gate",
            format!("Let `{gate}` run after the merge, nightly, or on one change in ten"),
        ),
        "make_advisory" => ("advisory-gate", format!("Let `{gate}` tell, and not hold back")),
        _ => return None,
    };
    let proposal = Proposal {
        id: format!("{id}-{}", slug(gate)),
        layer: Layer::Policy,
        kind: ProposalKind::Remove,
        title,
        effort: Effort::Small,
        stage: format!("gate `{gate}`"),
        target_metric: format!("gate:{gate} wait_ms"),
    };
    let why = format!("`{gate}` {}", line.why.trim_end_matches('.'));
    let name = format!("`{gate}`");
    let own = |segment: &Segment| segment.step.contains(&name);
    let Some(saved) = Saved::by(ways, own, |_| 0) else {
        let sure = (VERDICT, "it costs more than it catches".to_owned());
        let why = format!("{why}; no release would have been earlier without it");
        return Some(proposal.candidate(None, why, sure));
    };
    let why = format!("{why}; it {}; {}", saved.took(), saved.would("to let it stand aside"));
    Some(proposal.saving(&saved, why, (VERDICT, "95 % sure that it costs more than it catches")))
}
