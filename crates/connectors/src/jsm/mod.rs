//! Jira Service Management: incidents, which are Jira issues, and alerts of its operations part.
//!
//! Owns: the source, and telling its objects apart. Alerts are as Opsgenie's, whose successor it is
//! (`alert`). Must not know the network.

pub(crate) mod alert;
mod issue;
pub(crate) mod objects;
mod pull;

use crate::incidents::record::{Opened, Reader};
use crate::jsm::objects::{Alert, AlertEvent, Issue, IssueEvent};
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// Jira Service Management as a source.
pub(crate) static JSM: Source = Source {
    name: READER.source,
    about: "incidents (Jira issues with their history) and alerts of Jira Service Management",
    reads: "Jira issues or pages of a search, alerts of the operations API, and webhook bodies of both",
    tells: Tells {
        retention: "issues as long as the site keeps them; alerts as long as the plan says",
        numbers: Numbers { incidents: Told::Yes, ..Numbers::NONE },
        ..Tells::NOTHING
    },
    import: Import::JsonRecords {
        records_have: &["fields", "changelog", "webhookEvent", "tinyId", "alert"],
        convert,
    },
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[
        Signature::Hex { header: "x-hub-signature", prefix: "sha256=" },
        Signature::Authorization,
    ],
    event: Where::Field("/webhookEvent"),
    delivery: Where::Nowhere,
    body_limit: 5 * 1024 * 1024,
    events: &["jira:issue_created", "jira:issue_updated", "jira:issue_deleted"],
    challenge: None,
};

const READER: Reader = Reader {
    source: "jsm",
    product: "Jira Service Management",
    wrappers: &["issues", "values", "data"],
    object,
    nothing: &[
        ("comment", &["comment", "webhookEvent"], "comments are not read"),
        ("sprint, version or other event", &["webhookEvent"], "it says nothing about an incident"),
        ("error", &["errorMessages"], "Jira refused the request"),
        ("error", &["errors"], "Jira refused the request"),
    ],
};

fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    READER.read(record, context, output);
}

fn object(opened: &Opened<'_, '_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    if opened.has(&["webhookEvent", "issue"]) && !opened.has(&["comment"]) {
        let event = opened.read::<IssueEvent<'_>>("webhook", sink)?;
        let raw = opened.fields.raw("issue")?;
        if let Some(issue) = sink.read::<Issue<'_>>(raw, "issue") {
            issue::from_webhook(&issue, raw, &event, sink);
        }
        return Some("issue");
    }
    if opened.has(&["action", "alert"]) {
        alert::event(&opened.read::<AlertEvent<'_>>("webhook", sink)?, sink);
        return Some("alert");
    }
    // As pulled: what the search lists, and the whole issue or alert in it.
    if opened.has(&["fields", "key"]) {
        let raw = opened.fields.raw("issue").unwrap_or(opened.text);
        if let Some(issue) = sink.read::<Issue<'_>>(raw, "issue") {
            issue::issue(&issue, raw, opened.kind == Some("incident"), sink);
        }
        return Some("issue");
    }
    if opened.has(&["message", "tinyId"]) || opened.has(&["message", "acknowledged"]) {
        alert::alert(&opened.read::<Alert<'_>>("alert", sink)?, sink);
        return Some("alert");
    }
    None
}
