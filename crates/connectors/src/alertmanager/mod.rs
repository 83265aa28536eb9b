//! Alertmanager: the alerts in its webhooks (version 4), and in Grafana's, which say more.
//!
//! Owns: the source, and which part of an alert is which part of an incident. Each alert is an incident
//! from when it began to fire; the same one fires again as a new one. Must not know the network.

mod objects;

use aftercast_model::Timestamp;

use crate::alertmanager::objects::{Alert, Notification};
use crate::incidents::case::{Case, later};
use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::incidents::record::{Opened, Reader};
use crate::incidents::texts::Pairs;
use crate::json::Time;
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::rules::Clue;
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// Alertmanager as a source.
pub(crate) static ALERTMANAGER: Source = Source {
    name: READER.source,
    about: "alerts of Prometheus Alertmanager and Grafana: when they fired and when they ended",
    reads: "webhook bodies (version 4) of Alertmanager and Grafana, and alerts of the API (v2)",
    tells: Tells {
        retention: "nothing: Alertmanager forgets an alert when it ends",
        numbers: Numbers { incidents: Told::Yes, ..Numbers::NONE },
        ..Tells::NOTHING
    },
    import: Import::JsonRecords {
        records_have: &["receiver", "groupKey", "fingerprint", "groupLabels", "labels"],
        convert,
    },
    pull: None,
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Authorization],
    event: Where::Field("/status"),
    delivery: Where::Nowhere,
    body_limit: 5 * 1024 * 1024,
    events: &["firing", "resolved (`send_resolved: true`)"],
    challenge: None,
};

const READER: Reader = Reader {
    source: "alertmanager",
    product: "Alertmanager",
    wrappers: &["data"],
    object,
    nothing: &[
        ("silence", &["matchers", "createdBy"], "who silences an alert is not asked"),
        ("alert rule", &["query", "health"], "definitions of alerts are not read"),
        ("status", &["cluster", "versionInfo"], "it says nothing about an alert"),
    ],
};

/// Labels that name a service, the likeliest first.
const SERVICE_LABELS: &[&str] = &[
    "service",
    "service_name",
    "app",
    "application",
    "app_kubernetes_io_name",
    "component",
    "deployment",
    "job",
];

fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    READER.read(record, context, output);
}

fn object(opened: &Opened<'_, '_>, sink: &mut Sink<'_>) -> Option<&'static str> {
    if opened.has(&["alerts", "status"]) || opened.has(&["alerts", "receiver"]) {
        let notification = opened.read::<Notification<'_>>("notification", sink)?;
        if let Some(left_out) = notification.truncated.copied().filter(|left_out| *left_out > 0) {
            sink.note(format!(
                "Alertmanager left {left_out} alerts out of a notification; raise `max_alerts`"
            ));
        }
        for one in notification.alerts.items() {
            alert(one, sink);
        }
        return Some("notification");
    }
    if opened.has(&["labels", "startsAt"]) {
        alert(&opened.read::<Alert<'_>>("alert", sink)?, sink);
        return Some("alert");
    }
    None
}

/// Keeps an alert.
fn alert(alert: &Alert<'_>, sink: &mut Sink<'_>) {
    let (Some(fingerprint), Some(began)) = (alert.fingerprint.text(), time(&alert.starts_at))
    else {
        return sink.lost("an alert has no `fingerprint` or no `startsAt`");
    };
    let state = alert.status.get();
    let status = state.map(|state| state.0.as_ref());
    // What still fires ends at `0001-01-01T00:00:00Z`, or, in the API, some minutes from now.
    let ended = time(&alert.ends_at).filter(|_| status == Some("resolved"));
    let (none, empty) = (Pairs::default(), Pairs::default());
    let labels = alert.labels.get().unwrap_or(&none);
    let annotations = alert.annotations.get().unwrap_or(&empty);
    let label = |name: &str| labels.value(name);
    let (mut links, mut causes) = (Links::default(), Causes::default());
    for (name, value) in labels.iter().chain(annotations.iter()) {
        links.read(Some(value));
        causes.said(name, Some(value));
    }
    links.read(alert.dashboard_url.text());
    links.read(alert.panel_url.text());
    let severity = label("severity").or_else(|| label("priority")).or_else(|| label("level"));
    let name = label("alertname");
    let clues = SERVICE_LABELS.iter().filter_map(|name| label(name));
    Case {
        native_id: &format!("{fingerprint}/{}", began.millis()),
        clues: clues.map(|name| Clue { kind: "label", name }).collect(),
        title: annotations.value("summary").or_else(|| annotations.value("title")).or(name),
        severity,
        status,
        url: alert.generator_url.text(),
        // The end is later than the beginning, also within one millisecond.
        observed_at: later([Some(began), ended], i64::from(ended.is_some())),
        detected_at: Some(began),
        resolved_at: ended,
        links,
        causes,
        // By convention `none` marks alerts that always fire, to show that alerting works.
        is_void: severity == Some("none") || name == Some("TestAlert"),
        ..Case::default()
    }
    .keep(sink);
}

/// Returns a time, unless it is Go's zero, which stands for none.
fn time(at: &Time) -> Option<Timestamp> {
    at.copied().filter(|at| at.millis() > 0)
}
