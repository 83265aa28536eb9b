//! Opsgenie: alerts and incidents from export files.
//!
//! Owns: the source, and Opsgenie's own incidents; its alerts are those of its successor (`jsm`). There
//! is no pull: the API is switched off on 2027-04-05.

use std::borrow::Cow;

use crate::incidents::case::{Case, later};
use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::incidents::record::{Opened, Reader};
use crate::incidents::texts::Pairs;
use crate::jsm::alert;
use crate::jsm::objects::{Alert, AlertEvent, Moment};
use crate::json::{Lenient, List, Text, object};
use crate::rules::Clue;
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// Opsgenie as a source.
pub(crate) static OPSGENIE: Source = Source {
    name: READER.source,
    about: "alerts and incidents of Opsgenie, from exports made before it ends (2027-04-05)",
    reads: "alerts and incidents as the API gave them, single or in pages, and saved webhook bodies",
    tells: Tells {
        retention: "until 2027-04-05; then what you exported",
        numbers: Numbers { incidents: Told::Yes, ..Numbers::NONE },
        ..Tells::NOTHING
    },
    import: Import::JsonRecords { records_have: &["tinyId", "message", "alert"], convert },
    pull: None,
    webhook: None,
};

const READER: Reader = Reader {
    source: "opsgenie",
    product: "Opsgenie",
    wrappers: &["data"],
    object,
    nothing: &[
        ("log", &["log", "owner"], "put it into its alert, under `logs`"),
        ("error", &["message", "requestId"], "Opsgenie refused the request"),
    ],
};

object! { 'a:
    /// An incident.
    Incident {
        id: Text<'a>,
        message: Text<'a>,
        description: Text<'a>,
        status: Text<'a>,
        priority: Text<'a>,
        tags: List<Cow<'a, str>>,
        created_at as "createdAt": Lenient<Moment>,
        updated_at as "updatedAt": Lenient<Moment>,
        impact_start as "impactStartDate": Lenient<Moment>,
        impact_detect as "impactDetectDate": Lenient<Moment>,
        impact_end as "impactEndDate": Lenient<Moment>,
        services as "impactedServices": List<Cow<'a, str>>,
        extra as "extraProperties": Lenient<Pairs<'a>>,
        links: Lenient<Web<'a>>,
    }

    /// Where it is.
    Web {
        web: Text<'a>,
    }
}

fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    READER.read(record, context, output);
}

fn object(opened: &Opened<'_, '_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    if opened.has(&["action", "alert"]) {
        alert::event(&opened.read::<AlertEvent<'_>>("webhook", sink)?, sink);
        return Some("alert");
    }
    if !opened.has(&["message", "createdAt"]) {
        return None;
    }
    if opened.has(&["impactStartDate"]) || opened.has(&["impactedServices"]) {
        incident(&opened.read::<Incident<'_>>("incident", sink)?, sink);
        return Some("incident");
    }
    alert::alert(&opened.read::<Alert<'_>>("alert", sink)?, sink);
    Some("alert")
}

/// Keeps an incident. When it was closed is not in it: only when users stopped to feel it.
fn incident(incident: &Incident<'_>, sink: &mut Sink<'_>) {
    let Some(id) = incident.id.text() else { return sink.lost("an incident has no `id`") };
    let (mut links, mut causes) = (Links::default(), Causes::default());
    links.read(incident.message.text());
    links.read(incident.description.text());
    for (name, value) in incident.extra.get().into_iter().flat_map(Pairs::iter) {
        links.read(Some(value));
        causes.said(name, Some(value));
    }
    incident.tags.items().for_each(|tag| causes.tagged(tag));
    let tagged = incident.tags.items().find_map(|tag| tag.strip_prefix("service:"));
    let names = tagged.into_iter().chain(incident.services.items().map(AsRef::as_ref));
    let created = incident.created_at.time();
    Case {
        native_id: &format!("incident/{id}"),
        clues: names.map(|name| Clue { kind: "service", name }).collect(),
        title: incident.message.text(),
        severity: incident.priority.text(),
        status: incident.status.text(),
        url: incident.links.get().and_then(|links| links.web.text()),
        observed_at: later([created, incident.updated_at.time()], 0),
        started_at: incident.impact_start.time(),
        detected_at: incident.impact_detect.time().or(created),
        mitigated_at: incident.impact_end.time(),
        links,
        causes,
        ..Case::default()
    }
    .keep(sink);
}
