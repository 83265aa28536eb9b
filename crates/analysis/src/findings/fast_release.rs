//! The release was among the fastest, and nothing failed on its way.

use aftercast_model::human_duration;

use super::slow_lead_time::millis;
use super::{Check, Scene, finding};
use crate::measures;
use crate::review::types::{Finding, FindingSeverity};
use crate::stats::FEWEST_TO_JUDGE;

/// The check.
pub(super) const CHECK: Check = Check {
    name: "fast_release",
    what: "The lead time is in the fastest tenth of the last releases, below their median, and no build \
           is known to have failed.",
    why: "What went well should be seen and repeated, not only what went wrong.",
    example: "Among the fastest tenth: 19 min from its beginning to production, usually 1 h 13 min \
              (60 releases); 12 lines changed.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let number = &scene.numbers.lead_time_ms;
    let (Some(value), Some(compared)) = (number.value, &number.compared) else {
        return Vec::new();
    };
    let failed = scene.numbers.failed_builds.value.unwrap_or(0) > 0;
    // Where all take the same, the fastest tenth is what all of them take.
    let fast = value as f64 <= compared.low && (value as f64) < compared.median;
    if compared.n < FEWEST_TO_JUDGE || !fast || failed {
        return Vec::new();
    }
    let lines = measures::size(scene.view, scene.index).lines;
    let size = lines.map(|lines| format!("; {lines} lines changed")).unwrap_or_default();
    let says = format!(
        "Among the fastest tenth: {} from its beginning to production, usually {} ({} \
         releases){size}.",
        human_duration(value),
        human_duration(millis(compared.median)),
        compared.n
    );
    let mut found = finding(FindingSeverity::Good, None, says);
    found.evidence.clone_from(&number.evidence);
    vec![found]
}
