//! GitLab: what its REST API returns and what its webhooks send, as facts.
//!
//! Owns: telling the objects apart, and their conversion. The same fact has the same id however it
//! arrived, because GitLab numbers things over all projects; what the API tells of a state beats
//! what a webhook tells of it. Must not know: files, the network.

mod deployments;
mod gates;
mod jobs;
mod merge_requests;
mod objects;
mod pipelines;
mod pull;
mod recognise;
mod releases;
mod states;
mod tests;

use std::borrow::Cow;

use crate::envelope::Envelope;
use crate::live::webhook::{Signature, Told as At, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "gitlab";

/// GitLab as a source.
pub(crate) static GITLAB: Source = Source {
    name: SOURCE,
    about: "merge requests, approvals, pipelines, jobs, manual jobs, deployments, releases and gates",
    reads: "objects or pages of GitLab's REST API, and webhook bodies",
    tells: Tells {
        queue_time: Told::With("yes: the wait for a runner"),
        attempts: Told::With("jobs, counted by name; a pipeline whose failed jobs were retried"),
        approval_asked: Told::With(
            "review requests; deployments and manual jobs: the end of the stages before",
        ),
        approval_answered: Told::Yes,
        who: Told::With("author, reviewer, approver, who started a job"),
        steps: Told::No,
        failure_reason: Told::With("GitLab's reason, exit code and last error of the log"),
        retention: "for ever, unless the project deletes pipelines (1 day to 1 year) or logs",
        numbers: Numbers {
            lead_time: Told::Yes,
            failed_builds: Told::Yes,
            approval_wait: Told::Yes,
            manual_steps: Told::Yes,
            ..Numbers::NONE
        },
    },
    import: Import::JsonRecords { records_have: recognise::RECORDS_HAVE, convert },
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Standard, Signature::Token { header: "x-gitlab-token" }],
    event: At::Header("x-gitlab-event"),
    delivery: At::Header("idempotency-key"),
    body_limit: 25 * 1024 * 1024,
    events: &[
        "Pipeline events",
        "Job events",
        "Deployment events",
        "Merge request events",
        "Releases events",
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
    if let Some(kind) = recognise::convert(envelope.body, envelope.subject, &mut sink) {
        sink.keep(kind, sink.newest());
    }
}
