//! Pipelines with their steps, and the steps that a person starts.
//!
//! Owns: the rows of runs and jobs, and the gate that a manual step is. A run is called
//! `REPOSITORY#NUMBER`, as deployments name it.

use aftercast_model::{
    ActorKind, FailureClass, GateEvaluation, GateKind, Name, Outcome, PipelineRun, SubjectKind,
    TaskRun, Timestamp, Verdict,
};

use crate::bitbucket::objects::{Pipeline, Step};
use crate::bitbucket::states::{PULLED_MS, actor_kind, observed, outcome, repo_in_url, word};
use crate::naming::kind_by_name;
use crate::rules::Evidence;
use crate::sink::Sink;
use crate::words::first_words;

/// Keeps a pipeline with the steps that were attached to it.
pub(super) fn pipeline(pipeline: &Pipeline<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(uuid) = pipeline.uuid.text() else { return sink.note("a pipeline has no `uuid`") };
    let own = pipeline.repository.get().and_then(|repository| repository.full_name.text());
    let html = pipeline.links.get().and_then(|links| links.html.get());
    let url = html.and_then(|link| link.href.text());
    let repo = sink.repo(own.or(said).or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let native_status = word(pipeline.state.get());
    let outcome = outcome(native_status);
    let steps: Vec<&Step<'_>> = pipeline.steps.items().collect();
    let attempt = pipeline.run_number.copied().unwrap_or(1);
    let target = pipeline.target.get();
    let commit = target.and_then(|target| target.commit.get());
    let number = pipeline.build_number.copied();
    let run_id = number.map(|number| run_id(repo, number));
    let times =
        steps.iter().flat_map(|step| [step.started_on.copied(), step.completed_on.copied()]);
    let newest = times
        .chain([pipeline.created_on.copied(), pipeline.completed_on.copied()])
        .chain([pipeline.run_creation_date.copied()])
        .flatten()
        .max();
    let began = steps.iter().filter(|step| step.run_number.copied().unwrap_or(1) == attempt);
    let row = PipelineRun {
        id: sink.id("pipeline_runs", uuid, Some(attempt)),
        source: home.source,
        service: home.service,
        observed_at: observed(newest, outcome)
            .map(|at| at.plus_millis(if steps.is_empty() { 0 } else { PULLED_MS })),
        url: sink.name(url),
        native_status: sink.name(native_status),
        repo: home.repo,
        run_id: sink.name(run_id.as_deref().or(Some(uuid))),
        attempt: Some(attempt),
        pipeline: definition(pipeline, sink),
        trigger: sink.name(pipeline.trigger.get().and_then(|trigger| trigger.name.text())),
        actor_kind: match pipeline.trigger.get().and_then(|trigger| trigger.name.text()) {
            Some("SCHEDULE" | "PARENT_STEP") => ActorKind::System,
            _ => actor_kind(pipeline.creator.get(), sink),
        },
        sha: sink.name(commit.and_then(|commit| commit.hash.text())),
        git_ref: sink
            .name(target.and_then(|target| target.ref_name.text().or(target.source.text()))),
        change_number: target
            .and_then(|target| target.pullrequest.get())
            .and_then(|pull| pull.id.copied()),
        queued_at: pipeline
            .run_creation_date
            .copied()
            .filter(|_| attempt > 1)
            .or(pipeline.created_on.copied()),
        started_at: began.filter_map(|step| step.started_on.copied()).min(),
        finished_at: pipeline.completed_on.copied(),
        outcome,
    };
    sink.facts().pipeline_runs.push(row);
    for (index, one) in steps.iter().enumerate() {
        step(one, steps.get(..index).unwrap_or_default(), &row, pipeline, sink);
    }
}

/// Returns how a run is called: deployments and statuses tell its number, not its uuid.
pub(super) fn run_id(repo: Option<&str>, number: i64) -> String {
    format!("{}#{number}", repo.unwrap_or_default())
}

/// Returns which definition ran: `default`, `branches: main`, `custom: release`.
fn definition(pipeline: &Pipeline<'_>, sink: &mut Sink<'_>) -> Name {
    let selector = pipeline.target.get().and_then(|target| target.selector.get());
    let Some(kind) = selector.and_then(|selector| selector.kind.text()) else { return Name::NONE };
    match selector.and_then(|selector| selector.pattern.text()) {
        Some(pattern) => sink.name(Some(&format!("{kind}: {pattern}"))),
        None => sink.name(Some(kind)),
    }
}

fn is_manual(step: &Step<'_>) -> bool {
    let kind = step.trigger.get().and_then(|trigger| trigger.kind.text());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("manual"))
}

/// Keeps a step as the job that it is; `before` are the steps before it.
fn step(
    step: &Step<'_>,
    before: &[&Step<'_>],
    run: &PipelineRun,
    pipeline: &Pipeline<'_>,
    sink: &mut Sink<'_>,
) {
    let Some(uuid) = step.uuid.text() else { return sink.note("a step has no `uuid`") };
    let attempt = step.run_number.copied().unwrap_or(1);
    let state = step.state.get();
    let native_status = word(state);
    let outcome = outcome(native_status);
    let error = state.and_then(|state| state.result.get()).and_then(|result| result.error.get());
    let (reason, text) =
        (error.and_then(|error| error.key.text()), error.and_then(|error| error.message.text()));
    let name = step.name.text();
    let evidence = Evidence { outcome, reason, job: name, text, ..Evidence::default() };
    let failed = outcome.is_red() || outcome == Outcome::Cancelled;
    let (failure_class, failure_rule) =
        if failed { sink.failure(&evidence) } else { (FailureClass::Unknown, Name::NONE) };
    let failure_text = text.map(first_words);
    let manual = is_manual(step);
    let position = format!("step {}", before.len() + 1);
    let newest = step.completed_on.copied().max(step.started_on.copied());
    let row = TaskRun {
        id: sink.id("task_runs", uuid, Some(attempt)),
        source: run.source,
        service: run.service,
        observed_at: observed(newest.or(pipeline.created_on.copied()), outcome),
        url: run.url,
        native_status: sink.name(native_status),
        repo: run.repo,
        run_id: run.run_id,
        attempt: Some(attempt),
        task_id: sink.name(Some(uuid)),
        name: sink.name(name.or(Some(&position))),
        kind: sink.name(if manual { Some("manual") } else { name.and_then(kind_by_name) }),
        sha: run.sha,
        change_number: run.change_number,
        started_at: step.started_on.copied(),
        finished_at: step.completed_on.copied(),
        outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(failure_text.as_deref().or(reason)),
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
    if manual && attempt == 1 {
        gate(step, before, &row, pipeline, sink);
    }
}

/// Keeps that a step waited for a person: from the end of the steps before it until it began.
fn gate(
    step: &Step<'_>,
    before: &[&Step<'_>],
    row: &TaskRun,
    pipeline: &Pipeline<'_>,
    sink: &mut Sink<'_>,
) {
    let decided_at = step.started_on.copied();
    let paused = word(pipeline.state.get()) == Some("PAUSED");
    let reached = before.iter().all(|step| step.completed_on.copied().is_some());
    if decided_at.is_none() && !(paused && reached) {
        return;
    }
    let ends = before.iter().filter_map(|step| step.completed_on.copied());
    let ends = ends.filter(|end: &Timestamp| decided_at.is_none_or(|decided| *end <= decided));
    let row = GateEvaluation {
        id: sink.id(
            "gate_evaluations",
            &format!("manual/{}", step.uuid.text().unwrap_or_default()),
            None,
        ),
        source: row.source,
        service: row.service,
        observed_at: row.observed_at,
        url: row.url,
        native_status: row.native_status,
        gate: row.name,
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Run,
        subject: row.run_id,
        repo: row.repo,
        sha: row.sha,
        change_number: row.change_number,
        asked_at: ends.max().or(pipeline.created_on.copied()),
        decided_at,
        verdict: if decided_at.is_some() { Verdict::Pass } else { Verdict::Pending },
        blocking: Some(true),
        method: sink.name(Some("manual step, from the end of the steps before to its start")),
        confidence: Some(80),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}
