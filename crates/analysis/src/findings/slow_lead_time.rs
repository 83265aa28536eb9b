//! The lead time was unusual.

use aftercast_model::human_duration;

use super::{Check, Scene, finding};
use crate::review::types::{Finding, FindingSeverity};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "slow_lead_time",
    what: "The lead time is unusually long beside the service's own earlier releases (log-MAD rule).",
    why: "A slow release holds fixes and features back, and something made it slow that can be named.",
    example: "The release took 3 d 4 h from its beginning to production; usually 1 d 21 h (24 releases).",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let number = &scene.numbers.lead_time_ms;
    let (Some(value), Some(compared)) = (number.value, &number.compared) else {
        return Vec::new();
    };
    if compared.unusual != Some(true) {
        return Vec::new();
    }
    let says = format!(
        "The release took {} from its beginning to production; usually {} ({} releases).",
        human_duration(value),
        human_duration(millis(compared.median)),
        compared.n
    );
    let mut found = finding(FindingSeverity::Warning, None, says);
    found.evidence.clone_from(&number.evidence);
    found.confidence = 0.995;
    found.suggestion =
        Some("Look where the time went: the longest delay is named below.".to_owned());
    vec![found]
}

/// Returns a median as whole milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
pub(super) fn millis(value: f64) -> i64 {
    value.round() as i64
}
