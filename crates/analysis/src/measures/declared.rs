//! Manual steps and incidents: known only where a source declares them.

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

/// Returns the incidents after the release at `index`.
pub(super) fn incidents(view: View<'_>, index: usize) -> Measure {
    let history = view.history;
    let facts = history.facts();
    let columns = &facts.incidents;
    if history.incidents.is_empty() {
        return Measure::missing("not known: connect an incident source");
    }
    let Some(release) = view.releases.list.get(index) else {
        return Measure::missing("no such release");
    };
    let next = view.releases.list.get(index + 1).map(|next| next.at);
    let limit = release.at.plus_millis(view.settings.incident_window_ms);
    let until = next.map_or(limit, |next| next.min(limit));
    let mut named = 0;
    let mut evidence = Vec::new();
    let mut last_told: Option<Timestamp> = view.settings.incidents_known_until;
    for row in history.incidents.iter().copied() {
        let cause = facts.text(cell(&columns.caused_by, row));
        let is_named = names(view, index, cause);
        let began = cell(&columns.started_at, row).or(cell(&columns.detected_at, row));
        let in_time = began.is_some_and(|at| release.at <= at && at < until);
        let ended = cell(&columns.resolved_at, row).or(cell(&columns.observed_at, row));
        last_told = last_told.max(began).max(ended);
        if is_named || (in_time && !names_any(view, cause)) {
            named += usize::from(is_named);
            evidence.push(cell(&columns.id, row));
        }
    }
    let n = evidence.len();
    if n == 0 && last_told.is_none_or(|last| last < release.at) {
        // Silence after the last incident may be a quiet service or an export that ends there.
        return Measure::missing(
            "not known: the incidents known here end before this release; import newer ones",
        );
    }
    let basis = if n > 0 && named == n { Basis::Exact } else { Basis::Inferred };
    let days = view.settings.incident_window_ms / 86_400_000;
    let why = format!(
        "{named} named as caused by this release, {} began before the next release (at most {days} \
         days after this one)",
        n - named
    );
    let mut measure = Measure::known(i64::try_from(n).unwrap_or(i64::MAX), basis, n, why, evidence);
    measure.comparable = true;
    measure
}

/// Returns whether `cause`, as an incident tracker has it, names the release at `index`: its id or
/// version (with or without `v`), the beginning of its hash, or a change that it ships (`#7`, `!7`, an
/// address that ends in its number).
fn names(view: View<'_>, index: usize, cause: &str) -> bool {
    let history = view.history;
    let Some(release) = view.releases.list.get(index) else { return false };
    if cause.is_empty() {
        return false;
    }
    let version = |text: &str| text.to_ascii_lowercase().trim_start_matches('v').to_owned();
    let sha = history.facts().text(release.sha);
    let is_hash = 7 <= cause.len() && cause.bytes().all(|byte| byte.is_ascii_hexdigit());
    if version(cause) == version(&view.releases.id(history, index))
        || (is_hash && sha.starts_with(&cause.to_ascii_lowercase()))
    {
        return true;
    }
    let number = cause.rsplit(['/', '#', '!']).next().filter(|last| last.len() < cause.len());
    number.is_some_and(|number| {
        view.releases.changes(index).iter().any(|row| history.change_name(*row) == number)
    })
}

/// Returns whether `cause` names any release that is known; what names none says nothing about where
/// an incident belongs.
fn names_any(view: View<'_>, cause: &str) -> bool {
    !cause.is_empty() && (0..view.releases.list.len()).any(|index| names(view, index, cause))
}

/// The time between the release before and the release at `index`.
fn between_releases(view: View<'_>, index: usize) -> Option<(Timestamp, Timestamp)> {
    let before = view.releases.list.get(index.checked_sub(1)?)?;
    Some((before.at, view.releases.list.get(index)?.at))
}
