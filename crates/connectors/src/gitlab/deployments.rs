//! Deployments, and the people who were asked before.
//!
//! Owns: what is production, when an approval could first be given, when it was. That a deployment
//! goes back to an older commit is for the analysis to see.

use aftercast_model::{
    Deployment as Row, GateEvaluation, GateKind, Name, Outcome, SubjectKind, Timestamp, Verdict,
};

use crate::gitlab::objects::{Approval, Deployment, DeploymentHook};
use crate::gitlab::pipelines::Jobs;
use crate::gitlab::states::{actor_kind, observed, outcome, person, repo_in_url};
use crate::naming::looks_like_version;
use crate::sink::Sink;

/// A webhook says when it was made, up to a second after the change of state that the API dates.
const PULLED_MS: i64 = 1_000;

/// Returns whether what reaches `environment` of this `tier` reaches production.
fn production(environment: Option<&str>, tier: Option<&str>, sink: &Sink<'_>) -> Option<bool> {
    if environment.is_some_and(|name| sink.is_production(name)) {
        return Some(true);
    }
    // What the settings name is all there is.
    if !sink.context().rules.production.is_empty() && environment.is_some() {
        return Some(false);
    }
    tier.map(|tier| tier == "production")
}

/// Keeps a deployment of the API, and that it waited for approvals where it did.
pub(super) fn deployment(deployment: &Deployment<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(id) = deployment.id.copied() else { return sink.note("a deployment has no `id`") };
    let job = deployment.deployable.get();
    let url = job.and_then(|job| job.web_url.text());
    let repo = sink.repo(said.or(url.and_then(repo_in_url)));
    let home = sink.home(repo);
    let status = deployment.status.text();
    let outcome = outcome(status, None);
    let environment = deployment.environment.get();
    let name = environment.and_then(|environment| environment.name.text());
    let tier = deployment.tier.get().or(environment).and_then(|known| known.tier.text());
    let run = job.and_then(|job| job.pipeline.get());
    let native_id = id.to_string();
    let ended = matches!(status, Some("success" | "failed" | "canceled" | "skipped"));
    let finished_at = deployment
        .finished_at
        .copied()
        .or(job.and_then(|job| job.finished_at.copied()))
        .or(deployment.updated_at.copied());
    let git_ref = deployment.git_ref.text();
    let row = Row {
        id: sink.id("deployments", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: observed(deployment.updated_at.copied().or(finished_at), status)
            .or(deployment.created_at.copied())
            .map(|at| at.plus_millis(PULLED_MS)),
        url: sink.name(url),
        native_status: sink.name(status),
        repo: home.repo,
        environment: sink.name(name),
        production: production(name, tier, sink),
        sha: sink.name(deployment.sha.text()),
        git_ref: sink.name(git_ref),
        version: sink.name(git_ref.filter(|git_ref| looks_like_version(git_ref))),
        run_id: sink.number(run.and_then(|run| run.id.copied())),
        created_at: deployment.created_at.copied(),
        started_at: job.and_then(|job| job.started_at.copied()),
        finished_at: finished_at.filter(|_| ended),
        outcome,
        rollback_of: Name::NONE,
    };
    sink.facts().deployments.push(row);
    approval(deployment, &row, sink);
}

/// Keeps that people were asked to let a deployment go, and what they answered: one verdict, by whom
/// who made it final.
fn approval(deployment: &Deployment<'_>, of: &Row, sink: &mut Sink<'_>) {
    let whole = deployment.whole.get();
    let pending = whole
        .and_then(|whole| whole.pending_approval_count.copied())
        .or(deployment.pending_approval_count.copied());
    let rules = whole
        .and_then(|whole| whole.approval_summary.get())
        .into_iter()
        .flat_map(|summary| summary.rules.items());
    let by_rules = rules.flat_map(|rule| rule.deployment_approvals.items());
    let alone = whole.into_iter().flat_map(|whole| whole.approvals.items());
    let given: Vec<&Approval<'_>> =
        by_rules.chain(alone).chain(deployment.approvals.items()).collect();
    let asked = !given.is_empty() || pending.is_some_and(|pending| pending > 0);
    if !asked && of.native_status != sink.name(Some("blocked")) {
        return;
    }
    let in_state = |state: &str| {
        let own = given.iter().filter(|approval| approval.status.text() == Some(state));
        own.max_by_key(|approval| approval.created_at.copied()).copied()
    };
    let (verdict, last) = match (in_state("rejected"), in_state("approved")) {
        (Some(rejected), _) => (Verdict::Fail, Some(rejected)),
        (None, Some(approved)) if pending.unwrap_or_default() == 0 => {
            (Verdict::Pass, Some(approved))
        }
        _ if of.outcome == Outcome::Running => (Verdict::Pending, None),
        _ => (Verdict::Skip, None),
    };
    let user = last.and_then(|last| last.user.get());
    let decided_at = last.and_then(|last| last.created_at.copied());
    let (asked_at, method, confidence) = asked_at(deployment, decided_at);
    let environment = deployment.environment.get().and_then(|known| known.name.text());
    let gate = format!("{} approval", environment.unwrap_or("deployment"));
    let native_id = format!("deployment_approval/{}", deployment.id.copied().unwrap_or_default());
    let row = GateEvaluation {
        id: sink.id("gate_evaluations", &native_id, None),
        source: of.source,
        service: of.service,
        observed_at: of.observed_at,
        url: of.url,
        native_status: sink.name(last.and_then(|last| last.status.text()).or(Some("pending"))),
        gate: sink.name(Some(&gate)),
        gate_kind: GateKind::Approval,
        subject_kind: if of.run_id.is_some() { SubjectKind::Run } else { SubjectKind::Deployment },
        subject: if of.run_id.is_some() { of.run_id } else { sink.number(deployment.id.copied()) },
        repo: of.repo,
        sha: of.sha,
        asked_at,
        decided_at,
        verdict,
        blocking: Some(true),
        could_fail: Some(true),
        decided_by_kind: actor_kind(user, sink),
        decider_key: person(user, sink),
        method: sink.name(Some(method)),
        confidence: Some(confidence),
        ..GateEvaluation::default()
    };
    sink.facts().gate_evaluations.push(row);
}

/// Returns when people could first answer: GitLab makes deployments with their pipeline, so that the
/// jobs of the stages before tell it; without them only the deployment's own time is known.
fn asked_at(
    deployment: &Deployment<'_>,
    decided_at: Option<Timestamp>,
) -> (Option<Timestamp>, &'static str, i64) {
    let created_at = deployment.created_at.copied();
    let job = deployment.deployable.get();
    let jobs = Jobs::new(deployment.jobs.items());
    let own = jobs.list.iter().find(|(one, _)| {
        one.id.copied().is_some() && one.id.copied() == job.and_then(|job| job.id.copied())
    });
    let before = own.and_then(|(one, _)| jobs.reached_at(one));
    match before.filter(|before| decided_at.is_none_or(|decided| *before <= decided)) {
        Some(before) => {
            (Some(before).max(created_at), "end of the stages before; approval times", 90)
        }
        None => (created_at, "deployment created_at; approval times", 70),
    }
}

/// Keeps what the webhook of a deployment tells.
pub(super) fn hook(body: &DeploymentHook<'_>, said: Option<&str>, sink: &mut Sink<'_>) {
    let Some(id) = body.deployment_id.copied() else {
        return sink
            .note("a deployment came without `deployment_id`: servers before 13.12 send none");
    };
    let repo = sink.repo(said.or(body.deployable_url.text().and_then(repo_in_url)));
    let home = sink.home(repo);
    let status = body.status.text();
    let at = body.status_changed_at.copied();
    let environment = body.environment.text();
    let sha =
        body.commit_url.text().and_then(|url| url.rsplit_once("/commit/")).map(|(_, sha)| sha);
    let outcome = outcome(status, None);
    let row = Row {
        id: sink.id("deployments", &id.to_string(), None),
        source: home.source,
        service: home.service,
        observed_at: observed(at, status),
        url: sink.name(body.deployable_url.text()),
        native_status: sink.name(status),
        repo: home.repo,
        environment: sink.name(environment),
        production: production(environment, body.environment_tier.text(), sink),
        sha: sink.name(sha.or(body.short_sha.text())),
        started_at: at.filter(|_| status == Some("running")),
        finished_at: at.filter(|_| outcome != Outcome::Running && outcome != Outcome::Unknown),
        outcome,
        ..Row::default()
    };
    sink.facts().deployments.push(row);
}
