//! What is broken and has a way to mend it.

use super::{Effort, Proposal};
use crate::review::types::{Candidate, Finding, Layer, ProposalKind};

/// Checks whose findings are worth the one change: how much work, what shows it, and for people.
const REPAIRS: &[(&str, Effort, (&str, &str))] = &[
    ("flaky_job", Effort::Medium, FAILED_BUILDS),
    ("flaky_gate", Effort::Medium, FAILED_BUILDS),
    ("gate_cannot_run", Effort::Small, GATES),
    ("vacuous_gate", Effort::Small, GATES),
    ("bypassed_check", Effort::Small, GATES),
    ("echo_check", Effort::Small, GATES),
    ("nothing_required", Effort::Small, GATES),
    ("skipped_counts_as_passed", Effort::Small, GATES),
    ("skipped_after_failure", Effort::Small, GATES),
    ("gate_never_runs", Effort::Small, GATES),
];

const FAILED_BUILDS: (&str, &str) = ("failed builds", "failed_builds");
const GATES: (&str, &str) = ("gates", "gates");

/// Returns the candidates that follow from findings, in their order.
pub(super) fn candidates(findings: &[Finding]) -> Vec<Candidate> {
    findings.iter().filter_map(repair).collect()
}

fn repair(finding: &Finding) -> Option<Candidate> {
    let (_, effort, (stage, target_metric)) =
        REPAIRS.iter().find(|(check, ..)| *check == finding.check)?;
    let proposal = Proposal {
        id: finding.id.replace('_', "-"),
        layer: finding.layer.unwrap_or(Layer::Platform),
        kind: ProposalKind::Change,
        title: finding.suggestion.clone()?.trim_end_matches('.').to_owned(),
        effort: *effort,
        stage: (*stage).to_owned(),
        target_metric: (*target_metric).to_owned(),
    };
    let why = finding.says.trim_end_matches('.').to_owned();
    let sure = (finding.confidence, "as sure as what was found".to_owned());
    Some(proposal.candidate(None, why, sure))
}
