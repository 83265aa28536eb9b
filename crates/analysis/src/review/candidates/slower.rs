//! Steps that got slower and could take as long as they did.

use aftercast_model::human_duration;

use super::saved::Saved;
use super::{Effort, Proposal, slug};
use crate::measures::{self, Way};
use crate::review::types::{
    Candidate, Category, Direction, Layer, ProposalKind, Segment, StepChange, StepPart,
};

/// Returns a candidate for each step that is slower today: releases since its change, with the time it
/// took before.
pub(super) fn candidates(ways: &[&Way], steps: &[StepChange]) -> Vec<Candidate> {
    let slower =
        steps.iter().filter(|change| change.latest && change.direction == Direction::Slower);
    slower.filter_map(|change| back(ways, change)).collect()
}

fn back(ways: &[&Way], change: &StepChange) -> Option<Candidate> {
    let (category, part, layer) = match change.part {
        StepPart::JobRun => (Category::Run, "run_ms", Layer::Platform),
        StepPart::JobQueue | StepPart::DeployQueue => {
            (Category::Queue, "queue_ms", Layer::Platform)
        }
        StepPart::DeployRun => (Category::Deploy, "run_ms", Layer::Platform),
        StepPart::ReviewWait => (Category::ReviewWait, "wait_ms", Layer::Process),
        StepPart::ApprovalWait => (Category::ApprovalWait, "wait_ms", Layer::Process),
    };
    let (before, after) = (change.before.median_ms, change.after.median_ms.max(1));
    let since: Vec<&Way> =
        ways.iter().copied().filter(|way| change.at <= way.lead_time.to_at).collect();
    let name = format!("`{}`", change.step);
    let anywhere = matches!(change.part, StepPart::ReviewWait | StepPart::ApprovalWait);
    let own = |segment: &Segment| {
        segment.category == category
            && change.at <= segment.from_at
            && (anywhere || segment.step.contains(&name))
    };
    let kept = |length: i64| {
        let kept = i128::from(length) * i128::from(before) / i128::from(after);
        i64::try_from(kept).unwrap_or(length).min(length)
    };
    let saved = Saved::by(&since, own, kept)?;
    let proposal = Proposal {
        id: format!("step-{}-{}", slug(&change.step), slug(part.trim_end_matches("_ms"))),
        layer,
        kind: ProposalKind::Change,
        title: format!(
            "Bring {name} back to {}: it takes {} since {}",
            human_duration(before),
            human_duration(change.after.median_ms),
            measures::day(change.at)
        ),
        effort: Effort::Medium,
        stage: format!("step {name}"),
        target_metric: format!("step:{} {part}", change.step),
    };
    let why = format!("{}; {}", change.says.trim_end_matches('.'), saved.would("its old length"));
    Some(proposal.saving(&saved, why, (1.0 - change.p, "")))
}
