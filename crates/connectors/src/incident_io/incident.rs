//! Incidents with the times that a team keeps of them.
//!
//! Owns: which of the team's times is which of ours, by name; teams add their own and rename them.

use aftercast_model::Timestamp;

use crate::incident_io::objects::{CustomField, FieldValue, Incident, Status};
use crate::incidents::case::{Case, later};
use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::rules::Clue;
use crate::sink::Sink;

/// Names of times, in small letters and without `at` at the end; the first that is there counts.
const STARTED: &[&str] = &["impact started", "impact start", "started"];
const DETECTED: &[&str] = &["reported", "detected", "declared"];
const ACKNOWLEDGED: &[&str] =
    &["accepted", "acknowledged", "investigating", "investigation started"];
const MITIGATED: &[&str] = &["fixed", "mitigated", "impact ended", "impact end", "monitoring"];
const RESOLVED: &[&str] = &["resolved", "closed"];

/// Keeps an incident.
pub(super) fn incident(incident: &Incident<'_>, sink: &mut Sink<'_>) {
    let Some(id) = incident.id.text() else { return sink.lost("an incident has no `id`") };
    let status = incident.incident_status.get();
    let time = |names: &[&str]| named(incident, names);
    let (links, causes) = mentioned(incident);
    let is_void = matches!(category(status), Some("declined" | "merged" | "canceled"))
        || matches!(incident.mode.text(), Some("test" | "tutorial"));
    let updates = incident.updates.items().map(|update| update.created_at.copied()).max().flatten();
    let times = [incident.updated_at.copied(), incident.created_at.copied(), updates];
    Case {
        native_id: id,
        clues: services(incident),
        title: incident.name.text(),
        severity: incident.severity.get().and_then(|severity| severity.name.text()),
        status: status.and_then(|status| status.name.text()),
        url: incident.permalink.text(),
        observed_at: later(times, i64::from(incident.updates.get().is_some())),
        started_at: time(STARTED),
        detected_at: time(DETECTED).or(incident.created_at.copied()),
        acknowledged_at: time(ACKNOWLEDGED),
        mitigated_at: time(MITIGATED),
        resolved_at: time(RESOLVED).or_else(|| ended(incident)),
        links,
        causes,
        is_void,
    }
    .keep(sink);
}

fn category<'s>(status: Option<&'s Status<'_>>) -> Option<&'s str> {
    status.and_then(|status| status.category.text())
}

/// Returns the time that has the first of `names`.
fn named(incident: &Incident<'_>, names: &[&str]) -> Option<Timestamp> {
    names.iter().find_map(|wanted| {
        let mut times = incident.incident_timestamp_values.items();
        times.find_map(|time| {
            let name = time.incident_timestamp.get()?.name.text()?.trim().to_ascii_lowercase();
            let name = name.strip_suffix(" at").unwrap_or(&name);
            time.value.get().filter(|_| name == *wanted)?.value.copied()
        })
    })
}

/// Returns when an incident that has ended reached its end, by its updates.
fn ended(incident: &Incident<'_>) -> Option<Timestamp> {
    let has_ended =
        |status: Option<&Status<'_>>| matches!(category(status), Some("learning" | "closed"));
    if !has_ended(incident.incident_status.get()) {
        return None;
    }
    let mut updates: Vec<_> = incident.updates.items().collect();
    updates.sort_by_key(|update| update.created_at.copied());
    // The last time that it went from under way to ended.
    let ends = updates.iter().rev().take_while(|update| {
        update.new_incident_status.get().is_none() || has_ended(update.new_incident_status.get())
    });
    let ends = ends.filter(|update| update.new_incident_status.get().is_some());
    ends.filter_map(|update| update.created_at.copied()).min()
}

/// Returns the texts of a field's value.
fn texts<'v>(value: &'v FieldValue<'_>) -> impl Iterator<Item = &'v str> {
    [
        value.value_text.text(),
        value.value_link.text(),
        value.value_numeric.text(),
        value.value_option.get().and_then(|option| option.value.text()),
        value.value_catalog_entry.get().and_then(|entry| entry.name.text()),
    ]
    .into_iter()
    .flatten()
}

fn field_name<'f>(field: &'f CustomField<'_>) -> Option<&'f str> {
    field.custom_field.get().and_then(|field| field.name.text())
}

/// Returns what the fields that ask for services say.
fn services<'i>(incident: &'i Incident<'_>) -> Vec<Clue<'i>> {
    let asks = |field: &&CustomField<'_>| {
        let name = field_name(field).unwrap_or_default().to_ascii_lowercase();
        ["service", "component", "application", "system"].iter().any(|word| name.contains(word))
    };
    let fields = incident.custom_field_entries.items().filter(asks);
    let names = fields.flat_map(|field| field.values.items()).flat_map(texts);
    names.map(|name| Clue { kind: "service", name }).collect()
}

/// Returns the addresses that an incident mentions, and what it says caused it.
fn mentioned<'i>(incident: &'i Incident<'_>) -> (Links<'i>, Causes) {
    let (mut links, mut causes) = (Links::default(), Causes::default());
    links.read(incident.summary.text());
    for field in incident.custom_field_entries.items() {
        for value in field.values.items().flat_map(texts) {
            links.read(Some(value));
            causes.said(field_name(field).unwrap_or_default(), Some(value));
        }
    }
    for attachment in incident.attachments.items() {
        links.read(attachment.resource.get().and_then(|resource| resource.permalink.text()));
    }
    links.read(
        incident.external_issue_reference.get().and_then(|issue| issue.issue_permalink.text()),
    );
    links.read(incident.postmortem_document_url.text());
    for update in incident.updates.items() {
        links.read(update.message.text());
    }
    (links, causes)
}
