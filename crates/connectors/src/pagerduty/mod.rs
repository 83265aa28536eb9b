//! PagerDuty: incidents with their log entries, and its webhooks (version 3).
//!
//! Owns: the source, and telling its objects apart. The same incident has the same id however it
//! arrived; one with its log entries knows more than one without, and wins. Must not know the network.

mod incident;
mod objects;
mod pull;

use crate::incidents::record::{Opened, Reader};
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::pagerduty::objects::{Event, Incident};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// PagerDuty as a source.
pub(crate) static PAGERDUTY: Source = Source {
    name: READER.source,
    about: "incidents: noticed, acknowledged, resolved, and what changed before",
    reads: "incidents or pages of the REST API (with `log_entries` inside), and webhook bodies (v3)",
    tells: Tells {
        retention: "as long as the account keeps incidents; log entries with them",
        numbers: Numbers { incidents: Told::Yes, ..Numbers::NONE },
        ..Tells::NOTHING
    },
    import: Import::JsonRecords { records_have: &["incident_number", "event"], convert },
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Hex { header: "x-pagerduty-signature", prefix: "v1=" }],
    event: Where::Field("/event/event_type"),
    delivery: Where::Field("/event/id"),
    body_limit: 1024 * 1024,
    events: &[
        "incident.triggered",
        "incident.acknowledged",
        "incident.unacknowledged",
        "incident.priority_updated",
        "incident.reopened",
        "incident.resolved",
    ],
    challenge: None,
};

const READER: Reader = Reader {
    source: "pagerduty",
    product: "PagerDuty",
    wrappers: &["incidents", "incident", "event"],
    object,
    nothing: &[
        ("log entry", &["log_entries"], "put them into their incident, as `log_entries`"),
        ("log entry", &["channel", "agent"], "put it into its incident, under `log_entries`"),
        (
            "change event",
            &["change_events"],
            "their links come with the incidents that they precede",
        ),
        ("service", &["services"], "incidents name their service"),
        ("alert", &["alerts"], "the incident that they open is kept"),
        ("error", &["error"], "PagerDuty refused the request"),
    ],
};

fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    READER.read(record, context, output);
}

fn object(opened: &Opened<'_, '_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    if opened.has(&["event_type", "data"]) {
        let event = opened.read::<Event<'_>>("event", sink)?;
        incident::event(&event, sink);
        return Some("event");
    }
    if opened.has(&["incident_number", "status"]) || opened.has(&["number", "service", "status"]) {
        let incident = opened.read::<Incident<'_>>("incident", sink)?;
        incident::incident(&incident, None, sink);
        return Some("incident");
    }
    let (what, why) = match opened.fields.raw("type").map(|kind| kind.trim_matches('"')) {
        Some("change_event") => {
            ("change event", "its links come with the incidents that it precedes")
        }
        Some("service") => ("service", "incidents name their service"),
        Some("alert") => ("alert", "the incident that it opens is kept"),
        Some(kind) if kind.ends_with("_log_entry") => {
            ("log entry", "put it into its incident, under `log_entries`")
        }
        _ => return None,
    };
    sink.nothing(what, why);
    Some(what)
}
