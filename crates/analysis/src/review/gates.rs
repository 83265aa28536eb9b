//! The gate ledger: what every gate of a service caught, what it cost, and what to do with it.

use std::collections::BTreeMap;

use aftercast_model::{Code, Name, Timestamp};

use super::gates_home;
use super::simulated::labelled;
use super::types::{
    Again, ApprovalAccount, Basis, FlakyGate, FlakyPair, GateAccount, GateCosts, GateLedger,
    PassedBy, SCHEMA_VERSION, TakenBack, Twins,
};
use crate::Settings;
use crate::history::ServiceHistory;
use crate::measures::View;
use crate::measures::gates::{
    self, Account, Group, GroupKey, Judged, Pair, Reverted, Scope, Tally, judge, most_costly,
};
use crate::releases::Releases;

/// The tables that a full ledger needs: those of a history, and the steps of jobs. Without steps it
/// says what is not known.
pub const GATE_LEDGER_TABLES: &[&str] = &["step_runs"];

/// So many flaky pairs are shown.
const PAIRS: usize = 10;
/// So many twins are shown.
const TWINS: usize = 10;

/// Returns the gate ledger of a service over everything that is known (or the window of the
/// settings).
pub fn gate_ledger(history: &ServiceHistory, settings: &Settings) -> GateLedger {
    let releases = Releases::of(history, settings);
    gate_ledger_of(View { history, releases: &releases, settings })
}

/// Returns the same of releases that are found already.
pub(super) fn gate_ledger_of(view: View<'_>) -> GateLedger {
    let View { history, settings, .. } = view;
    let scope = Scope::service(view);
    let account = gates::account(&scope);
    let reverted = gates::taken_back(&scope);
    let costs = &settings.gates;
    let mut accounts: Vec<GateAccount> = account
        .tallies
        .iter()
        .filter(|tally| tally.runs > 0)
        .map(|tally| of_gate(view, tally, reverted.as_ref()))
        .collect();
    accounts.sort_by(|a, b| {
        b.changes.cmp(&a.changes).then(b.runs.cmp(&a.runs)).then_with(|| a.gate.cmp(&b.gate))
    });
    let mut vacuous = gates::cases_of_service(history, &account);
    vacuous.extend(gates::cases(history, &account.tallies, account.steps_known));
    let mut ledger = GateLedger {
        schema_version: SCHEMA_VERSION,
        service: history.service().to_owned(),
        from_at: account.from_at.map(Timestamp::from_millis),
        to_at: account.to_at.map(Timestamp::from_millis),
        changes: account.changes,
        take_home: Vec::new(),
        gates: accounts,
        approvals: groups(gates::approvals(&scope)),
        vacuous,
        flaky_gates: flaky_gates(view, &account),
        flaky_pairs: pairs(view, &account),
        flaky_pairs_total: account.pairs.len(),
        twins: twins(view, &account),
        taken_back: reverted.map(|reverted| taken_back(view, reverted)),
        again: again(&account),
        costs: GateCosts {
            machine_minute: costs.machine_minute,
            waiting_minute: costs.waiting_minute,
            inspection: costs.inspection,
            approval: costs.approval,
            escape: costs.escape,
        },
        notes: Vec::new(),
    };
    ledger.notes = labelled(history, gates_home::notes(&ledger, view, &account));
    ledger.take_home = gates_home::take_home(&ledger);
    ledger
}

fn of_gate(view: View<'_>, tally: &Tally, reverted: Option<&Reverted>) -> GateAccount {
    let facts = view.history.facts();
    let name = facts.text(tally.gate);
    let Judged {
        catch_rate,
        real_red,
        removal_efficiency,
        cost,
        break_even,
        verdict,
        robust,
        needs_more,
        why,
    } = judge(tally, name, &view.settings.gates);
    let machine = |count: usize| (!tally.by_people).then_some(count);
    GateAccount {
        gate: name.to_owned(),
        kind: tally.kind.word().to_owned(),
        sums_up: tally.sums_up,
        stages: tally.stages.iter().map(|(stage, _)| facts.text(*stage).to_owned()).collect(),
        required: tally.required,
        runs: tally.runs,
        runs_after_merge: tally.runs_after_merge,
        changes: tally.subjects,
        refused: tally.refused,
        caught: tally.caught,
        caught_alone: machine(tally.caught_alone),
        flaky: machine(tally.flaky),
        infra: machine(tally.infra),
        bypassed: tally.bypassed,
        unknown: tally.unknown,
        escaped: tally.escaped,
        passed_then_reverted: reverted
            .filter(|reverted| !tally.by_people && !tally.sums_up && reverted.is_named())
            .map(|reverted| reverted.passed_by.get(&tally.gate).copied().unwrap_or_default()),
        vacuous: tally.vacuous,
        passed: tally.passed,
        catch_rate,
        real_red,
        removal_efficiency,
        machine_ms: (tally.machine_ms > 0).then_some(tally.machine_ms),
        wait_ms: (tally.wait_ms > 0).then_some(tally.wait_ms),
        alone_ms: tally.alone_ms,
        cost,
        break_even,
        verdict,
        robust,
        needs_more,
        why,
        evidence: tally.evidence.clone(),
    }
}

fn groups(found: BTreeMap<GroupKey, Group>) -> Vec<ApprovalAccount> {
    let mut groups: Vec<ApprovalAccount> = found
        .into_iter()
        .map(|((gate, before), group)| {
            let nth =
                |part: usize| group.waits.get(group.waits.len().saturating_sub(1) * part / 10);
            let mut account = ApprovalAccount {
                gate,
                before,
                approved: group.approved,
                by_another: group.by_another,
                by_author_only: group.by_author_only,
                by_program: group.by_program,
                by_unknown: group.by_unknown,
                objected: group.objected,
                objected_and_changed: group.objected_and_changed,
                objected_and_abandoned: group.objected_and_abandoned,
                within_a_minute: group.within_a_minute,
                waits_known: group.waits.len(),
                wait_median_ms: nth(5).copied(),
                wait_p90_ms: nth(9).copied(),
                says: String::new(),
                evidence: group.evidence,
            };
            account.says = gates_home::approvals(&account);
            account
        })
        .collect();
    groups.sort_by(|a, b| {
        b.approved
            .cmp(&a.approved)
            .then(b.objected.cmp(&a.objected))
            .then_with(|| (&a.gate, &a.before).cmp(&(&b.gate, &b.before)))
    });
    groups
}

fn text(view: View<'_>, name: Name) -> String {
    view.history.facts().text(name).to_owned()
}

fn flaky_gates(view: View<'_>, account: &Account) -> Vec<FlakyGate> {
    let subjects = |gate: Name| {
        let tally = account.tallies.iter().find(|tally| tally.gate == gate);
        tally.map_or(0, |tally| tally.subjects)
    };
    let mut found: Vec<FlakyGate> = gates::by_gate(&account.pairs, &view.settings.gates)
        .into_iter()
        .map(|(gate, of)| FlakyGate {
            gate: text(view, gate),
            pairs: of.pairs,
            failed: of.failed,
            changes: subjects(gate),
            machine_ms: of.machine_ms,
            cost: of.cost,
        })
        .collect();
    found.sort_by(|a, b| b.cost.total_cmp(&a.cost).then_with(|| a.gate.cmp(&b.gate)));
    found.truncate(PAIRS);
    found
}

fn pairs(view: View<'_>, account: &Account) -> Vec<FlakyPair> {
    most_costly(&account.pairs, &view.settings.gates, PAIRS)
        .into_iter()
        .map(|(pair, cost)| FlakyPair {
            gate: text(view, pair.gate),
            revision: revision(view, pair),
            failed: pair.failed,
            passed: pair.passed,
            together_with: pair.together_with,
            machine_ms: pair.machine_ms,
            delay_ms: pair.delay_ms,
            cost,
            evidence: pair.evidence.clone(),
        })
        .collect()
}

fn revision(view: View<'_>, pair: &Pair) -> String {
    let change = pair.of.1;
    match pair.revision {
        Some(revision) => format!("{change}/{revision}"),
        None => crate::history::short(view.history.facts().text(pair.sha)).to_owned(),
    }
}

fn twins(view: View<'_>, account: &Account) -> Vec<Twins> {
    gates::twins(account)
        .into_iter()
        .take(TWINS)
        .map(|pair| Twins {
            gate: text(view, pair.gate),
            other: text(view, pair.other),
            both: pair.both,
            either: pair.either,
            machine_ms: pair.machine_ms,
        })
        .collect()
}

fn taken_back(view: View<'_>, reverted: Reverted) -> TakenBack {
    let mut passed_by: Vec<PassedBy> = reverted
        .passed_by
        .iter()
        .map(|(gate, passed)| PassedBy { gate: text(view, *gate), passed: *passed })
        .collect();
    passed_by.sort_by(|a, b| b.passed.cmp(&a.passed).then_with(|| a.gate.cmp(&b.gate)));
    TakenBack {
        reverts: reverted.reverts,
        named: reverted.named,
        basis: if reverted.is_named() { Basis::Exact } else { Basis::Proxy },
        changes: reverted.changes,
        after_median_ms: reverted.after.get(reverted.after.len() / 2).copied(),
        by_author_only: reverted.by_author_only,
        all_green: reverted.all_green,
        nothing_ran: reverted.nothing_ran,
        usually_by_author_only: reverted.usually.0,
        usually: reverted.usually.1,
        passed_by,
        evidence: reverted.evidence,
    }
}

fn again(account: &Account) -> Option<Again> {
    let sum = account.tallies.iter().fold((0, 0, 0_i64), |(runs, refused, ms), tally| {
        let own = tally.again;
        (runs + own.0, refused + own.1, ms.saturating_add(own.2))
    });
    let (runs, refused, machine_ms) = sum;
    (runs > 0).then_some(Again { runs, refused, machine_ms })
}
