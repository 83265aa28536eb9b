//! Delays on the way of the last releases that could be halved.

use aftercast_model::human_duration;

use super::saved::{Saved, length};
use super::{Effort, Proposal};
use crate::Settings;
use crate::measures::{self, Way};
use crate::review::types::{Candidate, Category, Layer, ProposalKind, Segment};

/// A delay that could be shorter.
struct Lever {
    id: &'static str,
    categories: &'static [Category],
    /// Which of their segments.
    only: fn(&Segment) -> bool,
    layer: Layer,
    kind: ProposalKind,
    title: &'static str,
    what: &'static str,
    effort: Effort,
    /// The stage that it moves, for people and as a metric.
    stage: (&'static str, &'static str),
}

const LEVERS: &[Lever] = &[
    Lever {
        id: "approval-wait",
        categories: &[Category::ApprovalWait],
        only: any,
        layer: Layer::Policy,
        kind: ProposalKind::Change,
        title: "Agree how soon a waiting approval is answered, or approve small changes after the merge",
        what: "Waiting for an approval",
        effort: Effort::Medium,
        stage: ("waiting for approval", "approval_wait_ms"),
    },
    Lever {
        id: "review-wait",
        categories: &[Category::ReviewWait],
        only: any,
        layer: Layer::Process,
        kind: ProposalKind::Change,
        title: "Look at a new change or revision within a working day",
        what: "Waiting for a reviewer",
        effort: Effort::Small,
        stage: ("waiting for a reviewer", "review_wait_ms"),
    },
    Lever {
        id: "review-rounds",
        categories: &[Category::Review],
        only: any,
        layer: Layer::Process,
        kind: ProposalKind::Change,
        title: "Make changes smaller, so that one round of review is enough",
        what: "The back and forth between the first look and the request that was approved",
        effort: Effort::Medium,
        stage: ("review", "review_ms"),
    },
    Lever {
        id: "merge-wait",
        categories: &[Category::MergeWait],
        only: any,
        layer: Layer::Process,
        kind: ProposalKind::Change,
        title: "Merge as soon as a change is approved (automatically, where the checks pass)",
        what: "Waiting after the approval for the merge",
        effort: Effort::Small,
        stage: ("waiting for the merge", "merge_wait_ms"),
    },
    Lever {
        id: "revision-wait",
        categories: &[Category::ReworkWait],
        only: measures::is_pause,
        layer: Layer::Process,
        kind: ProposalKind::Change,
        title: "Answer a review within a working day, or close the change",
        what: "Waiting more than {pause} for the next revision",
        effort: Effort::Small,
        stage: ("waiting for the next revision", "rework_wait_ms"),
    },
    Lever {
        id: "rework",
        categories: &[Category::Rework, Category::ReworkWait],
        only: |segment| !measures::is_pause(segment),
        layer: Layer::Process,
        kind: ProposalKind::Change,
        title: "Run the job that fails most before a change is pushed",
        what: "Failed builds and the time until the next build",
        effort: Effort::Small,
        stage: ("failed builds", "rework_ms"),
    },
    Lever {
        id: "queue",
        categories: &[Category::Queue],
        only: any,
        layer: Layer::Platform,
        kind: ProposalKind::Add,
        title: "Add machines, or run fewer jobs at the busy hours",
        what: "Waiting for a machine",
        effort: Effort::Medium,
        stage: ("waiting for a machine", "queue_ms"),
    },
    Lever {
        id: "batching",
        categories: &[Category::Batching],
        only: any,
        layer: Layer::Process,
        kind: ProposalKind::Change,
        title: "Release more often: ship what is on the main line sooner",
        what: "Waiting on the main line for the next release",
        effort: Effort::Medium,
        stage: ("waiting for the next release", "batching_ms"),
    },
    Lever {
        id: "manual-step",
        categories: &[Category::Manual],
        only: any,
        layer: Layer::Process,
        kind: ProposalKind::Remove,
        title: "Leave out the step that is done by hand, or let the pipeline do it",
        what: "Steps by hand",
        effort: Effort::Medium,
        stage: ("steps by hand", "manual_ms"),
    },
];

fn any(_: &Segment) -> bool {
    true
}

/// Returns a candidate for each lever that is worth pulling: half of the delay goes, all of it where
/// the step itself goes.
pub(super) fn candidates(
    ways: &[&Way],
    current: Option<&Way>,
    settings: &Settings,
) -> Vec<Candidate> {
    let pause = human_duration(settings.longest_pause_ms);
    LEVERS.iter().filter_map(|lever| pull(lever, ways, current, &pause)).collect()
}

fn pull(lever: &Lever, ways: &[&Way], current: Option<&Way>, pause: &str) -> Option<Candidate> {
    let own =
        |segment: &Segment| lever.categories.contains(&segment.category) && (lever.only)(segment);
    let removes = lever.kind == ProposalKind::Remove;
    let kept = |length: i64| if removes { 0 } else { length / 2 };
    let saved = Saved::by(ways, own, kept)?;
    let here = match current.map_or(0, |way| length(way, own)) {
        0 => "not in this release".to_owned(),
        delay => format!("{} in this release", human_duration(delay)),
    };
    let what = lever.what.replace("{pause}", pause);
    let would = saved.would(if removes { "to leave it out" } else { "half of it" });
    let why = format!("{what} {}; {here}; {would}", saved.took());
    let (stage, target_metric) = lever.stage;
    let proposal = Proposal {
        id: lever.id.to_owned(),
        layer: lever.layer,
        kind: lever.kind,
        title: lever.title.to_owned(),
        effort: lever.effort,
        stage: stage.to_owned(),
        target_metric: target_metric.to_owned(),
    };
    Some(proposal.saving(&saved, why, (1.0, "")))
}
