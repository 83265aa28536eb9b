//! Approvals by group: a gate before a branch, or before deployments. Never by person.

use std::collections::BTreeMap;

use aftercast_model::{ActorKind, ChangeState, FactId, GateKind, SubjectKind, Verdict};

use super::Scope;
use super::tally::SHOWN;
use crate::history::{Row, cell};
use crate::measures::approvals::{Approval, is_approval};
use crate::measures::{View, Who, approval_of_change, baseline};

/// Sooner than this after the asking nobody has read it.
const A_MINUTE: i64 = 60_000;

/// What the approvals of one group did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Group {
    pub(crate) approved: usize,
    pub(crate) by_another: usize,
    pub(crate) by_author_only: usize,
    pub(crate) by_program: usize,
    pub(crate) by_unknown: usize,
    pub(crate) objected: usize,
    pub(crate) objected_and_changed: usize,
    pub(crate) objected_and_abandoned: usize,
    pub(crate) within_a_minute: usize,
    /// Waits for another person, in milliseconds, shortest first.
    pub(crate) waits: Vec<i64>,
    pub(crate) evidence: Vec<FactId>,
}

/// A gate and what it stands before.
pub(crate) type GroupKey = (String, String);

/// Returns the groups of everything in scope, by gate and branch.
pub(crate) fn approvals(scope: &Scope<'_>) -> BTreeMap<GroupKey, Group> {
    let mut groups: BTreeMap<GroupKey, Group> = BTreeMap::new();
    for row in &scope.view.history.changes {
        let_in(scope, *row, &mut groups);
        objections(scope, *row, &mut groups);
    }
    deployments(scope, &mut groups);
    settled(groups)
}

/// Returns the groups of the changes that the release at `index` shipped, counted over the changes of
/// the releases that it is compared with and its own.
pub(crate) fn approvals_before(view: View<'_>, index: usize) -> BTreeMap<GroupKey, Group> {
    let scope = Scope::until(view, view.releases.list.get(index).map_or(0, |of| of.at.millis()));
    let own = view.releases.changes(index);
    let mut met: BTreeMap<GroupKey, Group> = BTreeMap::new();
    for row in own {
        let_in(&scope, *row, &mut met);
    }
    if met.is_empty() {
        return met;
    }
    let mut groups: BTreeMap<GroupKey, Group> = BTreeMap::new();
    let earlier = baseline(view, index).range.flat_map(|index| view.releases.changes(index));
    for row in earlier.chain(own) {
        let_in(&scope, *row, &mut groups);
        objections(&scope, *row, &mut groups);
    }
    groups.retain(|key, _| met.contains_key(key));
    settled(groups)
}

fn settled(mut groups: BTreeMap<GroupKey, Group>) -> BTreeMap<GroupKey, Group> {
    for group in groups.values_mut() {
        group.waits.sort_unstable();
        group.evidence.reverse();
        group.evidence.truncate(SHOWN);
    }
    groups
}

fn key(scope: &Scope<'_>, gate: &str, change: Row) -> GroupKey {
    let facts = scope.view.history.facts();
    (gate.to_owned(), facts.text(cell(&facts.change_requests.target, change)).to_owned())
}

fn let_in(scope: &Scope<'_>, row: Row, groups: &mut BTreeMap<GroupKey, Group>) {
    let merged = cell(&scope.view.history.facts().change_requests.merged_at, row);
    if !merged.is_some_and(|merged| scope.in_time(merged.millis())) {
        return;
    }
    let Some(approval) = approval_of_change(scope.view, row) else { return };
    if let Some(gate) = program(scope, row, &approval) {
        let group = groups.entry(key(scope, gate, row)).or_default();
        group.approved += 1;
        group.by_program += 1;
        return;
    }
    let group = groups.entry(key(scope, &approval.gate, row)).or_default();
    group.approved += 1;
    match approval.who {
        Who::Other => {
            group.by_another += 1;
            if let Some(wait) = approval.wait_ms() {
                group.waits.push(wait);
                if wait < A_MINUTE {
                    group.within_a_minute += 1;
                    group.evidence.push(approval.evidence);
                }
            }
        }
        Who::Author => {
            group.by_author_only += 1;
            group.evidence.push(approval.evidence);
        }
        Who::Unknown => group.by_unknown += 1,
    }
}

/// Returns the gate by which a program let the change at `row` in, where no person did.
fn program<'a>(scope: &'a Scope<'_>, row: Row, approval: &Approval) -> Option<&'a str> {
    let history = scope.view.history;
    let gates = &history.facts().gate_evaluations;
    let all = history.gates_by_change.get(history.change_key(row)?).iter();
    let by_program = |gate: &&Row| {
        cell(&gates.decided_by_kind, **gate) == ActorKind::Bot
            && cell(&gates.verdict, **gate) == Verdict::Pass
            && cell(&gates.decided_at, **gate) == Some(approval.decided)
    };
    let gate = all.copied().filter(|_| approval.who == Who::Unknown).find(|gate| by_program(&gate));
    gate.map(|gate| history.facts().text(cell(&gates.gate, gate)))
}

/// Counts the change at `row` in the groups of the gates by which another person said no to it.
fn objections(scope: &Scope<'_>, row: Row, groups: &mut BTreeMap<GroupKey, Group>) {
    let history = scope.view.history;
    let facts = history.facts();
    let (gates, changes) = (&facts.gate_evaluations, &facts.change_requests);
    let Some(of) = history.change_key(row) else { return };
    let author = cell(&changes.author_key, row);
    let rows = history.gates_by_change.get(of);
    let mut seen = Vec::new();
    for gate in rows.iter().copied() {
        let decider = cell(&gates.decider_key, gate);
        let said_no = cell(&gates.gate_kind, gate) == GateKind::Approval
            && cell(&gates.verdict, gate) == Verdict::Fail
            && (decider.is_none() || decider != author);
        let in_time = |at: aftercast_model::Timestamp| scope.in_time(at.millis());
        let name = cell(&gates.gate, gate);
        if !said_no || !cell(&gates.decided_at, gate).is_some_and(in_time) || seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let group = groups.entry(key(scope, facts.text(name), row)).or_default();
        group.objected += 1;
        let revision = cell(&gates.revision, gate);
        let later = |other: &Row| revision.is_some() && cell(&gates.revision, *other) > revision;
        let ran =
            |other: &Row| revision.is_some() && cell(&facts.task_runs.revision, *other) > revision;
        let changed = rows.iter().any(later) || history.tasks_by_change.get(of).iter().any(ran);
        if cell(&changes.merged_at, row).is_some() {
            group.objected_and_changed += usize::from(changed);
        } else if cell(&changes.state, row) == ChangeState::Abandoned {
            group.objected_and_abandoned += 1;
        }
    }
}

/// Approvals of deployments and other subjects that are no changes.
fn deployments(scope: &Scope<'_>, groups: &mut BTreeMap<GroupKey, Group>) {
    let history = scope.view.history;
    let facts = history.facts();
    let gates = &facts.gate_evaluations;
    for row in history.gates.iter().copied() {
        let of_change = cell(&gates.change_number, row).is_some()
            || cell(&gates.subject_kind, row) == SubjectKind::Change;
        let Some(at) = cell(&gates.decided_at, row) else { continue };
        let is_approval = is_approval(scope.view, row);
        let refused = cell(&gates.gate_kind, row) == GateKind::Approval
            && cell(&gates.verdict, row) == Verdict::Fail;
        if of_change || !scope.in_time(at.millis()) || !(is_approval || refused) {
            continue;
        }
        let name = facts.text(cell(&gates.gate, row)).to_owned();
        let group = groups.entry((name, "deployments".to_owned())).or_default();
        if refused {
            group.objected += 1;
            continue;
        }
        group.approved += 1;
        group.by_another += 1;
        if let Some(asked) = cell(&gates.asked_at, row) {
            let wait = at.since(asked).max(0);
            group.waits.push(wait);
            if wait < A_MINUTE {
                group.within_a_minute += 1;
                group.evidence.push(cell(&gates.id, row));
            }
        }
    }
}
