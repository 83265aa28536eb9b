//! A build as a pipeline run.
//!
//! Owns: states of builds. A build that is blocked has not ended, whatever else it says. Must not know
//! jobs.

use aftercast_model::{ActorKind, Outcome, PipelineRun, Timestamp};

use crate::buildkite::jobs;
use crate::buildkite::objects::{Build, Job, Pipeline};
use crate::json::Lenient;
use crate::naming::repo_in_remote;
use crate::rules::Clue;
use crate::sink::Sink;

/// Keeps a build with its jobs; returns when its state was this.
pub(super) fn build(
    build: &Build<'_>,
    subject: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    let mut run = told(build, build.pipeline.get(), subject, sink)?;
    let jobs: Vec<&Job<'_>> = build.jobs.items().collect();
    let seen = jobs.iter().filter_map(|job| jobs::newest(job)).max();
    let seen = seen.filter(|_| run.finished_at.is_none());
    // What comes with its jobs is the better of two.
    let at = run.observed_at.max(seen);
    run.observed_at = at.map(|at| at.plus_millis(1 + i64::from(build.log.get().is_some())));
    sink.facts().pipeline_runs.push(run);
    let failing = jobs.iter().position(|job| jobs::is_failing(job));
    let mut newest = run.observed_at;
    for (index, job) in jobs.iter().enumerate() {
        let log = build.log.text().filter(|_| failing == Some(index));
        let beside = jobs::Beside { all: &jobs, index, log };
        newest = newest.max(jobs::job(job, &beside, build, &run, sink));
    }
    newest
}

/// Returns the run that a build is, as far as it tells it without its jobs.
pub(super) fn told(
    build: &Build<'_>,
    pipeline: Option<&Pipeline<'_>>,
    subject: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<PipelineRun> {
    let Some(id) = build.id.text() else {
        sink.lost("a build has no `id`");
        return None;
    };
    let remote = pipeline.and_then(|pipeline| pipeline.repository.text());
    let slug = pipeline.and_then(|pipeline| pipeline.slug.text());
    let slug = slug.or_else(|| subject?.rsplit('/').next()).unwrap_or_default();
    let repo = sink.repo(remote.and_then(|remote| repo_in_remote(remote)));
    let home = sink.home_by_name(repo, &Clue { kind: "pipeline", name: slug });
    let state = build.state.text();
    let outcome = outcome(build);
    let finished_at = build.finished_at.copied().filter(|_| outcome != Outcome::Running);
    let change = build.pull_request.get().and_then(|change| change.id.text());
    Some(PipelineRun {
        id: sink.id("pipeline_runs", id, Some(1)),
        source: home.source,
        service: home.service,
        observed_at: observed(build, finished_at),
        url: sink.name(build.web_url.text()),
        native_status: sink.name(match build.blocked.copied() {
            Some(true) => Some("blocked"),
            _ => state,
        }),
        repo: home.repo,
        run_id: sink.name(Some(id)),
        attempt: Some(1),
        pipeline: sink.name(Some(slug)),
        trigger: sink.name(build.trigger.text()),
        actor_kind: actor_kind(build, sink),
        // Until an agent has looked, the commit may be a word.
        sha: sink.name(build.commit.text().filter(|commit| *commit != "HEAD")),
        git_ref: sink.name(build.tag.text().or(build.branch.text())),
        change_number: change.and_then(|number| number.parse().ok()),
        queued_at: build.created_at.copied(),
        started_at: build.started_at.copied(),
        finished_at,
        outcome,
    })
}

/// Returns when the state was this. States of one moment are told apart by their order.
fn observed(build: &Build<'_>, finished_at: Option<Timestamp>) -> Option<Timestamp> {
    if let Some(at) = finished_at {
        return Some(at.plus_millis(10));
    }
    let rank = match build.state.text() {
        Some("scheduled") => 1,
        Some("running") => 2,
        Some("failing" | "canceling") => 3,
        Some("blocked") => 4,
        _ => 0,
    };
    let times = [&build.created_at, &build.scheduled_at, &build.started_at, &build.finished_at];
    times.into_iter().filter_map(Lenient::copied).max().map(|at| at.plus_millis(rank))
}

fn outcome(build: &Build<'_>) -> Outcome {
    if build.blocked.copied() == Some(true) {
        return Outcome::Running;
    }
    match build.state.text() {
        Some("passed") => Outcome::Success,
        Some("failed") => Outcome::Failure,
        Some("canceled") => Outcome::Cancelled,
        Some("skipped" | "not_run") => Outcome::Skipped,
        Some(
            "creating" | "scheduled" | "running" | "failing" | "blocked" | "canceling" | "waiting"
            | "waiting_failed",
        ) => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

fn actor_kind(build: &Build<'_>, sink: &Sink<'_>) -> ActorKind {
    if matches!(build.trigger.text(), Some("schedule" | "trigger_job")) {
        return ActorKind::System;
    }
    match build.creator.get().map(|creator| creator.name.text()) {
        Some(Some(name)) if sink.context().rules.is_program(name) => ActorKind::Bot,
        Some(_) => ActorKind::Human,
        None => ActorKind::Unknown,
    }
}
