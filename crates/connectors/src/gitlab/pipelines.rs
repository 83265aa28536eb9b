//! Pipelines: what the API tells with all of their jobs, and what their webhook tells.
//!
//! Owns: the rows of runs; what jobs know only together (attempts, stages before, started by hand).
//! A pipeline keeps its number when its jobs are retried: what failed before a retry is an attempt
//! of its own here, so that a red attempt before a green one is never lost.

use std::collections::{BTreeMap, BTreeSet};

use aftercast_model::{ActorKind, Outcome, PipelineRun, Timestamp};

use crate::gitlab::jobs::{self, About, Of};
use crate::gitlab::objects::{Job, Pipeline, PipelineHook, User};
use crate::gitlab::states::{PULLED_MS, actor_kind, observed, outcome, repo_in_url};
use crate::gitlab::tests;
use crate::json::Lenient;
use crate::sink::Sink;

/// Within so long all first jobs of a pipeline are made.
const RETRY_MS: i64 = 60_000;

/// Keeps a pipeline of the API, with the jobs that were attached to it.
pub(super) fn pipeline(pipeline: &Pipeline<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(id) = pipeline.id.copied() else { return sink.note("a pipeline has no `id`") };
    let whole = pipeline.whole.get();
    let repo = sink.repo(said.or(pipeline.web_url.text().and_then(repo_in_url)));
    let home = sink.home(repo);
    let status = whole.and_then(|whole| whole.status.text()).or(pipeline.status.text());
    let updated_at =
        whole.and_then(|whole| whole.updated_at.copied()).max(pipeline.updated_at.copied());
    let user = whole.and_then(|whole| whole.user.get()).or(pipeline.user.get());
    let jobs = Jobs::new(pipeline.jobs.items());
    let red = jobs.red_attempts();
    let attempts = red.keys().last().map_or(1, |last| last + 1);
    let change = pipeline.git_ref.text().and_then(change_of_ref);
    let sha = pipeline.sha.text();
    let native_id = id.to_string();
    let first_started = whole
        .and_then(|whole| whole.started_at.copied())
        .or(pipeline.started_at.copied())
        .or_else(|| jobs.of_attempt(1).filter_map(|job| job.started_at.copied()).min());
    let retried_at =
        |attempt: i64| jobs.of_attempt(attempt).filter_map(|j| j.created_at.copied()).min();
    let row = PipelineRun {
        id: sink.id("pipeline_runs", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: observed(updated_at.max(pipeline.created_at.copied()), status)
            .map(|at| at.plus_millis(if whole.is_some() { PULLED_MS } else { 0 })),
        url: sink.name(pipeline.web_url.text()),
        native_status: sink.name(status),
        repo: home.repo,
        run_id: sink.name(Some(&native_id)),
        attempt: Some(attempts),
        pipeline: sink.name(whole.and_then(|whole| whole.name.text()).or(pipeline.name.text())),
        trigger: sink.name(pipeline.source.text()),
        actor_kind: match pipeline.source.text() {
            Some("schedule" | "parent_pipeline" | "pipeline") => ActorKind::System,
            _ => actor_kind(user, sink),
        },
        sha: sink.name(sha),
        git_ref: sink.name(pipeline.git_ref.text()),
        change_number: change,
        queued_at: match attempts {
            1 => pipeline.created_at.copied(),
            last => retried_at(last),
        },
        started_at: match attempts {
            1 => first_started,
            last => jobs.of_attempt(last).filter_map(|job| job.started_at.copied()).min(),
        },
        finished_at: whole
            .and_then(|whole| whole.finished_at.copied())
            .or(pipeline.finished_at.copied())
            .filter(|_| ended(status)),
        outcome: outcome(status, None),
    };
    sink.facts().pipeline_runs.push(row);
    for (attempt, finished_at) in red {
        let earlier = PipelineRun {
            id: sink.id("pipeline_runs", &native_id, Some(attempt)),
            native_status: sink.name(Some("failed, then retried")),
            attempt: Some(attempt),
            queued_at: if attempt == 1 {
                pipeline.created_at.copied()
            } else {
                retried_at(attempt)
            },
            started_at: if attempt == 1 {
                first_started
            } else {
                jobs.of_attempt(attempt).filter_map(|job| job.started_at.copied()).min()
            },
            finished_at,
            outcome: Outcome::Failure,
            ..row
        };
        sink.facts().pipeline_runs.push(earlier);
    }
    let by_hand = pipeline.by_hand.get().map(|by_hand| {
        let ids =
            by_hand.nodes.items().filter_map(|job| job.id.text()?.rsplit('/').next()?.parse().ok());
        ids.collect::<BTreeSet<i64>>()
    });
    let suites = pipeline.tests.get();
    let of = Of { run_id: Some(id), sha, change, repo, pulled: PULLED_MS };
    for (job, attempt) in &jobs.list {
        let of_job = job.id.copied().unwrap_or_default();
        // The report holds the last try of each job.
        let last = jobs.is_last(job, *attempt);
        let tests_run =
            suites.filter(|_| last).and_then(|report| tests::run_by(report, job.name.text()));
        let about = About {
            attempt: Some(*attempt),
            asked_at: jobs.reached_at(job),
            by_hand: by_hand.as_ref().map(|ids| ids.contains(&of_job)),
            other_user: differs(job, user),
            tests_run,
            trigger: false,
        };
        jobs::job(job, &of, &about, sink);
    }
    for bridge in pipeline.bridges.items() {
        let about = About { asked_at: jobs.reached_at(bridge), trigger: true, ..About::default() };
        jobs::job(bridge, &of, &about, sink);
    }
    if let Some(report) = suites {
        tests::report(report, &row, sink);
    }
}

/// Keeps what the webhook of a pipeline tells. It names the last try of each job only.
pub(super) fn hook(body: &PipelineHook<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(pipeline) = body.object_attributes.get() else {
        return sink.note("a pipeline came without `object_attributes`");
    };
    let Some(id) = pipeline.id.copied() else { return sink.note("a pipeline has no `id`") };
    let repo = sink.repo(said.or(pipeline.url.text().and_then(repo_in_url)));
    let home = sink.home(repo);
    let status = pipeline.status.text();
    let user = body.user.get();
    let jobs = Jobs::new(body.builds.items());
    let times =
        jobs.list.iter().flat_map(|(job, _)| [&job.created_at, &job.started_at, &job.finished_at]);
    let newest = times
        .chain([&pipeline.created_at, &pipeline.finished_at])
        .filter_map(Lenient::copied)
        .max();
    let queued = pipeline.queued_duration.copied();
    let change = body.merge_request.get().and_then(|request| request.iid.copied());
    let native_id = id.to_string();
    let row = PipelineRun {
        id: sink.id("pipeline_runs", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: observed(newest, status),
        url: sink.name(pipeline.url.text()),
        native_status: sink.name(status),
        repo: home.repo,
        run_id: sink.name(Some(&native_id)),
        attempt: None,
        pipeline: sink.name(pipeline.name.text()),
        trigger: sink.name(pipeline.source.text()),
        actor_kind: match pipeline.source.text() {
            Some("schedule" | "parent_pipeline" | "pipeline") => ActorKind::System,
            _ => actor_kind(user, sink),
        },
        sha: sink.name(pipeline.sha.text()),
        git_ref: sink.name(pipeline.git_ref.text()),
        change_number: change,
        queued_at: pipeline.created_at.copied(),
        started_at: pipeline
            .created_at
            .copied()
            .zip(queued)
            .map(|(at, queued)| at.plus_millis(queued.0))
            .or_else(|| jobs.list.iter().filter_map(|(job, _)| job.started_at.copied()).min()),
        finished_at: pipeline.finished_at.copied().filter(|_| ended(status)),
        outcome: outcome(status, None),
    };
    sink.facts().pipeline_runs.push(row);
    // A job's own webhook does not say whether a person starts it, this one does.
    let of = Of { run_id: Some(id), sha: pipeline.sha.text(), change, repo, pulled: 1 };
    for (job, _) in &jobs.list {
        // What was made long after its pipeline is a later try: nobody waited for it.
        let later = job.created_at.copied().zip(pipeline.created_at.copied());
        let again = later.is_some_and(|(job, run)| job.millis() - run.millis() > RETRY_MS);
        let about = About {
            asked_at: jobs.reached_at(job).filter(|_| !again),
            by_hand: job.manual.copied(),
            ..About::default()
        };
        jobs::job(job, &of, &about, sink);
    }
}

/// Returns whether a pipeline in `status` has ended; one that was retried keeps its last end.
fn ended(status: Option<&str>) -> bool {
    matches!(status, Some("success" | "failed" | "canceled" | "skipped"))
}

/// Returns whether somebody else started `job` than `user` started the pipeline.
fn differs(job: &Job<'_>, user: Option<&User<'_>>) -> bool {
    let own = job.user.get().and_then(|user| user.id.copied());
    let all = user.and_then(|user| user.id.copied());
    own.zip(all).is_some_and(|(own, all)| own != all)
}

/// Returns the merge request of `refs/merge-requests/42/head`, `.../merge` and `.../train`.
fn change_of_ref(git_ref: &str) -> Option<i64> {
    git_ref.strip_prefix("refs/merge-requests/")?.split('/').next()?.parse().ok()
}

/// The jobs of a pipeline together.
pub(super) struct Jobs<'p, 'd> {
    /// Each with its attempt, counted by name from 1 in the order of their numbers.
    pub(super) list: Vec<(&'p Job<'d>, i64)>,
    /// The lowest number of a job in each stage: stages are made in their order.
    stages: BTreeMap<&'p str, i64>,
}

impl<'p, 'd> Jobs<'p, 'd> {
    pub(super) fn new(jobs: impl Iterator<Item = &'p Job<'d>>) -> Self {
        let mut jobs: Vec<&Job<'d>> = jobs.collect();
        jobs.sort_by_key(|job| job.id.copied());
        jobs.dedup_by_key(|job| job.id.copied());
        let mut tries: BTreeMap<&str, i64> = BTreeMap::new();
        let mut stages: BTreeMap<&str, i64> = BTreeMap::new();
        let mut list = Vec::with_capacity(jobs.len());
        for job in jobs {
            let attempt = tries.entry(job.name.text().unwrap_or_default()).or_default();
            *attempt += 1;
            list.push((job, *attempt));
            let (Some(stage), Some(id)) = (job.stage.text(), job.id.copied()) else { continue };
            stages.entry(stage).or_insert(id);
        }
        Self { list, stages }
    }

    fn of_attempt(&self, attempt: i64) -> impl Iterator<Item = &'p Job<'d>> + '_ {
        self.list.iter().filter(move |(_, of)| *of == attempt).map(|(job, _)| *job)
    }

    /// Returns the attempts that ended because a job failed that must not, and was then tried again;
    /// and when the last such job of each ended.
    fn red_attempts(&self) -> BTreeMap<i64, Option<Timestamp>> {
        let mut red: BTreeMap<i64, Option<Timestamp>> = BTreeMap::new();
        for (job, attempt) in &self.list {
            let failed = job.status.text() == Some("failed");
            if failed && job.allow_failure.copied() != Some(true) && !self.is_last(job, *attempt) {
                let ended = red.entry(*attempt).or_default();
                *ended = (*ended).max(job.finished_at.copied());
            }
        }
        red
    }

    /// Returns whether no later try of `job` is known.
    fn is_last(&self, job: &Job<'_>, attempt: i64) -> bool {
        !self.list.iter().any(|(one, of)| *of > attempt && one.name.text() == job.name.text())
    }

    /// Returns when the stages before `of`'s had ended: what a job waits for that names no needs.
    pub(super) fn reached_at(&self, of: &Job<'_>) -> Option<Timestamp> {
        let own = of.stage.text().and_then(|stage| self.stages.get(stage));
        let queued_at = jobs::queued_at(of);
        let before = self.list.iter().filter(|(job, _)| {
            let stage = job.stage.text().and_then(|stage| self.stages.get(stage));
            stage.zip(own).is_some_and(|(stage, own)| stage < own)
        });
        let ends = before.filter_map(|(job, _)| job.finished_at.copied());
        ends.filter(|end| queued_at.is_none_or(|queued| *end <= queued))
            .chain(of.created_at.copied())
            .max()
    }
}

#[cfg(test)]
mod tests_of_refs {
    use super::*;

    #[test]
    fn a_ref_names_its_merge_request() {
        for (git_ref, expected) in [
            ("refs/merge-requests/42/head", Some(42)),
            ("refs/merge-requests/42/train", Some(42)),
            ("refs/merge-requests/x/head", None),
            ("main", None),
        ] {
            assert_eq!(change_of_ref(git_ref), expected, "{git_ref}");
        }
    }
}
