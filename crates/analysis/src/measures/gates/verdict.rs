//! Is a gate worth its cost? Rates with their bounds, the break-even rate, the verdict
//! (docs/statistics/gates.md). Never "delete": removal ends the counting.

use super::Tally;
use crate::measures::{counted, percent};
use crate::review::types::{GateCost, GateVerdict, Rate};
use crate::settings::GateSettings;
use crate::stats::{FEWEST_TO_JUDGE, jeffreys_interval};

/// 59 clean changes say with 95 % confidence "finds something in fewer than 5 of 100": with fewer
/// changes no gate is called not worth its cost.
pub(crate) const FEWEST: usize = 59;

/// Below this many problems, caught or escaped, nothing is said about their share.
const FEWEST_PROBLEMS: usize = 5;

/// More changes than this are no advice.
const FAR: usize = 100_000;

/// What the arithmetic says about a gate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub(crate) catch_rate: Option<Rate>,
    pub(crate) real_red: Option<Rate>,
    pub(crate) removal_efficiency: Option<Rate>,
    pub(crate) cost: GateCost,
    pub(crate) break_even: Option<f64>,
    pub(crate) verdict: GateVerdict,
    pub(crate) robust: bool,
    pub(crate) needs_more: Option<usize>,
    pub(crate) why: String,
}

/// Returns milliseconds as minutes.
pub(crate) fn minutes(millis: i64) -> f64 {
    millis as f64 / 60_000.0
}

fn rate(hits: usize, n: usize) -> Option<Rate> {
    jeffreys_interval(hits, n).map(|(low, high)| Rate { hits, n, low, high })
}

/// Judges the gate called `name`.
pub(crate) fn judge(tally: &Tally, name: &str, costs: &GateSettings) -> Judged {
    let Tally { subjects, caught, false_alarms, .. } = *tally;
    let catch_rate = rate(caught, subjects);
    let real_red =
        if tally.by_people { None } else { rate(caught, caught.saturating_add(false_alarms)) };
    let long_ago = tally.caught_long_ago;
    let removal_efficiency = tally
        .escaped
        .map(|escaped| escaped.saturating_add(long_ago))
        .filter(|n| *n >= FEWEST_PROBLEMS)
        .and_then(|n| rate(long_ago, n));
    let cost = cost(tally, costs);
    let break_even = (costs.escape > 0.0).then(|| cost.total() / costs.escape);
    let weigh = |escape: f64| decide(tally, catch_rate, &cost, escape);
    let beforehand = if costs.pinned.iter().any(|pinned| pinned == name) {
        Some(GateVerdict::Pinned)
    } else if tally.passed >= FEWEST_TO_JUDGE && tally.vacuous * 2 > tally.passed {
        Some(GateVerdict::Vacuous)
    } else if real_red.is_some_and(|real| real.high < 0.5) {
        Some(GateVerdict::FixFirst)
    } else {
        None
    };
    let verdict = beforehand.unwrap_or_else(|| weigh(costs.escape));
    let robust = beforehand.is_some()
        || [costs.escape / 2.0, costs.escape * 2.0].into_iter().all(|half| weigh(half) == verdict);
    let needs_more = (verdict == GateVerdict::NotEnoughYet)
        .then(|| needed(tally, break_even))
        .flatten()
        .map(|needed| needed.saturating_sub(subjects).max(1));
    let mut judged = Judged {
        catch_rate,
        real_red,
        removal_efficiency,
        cost,
        break_even,
        verdict,
        robust,
        needs_more,
        why: String::new(),
    };
    judged.why = why(tally, &judged, costs);
    judged
}

/// `E[run] = machine·d + delay·w + P_FP·inspect` (the model of THEO, Herzig et al., ICSE 2015), a
/// change.
fn cost(tally: &Tally, costs: &GateSettings) -> GateCost {
    if tally.subjects == 0 {
        return GateCost::default();
    }
    let n = tally.subjects as f64;
    let inspection = if tally.by_people {
        tally.runs as f64 * costs.approval
    } else {
        tally.false_alarms as f64 * costs.inspection
    };
    let waiting = if tally.required == Some(false) { 0.0 } else { minutes(tally.alone_ms) };
    GateCost {
        machine: minutes(tally.machine_ms) * costs.machine_minute / n,
        waiting: waiting * costs.waiting_minute / n,
        inspection: inspection / n,
    }
}

fn decide(tally: &Tally, rate: Option<Rate>, cost: &GateCost, escape: f64) -> GateVerdict {
    let Some(rate) = rate.filter(|_| escape > 0.0) else { return GateVerdict::NotEnoughYet };
    let break_even = cost.total() / escape;
    if rate.low > break_even && rate.n >= FEWEST_TO_JUDGE {
        return GateVerdict::Keep;
    }
    if rate.high >= break_even || rate.n < FEWEST {
        return GateVerdict::NotEnoughYet;
    }
    // Not holding back, it would cost no waiting: is it worth the rest?
    let told = (cost.machine + cost.inspection) / escape;
    if tally.by_people || rate.low > told {
        GateVerdict::MakeAdvisory
    } else {
        GateVerdict::MoveOrSample
    }
}

/// How many changes are needed to judge at the rate seen so far: without a catch
/// `ln 0.05 / ln(1 − p*)`, with catches where the normal bound leaves p*.
fn needed(tally: &Tally, break_even: Option<f64>) -> Option<usize> {
    let break_even = break_even?;
    let n = tally.subjects as f64;
    let needed = if tally.caught == 0 {
        if break_even >= 1.0 { 0.0 } else { 0.05_f64.ln() / (-break_even).ln_1p() }
    } else {
        let rate = (tally.caught as f64 + 0.5) / (n + 1.0);
        1.645_f64.powi(2) * rate * (1.0 - rate) / (rate - break_even).powi(2)
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive number; casts saturate"
    )]
    let needed = needed.ceil() as usize;
    Some(needed.max(FEWEST))
}

fn why(tally: &Tally, judged: &Judged, costs: &GateSettings) -> String {
    let n = tally.subjects;
    let held = held(tally, judged.catch_rate);
    let price = price(tally, judged, costs);
    match judged.verdict {
        GateVerdict::Pinned => {
            format!("the team must have it, so it is not judged on catches; it {held}")
        }
        GateVerdict::Vacuous => format!(
            "passed without checking on {} of the {} that it passed",
            tally.vacuous,
            counted(tally.passed, "change")
        ),
        GateVerdict::FixFirst => {
            let real = judged.real_red.map_or(0.5, |real| real.high);
            format!(
                "its red was real on {} and a false alarm on {} (flaky {}, machinery {}): with 95 % \
                 confidence fewer than {} of its reds are real",
                counted(tally.caught, "change"),
                tally.false_alarms,
                tally.flaky,
                tally.infra,
                percent(real)
            )
        }
        GateVerdict::NotEnoughYet => match judged.needs_more {
            None => held,
            Some(_) if n < FEWEST_TO_JUDGE || judged.break_even.is_none() => {
                format!("{held}; {} more are needed to judge", FEWEST.saturating_sub(n).max(1))
            }
            Some(more) if more > FAR => format!(
                "{held}; {price}: so cheap that more than 100,000 changes are needed to judge it"
            ),
            Some(more) => format!("{held}; {price}; {} needed to judge", more_changes(more)),
        },
        GateVerdict::Keep | GateVerdict::MoveOrSample | GateVerdict::MakeAdvisory => {
            let side = if judged.verdict == GateVerdict::Keep { "more" } else { "less" };
            let sure = if judged.robust {
                "; the same for half and for twice the cost of an escape"
            } else {
                "; another verdict for half or for twice the cost of an escape"
            };
            format!("{held}: {side} than it costs; {price}{sure}")
        }
    }
}

fn more_changes(more: usize) -> String {
    if more == 1 { "1 more change is".to_owned() } else { format!("{more} more changes are") }
}

fn held(tally: &Tally, rate: Option<Rate>) -> String {
    let changes = counted(tally.subjects, "change");
    match rate {
        None => "looked at no change".to_owned(),
        Some(rate) if rate.hits == 0 => format!(
            "held nothing back in {changes} (with 95 % confidence fewer than {})",
            percent(rate.high)
        ),
        Some(rate) => format!(
            "held a problem back on {} of {changes} (90 % interval {} to {})",
            rate.hits,
            percent(rate.low),
            percent(rate.high)
        ),
    }
}

/// "it pays for itself from 0.21 % on: 1.0 engineer-minutes a change (machines 0.3, waiting 0.0,
/// false alarms 0.7) against 480 for a problem that gets through".
fn price(tally: &Tally, judged: &Judged, costs: &GateSettings) -> String {
    let cost = &judged.cost;
    let attention = if tally.by_people { "decisions" } else { "false alarms" };
    let from = judged.break_even.map_or_else(|| "no rate".to_owned(), small_percent);
    format!(
        "it pays for itself from {from} on: {} engineer-minutes a change (machines {}, waiting {}, \
         {attention} {}) against {} for a problem that gets through",
        amount(cost.total()),
        amount(cost.machine),
        amount(cost.waiting),
        amount(cost.inspection),
        amount(costs.escape)
    )
}

/// A share with enough digits to tell it from nothing.
fn small_percent(share: f64) -> String {
    if share > 0.0 && share < 0.000_5 {
        return if share < 0.000_01 {
            "0.001 %".to_owned()
        } else {
            format!("{:.3} %", share * 100.0)
        };
    }
    percent(share)
}

fn amount(minutes: f64) -> String {
    if minutes == 0.0 {
        "0".to_owned()
    } else if minutes < 0.005 {
        "under 0.01".to_owned()
    } else if minutes < 9.95 {
        format!("{minutes:.2}")
    } else {
        format!("{minutes:.0}")
    }
}
