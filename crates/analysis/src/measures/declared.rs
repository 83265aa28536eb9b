//! Manual steps: known only where a source declares them.

use aftercast_model::{FactId, Timestamp};

use super::{Measure, View, counted, release_jobs};
use crate::history::{Row, cell};
use crate::review::types::Basis;

/// Returns the steps done by hand on the way of the release at `index`.
pub(super) fn manual_steps(view: View<'_>, index: usize) -> Measure {
    let history = view.history;
    let facts = history.facts();
    let (tasks, signals) = (&facts.task_runs, &facts.signals);
    let manual = facts.names.find("manual").unwrap_or_default();
    let said = facts.names.find("manual_step").unwrap_or_default();
    let by_hand = |row: &Row| manual.is_some() && cell(&tasks.kind, *row) == manual;
    let was_said = |row: &Row| said.is_some() && cell(&signals.kind, *row) == said;
    let declared = (manual.is_some() && history.tasks.iter().any(by_hand))
        || (said.is_some() && history.signals.iter().any(was_said));
    if !declared {
        return Measure::missing(
            "not known: no source declares manual steps (a job of kind `manual`, or a chat \
             message marked as a manual step)",
        );
    }
    let mut evidence: Vec<FactId> = release_jobs(view, index)
        .iter()
        .filter(|row| by_hand(row))
        .map(|row| cell(&tasks.id, *row))
        .collect();
    let jobs = evidence.len();
    let window = between_releases(view, index);
    let threads: Vec<String> =
        view.releases.changes(index).iter().map(|row| history.change_name(*row)).collect();
    let mut loose = 0;
    for row in history.signals.iter().filter(|row| was_said(row)) {
        let thread = facts.text(cell(&signals.thread, *row));
        let of_a_change = threads.iter().any(|own| own == thread);
        let in_time = cell(&signals.said_at, *row)
            .is_some_and(|at| window.is_some_and(|(from, to)| from < at && at <= to));
        if of_a_change || in_time {
            loose += usize::from(!of_a_change);
            evidence.push(cell(&signals.id, *row));
        }
    }
    let n = evidence.len();
    let basis = if loose > 0 { Basis::Inferred } else { Basis::Exact };
    let mut why = format!(
        "{} of kind `manual`, {} marked as a manual step",
        counted(jobs, "job"),
        counted(n - jobs, "message")
    );
    if loose > 0 {
        why = format!("{why} ({loose} by time only: said since the release before)");
    }
    Measure::known(i64::try_from(n).unwrap_or(i64::MAX), basis, n, why, evidence)
}

/// The time between the release before and the release at `index`.
fn between_releases(view: View<'_>, index: usize) -> Option<(Timestamp, Timestamp)> {
    let before = view.releases.list.get(index.checked_sub(1)?)?;
    Some((before.at, view.releases.list.get(index)?.at))
}
