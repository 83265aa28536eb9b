//! A lasting change of a step in words.

use aftercast_model::{Timestamp, human_duration};

use super::{Causes, Changed, causes, middle};
use crate::measures::{View, compare, counted, day};
use crate::review::types::{Direction, StepCandidate, StepChange, StepLevel, StepPart};

/// Returns the change with the recorded changes in its window, and all of it in words.
pub(crate) fn describe(view: View<'_>, changed: &Changed) -> Option<StepChange> {
    let (series, shift) = (&changed.series, &changed.shift);
    let level = |points: &[super::series::Point]| -> Option<StepLevel> {
        Some(StepLevel {
            median_ms: middle(points)?,
            points: points.len(),
            runs: points.iter().map(|point| point.runs).sum(),
        })
    };
    let (before, after) = (level(shift.before(series))?, level(shift.after(series))?);
    let moment = |place: usize| series.points.get(place).map(|point| point.from);
    let causes = causes(view.history, series, shift);
    let mut change = StepChange {
        step: match series.step.part {
            StepPart::ReviewWait => "review".to_owned(),
            StepPart::ApprovalWait => "approval".to_owned(),
            _ => view.history.facts().text(series.step.name).to_owned(),
        },
        part: series.step.part,
        direction: if shift.log_shift < 0.0 { Direction::Faster } else { Direction::Slower },
        shifts: shift.shifts,
        at: changed.at()?,
        low: moment(shift.low)?,
        high: moment(shift.high)?,
        before,
        after,
        shift: shift.share(),
        p: shift.p,
        latest: changed.latest,
        cost_30_days_ms: changed.cost_30_days_ms(),
        only_pool: None,
        candidates: Vec::new(),
        landed: None,
        says: String::new(),
        evidence: Vec::new(),
    };
    let unit = if series.by_day { "day" } else { "run" };
    change.says =
        format!("{}{} {}", level_says(&change, unit), pool_says(&causes), cause_says(&causes));
    let Causes { candidates, mut evidence, only_pool, landed } = causes;
    // The last run of the old level and the first one of the new level.
    let runs = series.points.iter().skip(shift.at.saturating_sub(1)).take(2);
    evidence.extend(runs.map(|point| point.fact));
    Some(StepChange { only_pool, candidates, landed, evidence, ..change })
}

/// "`unit` runs 18 min since 24 Mar 2024, before 10 min (+75 %; ...)."
fn level_says(change: &StepChange, unit: &str) -> String {
    let step = &change.step;
    let takes = match change.part {
        StepPart::JobRun => format!("`{step}` runs"),
        StepPart::JobQueue => format!("`{step}` waits for a machine"),
        StepPart::DeployRun => format!("the deployment to `{step}` takes"),
        StepPart::DeployQueue => format!("the deployment to `{step}` waits to begin"),
        StepPart::ReviewWait => "a change waits for the first look".to_owned(),
        StepPart::ApprovalWait => "a change waits for its approval".to_owned(),
    };
    let mut letters = takes.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let takes: String = first.chain(letters).collect();
    let (low, high) = (day(change.low), day(change.high));
    let since = match (change.shifts, low == high) {
        (1, true) => format!("since {low}"),
        (1, false) => format!("since about {} (between {low} and {high})", day(change.at)),
        (shifts, _) => format!("after a drift in {shifts} steps from {low} to {high}"),
    };
    let (after, before) = (change.after, change.before);
    format!(
        "{takes} {} {since}, before {} ({}; medians of {} and {}).",
        human_duration(after.median_ms),
        human_duration(before.median_ms),
        signed_percent(change.shift),
        level_n(after, unit),
        level_n(before, unit),
    )
}

/// "62 days with 1204 runs", "40 runs".
fn level_n(level: StepLevel, unit: &str) -> String {
    let points = counted(level.points, unit);
    if level.points == level.runs {
        points
    } else {
        format!("{points} with {}", counted(level.runs, "run"))
    }
}

/// "+75 %", "-20 %".
fn signed_percent(share: f64) -> String {
    let sign = if share < 0.0 { "-" } else { "+" };
    format!("{sign}{}", compare::percent(share.abs()))
}

fn pool_says(causes: &Causes) -> String {
    match &causes.only_pool {
        Some(pool) => format!(" On the runners `{pool}` only."),
        None => String::new(),
    }
}

fn cause_says(causes: &Causes) -> String {
    let landed = match causes.landed {
        Some(0) | None => String::new(),
        Some(n) => {
            format!("; {} landed in it, nothing tells what they touched", counted(n, "change"))
        }
    };
    let line = |candidate: &StepCandidate| format!("{} ({})", candidate.says, day(candidate.at));
    match causes.candidates.as_slice() {
        [] => format!("No platform, gate or runner change is recorded in this window{landed}."),
        [one] => format!("The only recorded change in this window: {}{landed}.", line(one)),
        several => {
            let lines: Vec<String> = several.iter().map(line).collect();
            format!(
                "Recorded in this window, and nothing tells which it was: {}{landed}.",
                lines.join("; ")
            )
        }
    }
}

/// Returns the stretch of time that the most changes of one direction share, and which: at least
/// three steps that changed together have a cause above the single step.
pub(crate) fn together(changes: &[StepChange]) -> Option<(Timestamp, Timestamp, Vec<usize>)> {
    /// Two may coincide by chance.
    const FEWEST: usize = 3;
    let mut best: Option<(Timestamp, Timestamp, Vec<usize>)> = None;
    for one in changes {
        // The intervals that hold the beginning of this one: some largest group begins so.
        let from = one.low;
        let holds = |other: &StepChange| {
            other.direction == one.direction && other.low <= from && from <= other.high
        };
        let group: Vec<usize> = changes
            .iter()
            .enumerate()
            .filter(|(_, other)| holds(other))
            .map(|(at, _)| at)
            .collect();
        let until = group.iter().filter_map(|at| Some(changes.get(*at)?.high)).min();
        let mut steps: Vec<&str> =
            group.iter().filter_map(|at| Some(changes.get(*at)?.step.as_str())).collect();
        steps.sort_unstable();
        steps.dedup();
        let more = best.as_ref().is_none_or(|(.., known)| known.len() < group.len());
        if let Some(until) = until
            && FEWEST <= steps.len()
            && more
        {
            best = Some((from, until, group));
        }
    }
    best
}
