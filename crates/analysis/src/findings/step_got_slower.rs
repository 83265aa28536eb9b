//! A step on the way of the release takes longer than it did, and stays so.

use super::{Check, Scene, finding};
use crate::review::types::{Direction, Finding, FindingSeverity, Layer, StepChange, StepPart};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "step_got_slower",
    what: "A job, a deployment or a wait on the way of the release takes at least 10 % longer since a \
           change point within the releases that it is compared with (rank-CUSUM, p at most 0.01, \
           confirmed by four points); a minute a run, or half an hour in thirty \
           days.",
    why: "A step that got slower costs every release from then on, and is easiest to mend while it is \
          known what changed on that day.",
    example: "`unit` runs 18 min since 24 Mar 2024, before 10 min (+75 %; medians of 10 runs and 20 \
              runs). The only recorded change in this window: rollout `runner-image` 2 (24 Mar 2024).",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let slower = scene.steps.iter().filter(|change| change.direction == Direction::Slower);
    slower
        .map(|change| {
            let says = change.says.clone();
            let mut found = finding(FindingSeverity::Warning, Some(layer(change)), says);
            found.evidence.clone_from(&change.evidence);
            found.confidence = 1.0 - change.p;
            found.suggestion = Some(suggestion(change));
            found
        })
        .collect()
}

/// A machine's time is the platform's, a wait for people is the process's.
pub(super) fn layer(change: &StepChange) -> Layer {
    match change.part {
        StepPart::ReviewWait | StepPart::ApprovalWait => Layer::Process,
        _ => Layer::Platform,
    }
}

fn suggestion(change: &StepChange) -> String {
    match change.candidates.as_slice() {
        [one] => format!("Look first at what came with it: {}.", one.says),
        _ => {
            "Ask what else changed in these days, and tell the people who keep the step.".to_owned()
        }
    }
}
