//! The gates that a release met, as lines of the review.

use super::types::GateLine;
use crate::measures::View;
use crate::measures::gates::Tally;
use crate::measures::percent;
use crate::stats::jeffreys_interval;

/// Below this many changes nothing is said about a gate: 59 clean changes are needed for "finds
/// something in fewer than 5 of 100" with 95 % confidence.
const FEWEST: usize = 59;

/// Returns a line for each tally, in its order.
pub(super) fn lines(view: View<'_>, tallies: &[Tally]) -> Vec<GateLine> {
    tallies.iter().map(|tally| line(view, tally)).collect()
}

fn line(view: View<'_>, tally: &Tally) -> GateLine {
    let interval = jeffreys_interval(tally.caught, tally.subjects);
    let (verdict, why) = verdict(tally, interval);
    GateLine {
        gate: view.history.facts().text(tally.gate).to_owned(),
        runs: tally.runs,
        caught: Some(tally.caught),
        flaky: (!tally.by_people).then_some(tally.flaky),
        infra: (!tally.by_people).then_some(tally.infra),
        bypassed: Some(tally.bypassed),
        // No source tells yet which gate should have caught what came after a release.
        escaped: None,
        vacuous: (tally.vacuous > 0).then_some(tally.vacuous),
        wait_ms: (tally.wait_ms > 0).then_some(tally.wait_ms),
        verdict: verdict.to_owned(),
        why,
        interval,
    }
}

fn verdict(tally: &Tally, interval: Option<(f64, f64)>) -> (&'static str, String) {
    let Tally { subjects, caught, .. } = *tally;
    if subjects < FEWEST {
        let why = format!("{subjects} changes; {} more are needed to judge", FEWEST - subjects);
        return ("not_enough_yet", why);
    }
    if tally.vacuous * 2 > subjects {
        let why = format!("passed without checking on {} of {subjects} changes", tally.vacuous);
        return ("vacuous", why);
    }
    let (low, high) = interval.unwrap_or((0.0, 1.0));
    let rate = match caught {
        0 => format!(
            "held nothing back in {subjects} changes (with 95 % confidence fewer than {})",
            percent(high)
        ),
        _ => format!(
            "held a problem back on {caught} of {subjects} changes (90 % interval {} to {})",
            percent(low),
            percent(high)
        ),
    };
    ("not_judged", format!("{rate}; what a missed problem costs is not known yet"))
}
