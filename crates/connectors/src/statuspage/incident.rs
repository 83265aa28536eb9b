//! Incidents as a page tells them.
//!
//! Owns: which of a page's times is which of ours. A page is written by people for readers: the first
//! post is when somebody had noticed, `monitoring` is when a fix was in place.

use aftercast_model::Timestamp;

use crate::incidents::case::{Case, later};
use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::incidents::texts::Pairs;
use crate::rules::Clue;
use crate::sink::Sink;
use crate::statuspage::objects::{Archived, Incident};

const MAINTENANCE: &str = "planned work is no incident";

/// Keeps an incident.
pub(super) fn incident(incident: &Incident<'_>, sink: &mut Sink<'_>) {
    if incident.scheduled_for.get().is_some() || incident.impact.text() == Some("maintenance") {
        return sink.nothing("scheduled maintenance", MAINTENANCE);
    }
    let Some(id) = incident.id.text() else { return sink.lost("an incident has no `id`") };
    let mut links = Links::default();
    let mut causes = Causes::default();
    let mut clues: Vec<Clue<'_>> = Vec::new();
    let of_updates =
        incident.incident_updates.items().flat_map(|update| update.affected_components.items());
    for name in incident.components.items().chain(of_updates).filter_map(|part| part.name.text()) {
        clues.push(Clue { kind: "component", name });
    }
    let mut posts = Vec::new();
    for update in incident.incident_updates.items() {
        links.read(update.body.text());
        posts.push(update.display_at.copied().or(update.created_at.copied()));
    }
    links.read(incident.postmortem_body.text());
    for (name, value) in incident.metadata.get().into_iter().flat_map(Pairs::iter) {
        links.read(Some(value));
        causes.said(name, Some(value));
    }
    let resolved_at = incident.resolved_at.copied();
    posts.push(incident.created_at.copied());
    let posted = posts.into_iter().flatten().min();
    let started_at = incident.started_at.copied();
    let times = [incident.updated_at.copied(), incident.created_at.copied(), resolved_at];
    Case {
        native_id: id,
        clues,
        title: incident.name.text(),
        severity: incident.impact.text(),
        status: incident.status.text(),
        url: incident.shortlink.text(),
        // Webhooks come without components.
        observed_at: later(times, i64::from(incident.components.get().is_some())),
        // Where nobody said otherwise, Statuspage writes the first post in there too.
        started_at: started_at.filter(|at| posted.is_none_or(|posted| *at < posted)),
        // What is entered afterwards does not tell when it was noticed.
        detected_at: posted.filter(|at| resolved_at.is_none_or(|end| *at <= end)),
        mitigated_at: incident.monitoring_at.copied(),
        resolved_at,
        links,
        causes,
        ..Case::default()
    }
    .keep(sink);
}

/// Keeps an incident of an archive.
pub(super) fn archived(incident: &Archived<'_>, sink: &mut Sink<'_>) {
    if incident.impact.text() == Some("maintenance") {
        return sink.nothing("scheduled maintenance", MAINTENANCE);
    }
    // The address ends in what the API calls the incident; the feed counts on its own.
    let url = incident.url.text();
    let in_url = url.and_then(|url| url.split_once("/incidents/")).map(|(_, id)| id);
    let Some(id) = in_url.filter(|id| !id.is_empty()).or(incident.id.text()) else {
        return sink.lost("an incident has neither `url` nor `id`");
    };
    let mut links = Links::default();
    let mut monitoring: Option<Timestamp> = None;
    for update in incident.updates.items() {
        links.read(update.message.text());
        if update.status.text() == Some("Monitoring") {
            monitoring = monitoring.max(update.at.copied());
        }
    }
    let window = incident.impact_window.get();
    links.read(window.and_then(|window| window.context.text()));
    let times = [
        incident.updated_at.copied(),
        incident.published_at.copied(),
        incident.resolved_at.copied(),
    ];
    Case {
        native_id: id,
        clues: incident.components.items().map(|name| Clue { kind: "component", name }).collect(),
        title: incident.title.text(),
        severity: incident.impact.text(),
        status: incident.status_sequence.items().next_back().map(AsRef::as_ref),
        url,
        observed_at: later(times, 0),
        started_at: window.and_then(|window| window.start_at.copied()),
        detected_at: incident.started_at.copied(),
        mitigated_at: window.and_then(|window| window.end_at.copied()).or(monitoring),
        resolved_at: incident.resolved_at.copied(),
        links,
        ..Case::default()
    }
    .keep(sink);
}
