//! Jobs: what they did, why they failed, what a person was asked, where they deployed to.
//!
//! Owns: states of jobs. The key of a job is its workflow's and its own id: a re-run from failed
//! shows the jobs that it did not run again under their old ids.

use aftercast_model::{
    ActorKind, Deployment, FailureClass, GateEvaluation, GateKind, Name, Outcome, StepRun,
    SubjectKind, TaskRun, Timestamp, Verdict,
};

use crate::circleci::objects::{Action, Job, Step};
use crate::circleci::workflows::Run;
use crate::json::Lenient;
use crate::naming::{deploys_to, kind_by_name};
use crate::rules::Evidence;
use crate::sink::Sink;
use crate::words::first_words;

/// Returns whether a job only asks a person.
pub(super) fn is_approval(job: &Job<'_>) -> bool {
    job.kind.text() == Some("approval")
}

/// Keeps a job and returns when its state was this.
pub(super) fn job(job: &Job<'_>, run: &Run<'_>, sink: &mut Sink<'_>) -> Option<Timestamp> {
    let Some(id) = job.id.text() else {
        sink.note("a job has no `id`");
        return None;
    };
    let native_id = format!("{}/{id}", run.id);
    let status = job.status.text();
    let outcome = outcome(status);
    let detail = job.detail.get();
    let failed = job.steps.items().find_map(|step| Some((step, failed_action(step)?)));
    let messages = detail.into_iter().flat_map(|detail| detail.messages.items());
    let message = messages.into_iter().find_map(|message| message.message.text());
    let exit_code = failed.and_then(|(_, action)| action.exit_code.copied());
    let step = failed.and_then(|(step, _)| step.name.text());
    let text = message.map(first_words).or_else(|| {
        let step = first_words(step?);
        Some(match exit_code {
            Some(code) => format!("step `{step}` failed with exit code {code}"),
            None => format!("step `{step}` failed"),
        })
    });
    let text = text.filter(|_| outcome.is_red());
    let (failure_class, failure_rule) = if outcome.is_red() || outcome == Outcome::Cancelled {
        sink.failure(&Evidence {
            outcome,
            reason: status,
            exit_code,
            job: job.name.text(),
            step,
            text: message,
        })
    } else {
        (FailureClass::Unknown, Name::NONE)
    };
    let asks = is_approval(job);
    let executor = detail.and_then(|detail| detail.executor.get());
    let row = TaskRun {
        id: sink.id("task_runs", &native_id, None),
        source: run.row.source,
        service: run.row.service,
        observed_at: observed(job, run),
        url: match detail.and_then(|detail| detail.web_url.text()) {
            Some(url) => sink.name(Some(url)),
            None => run.row.url,
        },
        native_status: sink.name(status),
        repo: run.row.repo,
        run_id: run.row.run_id,
        attempt: run.row.attempt,
        task_id: sink.name(Some(id)),
        name: sink.name(job.name.text()),
        stage: run.row.pipeline,
        kind: if asks {
            sink.name(Some("manual"))
        } else {
            sink.name(job.name.text().and_then(kind_by_name))
        },
        sha: run.row.sha,
        change_number: run.row.change_number,
        queued_at: detail
            .and_then(|detail| detail.queued_at.copied().or(detail.created_at.copied())),
        started_at: job.started_at.copied(),
        finished_at: job.stopped_at.copied(),
        outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(text.as_deref()),
        runner: sink.name(executor.and_then(|executor| executor.resource_class.text())),
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
    for (index, step) in job.steps.items().enumerate() {
        steps(step, index, &native_id, &row, sink);
    }
    if asks {
        approval(job, &native_id, &row, sink);
    } else {
        deployment(job, &native_id, &row, run, sink);
    }
    row.observed_at
}

/// Returns when the state was this; what was fetched beside a job makes it the better of two.
fn observed(job: &Job<'_>, run: &Run<'_>) -> Option<Timestamp> {
    let parts = [run.row.attempt.is_some(), job.detail.get().is_some(), job.steps.get().is_some()];
    let parts = parts.into_iter().filter(|is_there| *is_there).map(|_| 1_i64).sum::<i64>();
    if let Some(stopped) = job.stopped_at.copied() {
        return Some(stopped.plus_millis(10 + parts));
    }
    // A job that will never stop is settled by the end of its workflow.
    let at = run.row.finished_at.or(job.started_at.copied()).or(run.created_at);
    at.map(|at| at.plus_millis(parts))
}

/// Returns how a job ended that is in `status`.
fn outcome(status: Option<&str>) -> Outcome {
    match status {
        Some("success") => Outcome::Success,
        Some("failed" | "retried") => Outcome::Failure,
        Some("timedout") => Outcome::TimedOut,
        Some("infrastructure_fail" | "unauthorized" | "error") => Outcome::Error,
        Some("canceled") => Outcome::Cancelled,
        Some("not_run") => Outcome::Skipped,
        Some("running" | "queued" | "not_running" | "on_hold" | "blocked") => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

fn failed_action<'s, 'd>(step: &'s Step<'d>) -> Option<&'s Action<'d>> {
    step.actions.items().find(|action| {
        matches!(action.status.text(), Some("failed" | "timedout" | "infrastructure_fail"))
    })
}

/// Keeps a step: from the first begin to the last end of its containers.
fn steps(step: &Step<'_>, index: usize, job_id: &str, job: &TaskRun, sink: &mut Sink<'_>) {
    let number = i64::try_from(index + 1).unwrap_or(i64::MAX);
    let action = failed_action(step).or_else(|| step.actions.items().next());
    let status = action.and_then(|action| action.status.text());
    let times = |pick: for<'a> fn(&'a Action<'_>) -> &'a crate::json::Time| {
        step.actions.items().map(pick).filter_map(Lenient::copied).collect::<Vec<_>>()
    };
    let row = StepRun {
        id: sink.id("step_runs", &format!("{job_id}/{number}"), None),
        source: job.source,
        service: job.service,
        observed_at: job.observed_at,
        url: job.url,
        native_status: sink.name(status),
        task_id: job.task_id,
        number: Some(number),
        name: sink.name(step.name.text()),
        started_at: times(|action| &action.start_time).into_iter().min(),
        finished_at: times(|action| &action.end_time).into_iter().max(),
        outcome: outcome(status),
    };
    sink.facts().step_runs.push(row);
}

/// Keeps what a person was asked; a job that is still blocked has not asked yet.
fn approval(job: &Job<'_>, id: &str, task: &TaskRun, sink: &mut Sink<'_>) {
    let Some(asked_at) = job.started_at.copied() else { return };
    let verdict = match job.status.text() {
        Some("success") => Verdict::Pass,
        Some("on_hold" | "blocked" | "running" | "queued") => Verdict::Pending,
        Some("not_run") => Verdict::Skip,
        _ => Verdict::Unknown,
    };
    let decider = job.approved_by.text().filter(|_| verdict == Verdict::Pass);
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", id, None),
        source: task.source,
        service: task.service,
        observed_at: task.observed_at,
        url: task.url,
        native_status: task.native_status,
        gate: task.name,
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Run,
        subject: task.run_id,
        repo: task.repo,
        sha: task.sha,
        change_number: task.change_number,
        asked_at: Some(asked_at),
        decided_at: job.stopped_at.copied().filter(|_| verdict == Verdict::Pass),
        verdict,
        blocking: Some(true),
        // There is no button for no: whoever is against it cancels the workflow or lets it be.
        could_fail: Some(true),
        decided_by_kind: if decider.is_some() { ActorKind::Human } else { ActorKind::Unknown },
        decider_key: sink.person(decider, false),
        method: sink.name(Some("approval job")),
        confidence: Some(95),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}

/// Keeps that a job deployed, where its name says so and where to, and it ran.
fn deployment(job: &Job<'_>, id: &str, task: &TaskRun, run: &Run<'_>, sink: &mut Sink<'_>) {
    let rules = sink.context().rules;
    let Some(environment) = job.name.text().and_then(|name| deploys_to(name, rules)) else {
        return;
    };
    if task.started_at.is_none() || task.outcome == Outcome::Skipped {
        return;
    }
    let row = Deployment {
        id: sink.id("deployments", id, None),
        source: task.source,
        service: task.service,
        observed_at: task.observed_at,
        url: task.url,
        native_status: task.native_status,
        repo: task.repo,
        environment: sink.name(Some(&environment)),
        production: Some(sink.is_production(&environment)),
        sha: task.sha,
        git_ref: run.row.git_ref,
        run_id: task.run_id,
        created_at: task.queued_at.or(task.started_at),
        started_at: task.started_at,
        finished_at: task.finished_at,
        outcome: task.outcome,
        ..Deployment::default()
    };
    sink.facts().deployments.push(row);
}
