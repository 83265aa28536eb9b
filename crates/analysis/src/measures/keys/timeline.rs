//! The deployments of a window as every definition sees them.

use aftercast_model::{FactId, Timestamp};

use crate::history::{Row, cell};
use crate::measures::View;
use crate::measures::incidents::undone::{Undone, undone};
use crate::releases::{EventKind, Subject};
use crate::review::types::KeysWindow;

/// What a deployment was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The first of its commit or version: a release.
    Release(usize),
    /// It went back to an earlier release.
    Rollback,
    /// It deployed again what was live.
    Again,
}

/// A deployment that reached production. Where there are no deployments, what stands for them (a
/// tag, a merge).
#[derive(Debug, Clone, Copy)]
pub(super) struct Deployed {
    pub(super) at: Timestamp,
    pub(super) fact: FactId,
    pub(super) kind: Kind,
}

/// The deployments of a window.
#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) days: f64,
    /// Every deployment that is known, in order of time.
    pub(super) all: Vec<Deployed>,
    /// Incidents that began in the window.
    pub(super) incidents: Vec<Row>,
    /// Everything that was undone or mended.
    pub(super) undone: Vec<Undone>,
}

const DAY_MS: i64 = 86_400_000;
/// The window where none is named.
const WINDOW_DAYS: i64 = 90;

impl Timeline {
    /// Returns the deployments of the window; `None` where there are no releases.
    pub(super) fn new(view: View<'_>, window: KeysWindow) -> Option<Self> {
        let facts = view.history.facts();
        let releases = view.releases;
        let mut all: Vec<Deployed> = (0..)
            .zip(&releases.list)
            .map(|(index, release)| Deployed {
                at: release.at,
                fact: release.fact(view.history),
                kind: Kind::Release(index),
            })
            .collect();
        let columns = &facts.deployments;
        all.extend(releases.events.iter().filter_map(|event| {
            let kind = match event.kind {
                EventKind::Rollback => Kind::Rollback,
                EventKind::Again => Kind::Again,
                EventKind::FailedAttempt => return None,
            };
            let at = cell(&columns.finished_at, event.row)
                .or(cell(&columns.started_at, event.row))
                .or(cell(&columns.created_at, event.row))?;
            Some(Deployed { at, fact: cell(&columns.id, event.row), kind })
        }));
        all.sort_by_key(|deployed| (deployed.at, deployed.fact));
        let to = window.to.or(all.last().map(|last| last.at))?;
        let first = all.first().map(|first| first.at)?;
        // Before the first deployment that is known nothing can be counted.
        let asked = window.from.unwrap_or_else(|| to.plus_millis(-WINDOW_DAYS * DAY_MS));
        let from = asked.max(first);
        let incidents = view
            .history
            .incidents
            .iter()
            .copied()
            .filter(|row| began(view, *row).is_some_and(|at| from <= at && at <= to));
        let incidents = incidents.collect();
        #[expect(clippy::cast_precision_loss, reason = "a window is shorter than 285,000 years")]
        let days = to.since(from).max(0) as f64 / DAY_MS as f64;
        Some(Self { from, to, days, all, incidents, undone: undone(view) })
    }

    pub(super) fn has(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.to
    }

    /// The deployments of the window, in order of time.
    pub(super) fn deployed(&self) -> impl Iterator<Item = &Deployed> {
        self.all.iter().filter(|deployed| self.has(deployed.at))
    }

    /// The releases of the window.
    pub(super) fn releases(&self) -> impl Iterator<Item = (usize, &Deployed)> {
        self.deployed().filter_map(|deployed| match deployed.kind {
            Kind::Release(index) => Some((index, deployed)),
            _ => None,
        })
    }

    /// Reverts of the window of which nothing tells what they undo: problems without a release.
    pub(super) fn unattributed(&self) -> usize {
        let own = self.undone.iter().filter(|undone| self.has(undone.at));
        own.filter(|undone| undone.release.is_none() && undone.got_through.is_none()).count()
    }

    /// The last deployment up to `at`, by its place in `all`.
    pub(super) fn last_before(&self, at: Timestamp) -> Option<usize> {
        self.all.partition_point(|deployed| deployed.at <= at).checked_sub(1)
    }

    /// How many distinct days of each week of the window had a deployment; weeks begin on Monday. Of a
    /// window of more than a hundred years the last hundred.
    pub(super) fn days_by_week(&self) -> Vec<f64> {
        const MOST_WEEKS: i64 = 5_300;
        // Day 0, 1 January 1970, was a Thursday.
        let week = |at: Timestamp| (i64::from(at.day()) + 3).div_euclid(7);
        let last = week(self.to);
        let first = week(self.from).max(last - MOST_WEEKS);
        let mut weeks = vec![0.0; usize::try_from(last - first + 1).unwrap_or_default()];
        let mut before = None;
        for deployed in self.deployed() {
            let day = deployed.at.day();
            let place = usize::try_from(week(deployed.at) - first).ok();
            if before.replace(day) != Some(day)
                && let Some(count) = place.and_then(|place| weeks.get_mut(place))
            {
                *count += 1.0;
            }
        }
        weeks
    }
}

/// When an incident began, else when it was noticed.
pub(super) fn began(view: View<'_>, row: Row) -> Option<Timestamp> {
    let columns = &view.history.facts().incidents;
    cell(&columns.started_at, row).or(cell(&columns.detected_at, row))
}

/// When an incident was over.
pub(super) fn over(view: View<'_>, row: Row) -> Option<Timestamp> {
    let columns = &view.history.facts().incidents;
    cell(&columns.resolved_at, row).or(cell(&columns.mitigated_at, row))
}

/// Whether releases are deployments, or something that stands for them.
pub(super) fn are_deployments(view: View<'_>) -> bool {
    view.releases.list.iter().any(|release| matches!(release.subject, Subject::Deployment(_)))
}
