//! Attempts to deploy that failed on the way, and releases that were rolled back.

use super::{Check, Scene, finding};
use crate::history::cell;
use crate::measures::counted;
use crate::releases::EventKind;
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "failed_deployment",
    what: "A deployment failed before the release was in production, or the release was rolled back.",
    why: "A failed deployment is a risk taken twice; a rollback is a problem that every gate let \
          through.",
    example: "2 deployments failed or stopped before this release was in production.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let ids = &scene.view.history.facts().deployments.id;
    let of = |kind: EventKind| {
        let events = scene.view.releases.events_of(scene.index);
        events
            .filter(|event| event.kind == kind)
            .map(|event| cell(ids, event.row))
            .collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    let rollbacks = of(EventKind::Rollback);
    if !rollbacks.is_empty() {
        let says = "The release was rolled back.".to_owned();
        let mut rolled = finding(FindingSeverity::Warning, None, says);
        rolled.evidence = rollbacks;
        rolled.suggestion = Some("Name the gate that could have caught it.".to_owned());
        found.push(rolled);
    }
    let failed = of(EventKind::FailedAttempt);
    if !failed.is_empty() {
        let says = format!(
            "{} failed or stopped before this release was in production.",
            counted(failed.len(), "deployment")
        );
        let mut attempts = finding(FindingSeverity::Warning, Some(Layer::Platform), says);
        attempts.evidence = failed;
        found.push(attempts);
    }
    found
}
