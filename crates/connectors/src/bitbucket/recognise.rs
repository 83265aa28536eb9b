//! Which object of Bitbucket a record is.
//!
//! Owns: the marks by which webhook bodies and objects of the API are told apart, and the hand-over
//! to their conversions. Must not know what the conversions make of them.

use serde_json::value::RawValue;

use crate::bitbucket::objects::{
    Deployment, Environment, Pipeline, PullRequest, Repository, Restriction, Status, Webhook,
};
use crate::bitbucket::{deployments, pipelines, pull_requests};
use crate::envelope::Envelope;
use crate::json::{Fields, Shape};
use crate::sink::Sink;

/// Fields that only records have, never pages with a list inside.
pub(super) const RECORDS_HAVE: &[&str] = &["actor", "build_number", "kind", "state"];

/// Converts what a record holds and returns what it is; `None` where it is no JSON.
pub(super) fn convert(record: Envelope<'_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    let text = record.body;
    if text.trim_start().starts_with('[') {
        return match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(items) => {
                for item in items.iter().filter(|item| item.get().starts_with('{')) {
                    convert(Envelope { body: item.get(), ..record }, sink);
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
    let said = record.subject;
    if let Some(kind) = webhook(&record, &fields, sink).or_else(|| rest(text, &fields, said, sink))
    {
        return Some(kind);
    }
    for (what, marks, why) in NOTHING {
        if fields.has(marks) {
            sink.nothing(what, why);
            return Some(what);
        }
    }
    sink.unknown("Bitbucket", &fields);
    Some("unknown")
}

/// Reads the object in the field `name`.
fn object_in<'a, T: Shape<'a>>(fields: &Fields<'a>, name: &str, sink: &mut Sink<'_>) -> Option<T> {
    fields.raw(name).and_then(|raw| sink.read(raw, name))
}

/// Converts the body of a webhook and returns its kind; `None` where it is none.
fn webhook(
    record: &Envelope<'_>,
    fields: &Fields<'_>,
    sink: &mut Sink<'_>,
) -> Option<&'static str> {
    if !fields.has(&["actor", "repository"]) {
        return None;
    }
    let repository: Option<Repository<'_>> = object_in(fields, "repository", sink);
    let own = repository.as_ref().and_then(|repository| repository.full_name.text());
    let repo = own.or(record.subject);
    if let Some(pull) = object_in::<PullRequest<'_>>(fields, "pullrequest", sink) {
        let beside = sink.read::<Webhook<'_>>(record.body, "webhook").unwrap_or_default();
        // Without the header, an end with nothing said beside it is the moment of the end.
        let said_beside = fields.has(&["approval"]) || fields.has(&["comment"]);
        let event = record.kind.or(match pull.state.text() {
            Some("MERGED") if !said_beside => Some("pullrequest:fulfilled"),
            Some("DECLINED") if !said_beside => Some("pullrequest:rejected"),
            _ => None,
        });
        if let Some(row) = pull_requests::pull_request(&pull, event, repo, sink) {
            pull_requests::hook(&beside, event, &row, repo, sink);
        }
        return Some("pullrequest");
    }
    if let Some(status) = object_in::<Status<'_>>(fields, "commit_status", sink) {
        pull_requests::status(&status, repo, sink);
        return Some("commit_status");
    }
    if fields.has(&["push"]) {
        sink.nothing("push", "the git source reads commits, pipelines are pulled");
        return Some("push");
    }
    sink.nothing("webhook", "it says nothing about a delivery");
    Some("webhook")
}

/// Converts an object of the API and returns what it is; `None` where it is none that is kept.
fn rest(
    text: &str,
    fields: &Fields<'_>,
    said: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<&'static str> {
    let (what, _) = REST.iter().find(|(_, marks)| fields.has(marks))?;
    match *what {
        "pipeline" => pipelines::pipeline(&sink.read::<Pipeline<'_>>(text, what)?, said, sink),
        "pullrequest" => {
            pull_requests::pull_request(
                &sink.read::<PullRequest<'_>>(text, what)?,
                None,
                said,
                sink,
            );
        }
        "deployment" => {
            deployments::deployment(&sink.read::<Deployment<'_>>(text, what)?, said, sink);
        }
        "restriction" => {
            deployments::restriction(&sink.read::<Restriction<'_>>(text, what)?, said, sink);
        }
        "environment" => {
            deployments::environment(&sink.read::<Environment<'_>>(text, what)?, said, sink);
        }
        "status" => pull_requests::status(&sink.read::<Status<'_>>(text, what)?, said, sink),
        _ => return None,
    }
    Some(what)
}

/// Objects of the API by the fields that only they have, the more particular first.
const REST: &[(&str, &[&str])] = &[
    ("pipeline", &["uuid", "build_number", "state"]),
    ("pullrequest", &["id", "source", "destination", "state"]),
    ("deployment", &["uuid", "state", "environment"]),
    ("environment", &["uuid", "name", "environment_type"]),
    ("restriction", &["id", "kind", "branch_match_kind"]),
    ("status", &["key", "state", "updated_on"]),
];

/// Objects of which nothing is kept: name, fields by which they are known, reason.
const NOTHING: &[(&str, &[&str], &str)] = &[
    ("step", &["uuid", "script_commands"], "it belongs into its pipeline, as `steps`"),
    ("step", &["uuid", "trigger", "state"], "it belongs into its pipeline, as `steps`"),
    ("activity", &["pull_request"], "it belongs into its pull request, as `activity`"),
    ("commit", &["hash", "parents"], "the git source reads commits"),
    ("repository", &["full_name", "scm"], "it says nothing about a delivery"),
    ("error", &["error"], "Bitbucket refused the request"),
];
