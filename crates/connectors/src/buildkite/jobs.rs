//! Jobs: scripts and triggers, their retries, why they failed, where they deployed to.
//!
//! Owns: states of jobs. Must not know when a block step asked.

use aftercast_model::{Deployment, FailureClass, Name, Outcome, PipelineRun, TaskRun, Timestamp};

use crate::buildkite::blocks;
use crate::buildkite::objects::{Build, Job};
use crate::json::Lenient;
use crate::naming::{deploys_to, kind_by_name};
use crate::rules::Evidence;
use crate::sink::Sink;
use crate::words::{first_words, telling_line};

/// What is known beside a job.
#[derive(Default)]
pub(super) struct Beside<'j, 'd> {
    /// All jobs of the build, in the order of its steps.
    pub(super) all: &'j [&'j Job<'d>],
    /// Which of them it is.
    pub(super) index: usize,
    /// The end of its log.
    pub(super) log: Option<&'j str>,
}

/// Returns whether a job is what made its build fail.
pub(super) fn is_failing(job: &Job<'_>) -> bool {
    job.kind.text() == Some("script")
        && matches!(job.state.text(), Some("failed" | "timed_out"))
        && job.soft_failed.copied() != Some(true)
        && job.retried.copied() != Some(true)
}

/// Returns the newest time in a job.
pub(super) fn newest(job: &Job<'_>) -> Option<Timestamp> {
    let times = [
        &job.created_at,
        &job.scheduled_at,
        &job.runnable_at,
        &job.started_at,
        &job.finished_at,
        &job.unblocked_at,
    ];
    times.into_iter().filter_map(Lenient::copied).max()
}

/// Returns how a job is called.
pub(super) fn name<'j>(job: &'j Job<'_>) -> Option<&'j str> {
    job.name.text().or(job.label.text()).or(job.step_key.text())
}

/// Keeps a job and returns when its state was this.
pub(super) fn job(
    job: &Job<'_>,
    beside: &Beside<'_, '_>,
    build: &Build<'_>,
    run: &PipelineRun,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    // A wait step is a line between jobs, and nothing by itself.
    if job.kind.text() == Some("waiter") {
        return None;
    }
    let Some(id) = job.id.text() else {
        sink.note("a job has no `id`");
        return None;
    };
    let state = job.state.text();
    let outcome = outcome(state);
    let exit_code = job.exit_status.copied();
    let evidence = Evidence {
        outcome,
        reason: job.signal_reason.text().or(state),
        exit_code,
        job: name(job),
        text: beside.log,
        ..Evidence::default()
    };
    let (failure_class, failure_rule) = if outcome.is_red() || outcome == Outcome::Cancelled {
        sink.failure(&evidence)
    } else {
        (FailureClass::Unknown, Name::NONE)
    };
    let line = beside.log.and_then(telling_line).map(first_words);
    let text = line.or_else(|| exit_code.map(|code| format!("exit status {code}")));
    let text = text.filter(|_| outcome.is_red());
    let asks = job.kind.text() == Some("manual");
    let times = blocks::times(job, beside, build);
    let kind = if asks { Some("manual") } else { name(job).and_then(kind_by_name) };
    let row = TaskRun {
        id: sink.id("task_runs", id, None),
        source: run.source,
        service: run.service,
        observed_at: observed(job, beside, build),
        url: match job.web_url.text() {
            Some(url) => sink.name(Some(url)),
            None => run.url,
        },
        native_status: sink.name(state),
        repo: run.repo,
        run_id: run.run_id,
        attempt: Some(attempt(job, beside)),
        task_id: sink.name(Some(id)),
        name: sink.name(name(job)),
        stage: run.pipeline,
        kind: sink.name(kind),
        required: job.soft_failed.copied().filter(|soft| *soft).map(|_| false),
        sha: run.sha,
        change_number: run.change_number,
        queued_at: if asks { None } else { job.runnable_at.copied().or(job.scheduled_at.copied()) },
        started_at: if asks { times.asked_at } else { job.started_at.copied() },
        finished_at: if asks { times.decided_at } else { job.finished_at.copied() },
        outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(text.as_deref()),
        runner: sink.name(job.agent.get().and_then(|agent| agent.name.text())),
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
    if asks {
        blocks::gate(job, &times, &row, sink);
    } else {
        deployment(job, &row, run, sink);
    }
    row.observed_at
}

/// Returns which attempt a job is: how many jobs of its build were retried into it, else what it says
/// itself.
fn attempt(job: &Job<'_>, beside: &Beside<'_, '_>) -> i64 {
    let mut id = job.id.text();
    let mut before = 0;
    // No chain is longer than the list; one that bites its tail ends there.
    for _ in beside.all {
        let source = beside.all.iter().find(|other| id.is_some() && other.retried_in.text() == id);
        let Some(source) = source else { break };
        before += 1;
        id = source.id.text();
    }
    let said = job.retries.copied().filter(|_| beside.all.is_empty()).unwrap_or(0);
    1 + before.max(said)
}

fn observed(job: &Job<'_>, beside: &Beside<'_, '_>, build: &Build<'_>) -> Option<Timestamp> {
    let parts = i64::from(!beside.all.is_empty()) + i64::from(beside.log.is_some());
    let ended = job.finished_at.copied().or(job.unblocked_at.copied());
    if let Some(ended) = ended {
        return Some(ended.plus_millis(10 + parts));
    }
    let rank = match job.state.text() {
        Some("scheduled") => 2,
        Some("assigned") => 3,
        Some("accepted") => 4,
        Some("running") => 5,
        Some("canceling" | "timing_out") => 6,
        _ => 0,
    };
    // What never ran is settled by the end of its build; a block step by the jobs before it.
    let before = beside.all.get(..beside.index).unwrap_or_default().iter();
    let before = before.filter_map(|job| newest(job)).max();
    let at = build.finished_at.copied().max(newest(job)).max(before).or(build.created_at.copied());
    at.map(|at| at.plus_millis(rank + parts))
}

/// Returns how a job ended that is in `state`.
fn outcome(state: Option<&str>) -> Outcome {
    match state {
        Some("passed" | "unblocked") => Outcome::Success,
        Some("failed") => Outcome::Failure,
        Some("timed_out") => Outcome::TimedOut,
        // No agent took it in time.
        Some("expired") => Outcome::Error,
        Some("canceled") => Outcome::Cancelled,
        Some("skipped" | "broken" | "waiting_failed" | "blocked_failed" | "unblocked_failed") => {
            Outcome::Skipped
        }
        Some(
            "pending" | "waiting" | "blocked" | "limiting" | "limited" | "scheduled" | "assigned"
            | "accepted" | "running" | "canceling" | "timing_out" | "platform_limiting"
            | "platform_limited",
        ) => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

/// Keeps that a job deployed, where its name says so and where to, and it ran.
fn deployment(job: &Job<'_>, task: &TaskRun, run: &PipelineRun, sink: &mut Sink<'_>) {
    let rules = sink.context().rules;
    let Some(environment) = name(job).and_then(|name| deploys_to(name, rules)) else { return };
    if task.started_at.is_none() {
        return;
    }
    let row = Deployment {
        id: sink.id("deployments", job.id.text().unwrap_or_default(), None),
        source: task.source,
        service: task.service,
        observed_at: task.observed_at,
        url: task.url,
        native_status: task.native_status,
        repo: task.repo,
        environment: sink.name(Some(&environment)),
        production: Some(sink.is_production(&environment)),
        sha: task.sha,
        git_ref: run.git_ref,
        run_id: task.run_id,
        created_at: task.queued_at.or(task.started_at),
        started_at: task.started_at,
        finished_at: task.finished_at,
        outcome: task.outcome,
        ..Deployment::default()
    };
    sink.facts().deployments.push(row);
}
