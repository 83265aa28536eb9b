//! A step by hand that the pipeline could do: the most costly one that recurs.

use aftercast_model::human_duration;

use super::{Effort, Proposal, slug};
use crate::findings::Scene;
use crate::measures::manual::{Kind, costliest};
use crate::review::types::{Candidate, Layer, ProposalKind};

/// Nobody changes the delivery model for less.
const WORTH_MS: i64 = 60_000;

/// Returns the candidate for the step by hand that costs the last releases most, where no segment of
/// the lead time shows it (manual jobs are `levers`).
pub(super) fn candidate(scene: &Scene<'_>) -> Option<Candidate> {
    let step = costliest(scene.view, scene.index).filter(|step| step.kind != Kind::Job)?;
    let saving = step.saving_ms().filter(|saving| *saving >= WORTH_MS)?;
    let (n, k) = (step.of as f64, step.releases);
    let proposal = Proposal {
        id: format!("by-hand-{}", slug(&step.step)),
        layer: Layer::Process,
        kind: ProposalKind::Remove,
        title: format!("Leave {} to the pipeline", step.step),
        effort: Effort::Medium,
        stage: step.step.clone(),
        target_metric: "manual_steps".to_owned(),
    };
    let why = format!(
        "it was done by hand in {k} of the last {} releases, {} where it was (median of {}), at most: \
         something else may have been waited for",
        step.of,
        human_duration(step.cost_ms.unwrap_or_default()),
        step.costed
    );
    let found =
        if step.kind.is_declared() { "declared by the source" } else { "found, not declared" };
    let sure =
        (step.confidence * n / (n + 8.0), format!("{found}; seen in {k} of {} releases", step.of));
    Some(proposal.candidate(Some(saving), why, sure))
}
