//! Jobs and tasks of a timeline, and stages that deploy.
//!
//! Owns: attempts, errors of tasks, manual validations. Must not know approvals and checks.

use aftercast_model::{
    ActorKind, FailureClass, GateEvaluation, GateKind, Name, Outcome, StepRun, SubjectKind,
    TaskRun, Timestamp, Verdict,
};

use crate::azure_devops::builds::{Run, outcome};
use crate::azure_devops::deployments;
use crate::azure_devops::objects::TimelineRecord;
use crate::azure_devops::timeline::{Timeline, name, newest};
use crate::naming::kind_by_name;
use crate::rules::Evidence;
use crate::sink::Sink;
use crate::words::first_words;

/// Keeps the jobs of a timeline with their tasks, and the stages that say that they deploy.
pub(super) fn jobs(timeline: &Timeline<'_, '_>, run: &Run, sink: &mut Sink<'_>) {
    for record in timeline.of_type("Job") {
        job(record, timeline, run, sink);
    }
    for record in timeline.of_type("Stage") {
        deployments::stage(record, timeline, run, sink);
    }
}

/// Returns when the state of a record was this.
pub(super) fn observed(record: &TimelineRecord<'_>, run: &Run) -> Option<Timestamp> {
    if let Some(at) = record.finish.copied() {
        return Some(at.plus_millis(10));
    }
    // What never ran is settled by the end of its build.
    let at = run.row.finished_at.max(newest(record)).or(run.row.queued_at);
    at.map(|at| at.plus_millis(i64::from(record.state.text() == Some("inProgress"))))
}

/// Returns the errors of a record, in order.
fn errors<'r>(record: &'r TimelineRecord<'_>) -> impl Iterator<Item = &'r str> {
    let issues = record.issues.items().filter(|issue| issue.kind.text() == Some("error"));
    issues.filter_map(|issue| issue.message.text())
}

/// Returns the code in `exited with code '2'`.
fn exit_code(message: &str) -> Option<i64> {
    let (_, code) = message.rsplit_once("code ")?;
    let code = code.trim_start_matches(['\'', '"', ':', ' ']);
    code.split(|c: char| !c.is_ascii_digit() && c != '-').next()?.parse().ok()
}

fn is_manual(task: &TimelineRecord<'_>) -> bool {
    let kind = task.task.get().and_then(|task| task.name.text());
    kind.is_some_and(|kind| matches!(kind, "ManualValidation" | "ManualIntervention"))
}

fn job(record: &TimelineRecord<'_>, timeline: &Timeline<'_, '_>, run: &Run, sink: &mut Sink<'_>) {
    let Some(id) = record.id.text() else { return };
    let native_id = format!("{}/{id}", run.native_id);
    let tasks: Vec<&TimelineRecord<'_>> =
        timeline.inside(record).filter(|child| child.kind.text() == Some("Task")).collect();
    let failed = tasks.iter().find(|task| task.result.text() == Some("failed"));
    let errors: Vec<&str> =
        failed.into_iter().flat_map(|task| errors(task)).chain(errors(record)).collect();
    let all = errors.join("\n");
    let mut outcome = outcome(record.state.text(), record.result.text());
    if matches!(outcome, Outcome::Cancelled | Outcome::Failure)
        && all.contains("ran longer than the maximum time")
    {
        outcome = Outcome::TimedOut;
    }
    let step = failed.and_then(|task| name(task));
    let evidence = Evidence {
        outcome,
        reason: record.code.text().or(record.result.text()),
        exit_code: errors.iter().find_map(|error| exit_code(error)),
        job: name(record),
        step,
        text: Some(all.as_str()).filter(|all| !all.is_empty()),
    };
    let (failure_class, failure_rule) = if outcome.is_red() || outcome == Outcome::Cancelled {
        sink.failure(&evidence)
    } else {
        (FailureClass::Unknown, Name::NONE)
    };
    let first = errors.first().map(|error| first_words(error));
    let text = first.or_else(|| step.map(|step| format!("task `{}` failed", first_words(step))));
    let text = text.filter(|_| outcome.is_red());
    let stage = timeline.around(record, "Stage");
    let phase = timeline.around(record, "Phase").and_then(|phase| phase.start.copied());
    let manual = tasks.iter().find(|task| is_manual(task));
    let kind = match manual {
        Some(_) => Some("manual"),
        None => name(record).and_then(kind_by_name),
    };
    let row = TaskRun {
        id: sink.id("task_runs", &native_id, None),
        source: run.row.source,
        service: run.row.service,
        observed_at: observed(record, run),
        url: run.row.url,
        native_status: sink.name(record.result.text().or(record.state.text())),
        repo: run.row.repo,
        run_id: run.row.run_id,
        attempt: stage.unwrap_or(record).attempt.copied().max(record.attempt.copied()),
        task_id: sink.name(Some(id)),
        name: sink.name(name(record)),
        stage: sink.name(stage.and_then(|stage| name(stage)).filter(|name| *name != "__default")),
        kind: sink.name(kind),
        sha: run.row.sha,
        change_number: run.row.change_number,
        // A phase begins when its jobs may run; they wait for an agent from then on.
        queued_at: phase.filter(|phase| record.start.copied().is_none_or(|start| *phase <= start)),
        started_at: record.start.copied(),
        finished_at: record.finish.copied(),
        outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(text.as_deref()),
        runner: sink.name(record.worker.text()),
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
    for (index, task) in tasks.iter().enumerate() {
        step_run(task, index, &native_id, &row, sink);
    }
    if let Some(task) = manual {
        validation(task, &native_id, &row, sink);
    }
}

fn step_run(
    task: &TimelineRecord<'_>,
    index: usize,
    job_id: &str,
    job: &TaskRun,
    sink: &mut Sink<'_>,
) {
    let Some(id) = task.id.text() else { return };
    let row = StepRun {
        id: sink.id("step_runs", &format!("{job_id}/{id}"), None),
        source: job.source,
        service: job.service,
        observed_at: job.observed_at,
        url: job.url,
        native_status: sink.name(task.result.text().or(task.state.text())),
        task_id: job.task_id,
        number: task.order.copied().or_else(|| i64::try_from(index + 1).ok()),
        name: sink.name(name(task)),
        started_at: task.start.copied(),
        finished_at: task.finish.copied(),
        outcome: outcome(task.state.text(), task.result.text()),
    };
    sink.facts().step_runs.push(row);
}

/// Keeps that a task waited for a person's yes.
fn validation(task: &TimelineRecord<'_>, job_id: &str, job: &TaskRun, sink: &mut Sink<'_>) {
    let verdict = match (task.state.text(), task.result.text()) {
        (_, Some("succeeded" | "succeededWithIssues")) => Verdict::Pass,
        (_, Some("failed")) => Verdict::Fail,
        (_, Some("skipped")) => Verdict::Skip,
        (_, Some(_)) => Verdict::Unknown,
        (Some("inProgress"), None) => Verdict::Pending,
        _ => return,
    };
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &format!("{job_id}/validation"), None),
        source: job.source,
        service: job.service,
        observed_at: job.observed_at,
        url: job.url,
        native_status: sink.name(task.result.text().or(task.state.text())),
        gate: sink.name(name(task)),
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Run,
        subject: job.run_id,
        repo: job.repo,
        sha: job.sha,
        change_number: job.change_number,
        asked_at: task.start.copied(),
        decided_at: task.finish.copied(),
        verdict,
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: ActorKind::Unknown,
        method: sink.name(Some("manual validation task")),
        confidence: Some(95),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
