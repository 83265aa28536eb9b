//! Steps that got slower or faster, since when, and what is recorded in that time (methods B).
//!
//! Owns the series of the steps, their lasting changes and the recorded changes in the window. Must
//! not know pages.

mod causes;
mod series;
mod shifts;
mod words;

use aftercast_model::{Name, Timestamp};

use super::{View, baseline, release_jobs};
use crate::history::cell;
use crate::review::types::{Direction, StepChange};
use crate::stats::Nulls;

use causes::{Causes, causes};
use series::{Series, series};
use shifts::{Shift, middle, shifts};

pub(crate) use series::Wanted;
pub(crate) use shifts::FEWEST_POINTS;
pub(crate) use words::{describe, together};

/// A step with one of its lasting changes.
#[derive(Debug, Clone)]
pub(crate) struct Changed {
    pub(crate) series: Series,
    pub(crate) shift: Shift,
    /// Whether no later change of the series is known, and the step still runs.
    pub(crate) latest: bool,
}

impl Changed {
    /// Returns the first moment of the new level, by the best estimate.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        self.series.points.get(self.shift.at).map(|point| point.from)
    }

    /// Returns whether people would notice: a minute a run, or half an hour in thirty days.
    fn matters(&self) -> bool {
        const MINUTE_MS: i64 = 60_000;
        let difference = self.difference_ms().saturating_abs();
        MINUTE_MS <= difference || 30 * MINUTE_MS <= self.cost_30_days_ms().saturating_abs()
    }

    /// Returns the median of the new level less that of the old one, in milliseconds.
    fn difference_ms(&self) -> i64 {
        let before = middle(self.shift.before(&self.series)).unwrap_or_default();
        let after = middle(self.shift.after(&self.series)).unwrap_or_default();
        after.saturating_sub(before)
    }

    /// Returns what the change costs in thirty days, in milliseconds: the difference of the medians
    /// for each run of the last thirty days; less than zero where it saves.
    pub(crate) fn cost_30_days_ms(&self) -> i64 {
        let runs = i64::try_from(self.series.recent_runs).unwrap_or(i64::MAX);
        self.difference_ms().saturating_mul(runs)
    }
}

/// What was found about all steps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// What costs most first.
    pub(crate) changed: Vec<Changed>,
    /// How many series were long enough.
    pub(crate) looked_at: usize,
    /// How many were not.
    pub(crate) too_few: usize,
}

/// Returns the lasting changes of the steps, what costs most first.
pub(crate) fn changed(view: View<'_>, wanted: Wanted<'_>) -> Found {
    let mut nulls = Nulls::new();
    let mut found = Found::default();
    for series in series(view, wanted) {
        if series.points.len() < FEWEST_POINTS {
            found.too_few += 1;
            continue;
        }
        found.looked_at += 1;
        let all = shifts(&series, view.settings, &mut nulls);
        let last = all.len().saturating_sub(1);
        found.changed.extend(all.into_iter().enumerate().map(|(at, shift)| Changed {
            series: series.clone(),
            shift,
            latest: at == last && 0 < series.recent_runs,
        }));
    }
    let facts = view.history.facts();
    found.changed.sort_by(|a, b| {
        let (a_step, b_step) = (a.series.step, b.series.step);
        b.latest
            .cmp(&a.latest)
            .then_with(|| b.cost_30_days_ms().abs().cmp(&a.cost_30_days_ms().abs()))
            .then_with(|| facts.text(a_step.name).cmp(facts.text(b_step.name)))
            .then_with(|| (a_step.part, a.shift.at).cmp(&(b_step.part, b.shift.at)))
    });
    found
}

/// At most this many changes of one direction are said of a release: those that cost most.
const SHOWN: usize = 3;

/// Returns the steps on the way of the release at `index` whose level of now began within the
/// releases that it is compared with, what costs most first.
pub(crate) fn of_release(view: View<'_>, index: usize) -> Vec<StepChange> {
    let Some(release) = view.releases.list.get(index) else { return Vec::new() };
    let window = baseline(view, index).range;
    let Some(first) = view.releases.list.get(window.start) else { return Vec::new() };
    let tasks = &view.history.facts().task_runs;
    let mut jobs: Vec<Name> =
        release_jobs(view, index).iter().map(|row| cell(&tasks.name, *row)).collect();
    jobs.sort_unstable();
    jobs.dedup();
    jobs.retain(|name| name.is_some());
    let points = view.settings.steps.points;
    let found =
        changed(view, Wanted { jobs: Some(&jobs), until: release.at, now: release.at, points });
    let recent = |changed: &&Changed| {
        let in_window = changed.at().is_some_and(|at| first.at <= at && at <= release.at);
        changed.latest && in_window && changed.matters()
    };
    let all: Vec<StepChange> =
        found.changed.iter().filter(recent).filter_map(|changed| describe(view, changed)).collect();
    let of = |direction: Direction| {
        all.iter().filter(move |change| change.direction == direction).take(SHOWN).cloned()
    };
    of(Direction::Slower).chain(of(Direction::Faster)).collect()
}
