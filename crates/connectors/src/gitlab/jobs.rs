//! Jobs of pipelines: attempts, queue, why they failed, and the ones that a person starts.
//!
//! Owns: the rows of jobs, and the gate that a manual job is. Must not know how a job arrived.

use aftercast_model::{
    FailureClass, GateEvaluation, GateKind, Name, Outcome, SubjectKind, TaskRun, Timestamp, Verdict,
};

use crate::gitlab::objects::{Job, JobHook, Runner};
use crate::gitlab::states::{actor_kind, observed, outcome, person, repo_in_url, told};
use crate::json::Lenient;
use crate::naming::kind_by_name;
use crate::rules::Evidence;
use crate::sink::Sink;
use crate::words::{first_words, telling_line};

/// From so long a wait on, a job that another person than the pipeline's ran was started by hand.
const GAP_MS: i64 = 60_000;

/// What all jobs of a pipeline share.
#[derive(Clone, Copy)]
pub(super) struct Of<'p> {
    /// The pipeline.
    pub(super) run_id: Option<i64>,
    /// Its commit.
    pub(super) sha: Option<&'p str>,
    /// Its merge request.
    pub(super) change: Option<i64>,
    /// Its repository.
    pub(super) repo: Option<&'p str>,
    /// By how many milliseconds the row beats one that knows less.
    pub(super) pulled: i64,
}

/// What a job does not tell itself.
#[derive(Clone, Copy, Default)]
pub(super) struct About {
    /// Which try it is.
    pub(super) attempt: Option<i64>,
    /// When it could have been started.
    pub(super) asked_at: Option<Timestamp>,
    /// Whether a person starts it, where that is known.
    pub(super) by_hand: Option<bool>,
    /// Whether somebody else ran it than ran the pipeline.
    pub(super) other_user: bool,
    /// How many tests it ran.
    pub(super) tests_run: Option<i64>,
    /// Whether it only starts another pipeline.
    pub(super) trigger: bool,
}

/// How a job is known to be started by hand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hand {
    Known,
    Taken,
}

/// Returns when a runner was asked for `job`.
pub(super) fn queued_at(job: &Job<'_>) -> Option<Timestamp> {
    let waited = job.queued_duration.copied()?.0;
    Some(job.started_at.copied()?.plus_millis(-waited))
}

fn by_hand(job: &Job<'_>, about: &About) -> Option<Hand> {
    if job.status.text() == Some("manual") || about.by_hand == Some(true) {
        return Some(Hand::Known);
    }
    let first = about.attempt == Some(1) && about.by_hand.is_none() && about.other_user;
    let gap = queued_at(job)?.millis() - about.asked_at?.millis();
    (first && gap >= GAP_MS).then_some(Hand::Taken)
}

/// Keeps a job, and the gate that it is where a person starts it.
pub(super) fn job(job: &Job<'_>, of: &Of<'_>, about: &About, sink: &mut Sink<'_>) {
    let Some(id) = job.id.copied() else { return sink.note("a job has no `id`") };
    let home = sink.home(of.repo);
    let native_id = id.to_string();
    let (name, status) = (job.name.text(), job.status.text());
    let reason = job.failure_reason.text().and_then(told).filter(|_| status == Some("failed"));
    let optional = job.allow_failure.copied();
    let outcome = match outcome(status, reason) {
        // A job that may be started, and need not be.
        Outcome::Running if status == Some("manual") && optional == Some(true) => Outcome::Skipped,
        outcome => outcome,
    };
    let times = [&job.created_at, &job.started_at, &job.finished_at];
    let newest = times.into_iter().filter_map(Lenient::copied).max();
    let hand = by_hand(job, about);
    let log = job.log.text();
    let evidence = Evidence {
        outcome,
        reason,
        exit_code: log.and_then(exit_code),
        job: name,
        text: log,
        ..Evidence::default()
    };
    let failed = outcome.is_red() || outcome == Outcome::Cancelled;
    let (failure_class, failure_rule) =
        if failed { sink.failure(&evidence) } else { (FailureClass::Unknown, Name::NONE) };
    let failure_text = log.and_then(said_in).filter(|_| outcome.is_red());
    let kind = match hand {
        Some(_) => Some("manual"),
        None if about.trigger => Some("trigger"),
        None => name.and_then(kind_by_name),
    };
    let runner = runner(job);
    let row = TaskRun {
        id: sink.id("task_runs", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: observed(newest, status).map(|at| at.plus_millis(of.pulled)),
        url: sink.name(job.web_url.text()),
        native_status: sink.name(reason.or(status)),
        repo: home.repo,
        run_id: sink.number(of.run_id),
        attempt: about.attempt,
        task_id: sink.name(Some(&native_id)),
        name: sink.name(name),
        stage: sink.name(job.stage.text()),
        kind: sink.name(kind),
        required: optional.map(|optional| !optional),
        sha: sink.name(of.sha),
        change_number: of.change,
        queued_at: queued_at(job),
        started_at: job.started_at.copied().filter(|_| outcome != Outcome::Skipped),
        finished_at: job.finished_at.copied(),
        outcome,
        failure_class,
        failure_rule,
        failure_text: sink.name(failure_text.as_deref().or(reason)),
        runner: sink.name(runner.as_deref()),
        tests_run: about.tests_run,
        ..TaskRun::default()
    };
    sink.facts().task_runs.push(row);
    if let Some(hand) = hand.filter(|_| about.attempt.is_none_or(|attempt| attempt == 1)) {
        gate(job, &row, about, hand, sink);
    }
}

/// Keeps that a job waited for a person: from the end of the stages before it until it was started.
fn gate(job: &Job<'_>, row: &TaskRun, about: &About, hand: Hand, sink: &mut Sink<'_>) {
    let Some(asked_at) = about.asked_at else { return };
    let decided_at = queued_at(job).or(job.started_at.copied());
    let waits = row.outcome == Outcome::Running && job.status.text() == Some("manual");
    if decided_at.is_none() && !waits {
        return;
    }
    let user = job.user.get().filter(|_| decided_at.is_some());
    let (method, confidence) = match hand {
        Hand::Known => ("manual job, from the end of the stages before", 85),
        Hand::Taken => ("gap before the job, started by somebody else", 50),
    };
    let native_id = format!("manual/{}", job.id.copied().unwrap_or_default());
    let gate = GateEvaluation {
        id: sink.id("gate_evaluations", &native_id, None),
        source: row.source,
        service: row.service,
        observed_at: row.observed_at,
        url: row.url,
        native_status: sink.name(job.status.text()),
        gate: row.name,
        gate_kind: GateKind::Approval,
        subject_kind: SubjectKind::Run,
        subject: row.run_id,
        repo: row.repo,
        sha: row.sha,
        change_number: row.change_number,
        asked_at: Some(asked_at),
        decided_at,
        verdict: if decided_at.is_some() { Verdict::Pass } else { Verdict::Pending },
        blocking: row.required,
        decided_by_kind: actor_kind(user, sink),
        decider_key: person(user, sink),
        method: sink.name(Some(method)),
        confidence: Some(confidence),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(gate);
}

/// Keeps what the webhook of a job tells. Its `commit.id` is the pipeline's number.
pub(super) fn hook(body: JobHook<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let (run_id, sha, change) = (body.pipeline_id.copied(), body.sha, body.git_ref);
    let attempt = body.retries_count.copied().and_then(|retries| retries.checked_add(1));
    let flat = Job {
        id: body.build_id,
        name: body.build_name,
        stage: body.build_stage,
        status: body.build_status,
        created_at: body.build_created_at,
        started_at: body.build_started_at,
        finished_at: body.build_finished_at,
        queued_duration: body.build_queued_duration,
        allow_failure: body.build_allow_failure,
        failure_reason: body.build_failure_reason,
        user: body.user,
        runner: body.runner,
        git_ref: change,
        ..Job::default()
    };
    let of = Of { run_id, sha: sha.text(), change: None, repo: sink.repo(said), pulled: 0 };
    job(&flat, &of, &About { attempt, ..About::default() }, sink);
}

/// Keeps a job that came without its pipeline.
pub(super) fn alone(one: &Job<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let run = one.pipeline.get();
    let repo = sink.repo(said.or(one.web_url.text().and_then(repo_in_url)));
    let of = Of {
        run_id: run.and_then(|run| run.id.copied()),
        sha: run.and_then(|run| run.sha.text()),
        change: None,
        repo,
        pulled: 2,
    };
    job(one, &of, &About::default(), sink);
}

/// Returns what a job asks of its runner, else what its runner offers, else the runner.
fn runner(job: &Job<'_>) -> Option<String> {
    let own: Vec<&str> = job.tag_list.items().map(AsRef::as_ref).collect();
    if !own.is_empty() {
        return Some(own.join(","));
    }
    let runner: &Runner<'_> = job.runner.get()?;
    let tags: Vec<&str> = runner.tags.items().map(AsRef::as_ref).collect();
    if tags.is_empty() {
        runner.description.text().map(str::to_owned)
    } else {
        Some(tags.join(","))
    }
}

/// Returns the code with which the last command of a log ended: the runner says it at the end.
fn exit_code(log: &str) -> Option<i64> {
    let line = log.lines().rev().find(|line| line.contains("Job failed"))?;
    let (_, code) = line.rsplit_once("exit code ").or_else(|| line.rsplit_once("exit status "))?;
    let digits = code.bytes().take_while(u8::is_ascii_digit).count();
    code.get(..digits)?.parse().ok()
}

/// Returns the first words of what failed in a log; not what the runner says of every failure.
fn said_in(log: &str) -> Option<String> {
    let end = log.find("ERROR: Job failed").unwrap_or(log.len());
    let own = log.get(..end).unwrap_or(log);
    telling_line(own).map(first_words).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_tells_the_exit_code_and_what_failed() {
        let log = "make test\nerror: tax is wrong\nsection_end:1\nERROR: Job failed: exit code 2\n";
        assert_eq!(exit_code(log), Some(2));
        assert_eq!(said_in(log).as_deref(), Some("error: tax is wrong"));
        assert_eq!(exit_code("ERROR: Job failed (system failure): no disk"), None);
        assert_eq!(said_in("all is well"), None);
    }
}
