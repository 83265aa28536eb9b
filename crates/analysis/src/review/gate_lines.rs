//! The gates that a release met, as lines of the review.

use super::types::GateLine;
use crate::measures::View;
use crate::measures::gates::{Tally, judge};

/// Returns a line for each tally that answered, in its order.
pub(super) fn lines(view: View<'_>, tallies: &[Tally]) -> Vec<GateLine> {
    tallies.iter().filter(|tally| tally.runs > 0).map(|tally| line(view, tally)).collect()
}

fn line(view: View<'_>, tally: &Tally) -> GateLine {
    let gate = view.history.facts().text(tally.gate);
    let judged = judge(tally, gate, &view.settings.gates);
    GateLine {
        gate: gate.to_owned(),
        runs: tally.runs,
        caught: Some(tally.caught),
        flaky: (!tally.by_people).then_some(tally.flaky),
        infra: (!tally.by_people).then_some(tally.infra),
        bypassed: Some(tally.bypassed),
        escaped: tally.escaped,
        vacuous: (tally.vacuous > 0).then_some(tally.vacuous),
        wait_ms: (tally.wait_ms > 0).then_some(tally.wait_ms),
        verdict: judged.verdict.word().to_owned(),
        why: judged.why,
        interval: judged.catch_rate.map(|rate| (rate.low, rate.high)),
    }
}
