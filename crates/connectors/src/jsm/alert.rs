//! Alerts of Opsgenie and of its successor, the operations part of Jira Service Management.
//!
//! Owns: which of an alert's times is which of ours. Both systems write alerts alike.

use aftercast_model::Timestamp;

use crate::incidents::case::{Case, later};
use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::incidents::texts::Pairs;
use crate::jsm::objects::{Alert, AlertEvent, Report};
use crate::rules::Clue;
use crate::sink::Sink;

/// What a webhook says: what was done, at the time of the alert's last change.
struct Done<'d> {
    action: &'d str,
    at: Option<Timestamp>,
}

/// Keeps the alert that a webhook is about.
pub(crate) fn event(event: &AlertEvent<'_>, sink: &mut Sink<'_>) {
    let action = event.action.text().unwrap_or_default();
    let Some(alert) = event.alert.get() else { return sink.lost("a webhook has no `alert`") };
    let at = alert.updated_at.time().or(alert.created_at.time());
    keep(alert, Some(&Done { action, at }), sink);
}

/// Keeps an alert.
pub(crate) fn alert(alert: &Alert<'_>, sink: &mut Sink<'_>) {
    keep(alert, None, sink);
}

fn keep(alert: &Alert<'_>, done: Option<&Done<'_>>, sink: &mut Sink<'_>) {
    let Some(id) = alert.id.text().or(alert.alert_id.text()) else {
        return sink.lost("an alert has no `id`");
    };
    let whole = alert.whole.get();
    let reports = [alert.report.get(), whole.and_then(|whole| whole.report.get())];
    let created = alert.created_at.time();
    let after = |took: fn(&Report<'_>) -> Option<i64>| {
        let took = reports.into_iter().flatten().find_map(took)?;
        created.map(|created| created.plus_millis(took))
    };
    let logged = |word: &str| -> Vec<Timestamp> {
        let said = alert.logs.items().filter(|log| {
            let text = log.log.text().unwrap_or_default().to_ascii_lowercase();
            text.strip_prefix("alert ").unwrap_or(&text).starts_with(word)
        });
        said.filter_map(|log| log.created_at.time()).collect()
    };
    let done_at = |action: &str| done.filter(|done| done.action == action)?.at;
    let status = alert.status.text().or(match done.map(|done| done.action) {
        Some("Close" | "Delete") => Some("closed"),
        Some(_) => Some("open"),
        None => None,
    });
    let closed = alert.close_time.time().or_else(|| after(|report| report.close_time.copied()));
    let closed = closed.or_else(|| logged("closed").into_iter().max());
    let acknowledged = alert.ack_time.time().or_else(|| after(|report| report.ack_time.copied()));
    let acknowledged = acknowledged.or_else(|| logged("acknowledged").into_iter().min());
    let pairs = [
        alert.details.get(),
        alert.extra.get(),
        whole.and_then(|whole| whole.details.get()),
        whole.and_then(|whole| whole.extra.get()),
    ];
    let pairs: Vec<&Pairs<'_>> = pairs.into_iter().flatten().collect();
    let (mut links, mut causes) = (Links::default(), Causes::default());
    links.read(alert.message.text());
    links.read(alert.description.text().or(whole.and_then(|whole| whole.description.text())));
    for (name, value) in pairs.iter().flat_map(|pairs| pairs.iter()) {
        links.read(Some(value));
        causes.said(name, Some(value));
    }
    alert.tags.items().for_each(|tag| causes.tagged(tag));
    let more = i64::from(whole.is_some()) + i64::from(alert.logs.get().is_some());
    Case {
        native_id: &format!("alert/{id}"),
        clues: clues(alert, &pairs),
        title: alert.message.text(),
        severity: alert.priority.text(),
        status,
        observed_at: later([created, alert.updated_at.time(), closed], more),
        detected_at: created,
        acknowledged_at: acknowledged.or_else(|| done_at("Acknowledge")),
        resolved_at: closed.or_else(|| done_at("Close")).filter(|_| status == Some("closed")),
        links,
        causes,
        ..Case::default()
    }
    .keep(sink);
}

/// Returns what may be the service of an alert: an alert has none of its own.
fn clues<'c>(alert: &'c Alert<'_>, pairs: &[&'c Pairs<'_>]) -> Vec<Clue<'c>> {
    let detail = pairs.iter().find_map(|pairs| pairs.value("service"));
    let tag = alert.tags.items().find_map(|tag| tag.strip_prefix("service:"));
    let service = |name| Clue { kind: "service", name };
    let named = detail.into_iter().chain(tag).map(service);
    named.chain(alert.entity.text().map(|name| Clue { kind: "entity", name })).collect()
}
