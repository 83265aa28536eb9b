//! Workflows as pipeline runs: attempts, what they ran on, how they ended.
//!
//! Owns: states of workflows. Workflows of one name in one pipeline are attempts of one run, in the
//! order of their creation; a webhook tells one of them and cannot count. Must not know jobs.

use std::collections::HashMap;

use aftercast_model::{ActorKind, Outcome, PipelineRun, Timestamp};

use crate::circleci::jobs;
use crate::circleci::objects::{Job, Pipeline, Workflow};
use crate::json::Lenient;
use crate::naming::repo_in_remote;
use crate::sink::Sink;

/// How much later the end of something counts than the moment that dates it: times are equal where
/// one state follows another at once.
const ENDED: i64 = 10;

/// A workflow as its jobs need it.
pub(super) struct Run<'w> {
    /// The native id.
    pub(super) id: &'w str,
    /// When it was created: jobs from before are another attempt's.
    pub(super) created_at: Option<Timestamp>,
    /// The row.
    pub(super) row: PipelineRun,
}

/// Keeps a pipeline with its workflows; returns when its state was this.
pub(super) fn pipeline(
    pipeline: &Pipeline<'_>,
    subject: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    let mut workflows: Vec<&Workflow<'_>> = pipeline.workflows.items().collect();
    if workflows.is_empty() {
        return without_workflows(pipeline, subject, sink);
    }
    workflows.sort_by_key(|workflow| (workflow.created_at.copied(), workflow.id.text()));
    let mut attempts: HashMap<&str, i64> = HashMap::new();
    let mut newest = None;
    for workflow in workflows {
        let Some(mut run) = told(pipeline, workflow, subject, sink) else { continue };
        let attempt = attempts.entry(workflow.name.text().unwrap_or_default()).or_default();
        *attempt += 1;
        run.row.attempt = Some(*attempt);
        let created_at = run.created_at;
        let own = |job: &&Job<'_>| !is_reused(job, created_at);
        let work = || workflow.jobs.items().filter(own).filter(|job| !jobs::is_approval(job));
        run.row.started_at = work().filter_map(|job| job.started_at.copied()).min();
        // What comes with its pipeline knows its attempt and its start.
        let seen = work().flat_map(|job| [&job.started_at, &job.stopped_at]);
        let seen = seen.filter_map(Lenient::copied).max().filter(|_| run.row.finished_at.is_none());
        let at = run.row.observed_at.max(seen);
        run.row.observed_at = at.map(|at| at.plus_millis(1));
        sink.facts().pipeline_runs.push(run.row);
        newest = newest.max(run.row.observed_at);
        for job in workflow.jobs.items() {
            if !is_reused(job, created_at) {
                newest = newest.max(jobs::job(job, &run, sink));
            }
        }
    }
    newest
}

/// Returns whether a re-run took the result of a job from the attempt before.
fn is_reused(job: &Job<'_>, created_at: Option<Timestamp>) -> bool {
    let started = job.stopped_at.copied().or(job.started_at.copied());
    started.zip(created_at).is_some_and(|(started, created)| started < created)
}

/// Keeps a pipeline that has no workflow: where its configuration was refused it is a failed run.
fn without_workflows(
    pipeline: &Pipeline<'_>,
    subject: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    if pipeline.state.text() != Some("errored") {
        sink.nothing("pipeline", "it came without `workflows`, or has none yet");
        return None;
    }
    let none = Workflow::default();
    let mut run = told(pipeline, &none, subject, sink)?;
    run.row.attempt = Some(1);
    run.row.native_status = sink.name(pipeline.state.text());
    run.row.outcome = Outcome::Error;
    run.row.queued_at = pipeline.created_at.copied();
    run.row.finished_at = pipeline.updated_at.copied();
    run.row.observed_at = run.row.finished_at.or(run.row.queued_at);
    sink.facts().pipeline_runs.push(run.row);
    run.row.observed_at
}

/// Returns the run that a workflow is, as far as workflow and pipeline alone tell it.
pub(super) fn told<'w>(
    pipeline: &Pipeline<'_>,
    workflow: &'w Workflow<'_>,
    subject: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<Run<'w>> {
    let Some(pipeline_id) = pipeline.id.text() else {
        sink.lost("a pipeline has no `id`");
        return None;
    };
    let id = workflow.id.text().unwrap_or_default();
    if id.is_empty() && pipeline.state.text() != Some("errored") {
        sink.lost("a workflow has no `id`");
        return None;
    }
    let vcs = pipeline.vcs.get();
    let slug = pipeline.slug.text().or(subject);
    let target = vcs.and_then(|vcs| vcs.target.text()).and_then(repo_in_remote);
    let repo = sink.repo(target.or(slug.and_then(repo_in_slug)));
    let home = sink.home(repo);
    let name = workflow.name.text();
    let run_id = match name {
        Some(name) => format!("{pipeline_id}/{name}"),
        None => pipeline_id.to_owned(),
    };
    let branch = vcs.and_then(|vcs| vcs.branch.text());
    let review = vcs.and_then(|vcs| vcs.review.text());
    let change = review.or_else(|| branch?.strip_prefix("pull/")?.split('/').next());
    let trigger = pipeline.trigger.get();
    let status = workflow.status.text();
    let outcome = outcome(status);
    let stopped_at = workflow.stopped_at.copied();
    let created_at = workflow.created_at.copied();
    let url = match (workflow.url.text(), slug, pipeline.number.copied()) {
        (Some(url), _, _) => Some(url.to_owned()),
        (None, Some(slug), Some(number)) if !id.is_empty() => {
            Some(format!("https://app.circleci.com/pipelines/{slug}/{number}/workflows/{id}"))
        }
        _ => None,
    };
    let native_id = if id.is_empty() { pipeline_id } else { id };
    let row = PipelineRun {
        id: sink.id("pipeline_runs", native_id, None),
        source: home.source,
        service: home.service,
        observed_at: match stopped_at {
            Some(at) => Some(at.plus_millis(ENDED)),
            None => created_at,
        },
        url: sink.name(url.as_deref()),
        native_status: sink.name(status),
        repo: home.repo,
        run_id: sink.name(Some(&run_id)),
        attempt: None,
        pipeline: sink.name(name),
        trigger: sink.name(trigger.and_then(|trigger| trigger.kind.text())),
        actor_kind: actor_kind(pipeline, sink),
        sha: sink.name(vcs.and_then(|vcs| vcs.revision.text())),
        git_ref: sink.name(branch.or_else(|| vcs?.tag.text())),
        change_number: change.and_then(|number| number.parse().ok()),
        queued_at: created_at,
        started_at: None,
        finished_at: stopped_at,
        outcome,
    };
    Some(Run { id, created_at, row })
}

fn actor_kind(pipeline: &Pipeline<'_>, sink: &Sink<'_>) -> ActorKind {
    let Some(trigger) = pipeline.trigger.get() else { return ActorKind::Unknown };
    if matches!(trigger.kind.text(), Some("schedule" | "scheduled_pipeline")) {
        return ActorKind::System;
    }
    match trigger.actor.get().and_then(|actor| actor.login.text()) {
        Some(login) if sink.context().rules.is_program(login) => ActorKind::Bot,
        Some(_) => ActorKind::Human,
        None => ActorKind::Unknown,
    }
}

/// Returns how a workflow ended that is in `status`.
fn outcome(status: Option<&str>) -> Outcome {
    match status {
        Some("success") => Outcome::Success,
        Some("failed") => Outcome::Failure,
        Some("error" | "unauthorized") => Outcome::Error,
        Some("canceled") => Outcome::Cancelled,
        Some("not_run") => Outcome::Skipped,
        Some("running" | "on_hold" | "failing") => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

/// Returns `acme/shop` from `gh/acme/shop`; projects of the newer kind are called by ids only.
fn repo_in_slug(slug: &str) -> Option<&str> {
    let (host, repo) = slug.split_once('/')?;
    matches!(host, "gh" | "github" | "bb" | "bitbucket").then_some(repo)
}
