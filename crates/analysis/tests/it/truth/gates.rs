//! What is planted in gates and tests: catches, flakiness, checks that check nothing, approvals that
//! never say no.

use std::collections::BTreeSet;

use aftercast_analysis::review::{GateLedger, GateVerdict, Mechanism, gate_ledger, test_ledger};
use aftercast_simulation::GateNature;

use super::{Known, Scores};

pub(super) fn judge(known: &Known<'_>, scores: &mut Scores) {
    let ledger = gate_ledger(known.history, known.settings);
    counts(known, &ledger, scores);
    verdicts(known, &ledger, scores);
    vacuous(known, &ledger, scores);
    approvals(known, &ledger, scores);
    tests(known, scores);
}

/// What each job caught: as many changes as in truth, give or take one in ten.
fn counts(known: &Known<'_>, ledger: &GateLedger, scores: &mut Scores) {
    for gate in known.truth.gates.iter().filter(|gate| gate.nature == GateNature::Catches) {
        let line = ledger.gates.iter().find(|line| line.gate == gate.gate);
        let truth = gate.caught as f64;
        let near = line
            .is_some_and(|line| (line.caught as f64 - truth).abs() <= 1.0_f64.max(truth / 10.0));
        scores.plant("problems that a gate caught, counted", near);
    }
}

fn verdicts(known: &Known<'_>, ledger: &GateLedger, scores: &mut Scores) {
    let verdict =
        |gate: &str| ledger.gates.iter().find(|line| line.gate == gate).map(|line| line.verdict);
    for gate in &known.truth.gates {
        let judged = verdict(&gate.gate);
        match gate.nature {
            GateNature::Catches if gate.rate >= 0.1 => {
                scores.plant("gate that catches: keep", judged == Some(GateVerdict::Keep));
            }
            GateNature::Flaky => {
                let flaky = ledger.flaky_gates.first().is_some_and(|first| first.gate == gate.gate);
                scores.plant("flaky job: first of the flaky ones", flaky);
                scores.plant("flaky job: fix first", judged == Some(GateVerdict::FixFirst));
            }
            _ => {}
        }
    }
    if known.null {
        let jobs = ledger.gates.len();
        let count = |verdict: GateVerdict| {
            ledger.gates.iter().filter(|line| line.verdict == verdict).count()
        };
        scores.alarm("flaky job: fix first", count(GateVerdict::FixFirst), jobs);
        scores.alarm("flaky job: first of the flaky ones", ledger.flaky_gates.len(), jobs);
    } else {
        let others = ledger.gates.iter().filter(|line| line.verdict == GateVerdict::FixFirst);
        let truly = |gate: &str| {
            // The first attempt of one deployment in fifty fails, and the next one does not.
            gate == "deploy-production"
                || known
                    .truth
                    .gates
                    .iter()
                    .any(|all| all.gate == gate && all.nature == GateNature::Flaky)
        };
        scores.wrong("flaky job: fix first", others.filter(|line| !truly(&line.gate)).count());
    }
}

fn vacuous(known: &Known<'_>, ledger: &GateLedger, scores: &mut Scores) {
    let told = |gate: &str, mechanism: Mechanism| {
        ledger
            .vacuous
            .iter()
            .any(|case| case.gate.as_deref() == Some(gate) && case.mechanism == mechanism)
    };
    let mut empty = BTreeSet::new();
    for gate in &known.truth.gates {
        match gate.nature {
            GateNature::Echo => {
                scores.plant("check that is an echo", told(&gate.gate, Mechanism::Echo));
                empty.insert(gate.gate.as_str());
            }
            GateNature::NoTests => {
                scores.plant("check without tests", told(&gate.gate, Mechanism::NoTests));
                empty.insert(gate.gate.as_str());
            }
            _ => {}
        }
    }
    let named = ledger.vacuous.iter().map(|case| case.gate.as_deref().unwrap_or_default());
    let others = named.filter(|gate| !empty.contains(gate)).count();
    if known.null {
        scores.alarm("check that is an echo", others, ledger.gates.len());
    } else {
        scores.wrong("check that is an echo", others);
    }
}

/// A rubber stamp: the page of gates shows an approval that was quick every time and never objected.
fn approvals(known: &Known<'_>, ledger: &GateLedger, scores: &mut Scores) {
    let what = "approval that never says no";
    let stamp = |line: &aftercast_analysis::review::ApprovalAccount| {
        line.objected == 0
            && line.waits_known >= 20
            && line.within_a_minute * 10 >= line.waits_known * 9
    };
    for gate in &known.truth.gates {
        let line = ledger.approvals.iter().find(|line| line.gate == gate.gate);
        match gate.nature {
            GateNature::RubberStamp => scores.plant(what, line.is_some_and(stamp)),
            GateNature::Review | GateNature::MorningBoard => {
                scores.wrong(what, usize::from(line.is_some_and(stamp)));
            }
            _ => {}
        }
    }
    if known.null {
        let stamps = ledger.approvals.iter().filter(|line| stamp(line)).count();
        scores.alarm(what, stamps, ledger.approvals.len());
    }
}

fn tests(known: &Known<'_>, scores: &mut Scores) {
    let what = "flaky test case: first of the flaky ones";
    let ledger = test_ledger(known.history, known.settings);
    match &known.truth.flaky {
        Some(flaky) => {
            let found = ledger.flaky.first().is_some_and(|test| test.test.name == flaky.test);
            scores.plant(what, found);
            let others = ledger.flaky.iter().filter(|test| test.test.name != flaky.test);
            scores.wrong(what, others.count());
        }
        None => scores.alarm(what, ledger.flaky.len(), ledger.counts.tests),
    }
}
