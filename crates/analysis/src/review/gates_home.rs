//! What the gate ledger says in words: what to take home, each approval, what is not known.

use aftercast_model::human_duration;

use super::types::{ApprovalAccount, Basis, GateAccount, GateLedger, GateVerdict};
use crate::measures::gates::{Account, FEWEST};
use crate::measures::{View, counted, percent};

/// More sentences than this are not read.
const MOST: usize = 7;

/// Fewer changes than this are no habit.
const HABIT: usize = 10;

/// Returns what to take home, the most useful sentence first.
pub(super) fn take_home(ledger: &GateLedger) -> Vec<String> {
    if ledger.gates.is_empty() && ledger.approvals.is_empty() {
        return vec!["No gate is known: connect a CI source and the code review.".to_owned()];
    }
    let case = |of_service: bool| {
        let mut cases = ledger.vacuous.iter().filter(move |case| case.gate.is_none() == of_service);
        cases.next().map(|case| case.says.clone())
    };
    let mut says: Vec<String> = [
        summary(ledger),
        case(true),
        bypassed(ledger),
        fix_first(ledger),
        case(false),
        twins(ledger),
        again(ledger),
        not_worth(ledger),
        approval(ledger),
        taken_back(ledger),
        flaky(ledger),
    ]
    .into_iter()
    .flatten()
    .collect();
    says.truncate(MOST);
    says
}

/// The gates at which machines decide, without those that sum others up.
fn machines(ledger: &GateLedger) -> impl Iterator<Item = &GateAccount> {
    ledger.gates.iter().filter(|gate| gate.kind != "approval" && !gate.sums_up)
}

fn summary(ledger: &GateLedger) -> Option<String> {
    let n = counted(machines(ledger).count(), "machine gate");
    let best = machines(ledger).max_by_key(|gate| (gate.caught, std::cmp::Reverse(&gate.gate)))?;
    let changes = counted(ledger.changes, "change");
    if best.caught == 0 {
        return Some(format!("None of {n} is known to have held a problem back on {changes}."));
    }
    let keep = machines(ledger).filter(|gate| gate.verdict == GateVerdict::Keep).count();
    let few = match machines(ledger).filter(|gate| gate.changes < FEWEST).count() {
        0 => String::new(),
        few => format!(" and {few} ran on fewer than {FEWEST} changes"),
    };
    Some(format!(
        "Of {n} on {changes}, {keep} catch more than they cost{few}; `{}` held back most, on {} of {}.",
        best.gate,
        best.caught,
        counted(best.changes, "change")
    ))
}

fn bypassed(ledger: &GateLedger) -> Option<String> {
    let worst = machines(ledger).max_by_key(|gate| (gate.bypassed, &gate.gate))?;
    if worst.bypassed < HABIT || worst.bypassed * 20 < worst.changes {
        return None;
    }
    let required = match worst.required {
        Some(false) => " (it is not required)",
        _ => "",
    };
    Some(format!(
        "`{}` was the last to say no on {} of {}, and they were merged all the same{required}: make it \
         right and required, or stop asking it before the merge.",
        worst.gate,
        worst.bypassed,
        counted(worst.changes, "change")
    ))
}

fn fix_first(ledger: &GateLedger) -> Option<String> {
    let broken = || ledger.gates.iter().filter(|gate| gate.verdict == GateVerdict::FixFirst);
    let worst = broken().max_by_key(|gate| {
        (gate.flaky.unwrap_or_default() + gate.infra.unwrap_or_default(), &gate.gate)
    })?;
    let others = match broken().count() {
        1 => String::new(),
        n => format!(" ({n} gates)"),
    };
    Some(format!("Fix first{others}: `{}`: {}.", worst.gate, worst.why))
}

fn flaky(ledger: &GateLedger) -> Option<String> {
    let worst = ledger.flaky_gates.first().filter(|worst| worst.pairs > 1)?;
    Some(format!(
        "`{}` changes its mind at the highest price: it failed and passed on one revision {} times \
         ({} over all jobs), about {} engineer-minutes.",
        worst.gate,
        worst.pairs,
        ledger.flaky_pairs_total,
        worst.cost.round()
    ))
}

fn twins(ledger: &GateLedger) -> Option<String> {
    let first = ledger.twins.iter().max_by_key(|pair| (pair.machine_ms, pair.both))?;
    Some(format!(
        "`{}` and `{}` say no together, on {} of the {} that either held back: let one of them run on a \
         sample; `{}` took {} of machine time.",
        first.gate,
        first.other,
        first.both,
        counted(first.either, "revision"),
        first.gate,
        human_duration(first.machine_ms)
    ))
}

fn approval(ledger: &GateLedger) -> Option<String> {
    let sum = |of: fn(&ApprovalAccount) -> usize| ledger.approvals.iter().map(of).sum::<usize>();
    let approved = sum(|group| group.approved);
    let (author, program) = (sum(|group| group.by_author_only), sum(|group| group.by_program));
    let another = sum(|group| group.by_another);
    let alone = author + program;
    if alone * 20 < approved || alone == 0 {
        let first = ledger.approvals.iter().find(|group| group.approved >= FEWEST)?;
        return Some(first.says.clone());
    }
    let by_program =
        if program > 0 { format!(" and {program} by a program") } else { String::new() };
    Some(format!(
        "{another} of {} were approved by another person; {alone} ({}) went in without one: {author} by \
         the author only{by_program}.",
        counted(approved, "merged change"),
        percent(alone as f64 / approved as f64)
    ))
}

fn taken_back(ledger: &GateLedger) -> Option<String> {
    let back = ledger.taken_back.as_ref()?;
    let reverts = counted(back.reverts, "merged revert");
    let which = match back.basis {
        Basis::Proxy => format!(
            "{reverts} do not say what they take back; of the {} merged last before one was opened",
            counted(back.changes, "change")
        ),
        _ => format!("{reverts} took {} back; of these", counted(back.changes, "known change")),
    };
    let by = match back.passed_by.first() {
        Some(first) => format!("`{}` had passed {}", first.gate, first.passed),
        None => "no job had passed any".to_owned(),
    };
    let usually = match back.usually {
        0 => String::new(),
        n => format!(" (of all {n}: {})", percent(back.usually_by_author_only as f64 / n as f64)),
    };
    Some(format!(
        "{which}, every required job had passed {}, {by}, and {} only the author had approved{usually}.",
        back.all_green, back.by_author_only
    ))
}

fn again(ledger: &GateLedger) -> Option<String> {
    let again = ledger.again.as_ref()?;
    if again.runs < FEWEST {
        return None;
    }
    Some(format!(
        "{} asked again what had passed in another stage on the same revision, and said no on {} ({}): \
         {} of machine time.",
        counted(again.runs, "run"),
        again.refused,
        percent(again.refused as f64 / again.runs as f64),
        human_duration(again.machine_ms)
    ))
}

fn not_worth(ledger: &GateLedger) -> Option<String> {
    let prune = |gate: &&GateAccount| {
        matches!(gate.verdict, GateVerdict::MoveOrSample | GateVerdict::MakeAdvisory)
    };
    let dear = |gate: &GateAccount| gate.cost.total() * gate.changes as f64;
    let dearest = ledger
        .gates
        .iter()
        .filter(|gate| gate.robust)
        .filter(prune)
        .max_by(|a, b| dear(a).total_cmp(&dear(b)))?;
    Some(format!("`{}` {}.", dearest.gate, dearest.why))
}

/// Says of one group of approvals what it is.
pub(super) fn approvals(group: &ApprovalAccount) -> String {
    let before =
        if group.before.is_empty() { String::new() } else { format!(" before `{}`", group.before) };
    let mut says = format!(
        "`{}`{before} let {} in: {} by another person, {} by the author only",
        group.gate,
        counted(group.approved, "change"),
        group.by_another,
        group.by_author_only
    );
    if group.before == "deployments" {
        says = format!("`{}` let {} go out", group.gate, counted(group.approved, "deployment"));
    }
    if group.by_program > 0 {
        says = format!("{says}, {} by a program", group.by_program);
    }
    if group.by_unknown > 0 {
        says = format!("{says}, {} nobody knows by whom", group.by_unknown);
    }
    if let Some(median) = group.wait_median_ms {
        says = format!("{says}; half of them within {}", human_duration(median));
    }
    if group.within_a_minute > 0 {
        says =
            format!("{says}, {} of {} within a minute", group.within_a_minute, group.waits_known);
    }
    if group.objected > 0 {
        format!(
            "{says}; it objected to {}, of which {} came with a new revision and were merged.",
            counted(group.objected, "change"),
            group.objected_and_changed
        )
    } else {
        format!("{says}; it never said no.")
    }
}

/// Returns what a reader must know to trust the page.
pub(super) fn notes(ledger: &GateLedger, view: View<'_>, account: &Account) -> Vec<String> {
    let mut notes = vec![format!(
        "Counts are of distinct changes, not of runs: ten re-runs of one change count once. Waiting is \
         the time in which a change waited for this gate and for no other. Costs are in \
         engineer-minutes: {} a machine-minute, {} a minute of waiting, {} a false alarm, {} a decision, \
         {} a problem that gets through (settings `[gates]`).",
        ledger.costs.machine_minute,
        ledger.costs.waiting_minute,
        ledger.costs.inspection,
        ledger.costs.approval,
        ledger.costs.escape
    )];
    if !account.steps_known && !view.history.tasks.is_empty() {
        notes.push(
            "Not known: what the steps of the jobs did (no source told); a job that only says yes, or \
             that goes on after a failed step, is not seen."
                .to_owned(),
        );
    }
    let facts = view.history.facts();
    if !ledger.gates.is_empty() && view.history.definitions.is_empty() {
        notes.push(
            "Not known: the rules of the repository (which checks are required before which branch)."
                .to_owned(),
        );
    }
    let tests = facts.task_runs.tests_run.iter().any(Option::is_some);
    if !tests && !view.history.tasks.is_empty() {
        notes.push("Not known: how many tests the jobs ran; connect test reports.".to_owned());
    }
    if ledger.gates.iter().all(|gate| gate.escaped.is_none()) && !ledger.gates.is_empty() {
        notes.push(
            "Not known: what the gates let through (escaped): no incident is attributed to a change."
                .to_owned(),
        );
    }
    notes
}
