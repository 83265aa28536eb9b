//! Bitbucket Cloud: what its API returns and what its webhooks send, as facts.
//!
//! Owns: telling the objects apart. The same fact has the same id however it arrived; what was
//! pulled of a state beats what a webhook tells of it. Must not know: files, the network.

mod deployments;
mod objects;
mod pipelines;
mod pull;
mod pull_requests;
mod recognise;
mod states;

use std::borrow::Cow;

use crate::envelope::Envelope;
use crate::live::webhook::{Signature, Told as At, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "bitbucket";

/// Bitbucket Cloud as a source.
pub(crate) static BITBUCKET: Source = Source {
    name: SOURCE,
    about: "pull requests, approvals, pipelines, manual steps, deployments and branch rules of Bitbucket Cloud",
    reads: "objects or pages of the API 2.0, and webhook bodies",
    tells: Tells {
        queue_time: Told::With("pipelines, not their steps"),
        attempts: Told::With("numbered; Bitbucket keeps the last of each step"),
        approval_asked: Told::With(
            "manual steps: the end of the steps before; reviews: taken to be the opening",
        ),
        approval_answered: Told::Yes,
        who: Told::With("author, reviewer; not who started a manual step"),
        steps: Told::No,
        failure_reason: Told::With("where Pipelines itself failed"),
        retention: "as long as the repository lives; logs 14 days",
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
    signatures: &[Signature::Hex { header: "x-hub-signature", prefix: "sha256=" }],
    event: At::Header("x-event-key"),
    delivery: At::Header("x-request-uuid"),
    body_limit: 5 * 1024 * 1024,
    events: &[
        "pullrequest:created",
        "pullrequest:updated",
        "pullrequest:approved",
        "pullrequest:unapproved",
        "pullrequest:changes_request_created",
        "pullrequest:changes_request_removed",
        "pullrequest:fulfilled",
        "pullrequest:rejected",
        "repo:commit_status_created",
        "repo:commit_status_updated",
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
    if let Some(kind) = recognise::convert(Envelope::open(&text), &mut sink) {
        sink.keep(kind, sink.newest());
    }
}
