//! Checks before a stage: approvals, locks, policies, whatever an environment or resource asks.
//!
//! Owns: what kind of gate a checkpoint is, and where the times of an approval come from, in order of
//! trust: the approval itself, its service hook, its record in the timeline.

use aftercast_model::{ActorKind, GateEvaluation, GateKind, Name, SubjectKind, Timestamp, Verdict};

use crate::azure_devops::builds::Run;
use crate::azure_devops::jobs::observed;
use crate::azure_devops::objects::{Approval, Build, TimelineRecord};
use crate::azure_devops::timeline::{Timeline, name};
use crate::azure_devops::{actor_kind, person};
use crate::sink::Sink;

/// Keeps the checks of a build.
pub(super) fn gates(
    timeline: &Timeline<'_, '_>,
    build: &Build<'_>,
    run: &Run,
    sink: &mut Sink<'_>,
) {
    for record in timeline.records() {
        let Some(kind) = record.kind.text().and_then(|kind| kind.strip_prefix("Checkpoint."))
        else {
            continue;
        };
        let stage = timeline.around(record, "Stage").and_then(|stage| name(stage));
        let own = |approval: &&Approval<'_>| approval.id.text() == record.id.text();
        match build.approvals.items().find(own) {
            Some(approval) => {
                let mut row = approval_row(approval, stage, sink);
                of_run(&mut row, run);
                // The better of two, whichever says the later time.
                let at = row.observed_at.max(observed(record, run));
                row.observed_at = at.map(|at| at.plus_millis(2));
                sink.facts().gate_evaluations.push(row);
            }
            None => checkpoint(record, kind, stage, run, sink),
        }
    }
}

/// Keeps an approval that a service hook told, of a build that it does not; returns when its state was
/// this.
pub(super) fn told(
    approval: &Approval<'_>,
    stage: Option<&str>,
    at: Option<Timestamp>,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    if approval.id.text().is_none() {
        sink.lost("an approval has no `id`");
        return None;
    }
    let mut row = approval_row(approval, stage, sink);
    let home = sink.home(sink.repo(None));
    (row.source, row.service, row.repo) = (home.source, home.service, home.repo);
    row.observed_at = row.observed_at.or(at).map(|at| at.plus_millis(1));
    sink.facts().gate_evaluations.push(row);
    row.observed_at
}

fn of_run(row: &mut GateEvaluation, run: &Run) {
    row.source = run.row.source;
    row.service = run.row.service;
    row.url = run.row.url;
    row.repo = run.row.repo;
    row.sha = run.row.sha;
    row.change_number = run.row.change_number;
    row.subject = run.row.run_id;
}

fn gate_name(stage: Option<&str>, what: &str, sink: &mut Sink<'_>) -> Name {
    match stage.filter(|stage| *stage != "__default") {
        Some(stage) => sink.name(Some(&format!("{stage} {what}"))),
        None => sink.name(Some(what)),
    }
}

/// Returns the row of an approval, without what its build knows.
fn approval_row(
    approval: &Approval<'_>,
    stage: Option<&str>,
    sink: &mut Sink<'_>,
) -> GateEvaluation {
    let verdict = match approval.status.text() {
        Some("approved") => Verdict::Pass,
        Some("rejected") => Verdict::Fail,
        Some("timedOut") => Verdict::Timeout,
        Some("skipped" | "canceled") => Verdict::Skip,
        Some("failed") => Verdict::Error,
        Some("pending" | "uninitiated" | "deferred") => Verdict::Pending,
        _ => Verdict::Unknown,
    };
    let answers = approval
        .steps
        .items()
        .filter(|step| matches!(step.status.text(), Some("approved" | "rejected")));
    let last = answers.max_by_key(|step| step.modified.copied());
    let asked = approval.steps.items().filter_map(|step| step.initiated.copied()).min();
    let is_settled = !matches!(verdict, Verdict::Pending | Verdict::Unknown);
    let decided = last.and_then(|step| step.modified.copied()).or(approval.modified.copied());
    let decider = last.and_then(|step| step.actual.get());
    let modified = approval.modified.copied().max(decided);
    GateEvaluation {
        id: sink.id("gate_evaluations", approval.id.text().unwrap_or_default(), None),
        observed_at: modified.or(approval.created.copied()),
        native_status: sink.name(approval.status.text()),
        gate: gate_name(stage, "approval", sink),
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Run,
        asked_at: asked.or(approval.created.copied()),
        decided_at: decided.filter(|_| is_settled),
        verdict,
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: actor_kind(decider, sink),
        decider_key: person(decider, sink),
        method: sink.name(Some("approval steps")),
        confidence: Some(98),
        ..GateEvaluation::default()
    }
}

/// Keeps a check as its record in the timeline tells it.
fn checkpoint(
    record: &TimelineRecord<'_>,
    kind: &str,
    stage: Option<&str>,
    run: &Run,
    sink: &mut Sink<'_>,
) {
    let Some(id) = record.id.text() else { return };
    let label = name(record).unwrap_or(kind);
    let lower = label.to_ascii_lowercase();
    let gate_kind = match kind {
        "Approval" => GateKind::Approval,
        "ExclusiveLock" => GateKind::Lock,
        "ExtendsCheck" | "Authorization" => GateKind::Policy,
        _ if lower.contains("business hours") => GateKind::Freeze,
        _ if lower.contains("exclusive lock") => GateKind::Lock,
        "TaskCheck" => GateKind::Check,
        _ => GateKind::Unknown,
    };
    let verdict = match (record.state.text(), record.result.text()) {
        (_, Some("succeeded" | "succeededWithIssues")) => Verdict::Pass,
        (_, Some("failed")) => Verdict::Fail,
        (_, Some("skipped" | "canceled")) => Verdict::Skip,
        (_, Some("abandoned")) => Verdict::Timeout,
        (Some("pending" | "inProgress"), None) => Verdict::Pending,
        _ => Verdict::Unknown,
    };
    let is_approval = gate_kind == GateKind::Approval;
    let what = if is_approval { "approval" } else { label };
    let mut row = GateEvaluation {
        id: sink.id("gate_evaluations", id, None),
        observed_at: observed(record, run),
        native_status: sink.name(record.result.text().or(record.state.text())),
        gate: gate_name(stage, what, sink),
        gate_kind,
        subject_kind: SubjectKind::Run,
        asked_at: record.start.copied(),
        decided_at: record.finish.copied(),
        verdict,
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: if is_approval { ActorKind::Unknown } else { ActorKind::System },
        method: sink.name(Some("checkpoint record")),
        confidence: Some(if is_approval { 85 } else { 90 }),
        ..GateEvaluation::default()
    };
    of_run(&mut row, run);
    sink.facts().gate_evaluations.push(row);
}
