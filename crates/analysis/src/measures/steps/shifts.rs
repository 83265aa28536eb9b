//! Lasting changes of a series: change points, the size of the shift, and what is a drift.

use super::series::{Point, Series};
use crate::Settings;
use crate::stats::{self, Nulls};

/// From this many shifts of one sign in a row on, a change is a drift.
const DRIFT: usize = 3;
/// Below this many points no series is judged.
pub(crate) const FEWEST_POINTS: usize = 10;

/// One lasting change of a series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shift {
    /// In how many steps of one sign it happened.
    pub(crate) shifts: usize,
    /// The place of the first point of the new level, by the best estimate.
    pub(crate) at: usize,
    /// The first place of the 90 % set.
    pub(crate) low: usize,
    /// The last place of the 90 % set.
    pub(crate) high: usize,
    /// Where the old level begins.
    pub(crate) from: usize,
    /// Where the new level ends, exclusively.
    pub(crate) to: usize,
    /// Where the old level ends: not [`Self::at`] in a drift.
    pub(crate) before_to: usize,
    /// Where the new level begins: not [`Self::at`] in a drift.
    pub(crate) after_from: usize,
    /// Hodges-Lehmann shift of the logarithms.
    pub(crate) log_shift: f64,
    /// The p of the change point; the largest one in a drift.
    pub(crate) p: f64,
}

impl Shift {
    /// Returns the points of the old level.
    pub(crate) fn before<'a>(&self, series: &'a Series) -> &'a [Point] {
        series.points.get(self.from..self.before_to).unwrap_or_default()
    }

    /// Returns the points of the new level.
    pub(crate) fn after<'a>(&self, series: &'a Series) -> &'a [Point] {
        series.points.get(self.after_from..self.to).unwrap_or_default()
    }

    /// Returns how much longer the step takes: 0.5 is half as long again.
    pub(crate) fn share(&self) -> f64 {
        self.log_shift.exp_m1()
    }
}

/// Returns the lasting changes of `series`, oldest first; none below [`FEWEST_POINTS`].
pub(crate) fn shifts(series: &Series, settings: &Settings, nulls: &mut Nulls) -> Vec<Shift> {
    if series.points.len() < FEWEST_POINTS {
        return Vec::new();
    }
    let logs: Vec<f64> = series.points.iter().map(|point| log_seconds(point.value_ms)).collect();
    let found = stats::change_points(&logs, nulls);
    let ends = found.iter().map(|point| point.at).skip(1).chain([logs.len()]);
    let begins = [0].into_iter().chain(found.iter().map(|point| point.at));
    let mut all: Vec<Shift> = found
        .iter()
        .zip(begins.zip(ends))
        .filter_map(|(point, (from, to))| {
            let log_shift = between(&logs, from..point.at, point.at..to)?;
            Some(Shift {
                shifts: 1,
                at: point.at,
                low: point.low.min(point.at),
                high: point.high.max(point.at),
                from,
                to,
                before_to: point.at,
                after_from: point.at,
                log_shift,
                p: point.p,
            })
        })
        .collect();
    all = all
        .chunk_by(|a, b| (0.0 < a.log_shift) == (0.0 < b.log_shift))
        .flat_map(|same| drift(&logs, same).map_or_else(|| same.to_vec(), |one| vec![one]))
        .collect();
    all.retain(|shift| is_worth_saying(shift, series, settings));
    all
}

/// Makes one change of at least three of one sign in a row.
fn drift(logs: &[f64], same: &[Shift]) -> Option<Shift> {
    let (first, last) = (same.first()?, same.last()?);
    if same.len() < DRIFT {
        return None;
    }
    Some(Shift {
        shifts: same.len(),
        at: first.at,
        low: first.low,
        high: last.high,
        from: first.from,
        to: last.to,
        before_to: first.before_to,
        after_from: last.after_from,
        log_shift: between(logs, first.from..first.before_to, last.after_from..last.to)?,
        p: same.iter().map(|shift| shift.p).fold(0.0, f64::max),
    })
}

fn between(
    logs: &[f64],
    before: std::ops::Range<usize>,
    after: std::ops::Range<usize>,
) -> Option<f64> {
    stats::hodges_lehmann(logs.get(before)?, logs.get(after)?)
}

fn is_worth_saying(shift: &Shift, series: &Series, settings: &Settings) -> bool {
    let steps = &settings.steps;
    let difference = match (middle(shift.before(series)), middle(shift.after(series))) {
        (Some(before), Some(after)) => after.saturating_sub(before).saturating_abs(),
        _ => return false,
    };
    f64::from(steps.least_percent) / 100.0 <= shift.share().abs() && steps.least_ms <= difference
}

/// Returns the median of the points, in whole milliseconds.
pub(crate) fn middle(points: &[Point]) -> Option<i64> {
    let values: Vec<f64> = points.iter().map(|point| point.value_ms as f64).collect();
    let median = stats::median(&values)?;
    #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
    let median = median.round() as i64;
    Some(median)
}

/// ln of the duration in seconds, nothing below a second (methods, conventions).
fn log_seconds(millis: i64) -> f64 {
    (millis.max(1_000) as f64 / 1_000.0).ln()
}
