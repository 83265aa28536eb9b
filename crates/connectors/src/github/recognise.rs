//! Which object of GitHub a record is.
//!
//! Owns: the marks by which webhook bodies, REST objects and pages are told apart, and the hand-over
//! to their conversions. Must not know what the conversions make of them.

use serde_json::value::RawValue;

use crate::envelope::Envelope;
use crate::github::deployments::Beside;
use crate::github::objects::{
    Analysis, CheckRun, CombinedStatus, CommitStatus, Deployment, DeploymentStatus, Environment,
    Guarded, IssueEvent, Job, MergeGroup, PullRequest, Push, Release, Repository, Review, Rule,
    RuleSuite, Ruleset, Run, Webhook,
};
use crate::github::{changes, checks, deployments, gates, reviews, runs, tags, verdicts, waits};
use crate::json::{Fields, Shape};
use crate::sink::Sink;

/// How deep pages may lie inside of pages.
const MAX_DEPTH: usize = 4;

/// Reads the object in the field `name`.
fn object_in<'a, T: Shape<'a>>(fields: &Fields<'a>, name: &str, sink: &mut Sink<'_>) -> Option<T> {
    fields.raw(name).and_then(|raw| sink.read(raw, name))
}

/// Where a body stands, and what is known around it.
#[derive(Clone, Copy)]
struct Around<'a> {
    depth: usize,
    repo: Option<&'a str>,
    /// What brought it: a stream, a webhook's event.
    kind: Option<&'a str>,
}

/// Converts whatever `envelope` holds and returns what it is; `None` where it is no JSON.
pub(super) fn convert(envelope: &Envelope<'_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    let repo = envelope.subject.filter(|subject| subject.split('/').count() == 2);
    value(envelope.body, Around { depth: 0, repo, kind: envelope.kind }, sink)
}

fn value(text: &str, around: Around<'_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    if text.trim_start().starts_with('[') {
        return list(text, around, sink);
    }
    match serde_json::from_str::<Fields<'_>>(text) {
        Ok(fields) => object(text, &fields, around, sink),
        Err(error) => {
            sink.malformed(&error);
            None
        }
    }
}

fn list(text: &str, around: Around<'_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    let depth = around.depth + 1;
    if depth > MAX_DEPTH {
        sink.lost("lists lie too deep inside of lists");
        return Some("page");
    }
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(items) => {
            for item in items {
                value(item.get(), Around { depth, ..around }, sink);
            }
            Some("page")
        }
        Err(error) => {
            sink.malformed(&error);
            None
        }
    }
}

fn object(
    text: &str,
    fields: &Fields<'_>,
    around: Around<'_>,
    sink: &mut Sink<'_>,
) -> Option<&'static str> {
    let repository: Option<Repository<'_>> = object_in(fields, "repository", sink);
    let own = repository.as_ref().and_then(|repository| repository.full_name.text());
    let repo = own.or(around.repo);
    let hook = Hook { text, fields, repo, repository: repository.as_ref() };
    if let Some(kind) = webhook(&hook, sink).or_else(|| rest(text, fields, repo, sink)) {
        return Some(kind);
    }
    // A page: {"total_count": 2, "jobs": [...]}.
    if let Some(raw) = PAGES.iter().find_map(|name| fields.raw(name))
        && raw.starts_with('[')
    {
        return list(raw, Around { repo, ..around }, sink);
    }
    for (what, marks, why) in NOTHING {
        if fields.has(marks) {
            sink.nothing(what, why);
            return Some(what);
        }
    }
    if let Some(kind) = around.kind {
        sink.nothing(&crate::sink::brief(kind), "it says nothing about a delivery");
        return Some("other event");
    }
    sink.unknown("GitHub", fields);
    Some("unknown")
}

/// A body that may be a webhook's.
struct Hook<'h, 'a> {
    text: &'a str,
    fields: &'h Fields<'a>,
    repo: Option<&'h str>,
    repository: Option<&'h Repository<'a>>,
}

/// The lists inside of pages.
const PAGES: &[&str] = &[
    "workflow_runs",
    "jobs",
    "check_runs",
    "check_suites",
    "deployments",
    "environments",
    "items",
];

/// Objects of which nothing is kept: name, fields by which they are known, reason.
const NOTHING: &[(&str, &[&str], &str)] = &[
    ("check_suite", &["action", "check_suite"], "its check runs and jobs are kept instead"),
    ("check_suite", &["latest_check_runs_count"], "its check runs and jobs are kept instead"),
    ("create", &["ref_type", "master_branch"], "the push says it too"),
    ("delete", &["ref_type", "pusher_type"], "the push says it too"),
    ("workflow_dispatch", &["inputs", "workflow"], "the run that it starts is kept"),
    ("issue_comment", &["action", "comment"], "comments are not read"),
    ("issues", &["action", "issue"], "issues are not read"),
    ("review comment", &["diff_hunk"], "comments are not read"),
    ("ping", &["zen", "hook"], "it only tests the webhook"),
    (
        "label, member, star or other event",
        &["action", "sender"],
        "it says nothing about a delivery",
    ),
    ("pending deployment", &["wait_timer", "reviewers"], "it does not name its run"),
    ("approval", &["environments", "state"], "it has no time and does not name its run"),
    ("commit", &["sha", "commit", "parents"], "the git source reads commits"),
    ("comparison", &["merge_base_commit"], "the git source reads commits"),
    ("artifact", &["archive_download_url"], "import the reports in it with the junit source"),
    ("workflow", &["badge_url"], "definitions of pipelines are not read"),
    ("error", &["message", "documentation_url"], "GitHub refused the request"),
];

/// Converts a webhook body and returns its event; `None` where it is none that is kept.
fn webhook(hook: &Hook<'_, '_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    let Hook { text, fields, repo, repository } = *hook;
    if fields.has(&["ref", "before", "after", "pusher"]) {
        if let Some(push) = sink.read::<Push<'_>>(text, "push") {
            let pushed_at = repository.and_then(|repository| repository.pushed_at.copied());
            tags::push(&push, pushed_at, repo, sink);
        }
        return Some("push");
    }
    if !fields.has(&["action"]) {
        return None;
    }
    let body = sink.read::<Webhook<'_>>(text, "webhook")?;
    let action = body.action.text();
    if fields.has(&["workflow_job"]) {
        if let Some(job) = object_in::<Job<'_>>(fields, "workflow_job", sink) {
            let deployment = object_in::<Deployment<'_>>(fields, "deployment", sink);
            let environment =
                deployment.as_ref().and_then(|deployment| deployment.environment.text());
            runs::job(&job, &runs::Around { environment, ..runs::Around::default() }, repo, sink);
            if let Some(deployment) = &deployment {
                let run = job.run_id.copied().map(|run| (run, job.run_attempt.copied()));
                let beside = Beside { run, ..Beside::default() };
                deployments::deployment(deployment, &beside, repo, sink);
            }
        }
        return Some("workflow_job");
    }
    if fields.has(&["deployment_status"]) || fields.has(&["deployment"]) {
        return Some(deployment(fields, repo, sink));
    }
    if fields.has(&["workflow_run", "since"]) || fields.has(&["workflow_job_run"]) {
        let run = object_in::<Run<'_>>(fields, "workflow_run", sink);
        waits::deployment_review(&body, run.as_ref(), repo, sink);
        return Some("deployment_review");
    }
    if let Some(run) = object_in::<Run<'_>>(fields, "workflow_run", sink) {
        runs::run(&run, repo, sink);
        return Some("workflow_run");
    }
    if let Some(review) = object_in::<Review<'_>>(fields, "review", sink) {
        let pull = object_in::<PullRequest<'_>>(fields, "pull_request", sink);
        reviews::review(&review, pull.as_ref(), repo, sink);
        return Some("pull_request_review");
    }
    if fields.has(&["comment"]) || fields.has(&["thread"]) {
        sink.nothing("pull_request_review_comment", "comments are not read");
        return Some("pull_request_review_comment");
    }
    if let Some(pull) = object_in::<PullRequest<'_>>(fields, "pull_request", sink) {
        changes::pull_request(&pull, repo, sink);
        changes::pull_action(action.unwrap_or_default(), &pull, body.sender.get(), repo, sink);
        return Some("pull_request");
    }
    if let Some(check) = object_in::<CheckRun<'_>>(fields, "check_run", sink) {
        check_run(&check, repo, sink);
        return Some("check_run");
    }
    if let Some(ruleset) = object_in::<Ruleset<'_>>(fields, "repository_ruleset", sink) {
        match action {
            Some("deleted") => sink.nothing("repository_ruleset", "what stood before stands"),
            _ => gates::ruleset(&ruleset, None, repo, sink),
        }
        return Some("repository_ruleset");
    }
    if let Some(release) = object_in::<Release<'_>>(fields, "release", sink) {
        tags::release(&release, action, repo, sink);
        return Some("release");
    }
    let group = object_in::<MergeGroup<'_>>(fields, "merge_group", sink)?;
    tags::merge_group(&group, action, body.reason.text(), repo, sink);
    Some("merge_group")
}

/// Converts the body of a `deployment` or `deployment_status` webhook.
fn deployment(fields: &Fields<'_>, repo: Option<&str>, sink: &mut Sink<'_>) -> &'static str {
    let status = object_in::<DeploymentStatus<'_>>(fields, "deployment_status", sink);
    let run = object_in::<Run<'_>>(fields, "workflow_run", sink);
    let check_run = object_in::<CheckRun<'_>>(fields, "check_run", sink);
    match object_in::<Deployment<'_>>(fields, "deployment", sink) {
        Some(deployment) => {
            let run = run.and_then(|run| Some((run.id.copied()?, run.run_attempt.copied())));
            let beside = Beside { status: status.as_ref(), run, check_run: check_run.as_ref() };
            deployments::deployment(&deployment, &beside, repo, sink);
        }
        None => sink.lost("a deployment status came without its deployment"),
    }
    if status.is_some() { "deployment_status" } else { "deployment" }
}

/// Converts an object of the REST API and returns what it is; `None` where it is none that is kept.
fn rest(
    text: &str,
    fields: &Fields<'_>,
    repo: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<&'static str> {
    let (what, _) = REST.iter().find(|(_, marks)| fields.has(marks))?;
    match *what {
        "workflow_job" => {
            runs::job(&sink.read::<Job<'_>>(text, what)?, &runs::Around::default(), repo, sink);
        }
        "workflow_run" => runs::run(&sink.read::<Run<'_>>(text, what)?, repo, sink),
        "pull_request" => {
            changes::pull_request(&sink.read::<PullRequest<'_>>(text, what)?, repo, sink);
        }
        "review" if fields.has(&["diff_hunk"]) => sink.nothing(what, "comments are not read"),
        "review" => reviews::review(&sink.read::<Review<'_>>(text, what)?, None, repo, sink),
        "deployment_status" => sink.nothing(
            what,
            "it does not carry its deployment; import the webhook body, or the deployment with its \
             statuses as `statuses` inside",
        ),
        "deployment" => {
            let deployment = sink.read::<Deployment<'_>>(text, what)?;
            deployments::deployment(&deployment, &Beside::default(), repo, sink);
        }
        "release" => tags::release(&sink.read::<Release<'_>>(text, what)?, None, repo, sink),
        "check_run" => check_run(&sink.read::<CheckRun<'_>>(text, what)?, repo, sink),
        "rule suite" => verdicts::rule_suite(&sink.read::<RuleSuite<'_>>(text, what)?, repo, sink),
        "analysis" => verdicts::analysis(&sink.read::<Analysis<'_>>(text, what)?, repo, sink),
        "ruleset" => gates::ruleset(&sink.read::<Ruleset<'_>>(text, what)?, None, repo, sink),
        "rule" => gates::branch_rule(&sink.read::<Rule<'_>>(text, what)?, None, repo, sink),
        "environment" => {
            gates::environment(&sink.read::<Environment<'_>>(text, what)?, repo, sink);
        }
        "repository" => gates::repository(&sink.read::<Guarded<'_>>(text, what)?, repo, sink),
        "combined status" => {
            let page = sink.read::<CombinedStatus<'_>>(text, what)?;
            let own = page.repository.get().and_then(|repository| repository.full_name.text());
            if page.statuses.items().next().is_none() {
                sink.nothing(what, "the commit has none");
            }
            for status in page.statuses.items() {
                checks::commit_status(status, page.sha.text(), own.or(repo), sink);
            }
        }
        "status" => {
            checks::commit_status(&sink.read::<CommitStatus<'_>>(text, what)?, None, repo, sink);
        }
        "event" => changes::issue_event(&sink.read::<IssueEvent<'_>>(text, what)?, repo, sink),
        _ => return None,
    }
    Some(what)
}

/// Objects of the REST API by the fields that only they have, the more particular first.
const REST: &[(&str, &[&str])] = &[
    ("workflow_job", &["run_id", "head_sha", "status"]),
    ("workflow_run", &["id", "run_number", "head_sha"]),
    ("pull_request", &["number", "head", "base"]),
    ("review", &["pull_request_url", "user", "state"]),
    ("deployment_status", &["deployment_url", "state"]),
    ("deployment", &["environment", "sha", "ref", "task"]),
    ("release", &["tag_name", "target_commitish"]),
    ("check_run", &["head_sha", "name", "check_suite"]),
    ("combined status", &["state", "statuses", "sha"]),
    ("status", &["state", "context", "created_at"]),
    ("event", &["event", "created_at"]),
    ("rule suite", &["pushed_at", "result", "after_sha"]),
    ("analysis", &["analysis_key", "commit_sha"]),
    ("ruleset", &["enforcement", "target", "source_type"]),
    ("rule", &["type", "ruleset_id"]),
    ("environment", &["name", "protection_rules"]),
    ("repository", &["full_name", "default_branch"]),
];

fn check_run(check: &CheckRun<'_>, repo: Option<&str>, sink: &mut Sink<'_>) {
    if checks::is_job(check) {
        return sink.nothing("check_run", "GitHub Actions sends it as a job too");
    }
    checks::check_run(check, None, repo, sink);
}
