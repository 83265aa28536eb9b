//! Runs of pipelines, tasks, builds and tests.
//!
//! Owns: the words for how something ended, in every version. Must not know how events are sent.

use aftercast_model::{
    ActorKind, FailureClass, Name, Outcome, PipelineRun, TaskRun, TestOutcome, TestResult,
};

use crate::cloudevents::event::Story;
use crate::cloudevents::home::home;
use crate::naming::kind_by_name;
use crate::rules::{Clue, Evidence};
use crate::sink::Sink;
use crate::words::first_words;

/// Returns how something ended: 0.5 has these words, before they were free.
fn outcome(story: &Story<'_, '_>) -> Outcome {
    if story.predicate() == "skipped" {
        return Outcome::Skipped;
    }
    if story.predicate() != "finished" {
        return Outcome::Running;
    }
    match story.said(|content| content.outcome.text()).map(str::to_ascii_lowercase).as_deref() {
        Some("success" | "succeeded" | "pass" | "passed") => Outcome::Success,
        Some("failure" | "failed" | "fail") => Outcome::Failure,
        Some("cancel" | "cancelled" | "canceled" | "aborted") => Outcome::Cancelled,
        Some("error") => Outcome::Error,
        Some("timeout" | "timed_out") => Outcome::TimedOut,
        Some("skipped" | "skip") => Outcome::Skipped,
        // A build says only what came out of it.
        None if story.subject == "build" => {
            match story.said(|content| content.artifact_id.text()) {
                Some(_) => Outcome::Success,
                None => Outcome::Unknown,
            }
        }
        _ => Outcome::Unknown,
    }
}

/// Returns the source's word for the state.
fn native_status<'s>(story: &'s Story<'_, '_>) -> Option<&'s str> {
    let ended = story.predicate() == "finished";
    story.said(|content| content.outcome.text()).filter(|_| ended).or(Some(story.predicate()))
}

/// Keeps a run of a pipeline.
pub(super) fn pipeline_run(story: &Story<'_, '_>, sink: &mut Sink<'_>) {
    let name = story.said(|content| content.pipeline_name.text());
    let clue = Clue { kind: "pipeline", name: name.unwrap_or_default() };
    let home = home(story, &clue, sink);
    let attempt = story.extra(|extra| extra.attempt.copied());
    let row = PipelineRun {
        id: sink.id("pipeline_runs", &story.native_id, attempt),
        source: home.source,
        service: home.service,
        observed_at: story.observed_at(),
        url: sink.name(story.url()),
        native_status: sink.name(native_status(story)),
        repo: home.repo,
        run_id: sink.name(Some(story.name)),
        attempt,
        pipeline: sink.name(name),
        trigger: Name::NONE,
        actor_kind: ActorKind::Unknown,
        sha: sink.name(story.extra(|extra| extra.sha.text())),
        git_ref: sink.name(story.extra(|extra| extra.git_ref.text())),
        change_number: story.extra(|extra| extra.change.copied()),
        queued_at: story.at("queued").or(story.extra(|extra| extra.queued_at.copied())),
        started_at: story.at("started").or(story.extra(|extra| extra.started_at.copied())),
        finished_at: story.at("finished"),
        outcome: outcome(story),
    };
    sink.facts().pipeline_runs.push(row);
}

/// Keeps a task, a build or a run of a test suite.
pub(super) fn task_run(story: &Story<'_, '_>, sink: &mut Sink<'_>) {
    let suite = story.said(|content| content.test_suite.get());
    let name = match story.subject {
        "taskrun" => story.said(|content| content.task_name.text()),
        "testsuiterun" => suite.and_then(|suite| suite.name.text().or(suite.id.text())),
        _ => None,
    };
    let home = home(story, &Clue { kind: "task", name: name.unwrap_or_default() }, sink);
    let outcome = outcome(story);
    let said = story.said(|content| content.errors.text().or(content.reason.text()));
    let (failure_class, failure_rule) = if outcome.is_red() {
        sink.failure(&Evidence { outcome, job: name, text: said, ..Evidence::default() })
    } else {
        (FailureClass::Unknown, Name::NONE)
    };
    let words = said.filter(|_| outcome.is_red()).map(first_words);
    let run = story.said(|content| content.pipeline_run.get()).and_then(|run| run.id.text());
    let attempt = story.extra(|extra| extra.attempt.copied());
    let native_id = format!("{}/{}", story.subject, story.native_id);
    let row = TaskRun {
        id: sink.id("task_runs", &native_id, attempt),
        source: home.source,
        service: home.service,
        observed_at: story.observed_at(),
        url: sink.name(story.url()),
        native_status: sink.name(native_status(story)),
        repo: home.repo,
        run_id: sink.name(run.or(story.extra(|extra| extra.run_id.text()))),
        attempt,
        task_id: sink.name(Some(story.name)),
        name: sink.name(name),
        stage: Name::NONE,
        kind: sink.name(match story.subject {
            "build" => Some("build"),
            "testsuiterun" => Some("test"),
            _ => name.and_then(kind_by_name),
        }),
        sha: sink.name(story.extra(|extra| extra.sha.text())),
        change_number: story.extra(|extra| extra.change.copied()),
        queued_at: story.at("queued").or(story.extra(|extra| extra.queued_at.copied())),
        started_at: story.at("started").or(story.extra(|extra| extra.started_at.copied())),
        finished_at: story.at("finished"),
        outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(words.as_deref()),
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
}

/// Keeps a run of a test case.
pub(super) fn test_case(story: &Story<'_, '_>, sink: &mut Sink<'_>) {
    let case = story.said(|content| content.test_case.get());
    let name = case.and_then(|case| case.name.text().or(case.id.text())).unwrap_or(story.name);
    let suite = story.said(|content| content.test_suite_run.get());
    let outcome = outcome(story);
    let ended = match outcome {
        Outcome::Success => TestOutcome::Passed,
        Outcome::Failure => TestOutcome::Failed,
        Outcome::Error => TestOutcome::Error,
        Outcome::Skipped => TestOutcome::Skipped,
        _ => TestOutcome::Unknown,
    };
    let started_at = story.at("started").or(story.extra(|extra| extra.started_at.copied()));
    let finished_at = story.at("finished");
    let duration = started_at.zip(finished_at).map(|(from, to)| to.since(from));
    let words = story.said(|content| content.reason.text()).map(first_words);
    let home = home(story, &Clue { kind: "test", name: "" }, sink);
    let row = TestResult {
        id: sink.id("test_results", &story.native_id, None),
        source: home.source,
        service: home.service,
        observed_at: story.observed_at(),
        url: sink.name(story.url()),
        native_status: sink.name(native_status(story)),
        run_id: sink.name(story.extra(|extra| extra.run_id.text())),
        suite: sink.name(suite.and_then(|suite| suite.id.text())),
        class: Name::NONE,
        name: sink.name(Some(name)),
        parameters: Name::NONE,
        outcome: ended,
        // One event is one run: whether it also ended otherwise is not told.
        flaky: None,
        started_at,
        duration_ms: duration.filter(|millis| *millis >= 0),
        failure_text: sink.name(words.filter(|_| outcome != Outcome::Success).as_deref()),
    };
    sink.facts().test_results.push(row);
}
