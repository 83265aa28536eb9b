//! Which object of GitLab a record is.
//!
//! Owns: the marks by which webhook bodies and REST objects are told apart, and the hand-over to
//! their conversions. Must not know what the conversions make of them.

use serde_json::value::RawValue;

use crate::gitlab::objects::{
    ApprovalRule, Deployment, DeploymentHook, FeatureFlag, FreezePeriod, Job, JobHook,
    MergeRequest, MergeRequestHook, Pipeline, PipelineHook, Project, ProjectSettings,
    ProtectedBranch, ProtectedEnvironment, Release, StatusCheck,
};
use crate::gitlab::{deployments, gates, jobs, merge_requests, pipelines, releases};
use crate::json::Fields;
use crate::sink::Sink;

/// Fields that only records have, never pages with a list inside.
pub(super) const RECORDS_HAVE: &[&str] =
    &["object_kind", "iid", "tag_name", "deploy_access_levels"];

/// Converts whatever `text` holds and returns what it is; `None` where it is no JSON. `said` is the
/// project that it was fetched for.
pub(super) fn convert(text: &str, said: Option<&str>, sink: &mut Sink<'_>) -> Option<&'static str> {
    if text.trim_start().starts_with('[') {
        return match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(items) => {
                for item in items.iter().filter(|item| item.get().starts_with('{')) {
                    convert(item.get(), said, sink);
                }
                Some("page")
            }
            Err(error) => {
                sink.malformed(&error);
                None
            }
        };
    }
    let fields = match serde_json::from_str::<Fields<'_>>(text) {
        Ok(fields) => fields,
        Err(error) => {
            sink.malformed(&error);
            return None;
        }
    };
    if fields.has(&["object_kind"]) {
        return webhook(text, &fields, said, sink);
    }
    // A subject that is a number names no repository: then the object's own address does.
    let said = said.filter(|said| !said.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(kind) = rest(text, &fields, said, sink) {
        return Some(kind);
    }
    for (what, marks, why) in NOTHING {
        if fields.has(marks) {
            sink.nothing(what, why);
            return Some(what);
        }
    }
    sink.unknown("GitLab", &fields);
    Some("unknown")
}

/// Converts the body of a webhook and returns its kind.
fn webhook(
    text: &str,
    fields: &Fields<'_>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<&'static str> {
    let project: Option<Project<'_>> =
        fields.raw("project").and_then(|raw| sink.read(raw, "project"));
    let path = project.as_ref().and_then(|project| project.path_with_namespace.text());
    let said = path.or(said);
    let kind: String = fields
        .raw("object_kind")
        .and_then(|raw| serde_json::from_str(raw).ok())
        .unwrap_or_default();
    match kind.as_str() {
        "pipeline" => {
            pipelines::hook(&sink.read::<PipelineHook<'_>>(text, "pipeline")?, said, sink);
            Some("Pipeline Hook")
        }
        "build" => {
            jobs::hook(sink.read::<JobHook<'_>>(text, "build")?, said, sink);
            Some("Job Hook")
        }
        "deployment" => {
            deployments::hook(&sink.read::<DeploymentHook<'_>>(text, "deployment")?, said, sink);
            Some("Deployment Hook")
        }
        "merge_request" => {
            let body = sink.read::<MergeRequestHook<'_>>(text, "merge_request")?;
            merge_requests::hook(&body, said, sink);
            Some("Merge Request Hook")
        }
        "release" => {
            releases::release(&sink.read::<Release<'_>>(text, "release")?, said, sink);
            Some("Release Hook")
        }
        other => {
            let known = HOOKS.iter().find(|(name, _)| *name == other);
            let (what, why) =
                known.copied().unwrap_or(("webhook", "it says nothing about a delivery"));
            sink.nothing(what, why);
            Some(what)
        }
    }
}

/// Webhooks of which nothing is kept, and why.
const HOOKS: &[(&str, &str)] = &[
    ("push", "it says no time; the git source reads commits, its pipeline is kept"),
    ("tag_push", "it says no time; the git source reads tags"),
    ("note", "a merge request is read again with all of its notes"),
    ("feature_flag", "it says no time; the API does, so pull tells it"),
    ("issue", "issues are not read"),
    ("work_item", "issues are not read"),
    ("wiki_page", "it says nothing about a delivery"),
];

/// Converts an object of the REST API and returns what it is; `None` where it is none that is kept.
fn rest(
    text: &str,
    fields: &Fields<'_>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<&'static str> {
    let (what, _) = REST.iter().find(|(_, marks)| fields.has(marks))?;
    match *what {
        "merge_request" => {
            merge_requests::merge_request(&sink.read::<MergeRequest<'_>>(text, what)?, said, sink);
        }
        "deployment" => {
            deployments::deployment(&sink.read::<Deployment<'_>>(text, what)?, said, sink);
        }
        "job" => {
            jobs::alone(&sink.read::<Job<'_>>(text, what)?, said, sink);
        }
        "pipeline" => {
            pipelines::pipeline(&sink.read::<Pipeline<'_>>(text, what)?, said, sink);
        }
        "release" => {
            releases::release(&sink.read::<Release<'_>>(text, what)?, said, sink);
        }
        "protected_environment" => {
            gates::environment(&sink.read::<ProtectedEnvironment<'_>>(text, what)?, said, sink);
        }
        "protected_branch" => {
            gates::branch(&sink.read::<ProtectedBranch<'_>>(text, what)?, said, sink);
        }
        "approval_rule" => {
            gates::approval_rule(&sink.read::<ApprovalRule<'_>>(text, what)?, said, sink);
        }
        "status_check" => {
            gates::status_check(&sink.read::<StatusCheck<'_>>(text, what)?, said, sink);
        }
        "freeze_period" => {
            gates::freeze(&sink.read::<FreezePeriod<'_>>(text, what)?, said, sink);
        }
        "feature_flag" => {
            releases::feature_flag(&sink.read::<FeatureFlag<'_>>(text, what)?, said, sink);
        }
        "project" => {
            gates::project(&sink.read::<ProjectSettings<'_>>(text, what)?, said, sink);
        }
        _ => return None,
    }
    Some(what)
}

/// Objects of the REST API by the fields that only they have, the more particular first.
const REST: &[(&str, &[&str])] = &[
    ("merge_request", &["iid", "target_branch", "source_branch"]),
    ("deployment", &["id", "environment", "sha", "status"]),
    ("job", &["id", "stage", "name", "status"]),
    ("pipeline", &["id", "sha", "ref", "status"]),
    ("release", &["tag_name", "released_at"]),
    ("protected_environment", &["name", "deploy_access_levels"]),
    ("protected_branch", &["name", "push_access_levels"]),
    ("approval_rule", &["id", "name", "approvals_required"]),
    ("status_check", &["id", "name", "external_url", "protected_branches"]),
    ("freeze_period", &["id", "freeze_start", "freeze_end"]),
    ("feature_flag", &["name", "active", "strategies"]),
    ("project", &["id", "path_with_namespace", "default_branch"]),
];

/// Objects of which nothing is kept: name, fields by which they are known, reason.
const NOTHING: &[(&str, &[&str], &str)] = &[
    ("note", &["id", "body", "noteable_type"], "it belongs into its merge request, as `notes`"),
    ("approvals", &["approved_by"], "they belong into their merge request, as `approvals`"),
    ("test report", &["test_suites"], "it belongs into its pipeline, as `tests`"),
    ("commit", &["id", "short_id", "committed_date"], "the git source reads commits"),
    ("tag", &["name", "target", "commit"], "the git source reads tags"),
    ("environment", &["id", "slug", "name"], "its deployments are read"),
    ("event", &["event_name"], "it says nothing about a delivery"),
    ("error", &["message"], "GitLab refused the request"),
    ("error", &["error"], "GitLab refused the request"),
];
