//! The five numbers of a release, their comparison with earlier releases, and where its time went.
//!
//! Owns how each number is found and how far it can be trusted. Must not know findings or pages.
//! Unknown is never zero: a number without a source has no value and says what to connect.

mod approvals;
pub mod attempts;
mod baseline;
mod builds;
mod bypassed;
mod change_path;
mod compare;

mod failures;
pub(crate) mod gates;
mod hours;
pub(crate) mod incidents;
pub(crate) mod keys;
pub mod layers;
mod lead_time;
pub(crate) mod manual;
mod mends;
mod partition;
mod path;
pub(crate) mod patterns;
mod per_commit;
mod pipeline;
mod release_path;
mod shorter;
mod size;
pub(crate) mod steps;
pub(crate) mod tests;
mod turns;
mod well;

use aftercast_model::{FactId, Timestamp};

use self::incidents::link::Judge;
use crate::Settings;
use crate::history::ServiceHistory;
use crate::releases::Releases;
use crate::review::types::{Basis, LeadTime, Number, Numbers};
use crate::stats::Nulls;

pub(crate) use approvals::{Who, approval_of_change};
pub(crate) use baseline::{Baseline, baseline};
pub(crate) use builds::{red_jobs, release_jobs};
pub(crate) use bypassed::failed_last;
pub(crate) use compare::{percent, share_says};
pub(crate) use failures::{Reason, reasons};
pub(crate) use lead_time::{Start, beginning, lead_time_ms, old_commit, skewed_beginnings};
pub(crate) use path::{Way, lead_time, longest_delay, longest_idle, says, way};
pub(crate) use shorter::saving;
pub(crate) use size::{Size, size};
pub(crate) use turns::is_pause;
pub(crate) use well::{Better, better_parts};

/// What every measure looks at.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) history: &'a ServiceHistory,
    pub(crate) releases: &'a Releases,
    pub(crate) settings: &'a Settings,
}

/// A number of one release, and whether it may stand beside those of other releases.
#[derive(Debug, Clone)]
pub(crate) struct Measure {
    pub(crate) number: Number,
    /// False where the value is known but of another kind (nobody had to be waited for).
    pub(crate) comparable: bool,
}

/// The five numbers of one release, not compared.
#[derive(Debug, Clone)]
pub(crate) struct Measures {
    pub(crate) lead_time: Measure,
    pub(crate) failed_builds: Measure,
    pub(crate) approval_wait: Measure,
    pub(crate) manual_steps: Measure,
    pub(crate) incidents: Measure,
}

impl Measure {
    /// A number that no source tells; `why` says what to connect.
    fn missing(why: impl Into<String>) -> Self {
        let number = Number {
            value: None,
            basis: Basis::Missing,
            n: 0,
            why: why.into(),
            compared: None,
            evidence: Vec::new(),
        };
        Self { number, comparable: false }
    }

    fn known(value: i64, basis: Basis, n: usize, why: String, evidence: Vec<FactId>) -> Self {
        let number = Number { value: Some(value), basis, n, why, compared: None, evidence };
        Self { number, comparable: true }
    }
}

/// Returns the five numbers of the release at `index`.
pub(crate) fn measure(view: View<'_>, index: usize) -> Measures {
    measure_with(view, &Judge::new(view), index)
}

/// Returns the five numbers of the release at `index`; the judge of incidents serves all releases.
fn measure_with(view: View<'_>, judge: &Judge<'_>, index: usize) -> Measures {
    Measures {
        lead_time: lead_time::measure(view, index),
        failed_builds: builds::measure(view, index),
        approval_wait: approvals::measure(view, index),
        manual_steps: manual::measure(view, index),
        incidents: incidents::measure(view, judge, index),
    }
}

/// Returns the working hours for people: "Monday to Friday 09:00-18:00 UTC".
pub(crate) fn hours_say(settings: &Settings) -> String {
    hours::says(&settings.hours)
}

/// Returns the lead time of the release at `index` with what only the release that is shown needs:
/// the lead time of each commit, and what shorter steps would have saved.
pub(crate) fn shown(view: View<'_>, index: usize, way: &Way) -> LeadTime {
    let mut lead_time = way.lead_time.clone();
    lead_time.per_commit = per_commit::per_commit(view, index, way);
    lead_time.savings = shorter::savings(way);
    lead_time.working.says = hours_say(view.settings);
    lead_time
}

/// Returns the measures of the releases before `index` that it is compared with, oldest first.
pub(crate) fn earlier(view: View<'_>, index: usize) -> Vec<Measures> {
    let judge = Judge::new(view);
    baseline(view, index).range.map(|earlier| measure_with(view, &judge, earlier)).collect()
}

/// Returns the numbers of the release at `index` beside the same numbers of the earlier ones.
pub(crate) fn compared(
    view: View<'_>,
    index: usize,
    current: &Measures,
    earlier: &[Measures],
) -> Numbers {
    let Baseline { range, complete_until } = baseline(view, index);
    let kinds = mends::mends(view, range.start.min(index), index);
    let times: Vec<Option<Timestamp>> =
        range.map(|at| view.releases.list.get(at).map(|release| release.at)).collect();
    let mut nulls = Nulls::new();
    let mut number = |pick: fn(&Measures) -> &Measure, how: compare::Rule| {
        let past: Vec<compare::Past<'_>> = earlier
            .iter()
            .zip(times.iter().zip(&kinds))
            .map(|(measures, (at, mends))| compare::Past {
                measure: pick(measures),
                at: *at,
                mends: *mends,
            })
            .collect();
        let mends = kinds.last().copied().unwrap_or_default();
        let mut number = pick(current).number.clone();
        number.compared = compare::compare((pick(current), mends), &past, how, &mut nulls);
        if let (Some(compared), Some(until)) = (&mut number.compared, complete_until) {
            compared.says = format!("{}; compared up to {}", compared.says, day(until));
        }
        number
    };
    Numbers {
        lead_time_ms: number(|m| &m.lead_time, compare::Rule::Duration),
        failed_builds: number(|m| &m.failed_builds, compare::Rule::CountOf),
        approval_wait_ms: number(|m| &m.approval_wait, compare::Rule::Duration),
        manual_steps: number(|m| &m.manual_steps, compare::Rule::Count),
        incidents: number(|m| &m.incidents, compare::Rule::Count),
    }
}

/// Returns the day of `at` for people: "31 Dec 2015".
pub(crate) fn day(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = at.to_string();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    let month =
        part(5..7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    match (month, part(8..10).parse::<u8>()) {
        (Some(month), Ok(day)) => format!("{day} {month} {}", part(0..4)),
        _ => text,
    }
}

/// Returns the minute of `at` for people: "31 Dec 2015 09:30".
pub(crate) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {}", day(at), text.get(11..16).unwrap_or_default())
}

/// Returns `count` with its noun: "1 build", "3 builds".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
