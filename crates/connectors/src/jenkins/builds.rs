//! A build as a pipeline run: what it ran on, who or what started it, how it ended.
//!
//! Owns: results and causes of Jenkins, which of several checkouts is the build's own. Must not know
//! stages and tests.

use aftercast_model::{ActorKind, Name, Outcome, PipelineRun, TaskRun, Timestamp};

use crate::jenkins::objects::{Action, Build, Cause};
use crate::jenkins::{job_of, stages, tests};
use crate::naming::repo_in_remote;
use crate::rules::{Clue, Evidence};
use crate::sink::{Home, Sink};
use crate::words::{first_words, telling_line};

/// What all rows of a build share.
pub(super) struct Shared<'b> {
    pub(super) build: &'b Build<'b>,
    /// `team/shop/main`.
    pub(super) job: &'b str,
    /// `team/shop/main#7`, the native id.
    pub(super) native_id: &'b str,
    /// The row of the run.
    pub(super) run: PipelineRun,
    /// Whether it was stopped by a time limit.
    pub(super) timed_out: bool,
}

impl Shared<'_> {
    /// Returns the shared columns of a job or stage of this build.
    pub(super) fn task(&self) -> TaskRun {
        TaskRun {
            source: self.run.source,
            service: self.run.service,
            observed_at: self.run.observed_at,
            url: self.run.url,
            repo: self.run.repo,
            run_id: self.run.run_id,
            attempt: Some(1),
            stage: self.run.pipeline,
            sha: self.run.sha,
            change_number: self.run.change_number,
            ..TaskRun::default()
        }
    }

    /// Returns the value of the first parameter called one of `names`.
    pub(super) fn parameter(&self, names: &[&str]) -> Option<&str> {
        let mut parameters = actions(self.build).flat_map(|action| action.parameters.items());
        let found = parameters.find(|parameter| {
            let name = parameter.name.text().unwrap_or_default();
            names.iter().any(|known| known.eq_ignore_ascii_case(name))
        })?;
        found.value.get().map(|value| value.0.as_str()).filter(|value| !value.is_empty())
    }
}

/// Keeps a build and everything in it; returns when its state was this.
pub(super) fn build(
    build: &Build<'_>,
    subject: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    let job = build.url.text().and_then(job_of);
    let Some(job) = job.or_else(|| subject.map(str::to_owned)) else {
        sink.lost("a build does not say its job (`url` is missing)");
        return None;
    };
    let Some(number) = build.number.copied() else {
        sink.lost("a build has no `number`");
        return None;
    };
    let native_id = format!("{job}#{number}");
    let shared = Shared {
        build,
        job: &job,
        native_id: &native_id,
        run: run(build, &job, &native_id, sink),
        timed_out: stopped_by(build, "ExceededTimeout"),
    };
    sink.facts().pipeline_runs.push(shared.run);
    if build.wfapi.get().is_some() {
        stages::stages(&shared, sink);
    } else if !is_pipeline(build) {
        whole_build(&shared, sink);
    }
    tests::tests(&shared, sink);
    shared.run.observed_at
}

/// Returns the row of a build.
fn run(build: &Build<'_>, job: &str, native_id: &str, sink: &mut Sink<'_>) -> PipelineRun {
    let checkout = checkout(build, job);
    let remote = checkout.and_then(|action| action.remotes.items().next());
    let repo = sink.repo(remote.and_then(|remote| repo_in_remote(remote)));
    let Home { source, service, repo } = sink.home_by_name(repo, &Clue { kind: "job", name: job });
    let revision = checkout.and_then(|action| action.last_built.get());
    let branch = revision.and_then(|revision| revision.branches.items().next());
    let branch = branch.and_then(|branch| branch.name.text()).and_then(branch_name);
    let running = build.building.copied() == Some(true);
    let begun = build.timestamp.copied().map(|at| at.0);
    let waited = actions(build).find_map(|action| action.queuing.copied());
    let describe = build.wfapi.get();
    // Without stages Jenkins counts the wait up to the moment of the question.
    let executor = describe
        .filter(|describe| describe.stages.items().next().is_some())
        .and_then(|describe| describe.queued.copied());
    let duration = build.duration.copied().filter(|_| !running);
    let finished_at = begun.zip(duration).map(|(begun, duration)| begun.plus_millis(duration));
    let (trigger, actor_kind) = started_by(build, sink);
    PipelineRun {
        id: sink.id("pipeline_runs", native_id, Some(1)),
        source,
        service,
        observed_at: observed(build, begun, finished_at),
        url: sink.name(build.url.text()),
        native_status: sink.name(build.result.text().or(running.then_some("building"))),
        repo,
        run_id: sink.name(Some(native_id)),
        attempt: Some(1),
        pipeline: sink.name(Some(job)),
        trigger,
        actor_kind,
        sha: sink.name(revision.and_then(|revision| revision.sha.text())),
        git_ref: sink.name(branch),
        change_number: change_number(job),
        // Where neither wait is known, nothing says when it was asked for.
        queued_at: begun
            .filter(|_| waited.is_some() || executor.is_some())
            .map(|at| at.plus_millis(-waited.unwrap_or(0).max(0))),
        started_at: begun.map(|at| at.plus_millis(executor.unwrap_or(0).max(0))),
        finished_at,
        outcome: if running {
            Outcome::Running
        } else {
            outcome(build.result.text(), stopped_by(build, "ExceededTimeout"))
        },
    }
}

/// Keeps a build that has no stages as its only job.
fn whole_build(shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let (build, run) = (shared.build, shared.run);
    let log = build.console.text();
    let tests = actions(build).find(|action| action.total.copied().is_some());
    let failed = tests.and_then(|action| action.failed.copied()).filter(|failed| *failed > 0);
    let text = match (failed, log.and_then(telling_line)) {
        (Some(failed), _) => Some(format!("{failed} tests failed")),
        (None, line) => line.map(first_words),
    };
    let text = text.filter(|_| run.outcome.is_red());
    let evidence = Evidence {
        outcome: run.outcome,
        reason: build.result.text(),
        job: Some(shared.job),
        text: log.or(text.as_deref()),
        ..Evidence::default()
    };
    let (failure_class, failure_rule) = stages::why(&evidence, sink);
    let row = TaskRun {
        id: sink.id("task_runs", shared.native_id, Some(1)),
        native_status: run.native_status,
        task_id: run.run_id,
        name: run.pipeline,
        kind: sink.name(crate::naming::kind_by_name(shared.job)),
        queued_at: run.queued_at,
        started_at: run.started_at,
        finished_at: run.finished_at,
        outcome: run.outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(text.as_deref()),
        runner: sink.name(build.built_on.text()),
        tests_run: tests.and_then(|action| action.total.copied()),
        ..shared.task()
    };
    sink.facts().task_runs.push(row);
    stages::deployed_by_build(shared, sink);
}

/// Returns how something ended that Jenkins calls `result`; stages have words of their own.
pub(super) fn outcome(result: Option<&str>, timed_out: bool) -> Outcome {
    match result {
        Some("SUCCESS") => Outcome::Success,
        // Unstable: it ran to its end, and tests did not hold.
        Some("FAILURE" | "FAILED" | "UNSTABLE") => Outcome::Failure,
        Some("ABORTED") if timed_out => Outcome::TimedOut,
        Some("ABORTED") => Outcome::Cancelled,
        Some("NOT_BUILT" | "NOT_EXECUTED") => Outcome::Skipped,
        Some("IN_PROGRESS" | "PAUSED_PENDING_INPUT" | "QUEUED") => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

/// Returns when the state was this. Jenkins does not say when an object changed: a finished build is
/// dated by its end, a running one by the newest moment that its stages tell; what was fetched
/// beside it makes it the better of two.
fn observed(
    build: &Build<'_>,
    begun: Option<Timestamp>,
    finished: Option<Timestamp>,
) -> Option<Timestamp> {
    let parts = [
        build.wfapi.get().is_some(),
        build.test_report.get().is_some(),
        build.console.get().is_some(),
    ];
    let parts = parts.into_iter().filter(|is_there| *is_there).map(|_| 1_i64).sum::<i64>();
    if let Some(finished) = finished {
        return Some(finished.plus_millis(10 + parts));
    }
    let stages = build.wfapi.get().into_iter().flat_map(|describe| describe.stages.items());
    let seen = stages.filter_map(|stage| {
        let begun = stage.started.copied()?.0;
        Some(begun.plus_millis(stage.duration.copied().unwrap_or(0)))
    });
    begun.into_iter().chain(seen).max().map(|at| at.plus_millis(parts))
}

/// Returns the actions of a build.
pub(super) fn actions<'b, 'd>(build: &'b Build<'d>) -> impl Iterator<Item = &'b Action<'d>> {
    build.actions.items()
}

/// Returns whether the build is a pipeline's, whose stages `wfapi` tells.
pub(super) fn is_pipeline(build: &Build<'_>) -> bool {
    build.class.text().is_none_or(|class| class.contains("workflow"))
}

/// Returns whether the build was stopped by something whose class is called `what`.
pub(super) fn stopped_by(build: &Build<'_>, what: &str) -> bool {
    let mut causes = actions(build).flat_map(|action| action.causes.items());
    causes.any(|cause| class_name(cause) == what)
}

/// Returns the class of a cause without its package.
fn class_name<'c>(cause: &'c Cause<'_>) -> &'c str {
    let class = cause.class.text().unwrap_or_default();
    class.rsplit(['.', '$']).next().unwrap_or(class)
}

/// Returns the checkout that is the build's own: shared libraries are checked out as well.
fn checkout<'b, 'd>(build: &'b Build<'d>, job: &str) -> Option<&'b Action<'d>> {
    let mut all = actions(build).filter(|action| action.last_built.get().is_some());
    let first = all.next()?;
    let remote = |action: &Action<'_>| action.remotes.items().next().map(ToString::to_string);
    let others: Vec<&Action<'_>> = all.filter(|other| remote(other) != remote(first)).collect();
    if others.is_empty() {
        return Some(first);
    }
    let sets = build.change_sets.items().chain(build.change_set.get());
    let changed: Vec<&str> =
        sets.flat_map(|set| set.items.items()).filter_map(|item| item.commit.text()).collect();
    let candidates = || std::iter::once(first).chain(others.iter().copied());
    let named = candidates().find(|action| {
        let remote = remote(action).unwrap_or_default();
        let repo = repo_in_remote(&remote).and_then(|repo| repo.rsplit('/').next());
        repo.is_some_and(|repo| job.split('/').any(|name| name == repo))
    });
    named.or_else(|| {
        candidates().find(|action| {
            let sha = action.last_built.get().and_then(|revision| revision.sha.text());
            sha.is_some_and(|sha| changed.contains(&sha))
        })
    })
}

/// Returns the branch in `refs/remotes/origin/main` or `origin/main`; none where no branch was
/// checked out.
fn branch_name(name: &str) -> Option<&str> {
    let name = name.strip_prefix("refs/remotes/").unwrap_or(name);
    let name = name.strip_prefix("origin/").unwrap_or(name);
    (name != "detached").then_some(name)
}

/// Returns the change request that a branch job like `shop/PR-12` is for.
fn change_number(job: &str) -> Option<i64> {
    let last = job.rsplit('/').next()?;
    let number = last.strip_prefix("PR-").or_else(|| last.strip_prefix("MR-"))?;
    number.split('-').next()?.parse().ok()
}

/// Returns what started a build, in Jenkins' word without `Cause`, and who.
fn started_by(build: &Build<'_>, sink: &mut Sink<'_>) -> (Name, ActorKind) {
    let causes = || actions(build).flat_map(|action| action.causes.items());
    let starts = |cause: &&Cause<'_>| class_name(cause).ends_with("Cause");
    let again = |cause: &&Cause<'_>| {
        matches!(class_name(cause), "ReplayCause" | "RestartDeclarativePipelineCause")
    };
    let Some(cause) = causes().find(again).or_else(|| causes().find(starts)) else {
        return (Name::NONE, ActorKind::Unknown);
    };
    let user = causes().find_map(|cause| cause.user.text());
    let kind = match class_name(cause) {
        "UserIdCause" | "ReplayCause" | "RestartDeclarativePipelineCause" => match user {
            Some(user) if sink.context().rules.is_program(user) => ActorKind::Bot,
            _ => ActorKind::Human,
        },
        "TimerTriggerCause"
        | "SCMTriggerCause"
        | "BranchIndexingCause"
        | "BranchEventCause"
        | "UpstreamCause"
        | "BuildUpstreamCause" => ActorKind::System,
        _ => ActorKind::Unknown,
    };
    let word = class_name(cause).strip_suffix("Cause");
    (sink.name(word), kind)
}
