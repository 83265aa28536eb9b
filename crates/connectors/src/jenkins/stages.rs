//! The stages of a build: jobs, inputs that waited for a person, deployments.
//!
//! Owns: what a pause means and how far its times can be trusted. Jenkins sums pauses wrongly over a
//! build (always 0), so only those of stages count.

use aftercast_model::{
    ActorKind, Deployment, FailureClass, GateEvaluation, GateKind, Name, Outcome, SubjectKind,
    TaskRun, Timestamp, Verdict,
};

use crate::jenkins::builds::{Shared, actions, outcome, stopped_by};
use crate::jenkins::objects::Stage;
use crate::naming::{deploys_to, kind_by_name};
use crate::rules::Evidence;
use crate::sink::Sink;
use crate::words::{first_words, telling_line};

/// Parameters that name an environment.
const ENVIRONMENT: &[&str] =
    &["ENVIRONMENT", "ENV", "TARGET_ENVIRONMENT", "TARGET_ENV", "DEPLOY_ENV", "DEPLOY_TO"];
/// Parameters that name a version.
const VERSION: &[&str] =
    &["VERSION", "RELEASE_VERSION", "APP_VERSION", "RELEASE", "IMAGE_TAG", "DOCKER_TAG", "TAG"];

/// Keeps the stages of a build that has them.
pub(super) fn stages(shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let describe = shared.build.wfapi.get();
    let mut stages: Vec<&Stage<'_>> =
        describe.into_iter().flat_map(|describe| describe.stages.items()).collect();
    stages.sort_by_key(|stage| stage.started.copied().map(|at| at.0));
    let failed = stages.iter().rposition(|stage| stage.status.text() == Some("FAILED"));
    let answered = stages.iter().filter(|stage| verdict(stage, shared) == Some(Verdict::Pass));
    let mut deciders = deciders(shared, answered.count()).into_iter();
    let mut deployed = false;
    for (index, stage) in stages.iter().enumerate() {
        let Some(id) = stage.id.text() else {
            sink.note("a stage has no `id`");
            continue;
        };
        let native_id = format!("{}/{id}", shared.native_id);
        task(stage, &native_id, failed == Some(index), shared, sink);
        if let Some(verdict) = verdict(stage, shared) {
            let decider = if verdict == Verdict::Pass { deciders.next() } else { None };
            gate(stage, &native_id, verdict, decider.flatten(), shared, sink);
        }
        deployed |= deployment(stage, &native_id, shared, sink);
    }
    if !deployed {
        deployed_by_build(shared, sink);
    }
}

/// Returns when a stage began and ended.
fn times(stage: &Stage<'_>) -> (Option<Timestamp>, Option<Timestamp>) {
    let begun = stage.started.copied().map(|at| at.0).filter(|at| at.millis() > 0);
    let ended = !matches!(
        stage.status.text(),
        None | Some("IN_PROGRESS" | "PAUSED_PENDING_INPUT" | "NOT_EXECUTED" | "QUEUED")
    );
    let duration = stage.duration.copied().filter(|_| ended);
    (begun, begun.zip(duration).map(|(begun, duration)| begun.plus_millis(duration)))
}

/// Returns how long a stage waited for a person.
fn paused(stage: &Stage<'_>) -> i64 {
    stage.paused.copied().unwrap_or(0).max(0)
}

/// Returns whether a stage did nothing but wait.
fn only_waits(stage: &Stage<'_>) -> bool {
    let duration = stage.duration.copied().unwrap_or(0);
    let work = duration.saturating_sub(paused(stage));
    is_pending(stage) || (paused(stage) > 0 && work.saturating_mul(10) <= duration)
}

fn is_pending(stage: &Stage<'_>) -> bool {
    stage.status.text() == Some("PAUSED_PENDING_INPUT")
}

fn task(stage: &Stage<'_>, id: &str, is_cause: bool, shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let status = stage.status.text();
    let outcome = outcome(status, shared.timed_out);
    let (started_at, finished_at) = times(stage);
    let error = stage.error.get();
    let message = error.and_then(|error| error.message.text());
    // The log is the whole build's: it speaks of the stage that ended it.
    let log = shared.build.console.text().filter(|_| is_cause);
    let evidence = Evidence {
        outcome,
        reason: error.and_then(|error| error.kind.text()).or(status),
        exit_code: message.and_then(exit_code),
        job: stage.name.text(),
        text: log.or(message),
        ..Evidence::default()
    };
    let (failure_class, failure_rule) = why(&evidence, sink);
    let words = message.or_else(|| log.and_then(telling_line)).filter(|_| outcome.is_red());
    let kind =
        if only_waits(stage) { Some("manual") } else { stage.name.text().and_then(kind_by_name) };
    let row = TaskRun {
        id: sink.id("task_runs", id, Some(1)),
        native_status: sink.name(status),
        task_id: sink.name(Some(id)),
        name: sink.name(stage.name.text()),
        kind: sink.name(kind),
        started_at,
        finished_at,
        outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(words.map(first_words).as_deref()),
        runner: sink.name(stage.node.text()),
        ..shared.task()
    };
    sink.facts().task_runs.push(row);
}

/// Returns why something failed or was stopped, where it did.
pub(super) fn why(evidence: &Evidence<'_>, sink: &mut Sink<'_>) -> (FailureClass, Name) {
    if evidence.outcome.is_red() || evidence.outcome == Outcome::Cancelled {
        return sink.failure(evidence);
    }
    (FailureClass::Unknown, Name::NONE)
}

/// Returns the code in `script returned exit code 2`.
fn exit_code(message: &str) -> Option<i64> {
    let (_, code) = message.rsplit_once("exit code ")?;
    code.split(|c: char| !c.is_ascii_digit() && c != '-').next()?.parse().ok()
}

/// Returns what was answered where a stage asked; `None` where it did not.
fn verdict(stage: &Stage<'_>, shared: &Shared<'_>) -> Option<Verdict> {
    if is_pending(stage) {
        return Some(Verdict::Pending);
    }
    if paused(stage) == 0 {
        return None;
    }
    if stage.status.text() != Some("ABORTED") {
        return Some(Verdict::Pass);
    }
    let said = shared.build.console.text().unwrap_or_default();
    Some(if shared.timed_out {
        Verdict::Timeout
    } else if stopped_by(shared.build, "Rejection") || said.contains("Rejected by ") {
        Verdict::Fail
    } else {
        Verdict::Unknown
    })
}

/// Returns who answered yes, in order, where Jenkins tells as many people as there were answers: by
/// id, else by the name in the log.
fn deciders<'b>(shared: &'b Shared<'_>, answers: usize) -> Vec<Option<&'b str>> {
    let approver = |class: &str| class.ends_with("ApproverAction");
    let ids: Vec<Option<&str>> = actions(shared.build)
        .filter(|action| action.class.text().is_some_and(approver))
        .map(|action| action.user.text())
        .collect();
    if ids.len() == answers {
        return ids;
    }
    let log = shared.build.console.text().unwrap_or_default();
    let names: Vec<Option<&str>> = log
        .lines()
        .filter_map(|line| line.rsplit_once("Approved by "))
        .map(|(_, name)| Some(name.trim()).filter(|name| !name.is_empty()))
        .collect();
    if names.len() == answers { names } else { Vec::new() }
}

fn gate(
    stage: &Stage<'_>,
    id: &str,
    verdict: Verdict,
    decider: Option<&str>,
    shared: &Shared<'_>,
    sink: &mut Sink<'_>,
) {
    let (begun, _) = times(stage);
    let decided_at = begun.filter(|_| verdict != Verdict::Pending);
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", id, Some(1)),
        source: shared.run.source,
        service: shared.run.service,
        observed_at: shared.run.observed_at,
        url: shared.run.url,
        native_status: sink.name(stage.status.text()),
        gate: sink.name(stage.name.text()),
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Run,
        subject: shared.run.run_id,
        repo: shared.run.repo,
        sha: shared.run.sha,
        change_number: shared.run.change_number,
        asked_at: begun,
        decided_at: decided_at.map(|at| at.plus_millis(paused(stage))),
        verdict,
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: match decider {
            Some(name) if sink.context().rules.is_program(name) => ActorKind::Bot,
            Some(_) => ActorKind::Human,
            None => ActorKind::Unknown,
        },
        decider_key: sink.person(decider, false),
        method: sink.name(Some("stage pause")),
        // Where a stage also works, nothing says when in it the pause was.
        confidence: Some(if only_waits(stage) { 90 } else { 70 }),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}

/// Keeps that a stage deployed, where its name says so; returns whether it does.
fn deployment(stage: &Stage<'_>, id: &str, shared: &Shared<'_>, sink: &mut Sink<'_>) -> bool {
    let Some(environment) = stage.name.text().and_then(|name| target(name, shared, sink)) else {
        return false;
    };
    if only_waits(stage) {
        return false;
    }
    let (begun, finished_at) = times(stage);
    let outcome = outcome(stage.status.text(), shared.timed_out);
    let row = Deployment {
        id: sink.id("deployments", id, Some(1)),
        native_status: sink.name(stage.status.text()),
        created_at: begun,
        started_at: begun.map(|at| at.plus_millis(paused(stage))),
        finished_at,
        outcome,
        ..deployed(&environment, shared, sink)
    };
    sink.facts().deployments.push(row);
    true
}

/// Keeps that a build deployed as a whole, where its job's name says so.
pub(super) fn deployed_by_build(shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let Some(environment) = target(shared.job, shared, sink) else { return };
    let run = shared.run;
    let row = Deployment {
        id: sink.id("deployments", shared.native_id, Some(1)),
        native_status: run.native_status,
        created_at: run.queued_at,
        started_at: run.started_at,
        finished_at: run.finished_at,
        outcome: run.outcome,
        ..deployed(&environment, shared, sink)
    };
    sink.facts().deployments.push(row);
}

/// Returns where something called `name` deploys to: it names the environment, or a parameter does.
fn target(name: &str, shared: &Shared<'_>, sink: &Sink<'_>) -> Option<String> {
    let by_parameter = || {
        shared
            .parameter(ENVIRONMENT)
            .filter(|_| kind_by_name(name) == Some("deploy"))
            .map(Into::into)
    };
    deploys_to(name, sink.context().rules).or_else(by_parameter)
}

/// Returns the columns that every deployment of this build has.
fn deployed(environment: &str, shared: &Shared<'_>, sink: &mut Sink<'_>) -> Deployment {
    let run = shared.run;
    Deployment {
        source: run.source,
        service: run.service,
        observed_at: run.observed_at,
        url: run.url,
        repo: run.repo,
        environment: sink.name(Some(environment)),
        production: Some(sink.is_production(environment)),
        sha: run.sha,
        git_ref: run.git_ref,
        version: sink.name(shared.parameter(VERSION)),
        run_id: run.run_id,
        ..Deployment::default()
    }
}
