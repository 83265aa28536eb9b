//! Waiting at approval gates: from the asking to the approval that let a change or a release in.

use aftercast_model::{
    ActorKind, FactId, GateKind, Name, SubjectKind, Timestamp, Verdict, human_duration,
};

use super::{Measure, View, counted};
use crate::history::{Row, cell};
use crate::releases::Subject;
use crate::review::types::Basis;

/// Who approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Another person than the author.
    Other,
    /// The author.
    Author,
    /// Nothing tells whether it was the author.
    Unknown,
}

/// One approval that let something in.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    pub(crate) gate: String,
    /// The gate's name as facts have it; missing where only the change tells of the approval.
    pub(crate) gate_name: Name,
    /// Of what: "change 4711", "deployment".
    pub(crate) of: String,
    pub(crate) asked: Option<Timestamp>,
    pub(crate) decided: Timestamp,
    pub(crate) who: Who,
    pub(crate) basis: Basis,
    /// How the times were found.
    pub(crate) method: String,
    pub(crate) evidence: FactId,
}

impl Approval {
    /// Returns the wait; never negative, clocks may disagree.
    pub(crate) fn wait_ms(&self) -> Option<i64> {
        self.asked.map(|asked| self.decided.since(asked).max(0))
    }
}

/// Returns the approval that let the change request at `row` in: of the approvals by other people
/// before the merge the one that the source names, else the last; the author's own where there is
/// no other.
pub(crate) fn approval_of_change(view: View<'_>, row: Row) -> Option<Approval> {
    let history = view.history;
    let facts = history.facts();
    let changes = &facts.change_requests;
    let merged = cell(&changes.merged_at, row);
    let approved = cell(&changes.approved_at, row);
    let author = cell(&changes.author_key, row);
    let key = history.change_key(row)?;
    let gates = &facts.gate_evaluations;
    let all = history.gates_by_change.get(key);
    // A label on which machines vote too (`Verified`) is a check, whoever voted.
    let of_machines: Vec<Name> = all
        .iter()
        .filter(|gate| cell(&gates.gate_kind, **gate) == GateKind::Check)
        .map(|gate| cell(&gates.gate, *gate))
        .collect();
    let best = all
        .iter()
        .copied()
        .filter(|gate| !of_machines.contains(&cell(&gates.gate, *gate)))
        .filter(|gate| is_approval(view, *gate))
        .filter_map(|gate| Some((gate, cell(&gates.decided_at, gate)?)))
        .filter(|(_, decided)| merged.is_none_or(|merged| *decided <= merged))
        .map(|(gate, decided)| (who(author, cell(&gates.decider_key, gate)), gate, decided))
        .max_by_key(|(who, gate, decided)| {
            let named = approved == Some(*decided);
            (*who != Who::Author, named, *decided, cell(&gates.id, *gate))
        });
    let of = format!("change {}", history.change_name(row));
    let opened = ready_at(view, row).or(cell(&changes.opened_at, row));
    if let Some((who, gate, decided)) = best {
        let mut approval = approval(view, gate, decided, who, of);
        if approval.asked.is_none() {
            approval.asked = opened;
            approval.basis = Basis::Proxy;
            "the change was opened or ready".clone_into(&mut approval.method);
        }
        return Some(approval);
    }
    Some(Approval {
        gate: "review".to_owned(),
        gate_name: Name::NONE,
        of,
        asked: opened,
        decided: approved?,
        who: Who::Unknown,
        basis: Basis::Proxy,
        method: "the change was opened or ready".to_owned(),
        evidence: history.change_id(row),
    })
}

/// Returns when the change request at `row` was ready for review, where a source tells: the change
/// itself, else what was said about it.
pub(super) fn ready_at(view: View<'_>, row: Row) -> Option<Timestamp> {
    let history = view.history;
    let facts = history.facts();
    let said = || {
        history.signals.first()?;
        let ready = facts.names.find("ready_for_review")?;
        let thread = facts.names.find(&history.change_name(row))?;
        let rows = history.signals_by_thread.get(thread).iter();
        rows.filter(|signal| cell(&facts.signals.kind, **signal) == ready)
            .filter_map(|signal| cell(&facts.signals.said_at, *signal))
            .min()
    };
    cell(&facts.change_requests.ready_at, row).or_else(said)
}

/// Returns when another person first looked at the change request at `row`: as the source says,
/// else the first verdict of any kind by another person.
pub(super) fn first_look(view: View<'_>, row: Row) -> Option<Timestamp> {
    let history = view.history;
    let facts = history.facts();
    let gates = &facts.gate_evaluations;
    let author = cell(&facts.change_requests.author_key, row);
    let verdicts = || {
        let all = history.gates_by_change.get(history.change_key(row)?).iter();
        all.filter(|gate| cell(&gates.decided_by_kind, **gate) == ActorKind::Human)
            .filter(|gate| who(author, cell(&gates.decider_key, **gate)) == Who::Other)
            .filter_map(|gate| cell(&gates.decided_at, *gate))
            .min()
    };
    cell(&facts.change_requests.first_review_at, row).or_else(verdicts)
}

/// Returns who decided, beside the author.
pub(super) fn who(author: Name, decider: Name) -> Who {
    match (author.is_some(), decider.is_some(), author == decider) {
        (true, true, true) => Who::Author,
        (true, true, false) => Who::Other,
        _ => Who::Unknown,
    }
}

pub(super) fn is_approval(view: View<'_>, gate: Row) -> bool {
    let gates = &view.history.facts().gate_evaluations;
    cell(&gates.gate_kind, gate) == GateKind::Approval
        && cell(&gates.verdict, gate) == Verdict::Pass
        && !matches!(cell(&gates.decided_by_kind, gate), ActorKind::Bot | ActorKind::System)
}

fn approval(view: View<'_>, gate: Row, decided: Timestamp, who: Who, of: String) -> Approval {
    let facts = view.history.facts();
    let gates = &facts.gate_evaluations;
    let asked = cell(&gates.asked_at, gate);
    let method = facts.text(cell(&gates.method, gate));
    let sure = cell(&gates.confidence, gate).is_none_or(|percent| percent >= 90);
    Approval {
        gate: facts.text(cell(&gates.gate, gate)).to_owned(),
        gate_name: cell(&gates.gate, gate),
        of,
        asked,
        decided,
        who,
        basis: if sure && who != Who::Unknown { Basis::Exact } else { Basis::Inferred },
        method: if method.is_empty() { "as the source says" } else { method }.to_owned(),
        evidence: cell(&gates.id, gate),
    }
}

/// Returns the approvals of the deployment itself that the release at `index` waited for.
pub(super) fn approvals_of_deployment(view: View<'_>, index: usize) -> Vec<Approval> {
    let history = view.history;
    let facts = history.facts();
    let gates = &facts.gate_evaluations;
    let Some(release) = view.releases.list.get(index) else { return Vec::new() };
    let Subject::Deployment(row) = release.subject else { return Vec::new() };
    let subjects = [cell(&facts.deployments.run_id, row), release.sha];
    let mut rows: Vec<Row> = subjects
        .into_iter()
        .filter(|subject| subject.is_some())
        .flat_map(|subject| history.gates_by_subject.get(subject))
        .copied()
        .filter(|gate| is_approval(view, *gate))
        .filter(|gate| cell(&gates.subject_kind, *gate) != SubjectKind::Change)
        .collect();
    rows.sort_unstable();
    rows.dedup();
    rows.into_iter()
        .filter_map(|gate| Some((gate, cell(&gates.decided_at, gate)?)))
        .filter(|(_, decided)| *decided <= release.at)
        .map(|(gate, decided)| approval(view, gate, decided, Who::Other, "the deployment".into()))
        .collect()
}

pub(super) fn measure(view: View<'_>, index: usize) -> Measure {
    let mut approvals = approvals_of_deployment(view, index);
    let changes = view.releases.changes(index);
    approvals.extend(changes.iter().filter_map(|row| approval_of_change(view, *row)));
    if approvals.is_empty() {
        return Measure::missing(if !changes.is_empty() && knows_approvals(view) {
            "no approval is known on the way of this release"
        } else {
            "not known: connect the code review or the deployment approvals"
        });
    }
    let waited: Vec<(i64, &Approval)> = approvals
        .iter()
        .filter(|approval| approval.who != Who::Author)
        .filter_map(|approval| Some((approval.wait_ms()?, approval)))
        .collect();
    let own: Vec<FactId> = approvals
        .iter()
        .filter(|approval| approval.who == Who::Author)
        .map(|approval| approval.evidence)
        .collect();
    let Some((wait, longest)) = waited.iter().max_by_key(|(wait, other)| (*wait, other.evidence))
    else {
        if own.is_empty() {
            return Measure::missing(
                "approved, but no source tells when the approval was asked for",
            );
        }
        let why = format!(
            "only its author approved ({}): there was no other person to wait for",
            counted(own.len(), "approval")
        );
        let mut measure = Measure::known(0, Basis::Exact, own.len(), why, own);
        measure.comparable = false;
        return measure;
    };
    let longest_says = format!(
        "`{}` of {} waited {} (asked: {})",
        longest.gate,
        longest.of,
        human_duration(*wait),
        longest.method
    );
    // Changes wait at the same time: their sum would count an hour more than once.
    let mut why = match waited.len() {
        1 => longest_says,
        n => format!("the longest of {n} waits on the way: {longest_says}"),
    };
    if !own.is_empty() {
        why = format!("{why}; {} approved only by their authors", counted(own.len(), "change"));
    }
    let evidence = waited.iter().map(|(_, approval)| approval.evidence).collect();
    Measure::known(*wait, longest.basis, waited.len(), why, evidence)
}

fn knows_approvals(view: View<'_>) -> bool {
    let changes = &view.history.facts().change_requests;
    view.history.gates.iter().any(|gate| is_approval(view, *gate))
        || view.history.changes.iter().any(|row| cell(&changes.approved_at, *row).is_some())
}
