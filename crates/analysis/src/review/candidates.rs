//! What could be the one change: the largest delays of the last releases, and gates that are broken.

use aftercast_model::human_duration;

use super::types::{Candidate, Category, Finding, Layer, LeadTime, Segment};
use crate::findings::Scene;
use crate::measures;

/// At most this many candidates: people pick one of three.
const SHOWN: usize = 3;

/// A delay that could be shortened.
struct Lever {
    id: &'static str,
    categories: &'static [Category],
    /// Which of their segments.
    only: fn(&Segment) -> bool,
    layer: Layer,
    title: &'static str,
    what: &'static str,
    effort: &'static str,
    target_metric: &'static str,
}

const LEVERS: &[Lever] = &[
    Lever {
        id: "approval-wait",
        categories: &[Category::ApprovalWait],
        only: any,
        layer: Layer::Policy,
        title: "Agree how soon a waiting approval is answered, or approve small changes after the merge",
        what: "Waiting for an approval",
        effort: "medium",
        target_metric: "approval_wait_ms",
    },
    Lever {
        id: "review-wait",
        categories: &[Category::ReviewWait],
        only: any,
        layer: Layer::Process,
        title: "Look at a new change or revision within a working day",
        what: "Waiting for a reviewer",
        effort: "small",
        target_metric: "review_wait_ms",
    },
    Lever {
        id: "review-rounds",
        categories: &[Category::Review],
        only: any,
        layer: Layer::Process,
        title: "Make changes smaller, so that one round of review is enough",
        what: "The back and forth between the first look and the request that was approved",
        effort: "medium",
        target_metric: "review_ms",
    },
    Lever {
        id: "merge-wait",
        categories: &[Category::MergeWait],
        only: any,
        layer: Layer::Process,
        title: "Merge as soon as a change is approved (automatically, where the checks pass)",
        what: "Waiting after the approval for the merge",
        effort: "small",
        target_metric: "merge_wait_ms",
    },
    Lever {
        id: "revision-wait",
        categories: &[Category::ReworkWait],
        only: measures::is_pause,
        layer: Layer::Process,
        title: "Answer a review within a working day, or close the change",
        what: "Waiting more than {pause} for the next revision",
        effort: "small",
        target_metric: "rework_wait_ms",
    },
    Lever {
        id: "rework",
        categories: &[Category::Rework, Category::ReworkWait],
        only: |segment| !measures::is_pause(segment),
        layer: Layer::Process,
        title: "Run the job that fails most before a change is pushed",
        what: "Failed builds and the time until the next build",
        effort: "small",
        target_metric: "failed_builds",
    },
    Lever {
        id: "queue",
        categories: &[Category::Queue],
        only: any,
        layer: Layer::Platform,
        title: "Add machines, or run fewer jobs at the busy hours",
        what: "Waiting for a machine",
        effort: "medium",
        target_metric: "queue_ms",
    },
    Lever {
        id: "batching",
        categories: &[Category::Batching],
        only: any,
        layer: Layer::Process,
        title: "Release more often: ship what is on the main line sooner",
        what: "Waiting on the main line for the next release",
        effort: "medium",
        target_metric: "lead_time_ms",
    },
    Lever {
        id: "manual-step",
        categories: &[Category::Manual],
        only: any,
        layer: Layer::Platform,
        title: "Let the pipeline do the step that is done by hand",
        what: "Steps by hand",
        effort: "medium",
        target_metric: "manual_steps",
    },
];

fn any(_: &Segment) -> bool {
    true
}

/// Returns at most three candidates: delays by what they cost the last releases, then broken gates;
/// where gates are broken, one place is theirs.
pub(super) fn candidates(
    scene: &Scene<'_>,
    findings: &[Finding],
    lead_time: Option<&LeadTime>,
) -> Vec<Candidate> {
    let mut delays = delays(scene, lead_time);
    let mut repairs: Vec<Candidate> = findings.iter().filter_map(repair).collect();
    delays.truncate(SHOWN - repairs.len().min(1));
    repairs.truncate(SHOWN - delays.len());
    delays.into_iter().chain(repairs).collect()
}

fn delays(scene: &Scene<'_>, lead_time: Option<&LeadTime>) -> Vec<Candidate> {
    let mut all: Vec<LeadTime> = measures::baseline(scene.view, scene.index)
        .range
        .filter_map(|index| measures::lead_time(scene.view, index))
        .map(|(lead_time, _)| lead_time)
        .collect();
    all.extend(lead_time.cloned());
    let pause = human_duration(scene.view.settings.longest_pause_ms);
    let mut found: Vec<Candidate> =
        LEVERS.iter().filter_map(|lever| pull(lever, &all, lead_time, &pause)).collect();
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.expected_saving_ms));
    found
}

/// Returns the candidate of one lever: a typical release would save the share of releases that
/// have the delay, times the median of the delay where there is one.
fn pull(
    lever: &Lever,
    all: &[LeadTime],
    current: Option<&LeadTime>,
    pause: &str,
) -> Option<Candidate> {
    /// Nobody changes the delivery model for less.
    const WORTH_MS: i64 = 60_000;
    let of = |lead_time: &LeadTime| {
        let own = |segment: &&Segment| {
            lever.categories.contains(&segment.category) && (lever.only)(segment)
        };
        let parts = lead_time.segments.iter().filter(own);
        parts.fold(0_i64, |sum, part| sum.saturating_add(part.to_at.since(part.from_at)))
    };
    let mut delays: Vec<i64> = all.iter().map(of).filter(|delay| *delay > 0).collect();
    delays.sort_unstable();
    let median = delays.get(delays.len() / 2).copied()?;
    let (k, n) = (i128::try_from(delays.len()).ok()?, i128::try_from(all.len()).ok()?);
    let saving = i64::try_from(i128::from(median) * k / n).ok()?;
    if saving < WORTH_MS {
        return None;
    }
    let here = current.map_or(0, of);
    let here = match here {
        0 => "not in this release".to_owned(),
        delay => format!("{} in this release", human_duration(delay)),
    };
    let why = format!(
        "{} took time in {} of the last {} releases, {} where it did (median); {here}",
        lever.what.replace("{pause}", pause),
        delays.len(),
        all.len(),
        human_duration(median)
    );
    Some(Candidate {
        id: lever.id.to_owned(),
        layer: lever.layer,
        title: lever.title.to_owned(),
        expected_saving_ms: Some(saving),
        why,
        effort: lever.effort.to_owned(),
        target_metric: lever.target_metric.to_owned(),
    })
}

/// Returns the candidate that follows from a finding about a broken gate.
fn repair(finding: &Finding) -> Option<Candidate> {
    let (effort, target_metric) = match finding.check.as_str() {
        "flaky_job" => ("medium", "failed_builds"),
        "gate_cannot_run" | "vacuous_gate" | "bypassed_check" => ("small", "gates"),
        _ => return None,
    };
    Some(Candidate {
        id: finding.id.replace('_', "-"),
        layer: finding.layer.unwrap_or(Layer::Platform),
        title: finding.suggestion.clone()?.trim_end_matches('.').to_owned(),
        expected_saving_ms: None,
        why: finding.says.trim_end_matches('.').to_owned(),
        effort: effort.to_owned(),
        target_metric: target_metric.to_owned(),
    })
}
