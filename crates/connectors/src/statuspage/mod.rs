//! Statuspage: incidents as their page tells them, from its API, its public page and its webhooks.
//!
//! Owns: the source, and telling its objects apart. Must not know the network. Scheduled maintenance is
//! no incident.

mod incident;
mod objects;
mod pull;

use crate::incidents::record::{Opened, Reader};
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::sink::Sink;
use crate::statuspage::objects::{Archived, Incident};
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// Statuspage as a source.
pub(crate) static STATUSPAGE: Source = Source {
    name: READER.source,
    about: "incidents that a status page told its readers about",
    reads: "incidents of the API or of a public `incidents.json`, webhook bodies, archives of a page",
    tells: Tells {
        retention: "as long as the page exists; a public page lists the last 50",
        numbers: Numbers { incidents: Told::Yes, ..Numbers::NONE },
        ..Tells::NOTHING
    },
    import: Import::JsonRecords {
        records_have: &["incident_updates", "entry_id", "impact", "incident", "component_update"],
        convert,
    },
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Authorization],
    event: Where::Field("/incident/status"),
    delivery: Where::Nowhere,
    body_limit: 1024 * 1024,
    events: &["incidents (all updates)"],
    challenge: None,
};

const READER: Reader = Reader {
    source: "statuspage",
    product: "Statuspage",
    wrappers: &["incident", "incidents"],
    object,
    nothing: &[
        ("component update", &["component_update"], "incidents name their components"),
        ("maintenances", &["scheduled_maintenances"], "planned work is no incident"),
        ("component", &["position", "group_id"], "incidents name their components"),
        ("summary", &["page", "status"], "it tells the state of the page, not incidents"),
    ],
};

fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    READER.read(record, context, output);
}

fn object(opened: &Opened<'_, '_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    if opened.has(&["entry_id", "updates"]) {
        incident::archived(&opened.read::<Archived<'_>>("incident", sink)?, sink);
        return Some("archived incident");
    }
    if opened.has(&["impact", "name", "status"]) {
        incident::incident(&opened.read::<Incident<'_>>("incident", sink)?, sink);
        return Some("incident");
    }
    None
}
