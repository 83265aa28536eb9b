//! What spans become.
//!
//! Owns: words for results, ids of rows, whose a span is. Must not know OTLP.

use aftercast_model::{
    ActorKind, Deployment, FailureClass, GateEvaluation, GateKind, Name, Outcome, PipelineRun,
    StepRun, SubjectKind, TaskRun, Timestamp, Verdict,
};

use crate::naming::{kind_by_name, repo_in_remote};
use crate::otlp::conventions as names;
use crate::otlp::objects::Span;
use crate::otlp::span::{Kind, Known, end, flag, start};
use crate::rules::{Clue, Evidence};
use crate::sink::{Home, Sink};
use crate::words::first_words;

/// Returns how something ended, by a word of any version of the conventions, of Jenkins or GitHub;
/// without one, by the span's own status.
fn outcome(word: Option<&str>, span: &Span<'_>) -> Outcome {
    match word.map(str::to_ascii_lowercase).as_deref() {
        Some("success" | "succeeded" | "completed") => Outcome::Success,
        // Jenkins' unstable: it ran to its end, and tests did not hold.
        Some("failure" | "failed" | "unstable") => Outcome::Failure,
        Some("error" | "unprocessable" | "startup_failure") => Outcome::Error,
        Some("timeout" | "timed_out") => Outcome::TimedOut,
        Some("cancellation" | "cancelled" | "canceled" | "aborted" | "stale") => Outcome::Cancelled,
        Some("skip" | "skipped" | "not_built" | "not_executed") => Outcome::Skipped,
        Some(
            "pending"
            | "executing"
            | "finalizing"
            | "in_progress"
            | "queued"
            | "paused_pending_input",
        ) => Outcome::Running,
        Some(_) => Outcome::Unknown,
        None => {
            match span.status.get().and_then(|status| status.code.copied()).map(|code| code.0) {
                Some(1) => Outcome::Success,
                Some(2) => Outcome::Failure,
                _ => Outcome::Unknown,
            }
        }
    }
}

/// What the rows of a span share.
struct Shared<'s> {
    home: Home,
    repo: Option<String>,
    /// The run's native id, as other sources call it where the span says so.
    run_id: String,
    attempt: Option<i64>,
    ids: (&'s str, &'s str),
    sha: Name,
    change: Option<i64>,
}

/// Keeps what a span tells, and returns when that was.
pub(super) fn span(
    kind: Kind,
    known: &Known<'_>,
    span: &Span<'_>,
    sink: &mut Sink<'_>,
) -> Option<Timestamp> {
    let (Some(trace_id), Some(span_id)) = (span.trace_id.text(), span.span_id.text()) else {
        sink.lost("a span has no `traceId` or no `spanId`");
        return None;
    };
    let owner = known.text(span, names::REPO_OWNER);
    let name = known.text(span, names::REPO_NAME);
    let url = known.text(span, names::REPO_URL).map(|url| repo_in_remote(url).unwrap_or(url));
    let said = match (url, owner, name) {
        (Some(repo), ..) => Some(repo.to_owned()),
        (None, Some(owner), Some(name)) if !name.contains('/') => Some(format!("{owner}/{name}")),
        (None, _, name) => name.map(str::to_owned),
    };
    let repo = sink.repo(said.as_deref()).map(str::to_owned);
    let pipeline = known.text(span, names::PIPELINE);
    let home = if repo.is_some() {
        sink.home(repo.as_deref())
    } else {
        let clue = Clue { kind: "pipeline", name: pipeline.unwrap_or_default() };
        sink.home_by_name(None, &clue)
    };
    // Where only some spans name the run, as with Jenkins, the trace is what they share.
    let run_id = known.id(span, names::RUN_ID).unwrap_or_else(|| trace_id.to_owned());
    let shared = Shared {
        home,
        repo,
        run_id,
        attempt: known.number(span, names::ATTEMPT),
        ids: (trace_id, span_id),
        sha: sink.name(known.text(span, names::SHA)),
        change: known.number(span, names::CHANGE),
    };
    match kind {
        Kind::Run => run(known, span, &shared, sink),
        Kind::Task => task(known, span, &shared, sink),
        Kind::Step => step(known, span, &shared, sink),
        Kind::Gate => gate(known, span, &shared, sink),
        Kind::Input => input(span, &shared, sink),
        Kind::Deployment => deployment(known, span, None, &shared, sink),
        Kind::Queue => {}
    }
    end(span).or(start(span))
}

fn run(known: &Known<'_>, span: &Span<'_>, shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let result = known.about(span, names::RUN_RESULT);
    let word = result.or(known.about(span, names::RUN_STATE));
    let outcome = outcome(word, span);
    let repo = shared.repo.as_deref().unwrap_or_default();
    let row = PipelineRun {
        id: sink.id("pipeline_runs", &format!("{repo}|{}", shared.run_id), shared.attempt),
        source: shared.home.source,
        service: shared.home.service,
        observed_at: end(span).or(start(span)),
        url: sink.name(known.text(span, names::RUN_URL)),
        native_status: sink.name(word),
        repo: shared.home.repo,
        run_id: sink.name(Some(&shared.run_id)),
        attempt: shared.attempt,
        pipeline: sink.name(known.text(span, names::PIPELINE).or(span.name.text())),
        trigger: Name::NONE,
        actor_kind: ActorKind::Unknown,
        sha: shared.sha,
        git_ref: sink.name(known.text(span, names::REF)),
        change_number: shared.change,
        queued_at: None,
        started_at: start(span),
        finished_at: end(span).filter(|_| outcome != Outcome::Running),
        outcome,
    };
    sink.facts().pipeline_runs.push(row);
    let deploys = known.about(span, names::ACTION) == Some("SYNC");
    if deploys || deployed(known, span) {
        deployment(known, span, Some(outcome), shared, sink);
    }
}

/// Returns whether a span says itself that it deploys.
fn deployed(known: &Known<'_>, span: &Span<'_>) -> bool {
    [names::DEPLOYMENT_ID, names::DEPLOYMENT_NAME, names::DEPLOYMENT_STATUS]
        .iter()
        .any(|names| known.about(span, names).is_some())
}

fn task(known: &Known<'_>, span: &Span<'_>, shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let (trace_id, span_id) = shared.ids;
    let word = known.about(span, names::TASK_RESULT);
    let outcome = outcome(word, span);
    let name = known.about(span, names::TASK_NAME).or(span.name.text());
    let name = name.map(|name| name.strip_prefix("Stage: ").unwrap_or(name));
    let said = span.status.get().and_then(|status| status.message.text());
    let reason = known.about(span, names::ERROR);
    let (failure_class, failure_rule) = if outcome.is_red() {
        sink.failure(&Evidence { outcome, reason, job: name, text: said, ..Evidence::default() })
    } else {
        (FailureClass::Unknown, Name::NONE)
    };
    let own_id = known.id(span, names::TASK_ID);
    let native_id = match &own_id {
        Some(id) => format!("{}|{id}", shared.repo.as_deref().unwrap_or_default()),
        None => format!("{trace_id}/{span_id}"),
    };
    let kind = known.about(span, names::TASK_TYPE);
    let left_queue = known.left_queue(span);
    let text = said.or(reason).filter(|_| outcome.is_red()).map(first_words);
    let row = TaskRun {
        id: sink.id("task_runs", &native_id, shared.attempt),
        source: shared.home.source,
        service: shared.home.service,
        observed_at: end(span)
            .or(start(span))
            .map(|at| at.plus_millis(i64::from(left_queue.is_some()))),
        url: sink.name(known.about(span, names::TASK_URL)),
        native_status: sink.name(word),
        repo: shared.home.repo,
        run_id: sink.name(Some(&shared.run_id)),
        attempt: shared.attempt,
        task_id: sink.name(own_id.as_deref().or(Some(span_id))),
        name: sink.name(name),
        kind: sink.name(kind.or(name.and_then(kind_by_name))),
        sha: shared.sha,
        change_number: shared.change,
        queued_at: left_queue.and(start(span)),
        started_at: left_queue.or(start(span)),
        finished_at: end(span).filter(|_| outcome != Outcome::Running),
        outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(text.as_deref()),
        runner: sink.name(known.about(span, names::WORKER)),
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
    if deployed(known, span) {
        deployment(known, span, Some(outcome), shared, sink);
    }
}

fn step(known: &Known<'_>, span: &Span<'_>, shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let (trace_id, span_id) = shared.ids;
    let own = own_result(span);
    let name = known.about(span, names::STEP_NAME).or(known.about(span, names::TASK_NAME));
    let task_id = known.id(span, names::TASK_ID);
    let row = StepRun {
        id: sink.id("step_runs", &format!("{trace_id}/{span_id}"), None),
        source: shared.home.source,
        service: shared.home.service,
        observed_at: end(span).or(start(span)),
        url: Name::NONE,
        native_status: sink.name(own),
        task_id: sink.name(task_id.as_deref().or(span.parent_span_id.text())),
        number: None,
        name: sink.name(name.or(span.name.text())),
        started_at: start(span),
        finished_at: end(span),
        outcome: outcome(own, span),
    };
    sink.facts().step_runs.push(row);
}

/// Returns the result that the span itself says; the resource's is its task's.
fn own_result<'s>(span: &'s Span<'_>) -> Option<&'s str> {
    let own = span
        .attributes
        .items()
        .find(|one| one.key.text().is_some_and(|key| names::TASK_RESULT.contains(&key)));
    own?.value.get()?.string.text()
}

/// Keeps a verdict that a span tells in our own attributes: asked when it began, decided when it ended.
fn gate(known: &Known<'_>, span: &Span<'_>, shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let word = known.text(span, names::GATE_VERDICT);
    let verdict = match word {
        Some("pass") => Verdict::Pass,
        Some("fail") => Verdict::Fail,
        Some("warn") => Verdict::Warn,
        Some("bypass") => Verdict::Bypass,
        Some("skip") => Verdict::Skip,
        Some("error") => Verdict::Error,
        Some("timeout") => Verdict::Timeout,
        Some("pending") => Verdict::Pending,
        _ => Verdict::Unknown,
    };
    let subject = known.text(span, names::GATE_SUBJECT);
    let row = GateEvaluation {
        native_status: sink.name(word),
        gate: sink.name(known.text(span, names::GATE)),
        gate_kind: match known.text(span, names::GATE_KIND) {
            Some("check") => GateKind::Check,
            Some("approval") => GateKind::Approval,
            Some("scan") => GateKind::Scan,
            Some("policy") => GateKind::Policy,
            Some("quality") => GateKind::Quality,
            Some("timer") => GateKind::Timer,
            Some("lock") => GateKind::Lock,
            Some("freeze") => GateKind::Freeze,
            _ => GateKind::Unknown,
        },
        subject: sink.name(subject.or(Some(&shared.run_id))),
        subject_kind: if subject.is_some() { SubjectKind::Unknown } else { SubjectKind::Run },
        verdict,
        blocking: flag(span, names::GATE_BLOCKING),
        could_fail: flag(span, names::GATE_COULD_FAIL),
        decided_by_kind: match known.text(span, names::GATE_DECIDED_BY) {
            Some("human") => ActorKind::Human,
            Some("bot") => ActorKind::Bot,
            Some("system") => ActorKind::System,
            _ => ActorKind::Unknown,
        },
        decided_at: end(span).filter(|_| verdict != Verdict::Pending),
        method: sink.name(Some("span with aftercast.gate.*")),
        ..verdict_of(span, shared, sink)
    };
    sink.facts().gate_evaluations.push(row);
}

/// Keeps that Jenkins asked a person and waited.
fn input(span: &Span<'_>, shared: &Shared<'_>, sink: &mut Sink<'_>) {
    let word = own_result(span);
    let row = GateEvaluation {
        native_status: sink.name(word),
        gate: sink.name(span.name.text()),
        gate_kind: GateKind::Approval,
        subject: sink.name(Some(&shared.run_id)),
        subject_kind: SubjectKind::Run,
        verdict: match outcome(word, span) {
            Outcome::Success => Verdict::Pass,
            Outcome::Failure | Outcome::Error | Outcome::Cancelled => Verdict::Fail,
            Outcome::TimedOut => Verdict::Timeout,
            Outcome::Skipped => Verdict::Skip,
            Outcome::Running => Verdict::Pending,
            Outcome::Unknown => Verdict::Unknown,
        },
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: ActorKind::Human,
        decided_at: end(span),
        method: sink.name(Some("input step")),
        ..verdict_of(span, shared, sink)
    };
    sink.facts().gate_evaluations.push(row);
}

fn verdict_of(span: &Span<'_>, shared: &Shared<'_>, sink: &Sink<'_>) -> GateEvaluation {
    let (trace_id, span_id) = shared.ids;
    GateEvaluation {
        id: sink.id("gate_evaluations", &format!("{trace_id}/{span_id}"), None),
        source: shared.home.source,
        service: shared.home.service,
        observed_at: end(span).or(start(span)),
        repo: shared.home.repo,
        sha: shared.sha,
        change_number: shared.change,
        asked_at: start(span),
        confidence: Some(90),
        ..GateEvaluation::default()
    }
}

fn deployment(
    known: &Known<'_>,
    span: &Span<'_>,
    ended: Option<Outcome>,
    shared: &Shared<'_>,
    sink: &mut Sink<'_>,
) {
    let (trace_id, span_id) = shared.ids;
    let environment = known.text(span, names::ENVIRONMENT);
    let word = known.about(span, names::DEPLOYMENT_STATUS);
    let outcome = match word {
        Some(_) => outcome(word, span),
        None => ended.unwrap_or_else(|| outcome(None, span)),
    };
    let native_id = match known.id(span, names::DEPLOYMENT_ID) {
        Some(id) => format!("{}|{id}", shared.repo.as_deref().unwrap_or_default()),
        None => format!("{trace_id}/{span_id}"),
    };
    let row = Deployment {
        id: sink.id("deployments", &native_id, shared.attempt),
        source: shared.home.source,
        service: shared.home.service,
        observed_at: end(span).or(start(span)),
        url: sink.name(known.about(span, names::TASK_URL).or(known.text(span, names::RUN_URL))),
        native_status: sink.name(word),
        repo: shared.home.repo,
        environment: sink.name(environment),
        production: environment.map(|name| sink.is_production(name)),
        sha: shared.sha,
        git_ref: sink.name(known.text(span, names::REF)),
        version: sink.name(known.about(span, names::DEPLOYMENT_NAME)),
        run_id: sink.name(Some(&shared.run_id)),
        created_at: None,
        started_at: start(span),
        finished_at: end(span).filter(|_| outcome != Outcome::Running),
        outcome,
        rollback_of: Name::NONE,
    };
    sink.facts().deployments.push(row);
}
