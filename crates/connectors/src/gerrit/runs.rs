//! What CI wrote under a change → pipeline runs, jobs, deployments.
//!
//! A message is one run. Its jobs are taken to have ended when it was written; they began earlier by
//! the durations that it names. A run was asked for at the upload, at a recheck, or at the message
//! that it starts; where none of them stands before it, that time is missing.

use std::collections::BTreeMap;

use aftercast_model::{ActorKind, Deployment, Name, Outcome, PipelineRun, TaskRun, Timestamp};

use crate::gerrit::messages::{self, JobResult, Report};
use crate::gerrit::{Said, Shared};
use crate::{Evidence, Output};

/// What asked for runs of a revision and was not yet answered.
struct Asked<'a> {
    revision: Option<i64>,
    /// The pipeline, where the words name it.
    stage: Option<&'a str>,
    trigger: &'static str,
    actor_kind: ActorKind,
    at: Timestamp,
}

/// The pipelines that an upload or a recheck starts.
const ON_UPLOAD: &[&str] = &["test", "check"];

/// Appends the runs of a change.
pub(super) fn push(shared: &Shared<'_>, said: &[Said<'_>], output: &mut Output) {
    let mut asked: Vec<Asked<'_>> = Vec::new();
    let mut attempts = Attempts::new();
    for said in said {
        let revision = said.revision;
        if said.text.starts_with("Uploaded patch set") {
            let actor_kind = if said.is_bot { ActorKind::Bot } else { ActorKind::Human };
            let at = shared.uploaded_at(revision).unwrap_or(said.at);
            asked.push(Asked { revision, stage: None, trigger: "upload", actor_kind, at });
        } else if !said.is_bot && messages::is_recheck(said.text) {
            let at = said.at;
            asked.push(Asked {
                revision,
                stage: None,
                trigger: "recheck",
                actor_kind: ActorKind::Human,
                at,
            });
        } else if let Some(stage) = messages::started_stage(said.text) {
            let (at, actor_kind) = (said.at, ActorKind::System);
            asked.push(Asked {
                revision,
                stage: Some(stage),
                trigger: "start message",
                actor_kind,
                at,
            });
        } else if let Some(report) = messages::report(said.text, said.is_bot) {
            let stage = report.stage.clone().unwrap_or_default();
            let longest = report.results.iter().filter_map(|result| result.duration_ms).max();
            let started_at = longest.map(|longest| said.at.plus_millis(-longest));
            // A report that votes stands for the checks before the merge, named or not.
            let on_upload =
                ON_UPLOAD.contains(&stage.as_str()) || (stage.is_empty() && votes(said));
            let answers = answered(&mut asked, revision, &stage, on_upload)
                .filter(|asked| asked.at <= started_at.unwrap_or(said.at));
            let stage = output.facts.name(&stage);
            let attempt = next_attempt(&mut attempts, (revision, stage, Name::NONE));
            let run = Run { shared, said, report: &report, stage, started_at, answers, attempt };
            let run_id = run.push(output);
            // A job may stand twice in one message.
            let mut twins: BTreeMap<&str, usize> = BTreeMap::new();
            for result in &report.results {
                let twin = twins.entry(result.job).or_default();
                run.push_job(result, *twin, run_id, &mut attempts, output);
                *twin += 1;
            }
        }
    }
}

/// Attempts so far, by revision, pipeline and job; without a job, those of the pipeline.
type Attempts = BTreeMap<(Option<i64>, Name, Name), i64>;

fn next_attempt(attempts: &mut Attempts, what: (Option<i64>, Name, Name)) -> i64 {
    let attempt = attempts.entry(what).or_default();
    *attempt += 1;
    *attempt
}

/// Takes the last request that `stage` of `revision` answers, and those before it.
fn answered<'a>(
    asked: &mut Vec<Asked<'a>>,
    revision: Option<i64>,
    stage: &str,
    on_upload: bool,
) -> Option<Asked<'a>> {
    let answers = |asked: &Asked<'_>| {
        asked.revision == revision
            && match asked.stage {
                Some(named) => named == stage,
                None => on_upload,
            }
    };
    let last = asked.iter().rposition(answers)?;
    let last = asked.remove(last);
    asked.retain(|asked| !answers(asked));
    Some(last)
}

fn votes(said: &Said<'_>) -> bool {
    said.heading.is_some_and(|line| messages::votes(line).next().is_some())
}

/// Returns the outcome of a run from those of its jobs that count.
fn outcome_of_all(results: &[JobResult<'_>]) -> Outcome {
    let mut counting =
        results.iter().filter(|result| result.voting).map(|result| outcome(result.word));
    if counting.clone().any(Outcome::is_red) {
        return Outcome::Failure;
    }
    if counting.all(|outcome| outcome == Outcome::Success) {
        Outcome::Success
    } else {
        Outcome::Unknown
    }
}

/// One message of CI.
struct Run<'a> {
    shared: &'a Shared<'a>,
    said: &'a Said<'a>,
    report: &'a Report<'a>,
    stage: Name,
    started_at: Option<Timestamp>,
    answers: Option<Asked<'a>>,
    attempt: i64,
}

impl Run<'_> {
    /// Appends the run and returns its native id.
    fn push(&self, output: &mut Output) -> Name {
        let (shared, said) = (self.shared, self.said);
        let names = &mut output.facts.names;
        let revision = said.revision.unwrap_or_default();
        let run_id = names.intern(&format!("{}/{revision}/{}", shared.number, said.key));
        let git_ref = said.revision.map(|revision| {
            format!(
                "refs/changes/{:02}/{}/{revision}",
                shared.number.rem_euclid(100),
                shared.number
            )
        });
        let row = PipelineRun {
            id: shared.id("pipeline_runs", &said.key),
            source: shared.source,
            service: shared.service,
            observed_at: shared.observed_at,
            url: Name::NONE,
            native_status: names.intern_option(self.report.word),
            repo: shared.repo,
            run_id,
            attempt: Some(self.attempt),
            pipeline: self.stage,
            trigger: names.intern_option(self.answers.as_ref().map(|asked| asked.trigger)),
            actor_kind: self.answers.as_ref().map_or(ActorKind::Unknown, |asked| asked.actor_kind),
            sha: shared.sha_of(said.revision),
            git_ref: names.intern_option(git_ref.as_deref()),
            change_number: Some(shared.number),
            queued_at: self.answers.as_ref().map(|asked| asked.at),
            started_at: self.started_at,
            finished_at: Some(said.at),
            outcome: match self.report.word {
                Some("succeeded") => Outcome::Success,
                Some(_) => Outcome::Failure,
                None => outcome_of_all(&self.report.results),
            },
        };
        output.facts.pipeline_runs.push(row);
        run_id
    }

    fn push_job(
        &self,
        result: &JobResult<'_>,
        twin: usize,
        run_id: Name,
        attempts: &mut Attempts,
        output: &mut Output,
    ) {
        let (shared, said) = (self.shared, self.said);
        let names = &mut output.facts.names;
        let name = names.intern(result.job);
        let attempt = next_attempt(attempts, (said.revision, self.stage, name));
        let native = format!("{}/{}/{twin}", said.key, result.job);
        let task_id = if let Some(id) = result.url.and_then(native_id) {
            names.intern(id)
        } else {
            let run = names.text(run_id).to_owned();
            names.intern(&format!("{run}/{}", result.job))
        };
        let started_at = result.duration_ms.map(|duration| said.at.plus_millis(-duration));
        let outcome = outcome(result.word);
        let is_deployment = result.target.is_some();
        let evidence = Evidence {
            outcome,
            reason: Some(result.word),
            job: Some(result.job),
            ..Evidence::default()
        };
        let (failure_class, failure_rule) = shared.rules.failures.classify(&evidence).unzip();
        let failure_class = failure_class.unwrap_or_default();
        let row = TaskRun {
            id: shared.id("task_runs", &native),
            source: shared.source,
            service: shared.service,
            observed_at: shared.observed_at,
            url: names.intern_option(result.url),
            native_status: names.intern(result.word),
            repo: shared.repo,
            run_id,
            attempt: Some(attempt),
            task_id,
            name,
            stage: self.stage,
            kind: names.intern(if is_deployment { "deploy" } else { "" }),
            required: Some(result.voting),
            sha: shared.sha_of(said.revision),
            change_number: Some(shared.number),
            revision: said.revision,
            queued_at: self.answers.as_ref().map(|asked| asked.at),
            started_at,
            finished_at: Some(said.at),
            outcome,
            failure_class,
            failure_rule: names.intern_option(failure_rule),
            failure_text: Name::NONE,
            runner: Name::NONE,
            tests_run: None,
        };
        output.facts.task_runs.push(row);
        if let Some(target) = result.target {
            let names = &mut output.facts.names;
            let environment = messages::environment(target);
            let row = Deployment {
                id: shared.id("deployments", &native),
                source: shared.source,
                service: shared.service,
                observed_at: shared.observed_at,
                url: names.intern_option(result.url),
                native_status: names.intern(result.word),
                repo: shared.repo,
                production: Some(shared.rules.is_production(&environment)),
                environment: names.intern(&environment),
                sha: if shared.merge_sha.is_some() {
                    shared.merge_sha
                } else {
                    shared.sha_of(said.revision)
                },
                git_ref: shared.target,
                version: Name::NONE,
                run_id,
                created_at: None,
                started_at,
                finished_at: Some(said.at),
                outcome,
                rollback_of: Name::NONE,
            };
            output.facts.deployments.push(row);
        }
    }
}

/// Returns the job's native id in its address: `NAME/NUMBER` of Jenkins, the build of Zuul, else the
/// address; `None` for a job that never ran.
fn native_id(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.trim_end_matches('/');
    let rest =
        rest.strip_suffix("/console").or_else(|| rest.strip_suffix("/consoleFull")).unwrap_or(rest);
    let id =
        rest.split_once("/job/").or_else(|| rest.split_once("/build/")).map_or(rest, |(_, id)| id);
    (!id.is_empty() && !id.ends_with("/None")).then_some(id)
}

fn outcome(word: &str) -> Outcome {
    match word {
        "SUCCESS" | "Change has been deployed" => Outcome::Success,
        "FAILURE" | "UNSTABLE" | "Failed deployment" => Outcome::Failure,
        "ABORTED" | "CANCELED" | "CANCELLED" => Outcome::Cancelled,
        "SKIPPED" => Outcome::Skipped,
        "TIMED_OUT" => Outcome::TimedOut,
        "NOT_REGISTERED" | "NOT_BUILT" | "LOST" | "ERROR" | "EXCEPTION" | "POST_FAILURE"
        | "RETRY_LIMIT" | "NODE_FAILURE" | "DISK_FULL" | "CONFIG_ERROR" | "MERGER_FAILURE"
        | "NO_HANDLE" => Outcome::Error,
        _ => Outcome::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_known_by_its_address() {
        for (url, expected) in [
            ("https://ci.example/ci/job/unit/129/console", Some("unit/129")),
            ("https://zuul.example/t/acme/build/4f2a", Some("4f2a")),
            ("https://logs.example/1/2/unit/", Some("logs.example/1/2/unit")),
            ("https://ci.example/ci/job/unit/None/console", None),
        ] {
            assert_eq!(native_id(url), expected, "{url}");
        }
    }

    #[test]
    fn stopped_is_not_failed_and_unknown_words_stay_unknown() {
        assert_eq!(outcome("ABORTED"), Outcome::Cancelled);
        assert_eq!(outcome("LOST"), Outcome::Error);
        assert_eq!(outcome("sort of fine"), Outcome::Unknown);
    }
}
