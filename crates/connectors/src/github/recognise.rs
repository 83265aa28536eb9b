//! Which object of GitHub a record is.
//!
//! Owns: the marks by which webhook bodies, REST objects and pages are told apart, and the hand-over
//! to their conversions. Must not know what the conversions make of them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::github::deployments::Beside;
use crate::github::lenient::{Key, Lenient, Shape};
use crate::github::objects::{
    CheckRun, CombinedStatus, CommitStatus, Deployment, DeploymentStatus, IssueEvent, Job,
    MergeGroup, PullRequest, Push, Release, Repository, Review, Run, Webhook,
};
use crate::github::sink::{Sink, repo_in_url};
use crate::github::{changes, checks, deployments, runs, tags};

/// How deep pages may lie inside of pages.
const MAX_DEPTH: usize = 4;

/// The fields of an object, unread.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    fn raw(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.get()).filter(|raw| *raw != "null")
    }

    fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.0.iter().any(|(key, _)| key == name))
    }

    fn object<T: Shape<'a>>(&self, name: &str, sink: &mut Sink<'_>) -> Option<T> {
        self.raw(name).and_then(|raw| read(raw, name, sink))
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(40);
                while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
                    fields.push((key, map.next_value()?));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// Reads an object, noting the fields whose type is wrong.
fn read<'a, T: Shape<'a>>(raw: &'a str, what: &str, sink: &mut Sink<'_>) -> Option<T> {
    let value: Lenient<T> = match serde_json::from_str(raw) {
        Ok(value) => value,
        Err(error) => {
            sink.lost(format!("`{what}` cannot be read: {error}"));
            return None;
        }
    };
    let mut wrong = Vec::new();
    value.wrong(what, &mut wrong);
    wrong.sort_unstable();
    wrong.dedup();
    for path in wrong {
        sink.note(format!("`{path}` has an unexpected type and was left out"));
    }
    match value {
        Lenient::Value(value) => Some(value),
        Lenient::Missing | Lenient::Wrong => None,
    }
}

/// Converts whatever `text` holds.
pub(super) fn convert(text: &str, sink: &mut Sink<'_>) {
    value(text, 0, None, sink);
}

fn value(text: &str, depth: usize, repo: Option<&str>, sink: &mut Sink<'_>) {
    if text.trim_start().starts_with('[') {
        return list(text, depth, repo, sink);
    }
    match serde_json::from_str::<Fields<'_>>(text) {
        Ok(fields) => object(text, &fields, depth, repo, sink),
        Err(error) => sink.lost(format!("not a JSON object: {error}")),
    }
}

fn list(text: &str, depth: usize, repo: Option<&str>, sink: &mut Sink<'_>) {
    if depth >= MAX_DEPTH {
        return sink.lost("lists lie too deep inside of lists");
    }
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(items) => items.iter().for_each(|item| value(item.get(), depth + 1, repo, sink)),
        Err(error) => sink.lost(format!("not a JSON list: {error}")),
    }
}

fn object(
    text: &str,
    fields: &Fields<'_>,
    depth: usize,
    around: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let repository: Option<Repository<'_>> = fields.object("repository", sink);
    let own = repository.as_ref().and_then(|repository| repository.full_name.text());
    let repo = own.or(around);
    let hook = Hook { text, fields, repo, repository: repository.as_ref() };
    if webhook(&hook, sink) || rest(text, fields, repo, sink) {
        return;
    }
    // A page: {"total_count": 2, "jobs": [...]}.
    let page = ["workflow_runs", "jobs", "check_runs", "deployments", "environments", "items"];
    if let Some(raw) = page.iter().find_map(|name| fields.raw(name))
        && raw.starts_with('[')
    {
        return list(raw, depth, repo, sink);
    }
    for (what, marks, why) in NOTHING {
        if fields.has(marks) {
            return sink.nothing(what, why);
        }
    }
    let names: Vec<String> =
        fields.0.iter().take(12).map(|(key, _)| format!("`{}`", brief(key))).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    sink.lost(format!("not an object of GitHub that we know (its fields: {names})"));
}

fn brief(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// A body that may be a webhook's.
struct Hook<'h, 'a> {
    text: &'a str,
    fields: &'h Fields<'a>,
    repo: Option<&'h str>,
    repository: Option<&'h Repository<'a>>,
}

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
    ("environment", &["protection_rules"], "definitions of gates are not read yet"),
    ("pending deployment", &["wait_timer", "reviewers"], "definitions of gates are not read yet"),
    ("approval", &["environments", "state"], "it has no time and does not name its run"),
    ("commit", &["sha", "commit", "parents"], "the git source reads commits"),
    ("comparison", &["merge_base_commit"], "the git source reads commits"),
    ("artifact", &["archive_download_url"], "import the reports in it with the junit source"),
    ("workflow", &["badge_url"], "definitions of pipelines are not read"),
    ("repository", &["full_name", "default_branch"], "it says nothing about a delivery"),
    ("error", &["message", "documentation_url"], "GitHub refused the request"),
];

/// Converts a webhook body; `false` where it is none.
fn webhook<'a>(hook: &Hook<'_, 'a>, sink: &mut Sink<'_>) -> bool {
    let Hook { text, fields, repo, repository } = *hook;
    if fields.has(&["ref", "before", "after", "pusher"]) {
        if let Some(push) = read::<Push<'_>>(text, "push", sink) {
            let pushed_at = repository.and_then(|repository| repository.pushed_at.copied());
            tags::push(&push, pushed_at, repo, sink);
        }
        return true;
    }
    if !fields.has(&["action"]) {
        return false;
    }
    let Some(body) = read::<Webhook<'_>>(text, "webhook", sink) else { return true };
    let action = body.action.text();
    if fields.has(&["workflow_job"]) {
        if let Some(job) = fields.object::<Job<'_>>("workflow_job", sink) {
            runs::job(&job, repo, sink);
        }
        if let Some(deployment) = fields.object::<Deployment<'_>>("deployment", sink) {
            deployments::deployment(&deployment, &Beside::default(), repo, sink);
        }
    } else if fields.has(&["deployment_status"]) || fields.has(&["deployment"]) {
        let status = fields.object::<DeploymentStatus<'_>>("deployment_status", sink);
        let run = fields.object::<Run<'_>>("workflow_run", sink);
        let check_run = fields.object::<CheckRun<'_>>("check_run", sink);
        match fields.object::<Deployment<'_>>("deployment", sink) {
            Some(deployment) => {
                let beside = Beside {
                    status: status.as_ref(),
                    run: run.as_ref(),
                    check_run: check_run.as_ref(),
                };
                deployments::deployment(&deployment, &beside, repo, sink);
            }
            None => sink.note("a deployment status came without its deployment"),
        }
    } else if fields.has(&["workflow_run", "since"]) || fields.has(&["workflow_job_run"]) {
        let run = fields.object::<Run<'_>>("workflow_run", sink);
        deployments::deployment_review(&body, run.as_ref(), repo, sink);
    } else if let Some(run) = fields.object::<Run<'_>>("workflow_run", sink) {
        runs::run(&run, repo, sink);
    } else if let Some(review) = fields.object::<Review<'_>>("review", sink) {
        let pull = fields.object::<PullRequest<'_>>("pull_request", sink);
        changes::review(&review, pull.as_ref(), repo, sink);
    } else if fields.has(&["comment"]) || fields.has(&["thread"]) {
        sink.nothing("pull_request_review_comment", "comments are not read");
    } else if let Some(pull) = fields.object::<PullRequest<'_>>("pull_request", sink) {
        changes::pull_request(&pull, repo, sink);
        changes::pull_action(action.unwrap_or_default(), &pull, body.sender.get(), repo, sink);
    } else if let Some(check) = fields.object::<CheckRun<'_>>("check_run", sink) {
        checks::check_run(&check, repo, sink);
    } else if let Some(release) = fields.object::<Release<'_>>("release", sink) {
        tags::release(&release, action, repo, sink);
    } else if let Some(group) = fields.object::<MergeGroup<'_>>("merge_group", sink) {
        tags::merge_group(&group, action, body.reason.text(), repo, sink);
    } else {
        return false;
    }
    true
}

/// Converts an object of the REST API; `false` where it is none that is kept.
fn rest(text: &str, fields: &Fields<'_>, repo: Option<&str>, sink: &mut Sink<'_>) -> bool {
    if fields.has(&["run_id", "head_sha", "status"]) {
        if let Some(job) = read::<Job<'_>>(text, "job", sink) {
            runs::job(&job, repo, sink);
        }
        true
    } else if fields.has(&["id", "run_number", "head_sha"]) {
        if let Some(run) = read::<Run<'_>>(text, "workflow_run", sink) {
            runs::run(&run, repo, sink);
        }
        true
    } else if fields.has(&["number", "head", "base"]) {
        if let Some(pull) = read::<PullRequest<'_>>(text, "pull_request", sink) {
            changes::pull_request(&pull, repo, sink);
        }
        true
    } else if fields.has(&["pull_request_url", "state", "user"]) && !fields.has(&["diff_hunk"]) {
        if let Some(review) = read::<Review<'_>>(text, "review", sink) {
            changes::review(&review, None, repo, sink);
        }
        true
    } else if fields.has(&["deployment_url", "state"]) {
        sink.nothing(
            "deployment_status",
            "it does not carry its deployment; import the webhook body, or the deployment with its \
             statuses as `statuses` inside",
        );
        true
    } else if fields.has(&["environment", "sha", "ref", "task"]) {
        if let Some(deployment) = read::<Deployment<'_>>(text, "deployment", sink) {
            deployments::deployment(&deployment, &Beside::default(), repo, sink);
        }
        true
    } else if fields.has(&["tag_name", "target_commitish"]) {
        if let Some(release) = read::<Release<'_>>(text, "release", sink) {
            tags::release(&release, None, repo, sink);
        }
        true
    } else if fields.has(&["head_sha", "name", "check_suite"]) {
        if let Some(check) = read::<CheckRun<'_>>(text, "check_run", sink) {
            checks::check_run(&check, repo, sink);
        }
        true
    } else if fields.has(&["state", "statuses", "sha"]) {
        if let Some(page) = read::<CombinedStatus<'_>>(text, "status", sink) {
            let own = page.repository.get().and_then(|repository| repository.full_name.text());
            for status in page.statuses.items() {
                checks::commit_status(status, page.sha.text(), own.or(repo), sink);
            }
            if page.statuses.items().next().is_none() {
                sink.nothing("status", "the commit has none");
            }
        }
        true
    } else if fields.has(&["state", "context", "created_at"]) {
        if let Some(status) = read::<CommitStatus<'_>>(text, "status", sink) {
            checks::commit_status(&status, None, repo, sink);
        }
        true
    } else if fields.has(&["event", "created_at"]) {
        if let Some(event) = read::<IssueEvent<'_>>(text, "event", sink) {
            let repo = repo.or(event.url.text().and_then(repo_in_url));
            changes::issue_event(&event, repo, sink);
        }
        true
    } else {
        false
    }
}
