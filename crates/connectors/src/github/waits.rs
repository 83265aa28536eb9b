//! Waiting for an environment: who was asked to let a run in, since when, and how it ended.
//!
//! Owns: one row for each wait, whatever told of it, and how far its times can be trusted. Best
//! first: `deployment_review` webhooks, the history of a deployment's states, a job in state
//! `waiting`, a job's creation and start. All of them name the wait alike (run, attempt,
//! environment). Each dates its row into the wait: the request at its begin, an answer that was
//! told at its end, an answer that was worked out in between. So the better one stays, whatever
//! came first, and a wait is never counted twice. Must not know deployments as rows.

use aftercast_model::{
    ActorKind, Deployment as DeploymentRow, GateEvaluation, GateKind, Outcome, SubjectKind,
    Timestamp, Verdict,
};

use crate::github::accounts::{actor_kind, fact_id, person};
use crate::github::deployments::outcome;
use crate::github::objects::{
    Account, Approval, Deployment, DeploymentStatus, Environment, Job, JobRun, Run, Webhook,
};
use crate::json::Lenient;
use crate::sink::{Home, Sink};

/// How long GitHub waits for an answer before it gives up.
const GIVES_UP_MS: i64 = 30 * 24 * 3_600_000;

/// What waits for what.
struct Wait<'w> {
    home: Home,
    run: &'w str,
    attempt: i64,
    environment: &'w str,
    kind: GateKind,
}

impl Wait<'_> {
    /// Returns the columns that every row of this wait shares.
    fn row(&self, sink: &mut Sink<'_>) -> GateEvaluation {
        let native_id = format!("wait/{}/{}", self.run, self.environment);
        GateEvaluation {
            id: fact_id("gate_evaluations", &native_id, Some(self.attempt)),
            subject_kind: SubjectKind::Run,
            subject: sink.name(Some(self.run)),
            ..gate(self.home, self.environment, self.kind, sink)
        }
    }
}

/// Returns the columns that say which gate stood before `environment`.
fn gate(home: Home, environment: &str, kind: GateKind, sink: &mut Sink<'_>) -> GateEvaluation {
    GateEvaluation {
        source: home.source,
        service: home.service,
        repo: home.repo,
        gate: sink.name(Some(&gate_name(environment, kind))),
        gate_kind: kind,
        blocking: Some(true),
        could_fail: (kind == GateKind::Approval).then_some(true),
        ..GateEvaluation::default()
    }
}

/// Returns what the gate of `kind` before `environment` is called, as its definition calls it.
pub(super) fn gate_name(environment: &str, kind: GateKind) -> String {
    match kind {
        GateKind::Approval => format!("{environment} approval"),
        GateKind::Timer => format!("{environment} wait timer"),
        GateKind::Policy => format!("{environment} branch policy"),
        GateKind::Check => format!("{environment} protection rule"),
        _ => environment.to_owned(),
    }
}

/// Returns what kind of gate a rule of an environment is.
pub(super) fn rule_kind(word: Option<&str>) -> GateKind {
    match word {
        Some("required_reviewers") => GateKind::Approval,
        Some("wait_timer") => GateKind::Timer,
        Some("branch_policy") => GateKind::Policy,
        Some(_) => GateKind::Check,
        None => GateKind::Unknown,
    }
}

/// What an environment makes everything wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asks {
    /// A person before a program before a timer before a policy; unknown where nobody told.
    kind: GateKind,
    /// Whether more than one of them takes time.
    mixed: bool,
}

fn asks(environment: Option<&Environment<'_>>) -> Asks {
    let rules =
        environment.into_iter().flat_map(|environment| environment.protection_rules.items());
    let kinds: Vec<GateKind> = rules.map(|rule| rule_kind(rule.kind.text())).collect();
    let order = [GateKind::Approval, GateKind::Check, GateKind::Timer, GateKind::Policy];
    let kind = order.into_iter().find(|kind| kinds.contains(kind)).unwrap_or_default();
    let slow = order.iter().take(3).filter(|kind| kinds.contains(kind)).count();
    Asks { kind, mixed: slow > 1 }
}

/// What people answered for one environment of a run; it tells who, never when.
#[derive(Clone, Copy, Default)]
struct Answered<'a, 'd> {
    verdict: Option<Verdict>,
    /// Who, where all answers (one for each attempt) are of the same person.
    user: Option<&'a Account<'d>>,
}

impl<'a, 'd> Answered<'a, 'd> {
    fn of(approvals: &'a Lenient<Vec<Lenient<Approval<'d>>>>, environment: &str) -> Self {
        let mut verdicts: Vec<Verdict> = Vec::new();
        let mut users: Vec<Option<&'a Account<'d>>> = Vec::new();
        for approval in approvals.items() {
            let mut names = approval.environments.items().filter_map(|of| of.name.text());
            let verdict = match approval.state.text() {
                Some("approved") => Verdict::Pass,
                Some("rejected") => Verdict::Fail,
                _ => continue,
            };
            if names.any(|name| name == environment) {
                verdicts.push(verdict);
                users.push(approval.user.get());
            }
        }
        let login = |user: Option<&'a Account<'d>>| user.and_then(|user| user.login.text());
        let one = users.first().copied().flatten();
        let same = users.iter().all(|user| login(*user) == login(one));
        let first = verdicts.first().copied();
        Self {
            verdict: first.filter(|first| verdicts.iter().all(|verdict| verdict == first)),
            user: one.filter(|_| same),
        }
    }

    fn kind(&self) -> ActorKind {
        self.user.map_or(ActorKind::Unknown, |user| actor_kind(Some(user)))
    }
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
    let run_id = run_id.to_string();
    for environment in environments {
        let wait = Wait { home, run: &run_id, attempt, environment, kind: GateKind::Approval };
        let approver = body.approver.get().or(body.sender.get()).filter(|_| answered);
        let row = GateEvaluation {
            // An answer within the second of its request is the later of the two.
            observed_at: decided_at.map(|at| at.plus_millis(1)).or(asked_at),
            url: sink.name(run.html_url.text()),
            native_status: sink.name(Some(action)),
            sha: sink.name(run.head_sha.text()),
            asked_at,
            decided_at,
            verdict: match action {
                "approved" => Verdict::Pass,
                "rejected" => Verdict::Fail,
                "requested" => Verdict::Pending,
                _ => Verdict::Unknown,
            },
            decided_by_kind: match approver {
                Some(approver) => actor_kind(Some(approver)),
                None => ActorKind::Unknown,
            },
            decider_key: person(sink, approver),
            method: sink.name(Some("deployment_review webhook")),
            confidence: Some(if answered { 90 } else { 95 }),
            ..wait.row(sink)
        };
        sink.facts().gate_evaluations.push(row);
    }
}

/// Keeps that a deployment waited for its environment, and until when where a later state tells.
pub(super) fn of_deployment(
    deployment: &Deployment<'_>,
    states: &[&DeploymentStatus<'_>],
    (home, run, attempt): (Home, Option<&str>, Option<i64>),
    of: &DeploymentRow,
    sink: &mut Sink<'_>,
) {
    let is_waiting = |status: &DeploymentStatus<'_>| status.state.text() == Some("waiting");
    let Some(at) = states.iter().position(|status| is_waiting(status)) else { return };
    let asked_at = states.get(at).and_then(|status| status.created_at.copied());
    let next = states.get(at + 1..).into_iter().flatten().find(|status| !is_waiting(status));
    let decided_at = next.and_then(|status| status.created_at.copied());
    let said = deployment.environment.text();
    let environment = said.or_else(|| states.get(at).and_then(|status| status.environment.text()));
    let Some(environment) = environment else { return };
    let told = asks(deployment.protection.get());
    let answered = Answered::of(&deployment.approvals, environment);
    let kind = if answered.verdict.is_some() { GateKind::Approval } else { told.kind };
    let waited_ms = asked_at.zip(decided_at).map(|(asked, decided)| decided.since(asked).max(0));
    let verdict = match next.map(|status| outcome(status.state.text())) {
        None => Verdict::Pending,
        Some(ended) => answered.verdict.unwrap_or(match ended {
            Outcome::Running | Outcome::Success => Verdict::Pass,
            _ if waited_ms >= Some(GIVES_UP_MS) => Verdict::Timeout,
            // Nobody said no: the run was cancelled, or failed for another reason.
            _ if deployment.approvals.get().is_some() => Verdict::Unknown,
            Outcome::Failure => Verdict::Fail,
            _ => Verdict::Unknown,
        }),
    };
    let native_id = deployment.id.copied().unwrap_or_default().to_string();
    let row = match run {
        Some(run) => Wait { home, run, attempt: attempt.unwrap_or(1), environment, kind }.row(sink),
        None => GateEvaluation {
            id: fact_id("gate_evaluations", &format!("waiting/deployment/{native_id}"), None),
            subject_kind: SubjectKind::Deployment,
            subject: sink.name(Some(&native_id)),
            ..gate(home, environment, kind, sink)
        },
    };
    let details = i64::from(deployment.protection.get().is_some())
        + i64::from(deployment.approvals.get().is_some());
    let decided = decided_at.is_some();
    let row = GateEvaluation {
        observed_at: asked_at
            .or(decided_at)
            .map(|asked| asked.plus_millis(waited_ms.unwrap_or(0) / 2 + details)),
        url: of.url,
        native_status: sink.name(Some("waiting")),
        sha: of.sha,
        asked_at,
        decided_at,
        verdict,
        decided_by_kind: answered.kind(),
        decider_key: person(sink, answered.user),
        method: sink.name(Some("deployment status waiting")),
        confidence: Some(match kind {
            // What was asked first is known; a timer beside the people moves the end.
            _ if !decided || told.mixed => 60,
            GateKind::Approval if answered.verdict.is_some() => 90,
            _ => 80,
        }),
        ..row
    };
    sink.facts().gate_evaluations.push(row);
}

/// Keeps that a job waits for `environment`. This does not mean that a person was asked:
/// environments with only a branch policy or a timer wait too, so the kind stays unknown.
pub(super) fn of_job(
    job: &Job<'_>,
    environment: Option<&str>,
    home: Home,
    at: Option<Timestamp>,
    sink: &mut Sink<'_>,
) {
    let attempt = job.run_attempt.copied();
    let kind = GateKind::Unknown;
    let row = match (job.run_id.copied(), environment) {
        (Some(run), Some(environment)) => {
            let run = run.to_string();
            Wait { home, run: &run, attempt: attempt.unwrap_or(1), environment, kind }.row(sink)
        }
        (run, _) => {
            let native_id = format!("waiting/{}", job.id.copied().unwrap_or_default());
            GateEvaluation {
                id: fact_id("gate_evaluations", &native_id, attempt),
                subject_kind: SubjectKind::Run,
                subject: sink.number(run),
                ..gate(home, job.name.text().unwrap_or("environment"), kind, sink)
            }
        }
    };
    let row = GateEvaluation {
        observed_at: at,
        url: sink.name(job.html_url.text()),
        native_status: sink.name(job.status.text()),
        sha: sink.name(job.head_sha.text()),
        asked_at: job.created_at.copied(),
        verdict: Verdict::Pending,
        method: sink.name(Some("workflow_job waiting")),
        confidence: Some(50),
        ..row
    };
    sink.facts().gate_evaluations.push(row);
}

/// Keeps what a run itself tells of its waits: the environments that it still waits for, and who
/// answered for others. When, is taken from the job that waited longest.
pub(super) fn of_run(run: &Run<'_>, home: Home, sink: &mut Sink<'_>) {
    let Some(id) = run.id.copied() else { return };
    let run_id = id.to_string();
    let attempt = run.run_attempt.copied().unwrap_or(1);
    let jobs: Vec<&Job<'_>> =
        run.jobs.items().filter(|job| job.run_attempt.copied().unwrap_or(1) == attempt).collect();
    let url = run.html_url.text();
    for pending in run.pending.items() {
        let Some(environment) = pending.environment.get().and_then(|of| of.name.text()) else {
            continue;
        };
        let timer = pending.wait_timer.copied().unwrap_or(0) > 0;
        let kind = match pending.reviewers.items().next() {
            Some(_) => GateKind::Approval,
            None if timer => GateKind::Timer,
            None => GateKind::Unknown,
        };
        let waiting = jobs.iter().filter(|job| job.status.text() == Some("waiting"));
        let since = waiting.filter_map(|job| job.created_at.copied()).min();
        let asked_at = pending.wait_timer_started_at.copied().or(since);
        let wait = Wait { home, run: &run_id, attempt, environment, kind };
        let row = GateEvaluation {
            observed_at: asked_at.map(|at| at.plus_millis(2)),
            url: sink.name(url),
            native_status: sink.name(Some("waiting")),
            sha: sink.name(run.head_sha.text()),
            asked_at,
            verdict: Verdict::Pending,
            method: sink.name(Some("pending deployment")),
            confidence: Some(60),
            ..wait.row(sink)
        };
        sink.facts().gate_evaluations.push(row);
    }
    let answers = run.approvals.items().flat_map(|approval| approval.environments.items());
    let mut environments: Vec<&str> = answers.filter_map(|of| of.name.text()).collect();
    environments.sort_unstable();
    environments.dedup();
    for environment in environments {
        let answered = Answered::of(&run.approvals, environment);
        let Some(verdict) = answered.verdict else { continue };
        let Some(waited) = longest_wait(&jobs, environment, attempt) else { continue };
        let (asked_at, decided_at) = waited;
        // Behind the request, before everything that saw the wait itself.
        let little = decided_at.since(asked_at).max(0) / 64;
        let wait = Wait { home, run: &run_id, attempt, environment, kind: GateKind::Approval };
        let row = GateEvaluation {
            observed_at: Some(asked_at.plus_millis(little)),
            url: sink.name(url),
            native_status: sink.name(Some(if verdict == Verdict::Fail {
                "rejected"
            } else {
                "approved"
            })),
            sha: sink.name(run.head_sha.text()),
            asked_at: Some(asked_at),
            decided_at: Some(decided_at),
            verdict,
            decided_by_kind: answered.kind(),
            decider_key: person(sink, answered.user),
            method: sink.name(Some("job created to started")),
            confidence: Some(40),
            ..wait.row(sink)
        };
        sink.facts().gate_evaluations.push(row);
    }
}

/// Returns from when until when the job waited that waited longest, of those that name
/// `environment` where one does; a job that was refused waited until it ended. A later attempt need
/// not have met the environment again: there, only a job that names it tells.
fn longest_wait(
    jobs: &[&Job<'_>],
    environment: &str,
    attempt: i64,
) -> Option<(Timestamp, Timestamp)> {
    let environment = environment.to_lowercase();
    let waits = |named: bool| {
        let names = |job: &Job<'_>| {
            job.name.text().is_some_and(|name| name.to_lowercase().contains(&environment))
        };
        jobs.iter()
            .filter(move |job| !named || names(job))
            .filter_map(|job| {
                let refused = job.steps.items().next().is_none();
                let to = if refused { &job.completed_at } else { &job.started_at };
                Some((job.created_at.copied()?, to.copied()?))
            })
            .max_by_key(|(from, to)| to.since(*from))
    };
    waits(true).or_else(|| waits(false).filter(|_| attempt == 1))
}
