//! Tekton's own events (`dev.tekton.event.*`), which carry the whole object.
//!
//! Owns: `PipelineRun`, `TaskRun` and `CustomRun` (with `OpenShift`'s `ApprovalTask`) as far as we read
//! them. The object's status decides, not the type of the event: types changed between versions.

use aftercast_model::{
    ActorKind, FailureClass, GateEvaluation, GateKind, Name, Outcome, PipelineRun, StepRun,
    SubjectKind, TaskRun, Timestamp, Verdict,
};

use crate::cloudevents::event::{Event, object_in};
use crate::cloudevents::home::repo_named;
use crate::json::{Fields, Int, Lenient, List, Text, Time, object};
use crate::naming::kind_by_name;
use crate::rules::{Clue, Evidence};
use crate::sink::{Home, Sink};
use crate::words::first_words;

object! {'de:
    /// A run of any kind.
    Run {
        metadata: Lenient<Metadata<'de>>,
        spec: Lenient<Spec<'de>>,
        status: Lenient<Status<'de>>,
    }
    /// What Kubernetes keeps of every object.
    Metadata {
        uid: Text<'de>,
        name: Text<'de>,
        namespace: Text<'de>,
        created as "creationTimestamp": Time,
        labels: Lenient<Labels<'de>>,
        annotations: Lenient<Annotations<'de>>,
        owners as "ownerReferences": List<Owner<'de>>,
    }
    /// Tekton's labels.
    Labels {
        pipeline as "tekton.dev/pipeline": Text<'de>,
        pipeline_run as "tekton.dev/pipelineRun": Text<'de>,
        pipeline_task as "tekton.dev/pipelineTask": Text<'de>,
        task as "tekton.dev/task": Text<'de>,
        event as "pipelinesascode.tekton.dev/event-type": Text<'de>,
    }
    /// What Pipelines-as-Code writes on its runs.
    Annotations {
        sha as "pipelinesascode.tekton.dev/sha": Text<'de>,
        branch as "pipelinesascode.tekton.dev/branch": Text<'de>,
        repo as "pipelinesascode.tekton.dev/repo-url": Text<'de>,
        pull as "pipelinesascode.tekton.dev/pull-request": Text<'de>,
        log as "pipelinesascode.tekton.dev/log-url": Text<'de>,
    }
    /// The object that made this one.
    Owner {
        kind: Text<'de>,
        uid: Text<'de>,
    }
    /// What was asked for.
    Spec {
        pipeline as "pipelineRef": Lenient<Ref<'de>>,
        task as "taskRef": Lenient<Ref<'de>>,
        custom as "customRef": Lenient<Ref<'de>>,
    }
    /// A reference to a definition.
    Ref {
        name: Text<'de>,
        kind: Text<'de>,
    }
    /// What came of it.
    Status {
        started as "startTime": Time,
        completed as "completionTime": Time,
        conditions: List<Condition<'de>>,
        steps: List<Step<'de>>,
        pod as "podName": Text<'de>,
        retries as "retriesStatus": List<Retry<'de>>,
    }
    /// An attempt before the last.
    Retry {
        started as "startTime": Time,
        completed as "completionTime": Time,
        conditions: List<Condition<'de>>,
        steps: List<Step<'de>>,
        pod as "podName": Text<'de>,
    }
    /// The state of a run.
    Condition {
        kind as "type": Text<'de>,
        status: Text<'de>,
        reason: Text<'de>,
        message: Text<'de>,
    }
    /// A step of a task.
    Step {
        name: Text<'de>,
        terminated: Lenient<Terminated<'de>>,
    }
    /// How a step ended.
    Terminated {
        started as "startedAt": Time,
        finished as "finishedAt": Time,
        exit_code as "exitCode": Int,
        reason: Text<'de>,
    }
}

/// Returns how something ended that is in `condition`, and Tekton's word for it.
fn outcome<'c>(
    condition: Option<&'c Condition<'_>>,
    completed: bool,
) -> (Outcome, Option<&'c str>) {
    let reason = condition.and_then(|condition| condition.reason.text());
    let outcome = match (condition.and_then(|condition| condition.status.text()), reason) {
        (Some("True"), _) => Outcome::Success,
        (Some("False"), Some(word)) if word.contains("Timeout") => Outcome::TimedOut,
        (Some("False"), Some(word))
            if word.contains("Cancelled") || word.starts_with("Stopped") =>
        {
            Outcome::Cancelled
        }
        (Some("False"), None | Some("Failed" | "StepFailed")) => Outcome::Failure,
        // What could not be resolved, validated or scheduled never ran.
        (Some("False"), Some(_)) => Outcome::Error,
        (Some("Unknown"), _) | (None, None) if !completed => Outcome::Running,
        _ => Outcome::Unknown,
    };
    (outcome, reason)
}

/// What the attempts of a run share.
struct Known<'k> {
    home: Home,
    metadata: &'k Metadata<'k>,
    uid: &'k str,
    run_id: Name,
    name: Option<&'k str>,
}

/// Keeps the object that an event carries.
pub(super) fn object(data: &Fields<'_>, event: &Event<'_>, sink: &mut Sink<'_>) {
    for kind in ["pipelineRun", "taskRun", "customRun", "run"] {
        let Some(run) = object_in::<Run<'_>>(data, kind, sink) else { continue };
        let Some(metadata) = run.metadata.get() else { break };
        let Some(uid) = metadata.uid.text() else { break };
        let labels = metadata.labels.get();
        let annotations = metadata.annotations.get();
        let repo = annotations.and_then(|notes| notes.repo.text()).and_then(repo_named);
        let repo = sink.repo(repo);
        let spec = run.spec.get();
        let pipeline = labels.and_then(|labels| labels.pipeline.text());
        let referred = spec.and_then(|spec| spec.pipeline.get()).and_then(|of| of.name.text());
        let pipeline = pipeline.or(referred);
        let name = pipeline.or(metadata.name.text()).unwrap_or_default();
        let home = match repo {
            Some(repo) => sink.home(Some(repo)),
            None => sink.home_by_name(None, &Clue { kind: "pipeline", name }),
        };
        let owner = metadata.owners.items().find(|owner| owner.kind.text() == Some("PipelineRun"));
        let run_id = sink.name(match kind {
            "pipelineRun" => Some(uid),
            _ => owner.and_then(|owner| owner.uid.text()),
        });
        let task = labels.and_then(|labels| labels.pipeline_task.text().or(labels.task.text()));
        let task = task.or_else(|| spec.and_then(|spec| spec.task.get()?.name.text()));
        let known = Known { home, metadata, uid, run_id, name: task.or(metadata.name.text()) };
        let no_status = Status::default();
        let status = run.status.get().unwrap_or(&no_status);
        let custom = spec.and_then(|spec| spec.custom.get()).and_then(|of| of.kind.text());
        match kind {
            "pipelineRun" => pipeline_run(&known, pipeline, status, sink),
            _ if custom == Some("ApprovalTask") => approval(&known, status, sink),
            "taskRun" => task_run(&known, status, sink),
            _ => sink.nothing("CustomRun", "what it does is not known; approvals are read"),
        }
        return;
    }
    sink.lost(format!("an event of Tekton without an object: {}", first_words(&event.kind)));
}

/// Returns when a run was in its present state.
fn observed(metadata: &Metadata<'_>, status: &Status<'_>) -> Option<Timestamp> {
    let (started, completed) = (status.started.copied(), status.completed.copied());
    // Times are whole seconds: a later state counts as a little later.
    let rank = i64::from(started.is_some()) + i64::from(completed.is_some());
    completed.max(started).max(metadata.created.copied()).map(|at| at.plus_millis(rank))
}

fn succeeded<'s, 'd>(
    mut conditions: impl Iterator<Item = &'s Condition<'d>>,
) -> Option<&'s Condition<'d>>
where
    'd: 's,
{
    conditions.find(|condition| condition.kind.text() == Some("Succeeded"))
}

fn pipeline_run(
    known: &Known<'_>,
    pipeline: Option<&str>,
    status: &Status<'_>,
    sink: &mut Sink<'_>,
) {
    let annotations = known.metadata.annotations.get();
    let event = known.metadata.labels.get().and_then(|labels| labels.event.text());
    let said = succeeded(status.conditions.items());
    let (outcome, reason) = outcome(said, status.completed.get().is_some());
    let row = PipelineRun {
        id: sink.id("pipeline_runs", known.uid, None),
        source: known.home.source,
        service: known.home.service,
        observed_at: observed(known.metadata, status),
        url: sink.name(annotations.and_then(|notes| notes.log.text())),
        native_status: sink.name(reason),
        repo: known.home.repo,
        run_id: known.run_id,
        attempt: None,
        pipeline: sink.name(pipeline.or(known.name)),
        trigger: sink.name(event),
        actor_kind: ActorKind::Unknown,
        sha: sink.name(annotations.and_then(|notes| notes.sha.text())),
        git_ref: sink.name(annotations.and_then(|notes| notes.branch.text())),
        change_number: annotations.and_then(|notes| notes.pull.text()?.parse().ok()),
        queued_at: known.metadata.created.copied(),
        started_at: status.started.copied(),
        finished_at: status.completed.copied(),
        outcome,
    };
    sink.facts().pipeline_runs.push(row);
}

/// Keeps a task with the attempts before the last.
fn task_run(known: &Known<'_>, status: &Status<'_>, sink: &mut Sink<'_>) {
    let mut attempt = 0;
    let mut queued_at = known.metadata.created.copied();
    for retry in status.retries.items() {
        attempt += 1;
        let (started_at, finished_at) = (retry.started.copied(), retry.completed.copied());
        let times = [queued_at, started_at, finished_at, finished_at.or(started_at)];
        let steps = (retry.steps.items(), retry.pod.text());
        attempt_row(known, attempt, times, succeeded(retry.conditions.items()), steps, sink);
        queued_at = finished_at;
    }
    let observed_at = observed(known.metadata, status);
    let times = [queued_at, status.started.copied(), status.completed.copied(), observed_at];
    let steps = (status.steps.items(), status.pod.text());
    attempt_row(known, attempt + 1, times, succeeded(status.conditions.items()), steps, sink);
}

fn attempt_row<'s, 'd: 's>(
    known: &Known<'_>,
    attempt: i64,
    [queued_at, started_at, finished_at, observed_at]: [Option<Timestamp>; 4],
    condition: Option<&Condition<'_>>,
    (steps, pod): (impl Iterator<Item = &'s Step<'d>>, Option<&str>),
    sink: &mut Sink<'_>,
) {
    let steps: Vec<&Step<'_>> = steps.collect();
    let ended = |step: &&&Step<'_>| {
        step.terminated.get().is_some_and(|end| end.exit_code.copied().unwrap_or_default() != 0)
    };
    let failed = steps.iter().find(ended);
    let (outcome, reason) = outcome(condition, finished_at.is_some());
    let message = condition.and_then(|condition| condition.message.text());
    let evidence = Evidence {
        outcome,
        reason,
        exit_code: failed.and_then(|step| step.terminated.get()?.exit_code.copied()),
        job: known.name,
        step: failed.and_then(|step| step.name.text()),
        text: message,
    };
    let (failure_class, failure_rule) = if outcome.is_red() {
        sink.failure(&evidence)
    } else {
        (FailureClass::Unknown, Name::NONE)
    };
    let annotations = known.metadata.annotations.get();
    let row = TaskRun {
        id: sink.id("task_runs", known.uid, Some(attempt)),
        source: known.home.source,
        service: known.home.service,
        observed_at,
        url: sink.name(annotations.and_then(|notes| notes.log.text())),
        native_status: sink.name(reason),
        repo: known.home.repo,
        run_id: known.run_id,
        attempt: Some(attempt),
        task_id: sink.name(Some(known.uid)),
        name: sink.name(known.name),
        kind: sink.name(known.name.and_then(kind_by_name)),
        sha: sink.name(annotations.and_then(|notes| notes.sha.text())),
        queued_at,
        started_at,
        finished_at,
        outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(message.filter(|_| outcome.is_red()).map(first_words).as_deref()),
        runner: sink.name(pod),
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
    for (number, step) in (1..).zip(&steps) {
        let Some(end) = step.terminated.get() else { continue };
        let native_id = format!("{}/{number}", known.uid);
        let step = StepRun {
            id: sink.id("step_runs", &native_id, Some(attempt)),
            source: known.home.source,
            service: known.home.service,
            observed_at: end.finished.copied().or(observed_at),
            url: Name::NONE,
            native_status: sink.name(end.reason.text()),
            task_id: row.task_id,
            number: Some(number),
            name: sink.name(step.name.text()),
            started_at: end.started.copied(),
            finished_at: end.finished.copied(),
            outcome: match end.exit_code.copied() {
                Some(0) => Outcome::Success,
                Some(_) => Outcome::Failure,
                None => Outcome::Unknown,
            },
        };
        sink.facts().step_runs.push(step);
    }
}

/// Keeps an approval of `OpenShift` Pipelines: asked when it was made, answered when it completed.
fn approval(known: &Known<'_>, status: &Status<'_>, sink: &mut Sink<'_>) {
    let decided_at = status.completed.copied();
    let said = succeeded(status.conditions.items());
    let (outcome, reason) = outcome(said, decided_at.is_some());
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", known.uid, None),
        source: known.home.source,
        service: known.home.service,
        observed_at: observed(known.metadata, status),
        native_status: sink.name(reason),
        gate: sink.name(known.name),
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Run,
        subject: known.run_id,
        repo: known.home.repo,
        asked_at: status.started.copied().or(known.metadata.created.copied()),
        decided_at,
        verdict: match outcome {
            Outcome::Success => Verdict::Pass,
            Outcome::Failure | Outcome::Error => Verdict::Fail,
            Outcome::TimedOut => Verdict::Timeout,
            Outcome::Cancelled => Verdict::Skip,
            Outcome::Running => Verdict::Pending,
            _ => Verdict::Unknown,
        },
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: if decided_at.is_some() { ActorKind::Human } else { ActorKind::Unknown },
        method: sink.name(Some("ApprovalTask")),
        confidence: Some(90),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
