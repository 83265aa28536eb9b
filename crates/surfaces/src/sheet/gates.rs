//! The gate ledger as a page of tables: what to take home, the checks, the approvals, what passes
//! without checking, what changes its mind.

use aftercast_analysis::review::{GateAccount, GateLedger, GateVerdict, Mechanism};

use super::{Cell, Column, Part, Sheet};

/// So many gates have a row; CSV and JSON are for the others.
const MOST: usize = 40;
/// So many verdicts are explained below the table.
const EXPLAINED: usize = 8;

/// Returns the page.
pub fn gates(ledger: &GateLedger) -> Sheet {
    let parts = [
        checks(ledger),
        approvals(ledger),
        vacuous(ledger),
        flaky_gates(ledger),
        flaky_pairs(ledger),
        twins(ledger),
        taken_back(ledger),
    ];
    Sheet {
        title: format!("Gates of `{}`", ledger.service),
        lead: ledger.take_home.clone(),
        parts: parts.into_iter().flatten().collect(),
        notes: ledger.notes.clone(),
    }
}

fn count(count: usize) -> Cell {
    Cell::count(Some(count))
}

/// A verdict in words; a question mark where half or twice the cost of an escape would turn it.
fn verdict(gate: &GateAccount) -> String {
    let word = gate.verdict.word().replace('_', " ");
    if gate.robust || gate.verdict == GateVerdict::NotEnoughYet { word } else { word + "?" }
}

fn checks(ledger: &GateLedger) -> Option<Part> {
    if ledger.gates.is_empty() {
        return None;
    }
    let row = |gate: &GateAccount| {
        vec![
            Cell::text(&gate.gate),
            Cell::text(verdict(gate)),
            count(gate.runs),
            count(gate.changes),
            count(gate.caught),
            Cell::count(gate.caught_alone),
            Cell::count(gate.flaky),
            Cell::count(gate.infra),
            count(gate.bypassed),
            Cell::count(gate.escaped),
            count(gate.vacuous),
            count(gate.unknown),
            Cell::millis(Some(gate.machine_ms)),
            Cell::millis(Some(gate.alone_ms)),
        ]
    };
    let shown = ledger.gates.iter().take(MOST);
    let mut says = Vec::new();
    if ledger.gates.len() > MOST {
        says.push(format!(
            "The {MOST} gates on most changes of {}; the others are in the JSON form.",
            ledger.gates.len()
        ));
    }
    says.push(
        "caught: changes whose red was right; alone: no other job saw it; shipped: merged though red; \
         escaped: problems let through; empty: passed without checking; open: red, nobody knows why. A \
         question mark: another verdict for half or twice the cost of a problem that gets through."
            .to_owned(),
    );
    Some(Part {
        title: "Gates".to_owned(),
        says,
        columns: vec![
            Column::words("gate", "gate"),
            Column::words("verdict", "verdict"),
            Column::numbers("runs", "runs"),
            Column::numbers("changes", "changes"),
            Column::numbers("caught", "caught"),
            Column::numbers("alone", "caught_alone"),
            Column::numbers("flaky", "flaky"),
            Column::numbers("infra", "infra"),
            Column::numbers("shipped", "bypassed"),
            Column::numbers("escaped", "escaped"),
            Column::numbers("empty", "vacuous"),
            Column::numbers("open", "unknown"),
            Column::numbers("machine", "machine_ms"),
            Column::numbers("waiting", "alone_ms"),
        ],
        rows: shown.map(row).collect(),
        below: explained(ledger),
    })
}

/// The arithmetic of the verdicts that ask for something, then of the most used gates.
fn explained(ledger: &GateLedger) -> Vec<String> {
    let asks = |gate: &&GateAccount| {
        !matches!(gate.verdict, GateVerdict::Keep | GateVerdict::NotEnoughYet)
    };
    let others = |gate: &&GateAccount| !asks(gate);
    let all = ledger.gates.iter().filter(asks).chain(ledger.gates.iter().filter(others));
    all.take(EXPLAINED).map(|gate| format!("`{}`: {}.", gate.gate, gate.why)).collect()
}

fn approvals(ledger: &GateLedger) -> Option<Part> {
    if ledger.approvals.is_empty() {
        return None;
    }
    let rows = ledger.approvals.iter().take(MOST).map(|group| {
        vec![
            Cell::text(&group.gate),
            Cell::text(&group.before),
            count(group.approved),
            count(group.by_another),
            count(group.by_author_only),
            count(group.by_program),
            count(group.objected),
            count(group.objected_and_changed),
            count(group.within_a_minute),
            Cell::millis(group.wait_median_ms),
            Cell::millis(group.wait_p90_ms),
        ]
    });
    Some(Part {
        title: "Approvals, by what they stand before".to_owned(),
        says: vec![],
        columns: vec![
            Column::words("gate", "gate"),
            Column::words("before", "before"),
            Column::numbers("let in", "approved"),
            Column::numbers("another", "by_another"),
            Column::numbers("author only", "by_author_only"),
            Column::numbers("program", "by_program"),
            Column::numbers("objected", "objected"),
            Column::numbers("changed", "objected_and_changed"),
            Column::numbers("< 1 min", "within_a_minute"),
            Column::numbers("half within", "wait_median_ms"),
            Column::numbers("9 of 10", "wait_p90_ms"),
        ],
        rows: rows.collect(),
        below: ledger.approvals.iter().take(3).map(|group| group.says.clone()).collect(),
    })
}

fn vacuous(ledger: &GateLedger) -> Option<Part> {
    if ledger.vacuous.is_empty() {
        return None;
    }
    let cases = || ledger.vacuous.iter().take(MOST);
    let rows = cases().map(|case| {
        vec![
            Cell::text(case.gate.clone().unwrap_or_else(|| "all".to_owned())),
            Cell::text(Mechanism::words(case.mechanism)),
            count(case.times),
            count(case.of),
            Cell::Share(case.confidence),
        ]
    });
    Some(Part {
        title: "Green without checking".to_owned(),
        says: vec![],
        columns: vec![
            Column::words("gate", "gate"),
            Column::words("how", "mechanism"),
            Column::numbers("times", "times"),
            Column::numbers("of", "of"),
            Column::numbers("sure", "confidence"),
        ],
        rows: rows.collect(),
        below: cases().take(EXPLAINED).map(|case| case.says.clone()).collect(),
    })
}

fn flaky_gates(ledger: &GateLedger) -> Option<Part> {
    if ledger.flaky_gates.is_empty() {
        return None;
    }
    let rows = ledger.flaky_gates.iter().map(|gate| {
        vec![
            Cell::text(&gate.gate),
            count(gate.pairs),
            count(gate.changes),
            count(gate.failed),
            Cell::millis(Some(gate.machine_ms)),
            minutes(gate.cost),
        ]
    });
    Some(Part {
        title: "Jobs that change their mind, the most costly first".to_owned(),
        says: vec![],
        columns: vec![
            Column::words("job", "gate"),
            Column::numbers("flaky pairs", "pairs"),
            Column::numbers("changes", "changes"),
            Column::numbers("failures", "failed"),
            Column::numbers("machine", "machine_ms"),
            Column::numbers("engineer-minutes", "cost"),
        ],
        rows: rows.collect(),
        below: vec![],
    })
}

fn flaky_pairs(ledger: &GateLedger) -> Option<Part> {
    if ledger.flaky_pairs.is_empty() {
        return None;
    }
    let rows = ledger.flaky_pairs.iter().map(|pair| {
        vec![
            Cell::text(&pair.gate),
            Cell::text(&pair.revision),
            count(pair.failed),
            count(pair.passed),
            count(pair.together_with),
            Cell::millis(Some(pair.delay_ms)),
            minutes(pair.cost),
        ]
    });
    Some(Part {
        title: format!("The most costly flaky pairs of {}", ledger.flaky_pairs_total),
        says: vec![
            "A flaky pair is a job and a revision on which it both failed and passed. The delay is from \
             the first failure to the next pass; jobs that flipped together share it."
                .to_owned(),
        ],
        columns: vec![
            Column::words("job", "gate"),
            Column::words("revision", "revision"),
            Column::numbers("failed", "failed"),
            Column::numbers("passed", "passed"),
            Column::numbers("with others", "together_with"),
            Column::numbers("delay", "delay_ms"),
            Column::numbers("engineer-minutes", "cost"),
        ],
        rows: rows.collect(),
        below: vec![],
    })
}

fn twins(ledger: &GateLedger) -> Option<Part> {
    if ledger.twins.is_empty() {
        return None;
    }
    let rows = ledger.twins.iter().map(|pair| {
        vec![
            Cell::text(&pair.gate),
            Cell::text(&pair.other),
            count(pair.both),
            count(pair.either),
            Cell::millis(Some(pair.machine_ms)),
        ]
    });
    Some(Part {
        title: "Jobs that say no together".to_owned(),
        says: vec![],
        columns: vec![
            Column::words("job", "gate"),
            Column::words("with", "other"),
            Column::numbers("both", "both"),
            Column::numbers("either", "either"),
            Column::numbers("machine", "machine_ms"),
        ],
        rows: rows.collect(),
        below: vec![],
    })
}

fn taken_back(ledger: &GateLedger) -> Option<Part> {
    let back = ledger.taken_back.as_ref().filter(|back| !back.passed_by.is_empty())?;
    let rows = back
        .passed_by
        .iter()
        .take(EXPLAINED)
        .map(|by| vec![Cell::text(&by.gate), count(by.passed), count(back.changes)]);
    let mut below = vec![format!(
        "Nothing had run before the merge on {} of them; half of the reverts were merged within {}.",
        back.nothing_ran,
        back.after_median_ms
            .map_or_else(|| "a time that is not known".to_owned(), aftercast_model::human_duration)
    )];
    if back.named == 0 {
        below.push(
            "The reverts do not say what they take back: the change merged last before each stands in."
                .to_owned(),
        );
    }
    Some(Part {
        title: format!("What had passed before {} merged reverts", back.reverts),
        says: vec![],
        columns: vec![
            Column::words("job", "gate"),
            Column::numbers("passed", "passed"),
            Column::numbers("of", "changes"),
        ],
        rows: rows.collect(),
        below,
    })
}

/// Engineer-minutes, rounded: their costs are no more exact.
fn minutes(cost: f64) -> Cell {
    Cell::text(format!("{cost:.0}"))
}
