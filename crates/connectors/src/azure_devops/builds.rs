//! A build as a pipeline run.
//!
//! Owns: statuses and results of builds. Must not know what its timeline means.

use aftercast_model::{ActorKind, Outcome, PipelineRun, Timestamp};

use crate::azure_devops::objects::Build;
use crate::azure_devops::timeline::Timeline;
use crate::azure_devops::{actor_kind, gates, jobs, repo_name};
use crate::json::{Lenient, List};
use crate::rules::Clue;
use crate::sink::Sink;

/// A build as its parts need it.
pub(super) struct Run {
    /// `project/42`, the native id.
    pub(super) native_id: String,
    /// The row.
    pub(super) row: PipelineRun,
}

/// Keeps a build with its timeline; returns when its state was this.
pub(super) fn build(
    build: &Build<'_>,
    project: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    let mut run = told(build, project, sink)?;
    let earlier = [&build.earlier1, &build.earlier2, &build.earlier3];
    let earlier = earlier.into_iter().flat_map(List::items);
    let timeline = Timeline::new(build.timeline.items().chain(earlier));
    // What comes with its timeline is the better of two, and better still with approvals.
    let parts =
        i64::from(build.timeline.get().is_some()) + i64::from(build.approvals.get().is_some());
    let seen = timeline.newest().filter(|_| run.row.finished_at.is_none());
    run.row.observed_at = run.row.observed_at.max(seen).map(|at| at.plus_millis(parts));
    sink.facts().pipeline_runs.push(run.row);
    jobs::jobs(&timeline, &run, sink);
    gates::gates(&timeline, build, &run, sink);
    run.row.observed_at
}

/// Returns the native id of a build: `project/42`.
pub(super) fn native_id(id: i64, project: Option<&str>) -> String {
    match project {
        Some(project) => format!("{project}/{id}"),
        None => id.to_string(),
    }
}

/// Returns the run that a build is, without its parts.
pub(super) fn told(build: &Build<'_>, project: Option<&str>, sink: &mut Sink<'_>) -> Option<Run> {
    let Some(id) = build.id.copied() else {
        sink.lost("a build has no `id`");
        return None;
    };
    let project = build.project.get().and_then(|project| project.name.text()).or(project);
    let native_id = native_id(id, project);
    let name = build.definition.get().and_then(|definition| definition.name.text());
    let repo = build.repository.get().and_then(|repository| repo_name(repository, project));
    let repo = sink.repo(repo.as_deref());
    let home = sink.home_by_name(repo, &Clue { kind: "pipeline", name: name.unwrap_or_default() });
    let (status, result) = (build.status.text(), build.result.text());
    let outcome = outcome(status, result);
    let branch = build.branch.text();
    let trigger = build.trigger.get();
    let pull = trigger.and_then(|trigger| trigger.pull.text()).or_else(|| {
        // refs/pull/12/merge
        branch?.strip_prefix("refs/pull/")?.split('/').next()
    });
    let sha = trigger.and_then(|trigger| trigger.sha.text()).or(build.sha.text());
    let web = build.links.get().and_then(|links| links.web.get()).and_then(|web| web.href.text());
    let finished_at = build.finish_time.copied().filter(|_| outcome != Outcome::Running);
    let begun = [&build.queue_time, &build.start_time];
    let begun = begun.into_iter().filter_map(Lenient::copied).max();
    let row = PipelineRun {
        id: sink.id("pipeline_runs", &native_id, Some(1)),
        source: home.source,
        service: home.service,
        // `lastChangedDate` moves when nothing of this does (retention, tags).
        observed_at: match finished_at {
            Some(at) => Some(at.plus_millis(10)),
            None => begun.map(|at| at.plus_millis(i64::from(status == Some("inProgress")))),
        },
        url: sink.name(web),
        native_status: sink.name(result.filter(|result| *result != "none").or(status)),
        repo: home.repo,
        run_id: sink.name(Some(&native_id)),
        attempt: Some(1),
        pipeline: sink.name(name),
        trigger: sink.name(build.reason.text()),
        actor_kind: match build.reason.text() {
            Some("schedule" | "buildCompletion" | "resourceTrigger") => ActorKind::System,
            _ => actor_kind(build.requested_for.get(), sink),
        },
        sha: sink.name(sha),
        git_ref: sink
            .name(branch.map(|branch| branch.strip_prefix("refs/heads/").unwrap_or(branch))),
        change_number: pull.and_then(|number| number.parse().ok()),
        queued_at: build.queue_time.copied(),
        started_at: build.start_time.copied(),
        finished_at,
        outcome,
    };
    Some(Run { native_id, row })
}

/// Returns how something ended that is in `status` with `result`. Service hooks of resource version
/// 1.0 put the result into the status.
pub(super) fn outcome(status: Option<&str>, result: Option<&str>) -> Outcome {
    match result.filter(|result| *result != "none").or(status) {
        Some("succeeded" | "succeededWithIssues") => Outcome::Success,
        Some("failed" | "partiallySucceeded") => Outcome::Failure,
        Some("canceled" | "stopped") => Outcome::Cancelled,
        Some("skipped") => Outcome::Skipped,
        Some("abandoned") => Outcome::Error,
        Some("notStarted" | "postponed" | "inProgress" | "cancelling" | "pending") => {
            Outcome::Running
        }
        _ => Outcome::Unknown,
    }
}
