//! Incidents.
//!
//! Owns: which of ServiceNow's times is which of ours. It has no times of its own for when users began
//! and stopped to feel an incident.

use crate::incidents::case::{Case, later};
use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::json::Lenient;
use crate::rules::Clue;
use crate::servicenow::objects::{Cell, Custom, Incident};
use crate::sink::Sink;

/// Keeps an incident; `text` is its record, for the fields that a customer added.
pub(super) fn incident(incident: &Incident<'_>, text: &str, sink: &mut Sink<'_>) {
    let Some(id) = incident.sys_id.value() else { return sink.lost("an incident has no `sys_id`") };
    let (own, of_change) = (Custom::of(text), Custom::inside(text, "caused_by_change"));
    let (mut links, mut causes, mut caused) =
        (Links::default(), Causes::default(), Causes::default());
    links.read(incident.short_description.value());
    links.read(incident.description.value());
    links.read(incident.close_notes.value());
    own.tell(&mut links, &mut causes);
    of_change.tell(&mut links, &mut caused);
    // The change that caused it, best by its commit, else by what else is known, else by its number.
    causes.said("caused by", caused.best().map(str::to_owned).as_deref());
    if causes.best().is_none() {
        causes.said("caused by", incident.caused_by.shown());
    }
    let state = incident.state.value();
    let ended = incident.resolved_at.time().or(incident.closed_at.time());
    let times = [incident.sys_updated_on.time(), incident.sys_created_on.time()];
    let number = incident.number.value();
    Case {
        native_id: id,
        clues: clues(&incident.business_service, &incident.service_offering, &incident.cmdb_ci),
        title: incident.short_description.value().or(number),
        severity: incident.priority.shown().or(incident.severity.shown()),
        status: incident.state.shown(),
        observed_at: later(times, i64::from(text.contains("\"caused_by_change\""))),
        detected_at: incident.opened_at.time(),
        acknowledged_at: incident.work_start.time(),
        resolved_at: ended.filter(|_| !matches!(state, Some("1" | "2" | "3"))),
        links,
        causes,
        is_void: state == Some("8"),
        ..Case::default()
    }
    .keep(sink);
}

/// Returns what may be the service: what the business calls so, else the thing that is configured.
pub(super) fn clues<'c>(
    business_service: &'c Lenient<Cell<'_>>,
    service_offering: &'c Lenient<Cell<'_>>,
    cmdb_ci: &'c Lenient<Cell<'_>>,
) -> Vec<Clue<'c>> {
    let named = [("service", business_service), ("service", service_offering), ("ci", cmdb_ci)];
    named.into_iter().filter_map(|(kind, cell)| Some(Clue { kind, name: cell.shown()? })).collect()
}
