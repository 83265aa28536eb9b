//! Releases that are production deployments; failed attempts and rollbacks are events beside them.

use std::collections::HashMap;

use aftercast_model::{Name, Outcome, Timestamp};

use super::{Event, EventKind, Found, Subject};
use crate::Settings;
use crate::history::{Row, ServiceHistory, cell};
use crate::review::types::ReleaseBasis;

/// Returns the first successful production deployment of each commit (of each version, where no
/// commit is known).
pub(super) fn production_deployments(
    history: &ServiceHistory,
    _settings: &Settings,
) -> Option<Found> {
    let facts = history.facts();
    let columns = &facts.deployments;
    let mut list: Vec<(Subject, Timestamp, Name)> = Vec::new();
    let mut events = Vec::new();
    let mut seen: HashMap<Name, usize> = HashMap::new();
    for row in history.deployments.iter().copied() {
        if cell(&columns.production, row) != Some(true) {
            continue;
        }
        let Some(at) = deployed_at(history, row) else { continue };
        let live = list.len().checked_sub(1);
        let outcome = cell(&columns.outcome, row);
        if outcome != Outcome::Success {
            if outcome.is_red() || outcome == Outcome::Cancelled {
                events.push(Event { row, kind: EventKind::FailedAttempt, release: list.len() });
            }
            continue;
        }
        let sha = cell(&columns.sha, row);
        let what = if sha.is_some() { sha } else { cell(&columns.version, row) };
        let before = seen.get(&what).copied().filter(|_| what.is_some());
        let back = cell(&columns.rollback_of, row).is_some();
        match (live, before) {
            (Some(live), Some(before)) => {
                let kind =
                    if before < live || back { EventKind::Rollback } else { EventKind::Again };
                events.push(Event { row, kind, release: live });
            }
            (Some(live), None) if back => {
                events.push(Event { row, kind: EventKind::Rollback, release: live });
            }
            _ => {
                seen.insert(what, list.len());
                list.push((Subject::Deployment(row), at, sha));
            }
        }
    }
    if list.is_empty() {
        return None;
    }
    // Attempts after the last release led nowhere yet.
    events.retain(|event| event.release < list.len());
    events.sort_by_key(|event| event.release);
    Some(Found {
        basis: ReleaseBasis::Deployment,
        basis_says: "deployed to production".to_owned(),
        list,
        events,
        notes: Vec::new(),
    })
}

fn deployed_at(history: &ServiceHistory, row: Row) -> Option<Timestamp> {
    let columns = &history.facts().deployments;
    cell(&columns.finished_at, row)
        .or(cell(&columns.started_at, row))
        .or(cell(&columns.created_at, row))
}
