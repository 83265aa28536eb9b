//! The release was among the fastest, and nothing failed on its way.

use aftercast_model::human_duration;

use super::slow_lead_time::millis;
use super::{Check, Scene, finding};
use crate::history::cell;
use crate::review::types::{Finding, FindingSeverity};
use crate::stats::FEWEST_TO_JUDGE;

/// The check.
pub(super) const CHECK: Check = Check {
    name: "fast_release",
    what: "The lead time is in the fastest tenth of the last releases and no build is known to have \
           failed.",
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
    if compared.n < FEWEST_TO_JUDGE || value as f64 > compared.low || failed {
        return Vec::new();
    }
    let lines = lines_changed(scene);
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

/// Returns the lines changed, where the source tells for every change or for every commit.
fn lines_changed(scene: &Scene<'_>) -> Option<i64> {
    let (view, facts) = (scene.view, scene.view.history.facts());
    let changes = view.releases.changes(scene.index);
    let commits = view.releases.commits(scene.index);
    if !changes.is_empty() {
        let columns = &facts.change_requests;
        return changes.iter().try_fold(0_i64, |sum, row| {
            let (more, less) = (cell(&columns.additions, *row)?, cell(&columns.deletions, *row)?);
            Some(sum.saturating_add(more).saturating_add(less))
        });
    }
    if commits.is_empty() {
        return None;
    }
    commits.iter().try_fold(0_i64, |sum, position| {
        let row = view.history.commits.row(*position);
        let more = cell(&facts.commits.additions, row)?;
        let less = cell(&facts.commits.deletions, row)?;
        Some(sum.saturating_add(more).saturating_add(less))
    })
}
