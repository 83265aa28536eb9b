//! Deployments and the states that they reached.
//!
//! Owns: what is production. A state without its deployment writes nothing: a row is written by an
//! object that knows all of it. Must not know what a wait is (`waits`).

use aftercast_model::{Deployment as Row, Name, Outcome};

use crate::github::accounts::{fact_id, repo_in_url, segment_after};
use crate::github::objects::{CheckRun, Deployment, DeploymentStatus};
use crate::github::runs::observed;
use crate::github::{checks, waits};
use crate::naming::looks_like_version;
use crate::sink::Sink;

/// What is known beside a deployment.
#[derive(Default)]
pub(super) struct Beside<'p, 'd> {
    /// The state that it reached.
    pub(super) status: Option<&'p DeploymentStatus<'d>>,
    /// The workflow run that it belongs to, and which attempt.
    pub(super) run: Option<(i64, Option<i64>)>,
    /// The job that deploys, as a check run.
    pub(super) check_run: Option<&'p CheckRun<'d>>,
}

/// Returns how a deployment in `state` ended.
pub(super) fn outcome(state: Option<&str>) -> Outcome {
    match state {
        Some("success") => Outcome::Success,
        Some("failure") => Outcome::Failure,
        Some("error") => Outcome::Error,
        Some("queued" | "pending" | "waiting" | "in_progress" | "requested") => Outcome::Running,
        _ => Outcome::Unknown,
    }
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
    let beside_run = beside.run.map(|(run, _)| run.to_string());
    let addresses = states.iter().rev().filter_map(|state| {
        segment_after(state.log_url.text().or(state.target_url.text())?, "runs")
    });
    let run_id = beside_run.as_deref().or_else(|| addresses.into_iter().next());
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
        production: match environment {
            Some(environment) if sink.is_production(environment) => Some(true),
            Some(_) if !sink.context().rules.production.is_empty() => Some(false),
            _ => deployment.production_environment.copied(),
        },
        sha: sink.name(deployment.sha.text()),
        git_ref: sink.name(git_ref),
        version: sink.name(git_ref.filter(|git_ref| looks_like_version(git_ref))),
        run_id: sink.name(run_id),
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
    let of_job = deployment.job.get().and_then(|job| job.run_attempt.copied());
    let attempt = beside.run.and_then(|(_, attempt)| attempt).or(of_job);
    waits::of_deployment(deployment, &states, (home, run_id, attempt), &row, sink);
    for check in deployment.check_runs.items() {
        checks::check_run(check, None, repo, sink);
    }
}
