//! incident.io: incidents of its API (v2) with updates and attachments, and its webhooks.
//!
//! Owns: the source, and telling its objects apart. Must not know the network.

mod incident;
mod objects;
mod pull;

use crate::incident_io::objects::Incident;
use crate::incidents::record::{Opened, Reader};
use crate::json::{Fields, Text};
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// incident.io as a source.
pub(crate) static INCIDENT_IO: Source = Source {
    name: READER.source,
    about: "incidents with the times that a team keeps of them",
    reads: "incidents or pages of the API (v2), and webhook bodies",
    tells: Tells {
        retention: "as long as the account keeps incidents",
        numbers: Numbers { incidents: Told::Yes, ..Numbers::NONE },
        ..Tells::NOTHING
    },
    import: Import::JsonRecords { records_have: &["event_type", "reference"], convert },
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Standard],
    event: Where::Field("/event_type"),
    delivery: Where::Header("webhook-id"),
    body_limit: 1024 * 1024,
    events: &[
        "public_incident.incident_created_v2",
        "public_incident.incident_updated_v2",
        "public_incident.incident_status_updated_v2",
    ],
    challenge: None,
};

const READER: Reader = Reader {
    source: "incident_io",
    product: "incident.io",
    wrappers: &["incidents", "incident"],
    object,
    nothing: &[
        (
            "incident update",
            &["incident_id", "message"],
            "put it into its incident, under `updates`",
        ),
        (
            "attachment",
            &["incident_id", "resource"],
            "put it into its incident, under `attachments`",
        ),
        (
            "follow-up",
            &["incident_id", "completed_at"],
            "it says nothing about the incident's times",
        ),
        ("timestamp", &["id", "rank", "name"], "incidents carry the times by name"),
        ("error", &["type", "request_id"], "incident.io refused the request"),
    ],
};

fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    READER.read(record, context, output);
}

fn object(opened: &Opened<'_, '_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    if opened.has(&["event_type"]) {
        return Some(event(opened, sink));
    }
    if opened.has(&["reference", "incident_status"]) {
        incident::incident(&opened.read::<Incident<'_>>("incident", sink)?, sink);
        return Some("incident");
    }
    None
}

/// Keeps the incident in a webhook: what happened stands in the field that is called like the event.
fn event(opened: &Opened<'_, '_>, sink: &mut Sink<'_>) -> &'static str {
    let kind: Option<Text<'_>> =
        opened.fields.raw("event_type").and_then(|raw| serde_json::from_str(raw).ok());
    let kind = kind.as_ref().and_then(|kind| kind.text()).unwrap_or_default();
    let Some(raw) = opened.fields.raw(kind) else {
        sink.lost("a webhook has no field that is called like its `event_type`");
        return "event";
    };
    let inside = serde_json::from_str::<Fields<'_>>(raw).ok();
    // A change of status comes with the incident beside the two states.
    let whole = inside.as_ref().and_then(|fields| fields.raw("incident")).unwrap_or(raw);
    if kind.starts_with("private_") {
        sink.nothing(kind, "private incidents come without their content");
    } else if !kind.starts_with("public_incident.incident_") {
        sink.nothing(kind, "it does not change the times of its incident");
    } else if let Some(incident) = sink.read::<Incident<'_>>(whole, "incident") {
        incident::incident(&incident, sink);
    }
    "event"
}
