//! A step that a source calls manual was done again, as in releases before.

use aftercast_model::human_duration;

use super::{Check, Scene, finding};
use crate::measures::manual::{Recurring, recurring};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "manual_step_recurs",
    what: "A step that a source declares as manual was done in this release and in at least two of \
           those that it is compared with.",
    why: "What people do the same way each time a machine can do, without waiting for them.",
    example: "`go-live` was done by hand in 12 of the last 14 releases; waiting and doing took 2 h 10 \
              min (median of 12).",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    of(scene, |step| step.kind.is_declared())
}

/// Returns a finding for each of the three most costly steps of this release that recur.
pub(super) fn of(scene: &Scene<'_>, wanted: fn(&Recurring) -> bool) -> Vec<Finding> {
    const SHOWN: usize = 3;
    let settings = &scene.view.settings.manual;
    recurring(scene.view, scene.index)
        .into_iter()
        .filter(|step| step.here && settings.recurs_from <= step.releases && wanted(step))
        .take(SHOWN)
        .map(|step| says(&step))
        .collect()
}

fn says(step: &Recurring) -> Finding {
    /// A median that is longer than this is worth a change.
    const LONG_MS: i64 = 3_600_000;
    let cost = step.cost_ms.map_or_else(
        || "; how long that took is not known".to_owned(),
        |cost| {
            format!("; waiting and doing took {} (median of {})", human_duration(cost), step.costed)
        },
    );
    let severity = match step.cost_ms {
        Some(cost) if cost > LONG_MS => FindingSeverity::Warning,
        _ => FindingSeverity::Notice,
    };
    let mut name = step.step.clone();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let undeclared = if step.kind.is_declared() { "" } else { " (no source declares it)" };
    let says = format!(
        "{name} was done by hand in {} of the last {} releases{undeclared}{cost}.",
        step.releases, step.of
    );
    let mut found = finding(severity, Some(Layer::Process), says);
    found.evidence.clone_from(&step.evidence);
    found.confidence = step.confidence;
    found.suggestion =
        Some(format!("Let the pipeline do it: {}; or say why a person must.", step.step));
    found
}
