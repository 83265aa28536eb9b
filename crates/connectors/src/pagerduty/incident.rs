//! Incidents: when they were noticed, taken and closed.
//!
//! Owns: which of PagerDuty's times is which of ours. PagerDuty does not know when users began to
//! feel an incident, nor when they stopped: those times stay missing.

use aftercast_model::Timestamp;

use crate::incidents::case::{Case, later};
use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::incidents::texts::Pairs;
use crate::pagerduty::objects::{Event, Incident, LogEntry};
use crate::rules::Clue;
use crate::sink::Sink;

/// What the webhook says that brought an incident: its event, and when it happened.
pub(super) struct Brought<'e> {
    event: &'e str,
    at: Option<Timestamp>,
}

/// Keeps the incident that a webhook is about.
pub(super) fn event(event: &Event<'_>, sink: &mut Sink<'_>) {
    let kind = event.event_type.text().unwrap_or("event");
    let Some(incident) = event.data.get().filter(|data| data.kind.text() == Some("incident"))
    else {
        sink.nothing(kind, "it does not change the times of its incident");
        return;
    };
    // REST gives whole seconds: the same state must not look newer for having come by webhook.
    let at =
        event.occurred_at.copied().map(|at| Timestamp::from_seconds(at.millis().div_euclid(1000)));
    self::incident(incident, Some(&Brought { event: kind, at }), sink);
}

/// Keeps an incident.
pub(super) fn incident(
    incident: &Incident<'_>,
    brought: Option<&Brought<'_>>,
    sink: &mut Sink<'_>,
) {
    let Some(id) = incident.id.text() else { return sink.lost("an incident has no `id`") };
    let status = incident.status.text();
    let entries: Vec<&LogEntry<'_>> = incident.log_entries.items().collect();
    let first = |kind: &str| {
        let of_kind = entries.iter().filter(|entry| entry.kind.text() == Some(kind));
        of_kind.filter_map(|entry| entry.created_at.copied()).min()
    };
    let happened = |event: &str| brought.filter(|brought| brought.event == event)?.at;
    let resolved_at = incident
        .resolved_at
        .copied()
        .or_else(|| {
            let closed =
                entries.iter().filter(|entry| entry.kind.text() == Some("resolve_log_entry"));
            closed.filter_map(|entry| entry.created_at.copied()).max()
        })
        .or_else(|| happened("incident.resolved"))
        .or(incident.last_status_change_at.copied());
    let times = [
        incident.created_at.copied(),
        incident.updated_at.copied(),
        incident.last_status_change_at.copied(),
        incident.resolved_at.copied(),
        brought.and_then(|brought| brought.at),
        entries.iter().filter_map(|entry| entry.created_at.copied()).max(),
    ];
    let more = match (brought, incident.log_entries.get()) {
        (Some(_), _) => 0,
        (None, None) => 1,
        (None, Some(_)) => 2,
    };
    let severity = incident
        .priority
        .get()
        .and_then(|priority| priority.summary.text().or(priority.name.text()));
    let service = incident.service.get().and_then(|service| service.summary.text());
    let (links, causes) = mentioned(incident, &entries);
    Case {
        native_id: id,
        clues: service.map(|name| Clue { kind: "service", name }).into_iter().collect(),
        title: incident.title.text().or(incident.summary.text()),
        severity: severity.or(incident.urgency.text()),
        status,
        url: incident.html_url.text(),
        observed_at: later(times, more),
        detected_at: incident.created_at.copied(),
        acknowledged_at: first("acknowledge_log_entry")
            .or_else(|| happened("incident.acknowledged")),
        resolved_at: resolved_at.filter(|_| status == Some("resolved")),
        links,
        causes,
        ..Case::default()
    }
    .keep(sink);
}

/// Returns the addresses that an incident mentions, and what it says caused it.
fn mentioned<'i>(incident: &'i Incident<'_>, entries: &[&'i LogEntry<'_>]) -> (Links<'i>, Causes) {
    let (mut links, mut causes) = (Links::default(), Causes::default());
    links.read(incident.title.text());
    if let Some(details) = incident.body.get().and_then(|body| body.details.get()) {
        links.read_all(details.iter());
    }
    for field in incident.custom_fields.items() {
        let Some(values) = field.value.get() else { continue };
        links.read_all(values.iter());
        for value in values.iter() {
            for name in [field.display_name.text(), field.name.text()].into_iter().flatten() {
                causes.said(name, Some(value));
            }
        }
    }
    let triggers = entries.iter().filter(|entry| entry.kind.text() == Some("trigger_log_entry"));
    for channel in triggers.filter_map(|entry| entry.channel.get()) {
        links.read(channel.client_url.text());
        let common = channel.cef_details.get();
        links.read(common.and_then(|common| common.client_url.text()));
        let contexts = [channel.contexts.get(), common.and_then(|common| common.contexts.get())];
        for texts in contexts.into_iter().flatten() {
            links.read_all(texts.iter());
        }
        let details = [channel.details.get(), common.and_then(|common| common.details.get())];
        for (name, value) in details.into_iter().flatten().flat_map(Pairs::iter) {
            links.read(Some(value));
            causes.said(name, Some(value));
        }
        links.read(channel.subject.text());
        links.read(channel.body.text());
    }
    // What changed shortly before is worth a look, but it is not said to be the cause.
    for change in incident.related_change_events.items() {
        if let Some(texts) = change.links.get() {
            links.read_all(texts.iter());
        }
    }
    (links, causes)
}
