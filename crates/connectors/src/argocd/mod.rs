//! Argo CD: what was synced to which environment, when, and by whom, as facts.
//!
//! Owns: telling the objects apart, the webhook whose body is ours. Must not know: files, the network.

mod objects;
mod place;
mod pull;
mod syncs;

use std::borrow::Cow;

use crate::argocd::objects::Application;
use crate::envelope::Envelope;
use crate::json::Fields;
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "argocd";

/// Argo CD as a source.
pub(crate) static ARGOCD: Source = Source {
    name: SOURCE,
    about: "syncs of applications as deployments, and which of them a person started",
    reads: "applications (`argocd app list -o json`, the API, `kubectl get applications -o json`) and the bodies of notifications",
    tells: Tells {
        who: Told::With("a person or automation"),
        failure_reason: Told::With("the message of the last sync"),
        retention: "the last 10 syncs of an application (`revisionHistoryLimit`); of failed ones only the last",
        numbers: Numbers {
            lead_time: Told::With("where the synced repository is the service's own"),
            manual_steps: Told::With("syncs that a person started"),
            ..Numbers::NONE
        },
        ..Tells::NOTHING
    },
    import: Import::JsonRecords { records_have: &["metadata", "trigger"], convert },
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Authorization],
    event: Where::Field("/trigger"),
    delivery: Where::Nowhere,
    body_limit: 1024 * 1024,
    events: &["on-deployed", "on-sync-running", "on-sync-failed"],
    challenge: None,
};

/// Converts one record.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    if matches!(text, Cow::Owned(_)) {
        sink.note("bytes that are not UTF-8 were replaced");
    }
    let envelope = Envelope::open(&text);
    let fields = match serde_json::from_str::<Fields<'_>>(envelope.body) {
        Ok(fields) => fields,
        Err(error) => return sink.malformed(&error),
    };
    // `kubectl get -o json` gives a list whose own `metadata` keeps it from being taken for a page.
    if let Some(items) = fields.raw("items") {
        let items: Result<Vec<&serde_json::value::RawValue>, _> = serde_json::from_str(items);
        let Ok(items) = items else { return sink.lost("`items` is no list") };
        let mut newest = None;
        for item in items {
            if let Some(app) = sink.read::<Application<'_>>(item.get(), "application") {
                newest = newest.max(syncs::application(&app, &mut sink));
            }
        }
        return sink.keep("applications", newest);
    }
    let app = match fields.raw("app") {
        Some(app) => Some(app),
        None => fields.has(&["metadata"]).then_some(envelope.body),
    };
    let Some(app) = app else {
        let names: Vec<&str> = fields.names().take(12).collect();
        let names = names.join(", ");
        sink.lost(format!("not an application of Argo CD (its fields: {names})"));
        return sink.keep("unknown", None);
    };
    let app = sink.read::<Application<'_>>(app, "application");
    let at = app.and_then(|app| syncs::application(&app, &mut sink));
    sink.keep("application", at);
}
