//! The gate ledger as a page of tables: what to take home, the checks, the approvals, what passes
//! without checking, what changes its mind.

use aftercast_analysis::review::{GateAccount, GateLedger, GateVerdict, Mechanism};

use super::{Cell, Column, Part, Sheet};

/// So many groups and cases have a row; JSON is for the others.
const MOST: usize = 20;
/// So many gates are shown with what they cost.
const DEAREST: usize = 12;
/// So many verdicts are explained below the table.
const EXPLAINED: usize = 8;

/// Returns the page.
pub fn gates(ledger: &GateLedger) -> Sheet {
    let parts = [
        checks(ledger),
        costs(ledger),
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

/// Nothing where people decide: no machine works for it.
fn machine_time(gate: &GateAccount) -> Cell {
    match gate.machine_ms {
        None if gate.flaky.is_none() => Cell::text(""),
        known => Cell::millis(known),
    }
}

/// A count that people do not have: blank, it is not unknown.
fn of_machines(count: Option<usize>) -> Cell {
    match count {
        None => Cell::text(""),
        count => Cell::count(count),
    }
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
            of_machines(gate.flaky),
            of_machines(gate.infra),
            count(gate.bypassed),
            of_machines(gate.caught_alone),
            Cell::count(gate.escaped),
            count(gate.vacuous),
            count(gate.unknown),
            machine_time(gate),
            Cell::millis(Some(gate.alone_ms)),
            Cell::text(format!("{:.3}", gate.cost.total())),
            gate.break_even.map_or(Cell::NotKnown, Cell::Share),
        ]
    };
    Some(Part {
        title: "Gates".to_owned(),
        says: vec![
            "caught: changes whose red was right; flaky, infra: whose red was false; shipped: merged \
             though red. A question mark: another verdict for half or twice the cost of a problem that \
             gets through."
                .to_owned(),
        ],
        columns: vec![
            Column::words("gate", "gate"),
            Column::words("verdict", "verdict"),
            Column::numbers("runs", "runs"),
            Column::numbers("changes", "changes"),
            Column::numbers("caught", "caught"),
            Column::numbers("flaky", "flaky"),
            Column::numbers("infra", "infra"),
            Column::numbers("shipped", "bypassed"),
            Column::numbers("alone", "caught_alone").for_programs(),
            Column::numbers("escaped", "escaped").for_programs(),
            Column::numbers("empty", "vacuous").for_programs(),
            Column::numbers("open", "unknown").for_programs(),
            Column::numbers("machine", "machine_ms").for_programs(),
            Column::numbers("waiting", "alone_ms").for_programs(),
            Column::numbers("a change", "cost_engineer_minutes").for_programs(),
            Column::numbers("pays from", "break_even").for_programs(),
        ],
        rows: ledger.gates.iter().map(row).collect(),
        below: explained(ledger),
    })
}

/// What the dearest gates cost and found by themselves.
fn costs(ledger: &GateLedger) -> Option<Part> {
    let dear = |gate: &GateAccount| gate.cost.total() * gate.changes as f64;
    let mut gates: Vec<&GateAccount> = ledger.gates.iter().filter(|gate| !gate.sums_up).collect();
    gates.sort_by(|a, b| dear(b).total_cmp(&dear(a)).then_with(|| a.gate.cmp(&b.gate)));
    gates.truncate(DEAREST);
    if gates.is_empty() {
        return None;
    }
    let row = |gate: &&GateAccount| {
        vec![
            Cell::text(&gate.gate),
            machine_time(gate),
            Cell::millis(Some(gate.alone_ms)),
            minutes(dear(gate)),
            of_machines(gate.caught_alone),
            Cell::count(gate.escaped),
            count(gate.vacuous),
            count(gate.unknown),
        ]
    };
    Some(Part {
        title: "What the dearest cost, and what only they found".to_owned(),
        says: vec![
            "waiting: for it and no other; cost: engineer-minutes over all changes; alone: caught by no \
             other job; escaped: let through; empty: passed unchecked; open: red, nobody knows why."
                .to_owned(),
        ],
        columns: vec![
            Column::words("gate", "gate"),
            Column::numbers("machine", "machine_ms"),
            Column::numbers("waiting", "alone_ms"),
            Column::numbers("cost", "cost_engineer_minutes"),
            Column::numbers("alone", "caught_alone"),
            Column::numbers("escaped", "escaped"),
            Column::numbers("empty", "vacuous"),
            Column::numbers("open", "unknown"),
        ],
        rows: gates.iter().map(row).collect(),
        below: vec![],
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
        says: vec![
            "Let in by another person, by the author only, by a program; changed: objections behind \
             which a new revision came and was merged; < 1 min: sooner than anybody reads."
                .to_owned(),
        ],
        columns: vec![
            Column::words("gate", "gate"),
            Column::words("before", "before"),
            Column::numbers("let in", "approved"),
            Column::numbers("another", "by_another"),
            Column::numbers("author", "by_author_only"),
            Column::numbers("program", "by_program"),
            Column::numbers("objected", "objected"),
            Column::numbers("changed", "objected_and_changed"),
            Column::numbers("< 1 min", "within_a_minute"),
            Column::numbers("median", "wait_median_ms"),
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
