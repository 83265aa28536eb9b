//! Change requests as gates: the policy that a change must be approved, and each approval.
//!
//! Owns: what was asked when, and how far that can be trusted. A change request is no deployment: the
//! system that deploys tells those, with their outcome.

use aftercast_model::{ActorKind, GateEvaluation, GateKind, Name, SubjectKind, Timestamp, Verdict};

use crate::incidents::case::{home, later};
use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::servicenow::incident::clues;
use crate::servicenow::objects::{Approval, Change, Custom};
use crate::sink::{Home, Sink};

/// What an approval has of its change.
#[derive(Clone, Copy)]
pub(super) struct Of {
    home: Home,
    subject: Name,
    subject_kind: SubjectKind,
    sha: Name,
}

/// Returns what an approval in `state` answered.
fn verdict(state: Option<&str>) -> Verdict {
    match state {
        Some("requested") => Verdict::Pending,
        Some("approved") => Verdict::Pass,
        Some("rejected") => Verdict::Fail,
        Some("not requested" | "not_requested" | "not_required" | "cancelled" | "duplicate") => {
            Verdict::Skip
        }
        _ => Verdict::Unknown,
    }
}

/// Keeps the verdict on a change request, and each approval inside of it; `text` is its record.
pub(super) fn change(change: &Change<'_>, text: &str, sink: &mut Sink<'_>) {
    let Some(id) = change.sys_id.value() else {
        return sink.lost("a change request has no `sys_id`");
    };
    let custom = Custom::of(text);
    let (mut links, mut causes) = (Links::default(), Causes::default());
    custom.tell(&mut links, &mut causes);
    let sha = causes.best().filter(|best| is_sha(best));
    let clues = clues(&change.business_service, &change.service_offering, &change.cmdb_ci);
    let home = home(&clues, sink);
    let number = change.number.value().unwrap_or(id);
    let of = Of {
        home,
        subject: sink.name(sha.or(Some(number))),
        subject_kind: if sha.is_some() { SubjectKind::Sha } else { SubjectKind::Deployment },
        sha: sink.name(sha),
    };
    let approvals: Vec<&Approval<'_>> = change.approvals.items().collect();
    for one in &approvals {
        approval(one, Some(&of), sink);
    }
    let kind = change.kind.value().unwrap_or("change");
    let state = change.approval.value();
    let verdict = verdict(state);
    let is_decided = matches!(verdict, Verdict::Pass | Verdict::Fail);
    // Without the approvals only the change itself tells when it was handed in.
    let asked = approvals.iter().filter_map(|one| one.sys_created_on.time()).min();
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &format!("change/{id}"), None),
        source: home.source,
        service: home.service,
        observed_at: later(
            [change.sys_updated_on.time(), change.sys_created_on.time(), latest(&approvals)],
            i64::from(change.approvals.get().is_some()),
        ),
        native_status: sink.name(change.approval.shown()),
        gate: sink.name(Some(&format!("change control ({kind})"))),
        gate_kind: GateKind::Policy,
        subject_kind: of.subject_kind,
        subject: of.subject,
        sha: of.sha,
        asked_at: asked.or(change.opened_at.time().filter(|_| kind != "standard")),
        decided_at: change.approval_set.time().filter(|_| is_decided),
        verdict,
        blocking: Some(true),
        // A standard change is approved before anybody asks.
        could_fail: Some(kind != "standard"),
        decided_by_kind: if kind == "standard" { ActorKind::System } else { ActorKind::Unknown },
        method: sink.name(Some(if asked.is_some() {
            "first approval made out, approval_set"
        } else {
            "opened_at, approval_set"
        })),
        confidence: Some(if asked.is_some() { 80 } else { 50 }),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}

fn latest(approvals: &[&Approval<'_>]) -> Option<Timestamp> {
    approvals.iter().filter_map(|one| one.sys_updated_on.time()).max()
}

fn is_sha(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Keeps an approval; without its change it knows neither service nor commit.
pub(super) fn approval(approval: &Approval<'_>, of: Option<&Of>, sink: &mut Sink<'_>) {
    let Some(id) = approval.sys_id.value() else { return sink.lost("an approval has no `sys_id`") };
    let state = approval.state.value();
    let verdict = verdict(state);
    let is_decided = matches!(verdict, Verdict::Pass | Verdict::Fail);
    let alone = Of {
        home: home(&[], sink),
        subject: sink.name(approval.sysapproval.shown()),
        subject_kind: SubjectKind::Deployment,
        sha: Name::NONE,
    };
    let Of { home, subject, subject_kind, sha } = *of.unwrap_or(&alone);
    let times = [approval.sys_updated_on.time(), approval.sys_created_on.time()];
    let decider = approval.approver.value().filter(|_| is_decided);
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &format!("approval/{id}"), None),
        source: home.source,
        service: home.service,
        // An answer within the second of its question is the later of the two.
        observed_at: later(
            times,
            2 * i64::from(verdict != Verdict::Pending) + i64::from(of.is_some()),
        ),
        native_status: sink.name(approval.state.shown()),
        gate: sink.name(Some("change approval")),
        gate_kind: GateKind::Approval,
        subject_kind,
        subject,
        sha,
        asked_at: approval.sys_created_on.time(),
        decided_at: approval.sys_updated_on.time().filter(|_| is_decided),
        verdict,
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: if is_decided { ActorKind::Human } else { ActorKind::Unknown },
        decider_key: sink.person(decider, false),
        method: sink.name(Some("approval made out, approval last changed")),
        confidence: Some(80),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
