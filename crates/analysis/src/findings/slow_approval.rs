//! The wait for an approval was unusual.

use aftercast_model::human_duration;

use super::slow_lead_time::millis;
use super::{Check, Scene, finding};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "slow_approval",
    what: "The longest wait for another person's approval is unusually long (log-MAD rule).",
    why: "Work that waits for a decision is finished work that helps nobody.",
    example: "The longest wait for an approval was 1 d 9 h; usually 5 h (24 releases).",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let number = &scene.numbers.approval_wait_ms;
    let (Some(value), Some(compared)) = (number.value, &number.compared) else {
        return Vec::new();
    };
    if compared.unusual != Some(true) {
        return Vec::new();
    }
    let says = format!(
        "The longest wait for an approval was {}; usually {} ({} releases).",
        human_duration(value),
        human_duration(millis(compared.median)),
        compared.n
    );
    let mut found = finding(FindingSeverity::Warning, Some(Layer::Process), says);
    found.evidence.clone_from(&number.evidence);
    found.confidence = 0.995;
    found.suggestion =
        Some("Agree who looks at waiting changes, and how soon; or ask for less.".to_owned());
    vec![found]
}
