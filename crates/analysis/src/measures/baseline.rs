//! Which earlier releases a release is compared with.
//!
//! Owns the rule for data that end: where no change is known to have been opened for long, the
//! releases since then are only those that took long (right-censoring).

use std::ops::Range;

use aftercast_model::Timestamp;

use super::View;
use crate::history::cell;
use crate::releases::Subject;

/// The releases to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Baseline {
    /// Their places in the list.
    pub(crate) range: Range<usize>,
    /// When the last change was opened that is known, where the release came long after it: releases
    /// since then are left out.
    pub(crate) complete_until: Option<Timestamp>,
}

/// Returns the last releases before `index`, at most as many as the settings say.
pub(crate) fn baseline(view: View<'_>, index: usize) -> Baseline {
    let complete_until = last_opened_long_ago(view, index);
    let end = complete_until.map_or(index, |until| {
        view.releases.list.partition_point(|release| release.at <= until).min(index)
    });
    Baseline { range: end.saturating_sub(view.settings.comparison_window)..end, complete_until }
}

/// Returns when the newest change of the service was opened, where the release at `index` is a change
/// that was merged later by more than a week and more than any of the pauses between the last
/// changes.
///
/// The pauses before and the pause since are alike where nothing is cut off: that the last of n + 1
/// is the longest happens by chance once in n + 1 times.
fn last_opened_long_ago(view: View<'_>, index: usize) -> Option<Timestamp> {
    const WEEK_MS: i64 = 7 * 86_400_000;
    let release = view.releases.list.get(index)?;
    let Subject::Change(_) = release.subject else { return None };
    let column = &view.history.facts().change_requests.opened_at;
    let mut opened =
        view.history.changes.iter().rev().filter_map(|row| cell(column, *row)).peekable();
    let newest = *opened.peek()?;
    let since = release.at.since(newest);
    if since <= WEEK_MS {
        return None;
    }
    let mut later = opened.next()?;
    let mut longest = 0;
    for earlier in opened.take(view.settings.comparison_window) {
        longest = longest.max(later.since(earlier));
        later = earlier;
    }
    (since > longest).then_some(newest)
}
