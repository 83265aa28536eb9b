//! Workflow runs, their jobs and their steps.
//!
//! Owns: attempts as rows of their own, states and conclusions of Actions. Must not know how an
//! object arrived (REST, webhook).

use aftercast_model::{ActorKind, Outcome, PipelineRun, StepRun, TaskRun, Timestamp};

use crate::github::accounts::{actor_kind, fact_id, repo_in_url};
use crate::github::objects::{Job, PullRef, Run, Step};
use crate::github::{failures, waits};
use crate::json::Lenient;
use crate::naming::kind_by_name;
use crate::sink::Sink;

/// Returns how something ended that is in `status` with `conclusion`.
pub(super) fn outcome(status: Option<&str>, conclusion: Option<&str>) -> Outcome {
    match (status, conclusion) {
        (_, Some("success")) => Outcome::Success,
        (_, Some("failure")) => Outcome::Failure,
        (_, Some("cancelled" | "stale")) => Outcome::Cancelled,
        (_, Some("skipped")) => Outcome::Skipped,
        (_, Some("timed_out")) => Outcome::TimedOut,
        (_, Some("startup_failure")) => Outcome::Error,
        (
            Some(
                "requested" | "queued" | "pending" | "waiting" | "in_progress" | "action_required",
            ),
            None,
        ) => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

/// Returns when a state was reached that GitHub dates `at` to the second.
///
/// Times are whole seconds and several states share one, so a later state of the life cycle counts
/// as some milliseconds later: the order in which bodies are read then does not matter.
pub(super) fn observed(at: Option<Timestamp>, status: Option<&str>) -> Option<Timestamp> {
    let rank = match status {
        Some("queued" | "open") => 1,
        Some("pending") => 2,
        Some("waiting") => 3,
        Some("in_progress") => 4,
        Some("completed" | "closed" | "success" | "failure" | "error") => 5,
        _ => 0,
    };
    at.map(|at| at.plus_millis(rank))
}

/// Returns the number of the pull request, where exactly one is mentioned.
pub(super) fn only_pull<'p, 'd: 'p>(
    mut pulls: impl Iterator<Item = &'p PullRef<'d>>,
) -> Option<i64> {
    let first = pulls.next()?;
    pulls.next().is_none().then(|| first.number.copied()).flatten()
}

/// Keeps a workflow run with the attempts, jobs and answers inside of it.
pub(super) fn run(run: &Run<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    attempt(run, said, sink);
    let mut previous = run.previous.get();
    while let Some(earlier) = previous {
        attempt(earlier, said, sink);
        previous = earlier.previous.get();
    }
    let own = run.repository.get().and_then(|repository| repository.full_name.text());
    let url = run.html_url.text().or(run.url.text());
    let repo = own.or(said).or(url.and_then(repo_in_url));
    let of_change = only_pull(run.pull_requests.items());
    for one in run.jobs.items() {
        job(one, &Around { environment: None, of_change, in_run: true }, repo, sink);
    }
    let repo = sink.repo(repo);
    let home = sink.home(repo);
    waits::of_run(run, home, sink);
}

/// Keeps an attempt of a workflow run.
fn attempt(run: &Run<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(id) = run.id.copied() else { return sink.note("a workflow run has no `id`") };
    let own = run.repository.get().and_then(|repository| repository.full_name.text());
    let url = run.html_url.text().or(run.url.text());
    let repo = sink.repo(own.or(said).or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let attempt = run.run_attempt.copied().unwrap_or(1);
    let (status, conclusion) = (run.status.text(), run.conclusion.text());
    let native_id = id.to_string();
    let started_at = run.run_started_at.copied().or(run.created_at.copied());
    let actor = run.triggering_actor.get().or(run.actor.get());
    let row = PipelineRun {
        id: fact_id("pipeline_runs", &native_id, Some(attempt)),
        source: home.source,
        service: home.service,
        observed_at: observed(run.updated_at.copied().or(started_at), status),
        url: sink.name(url),
        native_status: sink.name(conclusion.or(status)),
        repo: home.repo,
        run_id: sink.name(Some(&native_id)),
        attempt: Some(attempt),
        pipeline: sink.name(run.name.text().or(run.path.text())),
        trigger: sink.name(run.event.text()),
        actor_kind: match run.event.text() {
            Some("schedule") => ActorKind::System,
            _ => actor_kind(actor),
        },
        sha: sink.name(run.head_sha.text()),
        git_ref: sink.name(run.head_branch.text()),
        change_number: only_pull(run.pull_requests.items()),
        // `created_at` is the first attempt's; a re-run is asked for when its attempt starts.
        queued_at: if attempt > 1 { started_at } else { run.created_at.copied() },
        started_at,
        finished_at: (status == Some("completed")).then(|| run.updated_at.copied()).flatten(),
        outcome: outcome(status, conclusion),
    };
    sink.facts().pipeline_runs.push(row);
}

/// What is known around a job.
#[derive(Clone, Copy, Default)]
pub(super) struct Around<'e> {
    /// The environment that it deploys to.
    pub(super) environment: Option<&'e str>,
    /// The change request that its run is for.
    pub(super) of_change: Option<i64>,
    /// Whether it lies inside of its run, which tells what it waits for.
    pub(super) in_run: bool,
}

/// Keeps an attempt of a job, its steps, and that it waited where its status says so.
pub(super) fn job(job: &Job<'_>, around: &Around<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(id) = job.id.copied() else { return sink.note("a job has no `id`") };
    let url = job.html_url.text().or(job.url.text()).or(job.run_url.text());
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let native_id = id.to_string();
    let attempt = job.run_attempt.copied().unwrap_or(1);
    let (status, conclusion) = (job.status.text(), job.conclusion.text());
    let outcome = outcome(status, conclusion);
    let observed_at = observed(newest(job), status);
    // Until it runs, `started_at` repeats `created_at`; a skipped job never starts.
    let began = matches!(status, Some("in_progress" | "completed")) && outcome != Outcome::Skipped;
    let why = failures::why(job, outcome, sink);
    let labels: Vec<&str> = job.labels.items().map(AsRef::as_ref).collect();
    let runner = match labels.join(",") {
        none if none.is_empty() => {
            sink.name(job.runner_group_name.text().or(job.runner_name.text()))
        }
        labels => sink.name(Some(&labels)),
    };
    let row = TaskRun {
        id: fact_id("task_runs", &native_id, Some(attempt)),
        source: home.source,
        service: home.service,
        // With its annotations, its log or its run around it, a job tells more of the same state.
        observed_at: observed_at
            .map(|at| at.plus_millis(why.told + i64::from(around.of_change.is_some()))),
        url: sink.name(url),
        native_status: sink.name(conclusion.or(status)),
        repo: home.repo,
        run_id: sink.number(job.run_id.copied()),
        attempt: Some(attempt),
        task_id: sink.name(Some(&native_id)),
        name: sink.name(job.name.text()),
        stage: sink.name(job.workflow_name.text()),
        kind: sink.name(job.name.text().and_then(kind_by_name)),
        sha: sink.name(job.head_sha.text()),
        change_number: around.of_change,
        queued_at: job.created_at.copied(),
        started_at: began.then(|| job.started_at.copied()).flatten(),
        finished_at: job.completed_at.copied(),
        outcome,
        failure_class: why.class,
        failure_rule: why.rule,
        failure_text: why.text,
        runner,
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
    for one in job.steps.items() {
        step(one, &row, &native_id, sink);
    }
    if status == Some("waiting") && !around.in_run {
        waits::of_job(job, around.environment, home, observed_at, sink);
    }
}

/// Returns the newest time in `job`, which has no `updated_at`.
fn newest(job: &Job<'_>) -> Option<Timestamp> {
    let steps = job.steps.items().flat_map(|step| [&step.started_at, &step.completed_at]);
    [&job.created_at, &job.started_at, &job.completed_at]
        .into_iter()
        .chain(steps)
        .filter_map(Lenient::copied)
        .max()
}

fn step(step: &Step<'_>, job: &TaskRun, job_id: &str, sink: &mut Sink<'_>) {
    let Some(number) = step.number.copied() else {
        return sink.note("a step has no `number`");
    };
    let (status, conclusion) = (step.status.text(), step.conclusion.text());
    let row = StepRun {
        id: fact_id("step_runs", &format!("{job_id}/{number}"), job.attempt),
        source: job.source,
        service: job.service,
        observed_at: job.observed_at,
        url: job.url,
        native_status: sink.name(conclusion.or(status)),
        task_id: job.task_id,
        number: Some(number),
        name: sink.name(step.name.text()),
        started_at: step.started_at.copied(),
        finished_at: step.completed_at.copied(),
        outcome: outcome(status, conclusion),
    };
    sink.facts().step_runs.push(row);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_unknown_and_cancelled_is_not_failed() {
        for (status, conclusion, expected) in [
            (Some("completed"), Some("success"), Outcome::Success),
            (Some("completed"), Some("cancelled"), Outcome::Cancelled),
            (Some("completed"), Some("neutral"), Outcome::Unknown),
            (Some("completed"), Some("exploded"), Outcome::Unknown),
            (Some("completed"), None, Outcome::Unknown),
            (Some("waiting"), None, Outcome::Running),
            (Some("dreaming"), None, Outcome::Unknown),
            (None, None, Outcome::Unknown),
        ] {
            assert_eq!(outcome(status, conclusion), expected, "{status:?} {conclusion:?}");
        }
    }
}
