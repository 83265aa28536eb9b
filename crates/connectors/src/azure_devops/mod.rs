//! Azure DevOps: builds with their timelines and approvals, pull requests with their votes,
//! deployments to environments, and service hooks, as facts.
//!
//! Owns: telling the objects apart, what a project's repositories and builds are called. Must not
//! know: files, the network.

mod builds;
mod changes;
mod deployments;
mod gates;
mod jobs;
mod objects;
mod pull;
mod timeline;

use std::borrow::Cow;

use aftercast_model::{ActorKind, Timestamp};

use crate::azure_devops::objects::{
    ApprovalEvent, Build, Environment, Hook, Identity, PullRequest, Repository,
};
use crate::envelope::Envelope;
use crate::json::Fields;
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "azure_devops";

/// Azure DevOps as a source.
pub(crate) static AZURE_DEVOPS: Source = Source {
    name: SOURCE,
    about: "builds, stages, jobs, approvals and checks, pull requests, deployments to environments",
    reads: "builds, pull requests and environments of the REST API with what belongs to them inside, and service hook bodies",
    tells: Tells {
        queue_time: Told::With("of a build; of a job from the begin of its phase"),
        attempts: Told::With("yes, of stages and their jobs"),
        approval_asked: Told::Yes,
        approval_answered: Told::Yes,
        who: Told::With("author, voter, approver"),
        steps: Told::Yes,
        failure_reason: Told::With("the errors of the failed task"),
        retention: "30 days of runs unless the project's settings say otherwise",
        numbers: Numbers {
            lead_time: Told::With("with environments or deploying stages"),
            failed_builds: Told::Yes,
            approval_wait: Told::Yes,
            manual_steps: Told::With("manual validation tasks"),
            ..Numbers::NONE
        },
    },
    import: Import::JsonRecords {
        records_have: &["pullRequestId", "buildNumber", "eventType"],
        convert,
    },
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Authorization],
    event: Where::Field("/eventType"),
    delivery: Where::Field("/id"),
    body_limit: 2 * 1024 * 1024,
    events: &[
        "build.complete",
        "git.pullrequest.created",
        "git.pullrequest.updated",
        "git.pullrequest.merged",
        "ms.vss-pipelinechecks-events.approval-pending",
        "ms.vss-pipelinechecks-events.approval-completed",
    ],
    challenge: None,
};

/// Converts one record.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    if matches!(text, Cow::Owned(_)) {
        sink.note("bytes that are not UTF-8 were replaced");
    }
    let envelope = Envelope::open(&text);
    let fields = match serde_json::from_str::<Fields<'_>>(envelope.body) {
        Ok(fields) => fields,
        Err(error) => return sink.malformed(&error),
    };
    let subject = envelope.subject;
    let (kind, at) = match fields.raw("resource").filter(|_| fields.has(&["eventType"])) {
        Some(resource) => hook(envelope.body, resource, &mut sink),
        None => object(envelope.body, &fields, subject, &mut sink),
    };
    sink.keep(kind, at);
}

/// Converts an object of the REST API; returns what it is, and when its state was this.
fn object(
    text: &str,
    fields: &Fields<'_>,
    subject: Option<&str>,
    sink: &mut Sink<'_>,
) -> (&'static str, Option<Timestamp>) {
    // The subject is `organization/project`.
    let project = subject.and_then(|subject| subject.split_once('/')).map(|(_, project)| project);
    if fields.has(&["pullRequestId"]) {
        let change = sink.read::<PullRequest<'_>>(text, "pull request");
        return ("pull request", change.and_then(|change| changes::change(&change, sink)));
    }
    if fields.has(&["definition", "status"]) {
        let build = sink.read::<Build<'_>>(text, "build");
        return ("build", build.and_then(|build| builds::build(&build, project, sink)));
    }
    if fields.has(&["records", "name"]) {
        let place = sink.read::<Environment<'_>>(text, "environment");
        let at = place.and_then(|place| deployments::environment(&place, project, sink));
        return ("environment", at);
    }
    let alone = [
        (
            ["records", "lastChangedBy"],
            "timeline",
            "put its `records` into its build as `timeline`",
        ),
        (["steps", "minRequiredApprovers"], "approval", "put it into its build's list `approvals`"),
        (
            ["environmentId", "requestIdentifier"],
            "deployment record",
            "put it into its environment's `records`",
        ),
    ];
    if let Some((_, what, why)) = alone.iter().find(|(marks, _, _)| fields.has(marks)) {
        sink.nothing(what, why);
    } else {
        sink.unknown("Azure DevOps", fields);
    }
    ("unknown", None)
}

/// Converts the resource of a service hook; returns the event, and when its state was this.
fn hook(text: &str, resource: &str, sink: &mut Sink<'_>) -> (&'static str, Option<Timestamp>) {
    let Some(hook) = sink.read::<Hook<'_>>(text, "hook") else { return ("unknown", None) };
    match hook.event.text().unwrap_or_default() {
        "build.complete" => {
            let build = sink.read::<Build<'_>>(resource, "resource");
            ("build.complete", build.and_then(|build| builds::build(&build, None, sink)))
        }
        event if event.starts_with("git.pullrequest.") => {
            let change = sink.read::<PullRequest<'_>>(resource, "resource");
            ("git.pullrequest", change.and_then(|change| changes::change(&change, sink)))
        }
        event if event.contains(".approval-") => {
            let event = sink.read::<ApprovalEvent<'_>>(resource, "resource");
            let at = event.and_then(|event| {
                let stage = event.stage.get().and_then(|stage| stage.name.text());
                gates::told(event.approval.get()?, stage, hook.created.copied(), sink)
            });
            ("approval", at)
        }
        event => {
            let what = format!("hook `{}`", event.chars().take(60).collect::<String>());
            sink.nothing(&what, "the next pull reads what it is about");
            ("unknown", None)
        }
    }
}

/// Returns how a repository is called: `project/name` where it is Azure's own, else its own name,
/// which is `owner/name` on other hosts.
fn repo_name(repository: &Repository<'_>, project: Option<&str>) -> Option<String> {
    let name = repository.name.text()?;
    let project = repository.project.get().and_then(|project| project.name.text()).or(project);
    match (repository.kind.text(), project) {
        (None | Some("TfsGit"), Some(project)) if !name.contains('/') => {
            Some(format!("{project}/{name}"))
        }
        _ => Some(name.to_owned()),
    }
}

/// Returns whether somebody is a program: a service identity, or one that the settings name.
fn is_program(identity: &Identity<'_>, sink: &Sink<'_>) -> bool {
    let names = [identity.name.text(), identity.display.text()];
    names.into_iter().flatten().any(|name| {
        name.starts_with("Build\\")
            || name.starts_with("Microsoft.VisualStudio.Services")
            || name.contains("Build Service (")
            || sink.context().rules.is_program(name)
    })
}

/// Returns who somebody is.
fn actor_kind(identity: Option<&Identity<'_>>, sink: &Sink<'_>) -> ActorKind {
    match identity {
        Some(identity) if is_program(identity, sink) => ActorKind::Bot,
        Some(_) => ActorKind::Human,
        None => ActorKind::Unknown,
    }
}

/// Returns the pseudonym of somebody.
fn person(identity: Option<&Identity<'_>>, sink: &mut Sink<'_>) -> aftercast_model::Name {
    let program = identity.is_some_and(|identity| is_program(identity, sink));
    sink.person(identity.and_then(|identity| identity.id.text()), program)
}
