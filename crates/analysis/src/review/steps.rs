//! The page of the steps that got slower or faster.

use aftercast_model::{Timestamp, human_duration};

use super::simulated::labelled;
use super::types::{Direction, SCHEMA_VERSION, StepChange, StepChanges};
use crate::Settings;
use crate::history::{ServiceHistory, cell};
use crate::measures::{self, View, steps};
use crate::releases::Releases;

/// Returns which steps of a service got slower or faster, since when, and what is recorded in that
/// time.
pub fn step_changes(history: &ServiceHistory, settings: &Settings) -> StepChanges {
    let releases = Releases::of(history, settings);
    step_changes_of(View { history, releases: &releases, settings })
}

/// Returns the same of releases that are found already.
pub(super) fn step_changes_of(view: View<'_>) -> StepChanges {
    let View { history, releases, settings } = view;
    let last = releases.len().saturating_sub(1);
    let complete_until = measures::baseline(view, last).complete_until;
    let until = complete_until.unwrap_or(known_until(history));
    let wanted = steps::Wanted { jobs: None, until, now: until, points: settings.steps.points };
    let found = steps::changed(view, wanted);
    let changes: Vec<StepChange> =
        found.changed.iter().filter_map(|changed| steps::describe(view, changed)).collect();
    StepChanges {
        schema_version: SCHEMA_VERSION,
        service: history.service().to_owned(),
        says: says(&changes, found.looked_at, settings),
        looked_at: found.looked_at,
        too_few: found.too_few,
        notes: labelled(history, notes(&found, complete_until, settings)),
        changes,
    }
}

/// Returns the last moment that jobs and changes tell of.
fn known_until(history: &ServiceHistory) -> Timestamp {
    let facts = history.facts();
    let merged = history.changes.iter().map(|row| cell(&facts.change_requests.merged_at, *row));
    let jobs = history.tasks.iter().rev().take(1_000);
    let jobs = jobs.map(|row| cell(&facts.task_runs.finished_at, *row));
    let deployed = history.deployments.iter().map(|row| cell(&facts.deployments.finished_at, *row));
    let last = merged.chain(jobs).chain(deployed).flatten().max();
    last.unwrap_or(Timestamp::from_millis(i64::MAX))
}

fn says(changes: &[StepChange], looked_at: usize, settings: &Settings) -> Vec<String> {
    let least = settings.steps.least_percent;
    if looked_at == 0 {
        return vec![format!(
            "No step has {} runs yet: nothing can be said about slower or faster.",
            steps::FEWEST_POINTS
        )];
    }
    let latest = |direction: Direction| {
        changes.iter().filter(move |change| change.latest && change.direction == direction)
    };
    let (slower, faster) = (latest(Direction::Slower).count(), latest(Direction::Faster).count());
    let looked = format!("{looked_at} series");
    if slower + faster == 0 {
        return vec![format!(
            "Nothing changed by {least} % or more and stayed so, in {looked} of run times and waits."
        )];
    }
    let mut said = vec![format!(
        "Of {looked} of run times and waits, {slower} took longer since their last change and \
         {faster} less."
    )];
    said.extend(together(changes));
    if let Some(worst) = latest(Direction::Slower).next() {
        said.push(format!(
            "What costs most, {} in thirty days: {}",
            human_duration(worst.cost_30_days_ms),
            worst.says
        ));
    }
    if let Some(best) = latest(Direction::Faster).next() {
        said.push(format!(
            "What saves most, {} in thirty days: {}",
            human_duration(best.cost_30_days_ms.saturating_neg()),
            best.says
        ));
    }
    said
}

fn together(changes: &[StepChange]) -> Option<String> {
    let (from, to, group) = steps::together(changes)?;
    let first = changes.get(*group.first()?)?;
    let mut names: Vec<String> =
        group.iter().filter_map(|at| Some(format!("`{}`", changes.get(*at)?.step))).collect();
    names.sort_unstable();
    names.dedup();
    let n = names.len();
    let longer = match first.direction {
        Direction::Slower => "longer",
        Direction::Faster => "less",
    };
    names.truncate(6);
    let rest = if names.len() < n { ", ..." } else { "" };
    let (from, to) = (measures::day(from), measures::day(to));
    let when = if from == to {
        format!("on {from}")
    } else {
        format!("at one time between {from} and {to}")
    };
    Some(format!(
        "{n} steps may have begun to take {longer} together, {when} ({}{rest}): look for one cause \
         above them.",
        names.join(", ")
    ))
}

fn notes(
    found: &steps::Found,
    complete_until: Option<Timestamp>,
    settings: &Settings,
) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(until) = complete_until {
        notes.push(format!(
            "No change opened after {} is known here: later runs are of old changes only, and are left \
             out.",
            measures::day(until)
        ));
    }
    if found.looked_at > 0 {
        notes.push(format!(
            "By chance alone 1 to 5 of 100 series show a change: of {} that is up to {}. A change \
             counts from the fourth point after it; 9 of 10 intervals of days hold the true day.",
            found.looked_at,
            found.looked_at.div_ceil(20)
        ));
        notes.push(format!(
            "A series is the last {} runs of a step, or its last {} days (the median of a day) where \
             it ran more often.",
            settings.steps.points, settings.steps.points
        ));
    }
    if found.too_few > 0 {
        notes.push(format!(
            "{} too short to judge (below {} points).",
            match found.too_few {
                1 => "1 series is".to_owned(),
                n => format!("{n} series are"),
            },
            steps::FEWEST_POINTS
        ));
    }
    notes
}
