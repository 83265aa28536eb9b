//! Deployments, the states that they reached, and the people who were asked before.
//!
//! Owns: what is production, and how far the times of a wait can be trusted. A state without its
//! deployment writes nothing: a row is written by an object that knows all of it.

use aftercast_model::{
    ActorKind, Deployment as Row, GateEvaluation, GateKind, Name, Outcome, SubjectKind, Timestamp,
    Verdict,
};

use crate::github::accounts::{actor_kind, fact_id, person, repo_in_url, segment_after};
use crate::github::objects::{CheckRun, Deployment, DeploymentStatus, JobRun, Run, Webhook};
use crate::github::runs::observed;
use crate::naming::looks_like_version;
use crate::sink::Sink;

/// What is known beside a deployment.
#[derive(Default)]
pub(super) struct Beside<'p, 'd> {
    /// The state that it reached.
    pub(super) status: Option<&'p DeploymentStatus<'d>>,
    /// The workflow run that it belongs to.
    pub(super) run: Option<&'p Run<'d>>,
    /// The job that deploys, as a check run.
    pub(super) check_run: Option<&'p CheckRun<'d>>,
}

/// Returns how a deployment in `state` ended.
fn outcome(state: Option<&str>) -> Outcome {
    match state {
        Some("success") => Outcome::Success,
        Some("failure") => Outcome::Failure,
        Some("error") => Outcome::Error,
        Some("queued" | "pending" | "waiting" | "in_progress" | "requested") => Outcome::Running,
        _ => Outcome::Unknown,
    }
}

/// Returns whether `environment` is production: GitHub's flag, or the usual names for it.
fn production(flag: Option<bool>, environment: Option<&str>) -> Option<bool> {
    let named = environment.is_some_and(|name| {
        ["production", "prod", "live"].iter().any(|usual| name.eq_ignore_ascii_case(usual))
    });
    if named { Some(true) } else { flag }
}

/// Keeps a deployment with the state that it reached, and that it waited where its states say so.
pub(super) fn deployment(
    deployment: &Deployment<'_>,
    beside: &Beside<'_, '_>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let Some(id) = deployment.id.copied() else { return sink.note("a deployment has no `id`") };
    let mut states: Vec<&DeploymentStatus<'_>> =
        deployment.statuses.items().chain(beside.status).collect();
    states.sort_by_key(|status| status.created_at.copied());
    let seen = states.len();
    // `inactive` means that a newer deployment took over, not how this one ended.
    states.retain(|status| status.state.text() != Some("inactive"));
    if states.is_empty() && seen > 0 {
        return sink.nothing("deployment_status", "`inactive` does not tell how it ended");
    }
    let last = states.last().copied();
    let state = last.and_then(|status| status.state.text());
    let outcome = outcome(state);
    let reached = last.and_then(|status| status.created_at.copied());
    let log_url = last.and_then(|status| status.log_url.text().or(status.target_url.text()));
    let url = deployment.url.text().or(deployment.repository_url.text());
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let native_id = id.to_string();
    let began = states.iter().find(|status| status.state.text() == Some("in_progress"));
    let check_run = beside.check_run.and_then(|check_run| check_run.started_at.copied());
    let environment =
        deployment.environment.text().or(last.and_then(|status| status.environment.text()));
    let run_id = match beside.run.and_then(|run| run.id.copied()) {
        Some(id) => sink.number(Some(id)),
        None => sink.name(log_url.and_then(|url| segment_after(url, "runs"))),
    };
    let git_ref = deployment.git_ref.text();
    let row = Row {
        id: fact_id("deployments", &native_id, None),
        source: home.source,
        service: home.service,
        // Alone, a deployment does not tell its state: it yields to every row that does.
        observed_at: match reached {
            // All states at once know more than the last one alone.
            Some(reached) => observed(Some(reached), state)
                .map(|at| at.plus_millis(i64::from(deployment.statuses.get().is_some()))),
            None => deployment.created_at.copied(),
        },
        url: sink.name(log_url.or(url)),
        native_status: sink.name(state),
        repo: home.repo,
        environment: sink.name(environment),
        production: production(deployment.production_environment.copied(), environment),
        sha: sink.name(deployment.sha.text()),
        git_ref: sink.name(git_ref),
        version: sink.name(git_ref.filter(|git_ref| looks_like_version(git_ref))),
        run_id,
        created_at: deployment.created_at.copied(),
        // A later state would not know it: only what comes with every state is kept.
        started_at: if deployment.statuses.get().is_some() {
            began.and_then(|status| status.created_at.copied())
        } else {
            check_run
        },
        finished_at: reached.filter(|_| outcome == Outcome::Success || outcome.is_red()),
        outcome,
        rollback_of: Name::NONE,
    };
    sink.facts().deployments.push(row);
    waited(&states, &row, &native_id, sink);
}

/// Keeps that a deployment waited for its environment, and until when where a later state tells.
fn waited(states: &[&DeploymentStatus<'_>], of: &Row, native_id: &str, sink: &mut Sink<'_>) {
    let Some(at) = states.iter().position(|status| status.state.text() == Some("waiting")) else {
        return;
    };
    let asked_at = states.get(at).and_then(|status| status.created_at.copied());
    let next = states
        .get(at + 1..)
        .into_iter()
        .flatten()
        .find(|status| status.state.text() != Some("waiting"));
    let decided_at = next.and_then(|status| status.created_at.copied());
    let verdict = match next.map(|status| outcome(status.state.text())) {
        None => Verdict::Pending,
        Some(Outcome::Running | Outcome::Success) => Verdict::Pass,
        Some(Outcome::Failure) => Verdict::Fail,
        Some(_) => Verdict::Unknown,
    };
    let row = GateEvaluation {
        id: fact_id("gate_evaluations", &format!("waiting/deployment/{native_id}"), None),
        source: of.source,
        service: of.service,
        observed_at: decided_at.or(asked_at),
        url: of.url,
        native_status: sink.name(Some("waiting")),
        gate: of.environment,
        gate_kind: GateKind::Unknown,
        subject_kind: SubjectKind::Deployment,
        subject: sink.name(Some(native_id)),
        repo: of.repo,
        sha: of.sha,
        asked_at,
        decided_at,
        verdict,
        blocking: Some(true),
        method: sink.name(Some("deployment status waiting")),
        confidence: Some(if decided_at.is_some() { 80 } else { 60 }),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}

/// Keeps that people were asked to let a run into an environment, and what they answered.
pub(super) fn deployment_review(
    body: &Webhook<'_>,
    run: Option<&Run<'_>>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let Some(run) = run else {
        return sink.note("a deployment review has no `workflow_run`");
    };
    let Some(run_id) = run.id.copied() else {
        return sink.note("the run of a deployment review has no `id`");
    };
    let action = body.action.text().unwrap_or_default();
    let jobs: Vec<&JobRun<'_>> =
        body.workflow_job_runs.items().chain(body.workflow_job_run.get()).collect();
    let job_asked = jobs.iter().filter_map(|job| job.created_at.copied()).min();
    let since = body.since.copied();
    let answered = action != "requested";
    // A request says since when; an answer comes when the run goes on.
    let asked_at = if answered { job_asked.or(since) } else { since.or(job_asked) };
    let decided_at: Option<Timestamp> = if answered {
        let touched = jobs.iter().filter_map(|job| job.updated_at.copied()).max();
        since
            .filter(|since| asked_at.is_none_or(|asked| *since > asked))
            .or(touched)
            .or(run.updated_at.copied())
    } else {
        None
    };
    let mut environments: Vec<&str> =
        jobs.iter().filter_map(|job| job.environment.text()).collect();
    environments.extend(body.environment.text());
    environments.sort_unstable();
    environments.dedup();
    if environments.is_empty() {
        return sink.note("a deployment review has no `environment`");
    }
    let own = run.repository.get().and_then(|repository| repository.full_name.text());
    let repo = sink.repo(said.or(own));
    let home = sink.home(repo);
    let attempt = run.run_attempt.copied().unwrap_or(1);
    for environment in environments {
        let native_id = format!("deployment_review/{run_id}/{environment}");
        let approver = body.approver.get().or(body.sender.get()).filter(|_| answered);
        let row = GateEvaluation {
            id: fact_id("gate_evaluations", &native_id, Some(attempt)),
            source: home.source,
            service: home.service,
            // An answer within the second of its request is the later of the two.
            observed_at: decided_at.map(|at| at.plus_millis(1)).or(asked_at),
            url: sink.name(run.html_url.text()),
            native_status: sink.name(Some(action)),
            gate: sink.name(Some(&format!("{environment} approval"))),
            gate_kind: GateKind::Approval,
            subject_kind: SubjectKind::Run,
            subject: sink.number(Some(run_id)),
            repo: home.repo,
            sha: sink.name(run.head_sha.text()),
            asked_at,
            decided_at,
            verdict: match action {
                "approved" => Verdict::Pass,
                "rejected" => Verdict::Fail,
                "requested" => Verdict::Pending,
                _ => Verdict::Unknown,
            },
            blocking: Some(true),
            could_fail: Some(true),
            decided_by_kind: match approver {
                Some(approver) => actor_kind(Some(approver)),
                None => ActorKind::Unknown,
            },
            decider_key: person(sink, approver),
            method: sink.name(Some("deployment_review webhook")),
            confidence: Some(if answered { 90 } else { 95 }),
            ..GateEvaluation::default()
        };
        sink.facts().gate_evaluations.push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_a_flag_or_a_usual_name() {
        for (flag, name, expected) in [
            (Some(false), Some("Production"), Some(true)),
            (None, Some("live"), Some(true)),
            (Some(true), Some("eu-1"), Some(true)),
            (Some(false), Some("staging"), Some(false)),
            (None, Some("live-preview"), None),
            (None, None, None),
        ] {
            assert_eq!(production(flag, name), expected, "{flag:?} {name:?}");
        }
    }
}
