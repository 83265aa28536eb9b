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
    if share > 0.0 && share < 0.001 {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A gate that looked at `changes` changes, alone for `alone` minutes and on a machine for
    /// `machine` minutes a change.
    fn gate(changes: usize, caught: usize, false_alarms: usize, machine: i64, alone: i64) -> Tally {
        let n = i64::try_from(changes).unwrap();
        Tally {
            runs: changes,
            subjects: changes,
            passed: changes,
            caught,
            flaky: false_alarms,
            false_alarms,
            machine_ms: n * machine * 60_000,
            alone_ms: n * alone * 60_000,
            ..Tally::default()
        }
    }

    fn check(tally: &Tally, verdict: GateVerdict, robust: bool) -> Judged {
        let judged = judge(tally, "unit", &GateSettings::default());
        assert_eq!((judged.verdict, judged.robust), (verdict, robust), "{judged:#?}");
        judged
    }

    #[test]
    fn the_worked_examples_of_the_page() {
        // docs/statistics/gates.md, "Is it worth its cost?"
        let judged = check(&gate(1_807, 336, 50, 8, 1), GateVerdict::Keep, true);
        assert!((judged.cost.machine - 0.16).abs() < 1e-9);
        assert!((judged.cost.waiting - 0.1).abs() < 1e-9);
        assert!((judged.cost.inspection - 0.415_052).abs() < 1e-6);
        assert!((judged.break_even.unwrap() - 0.001_406_4).abs() < 1e-6);
        // scipy: stats.beta.ppf([.05, .95], 336.5, 1471.5)
        let rate = judged.catch_rate.unwrap();
        assert!((rate.low - 0.171_265_09).abs() < 1e-8 && (rate.high - 0.201_364_31).abs() < 1e-8);

        let judged = check(&gate(200, 0, 0, 180, 180), GateVerdict::MoveOrSample, true);
        assert!((judged.break_even.unwrap() - 0.045).abs() < 1e-9);
        check(&gate(100, 0, 0, 180, 180), GateVerdict::MoveOrSample, false);
        let judged = check(&gate(40, 0, 0, 180, 180), GateVerdict::NotEnoughYet, true);
        // ln 0.05 / ln(1 - 0.045) = 65.06: 66 changes, 26 more.
        assert_eq!(judged.needs_more, Some(26));
    }

    #[test]
    fn a_bar_of_five_one_and_a_tenth_of_a_percent_needs_59_299_and_2995_clean_changes() {
        for (bar, enough) in [(0.05, 59), (0.01, 299), (0.001, 2_995)] {
            let high = |n| rate(0, n).unwrap().high;
            assert!(high(enough) < bar && high(enough - 1) >= bar, "{bar}");
        }
    }

    #[test]
    fn a_gate_worth_its_machine_but_not_the_waiting_is_made_advisory() {
        // 20 of 1,000: 1.4 % to 2.8 %; machine 0.2 of 480 (0.04 %), waiting 30 of 480 (6.3 %).
        let judged = check(&gate(1_000, 20, 0, 10, 300), GateVerdict::MakeAdvisory, true);
        assert!(judged.why.contains("less than it costs"), "{}", judged.why);
        let told = Tally { required: Some(false), ..gate(1_000, 20, 0, 10, 300) };
        check(&told, GateVerdict::Keep, true);
    }

    #[test]
    fn most_reds_false_is_fixed_first_and_most_passes_empty_is_vacuous() {
        let judged = check(&gate(300, 10, 60, 1, 0), GateVerdict::FixFirst, true);
        assert!(judged.real_red.unwrap().high < 0.5);
        check(&gate(300, 30, 30, 1, 0), GateVerdict::Keep, true);
        let empty = Tally { vacuous: 200, ..gate(300, 1, 0, 1, 0) };
        check(&empty, GateVerdict::Vacuous, true);
    }

    #[test]
    fn a_pinned_gate_is_never_judged_on_catches() {
        let settings = GateSettings { pinned: vec!["unit".to_owned()], ..GateSettings::default() };
        let judged = judge(&gate(5_000, 0, 90, 200, 200), "unit", &settings);
        assert_eq!(judged.verdict, GateVerdict::Pinned);
        assert!(judged.why.starts_with("the team must have it"), "{}", judged.why);
    }

    #[test]
    fn escapes_give_the_share_of_problems_found_only_where_they_are_known_and_enough() {
        let known =
            |escaped, caught_long_ago| Tally { caught_long_ago, escaped, ..gate(99, 9, 0, 1, 0) };
        let share = |tally: &Tally| {
            judge(tally, "unit", &GateSettings::default()).removal_efficiency.map(|rate| rate.n)
        };
        assert_eq!(share(&known(None, 9)), None);
        assert_eq!(share(&known(Some(1), 3)), None);
        assert_eq!(share(&known(Some(2), 3)), Some(5));
        assert_eq!(share(&known(Some(0), 9)), Some(9));
    }

    #[test]
    fn nothing_says_delete() {
        for tally in [gate(5_000, 0, 0, 90, 90), gate(200, 1, 50, 9, 9), gate(3, 0, 0, 1, 1)] {
            assert!(!judge(&tally, "unit", &GateSettings::default()).why.contains("delete"));
        }
    }
}
