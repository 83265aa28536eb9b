//! Unleash: changes of flags in production, from its events.
//!
//! Owns: events of the admin API, which webhooks send alike. Must not know: files, the network.

mod pull;

use aftercast_model::Timestamp;

use crate::envelope::Envelope;
use crate::flags::{FlagChange, What, flag_change};
use crate::json::{Fields, Int, Text, Time, object};
use crate::live::webhook::{Signature, Told as Said, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "unleash";

/// Unleash as a source.
pub(crate) static UNLEASH: Source = Source {
    name: SOURCE,
    about: "changes of feature flags in production",
    reads: "events of the admin API, as objects or pages, and webhook bodies",
    tells: Tells {
        who: Told::With("who changed a flag"),
        retention: "as long as the server keeps its events: all of them, unless it is told otherwise",
        ..Tells::NOTHING
    },
    import: Import::Json(convert),
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Authorization],
    event: Said::Field("/type"),
    delivery: Said::Field("/id"),
    body_limit: 1024 * 1024,
    events: &[
        "feature-environment-enabled",
        "feature-environment-disabled",
        "feature-strategy-add",
        "feature-strategy-update",
        "feature-strategy-remove",
        "feature-environment-variants-updated",
    ],
    challenge: None,
};

object! { 'a:
    /// An event.
    Event {
        id: Int,
        kind as "type": Text<'a>,
        created_at as "createdAt": Time,
        created_by as "createdBy": Text<'a>,
        created_by_user_id as "createdByUserId": Int,
        feature_name as "featureName": Text<'a>,
        project: Text<'a>,
        environment: Text<'a>,
    }
}

/// Converts one record.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    let body = Envelope::open(&text).body;
    match serde_json::from_str::<Fields<'_>>(body) {
        Ok(fields) if fields.has(&["type", "createdAt"]) => {}
        Ok(fields) => {
            let names: Vec<&str> = fields.names().take(6).collect();
            return sink.lost(format!("no event: an object with `{}`", names.join("`, `")));
        }
        Err(error) => return sink.malformed(&error),
    }
    let Some(event) = sink.read::<Event<'_>>(body, "event") else { return };
    let at = event.created_at.copied();
    keep(&event, at, &mut sink);
    sink.keep("event", at);
}

fn keep(event: &Event<'_>, at: Option<Timestamp>, sink: &mut Sink<'_>) {
    let kind = event.kind.text().unwrap_or("event");
    let what = match kind {
        "feature-environment-enabled" => What::On,
        "feature-environment-disabled" => What::Off,
        "feature-strategy-add"
        | "feature-strategy-update"
        | "feature-strategy-remove"
        | "strategy-order-changed"
        | "feature-environment-variants-updated" => What::Targeting,
        _ => return sink.nothing(kind, "it does not change what users get"),
    };
    let (Some(id), Some(at)) = (event.id.copied(), at) else {
        return sink.note("an event has no `id` or no `createdAt`");
    };
    let (Some(flag), Some(environment)) = (event.feature_name.text(), event.environment.text())
    else {
        return sink.nothing(kind, "it names no flag or no environment");
    };
    // The server's own accounts have negative numbers.
    let by_program = event.created_by_user_id.copied().is_some_and(|id| id < 0);
    let change = FlagChange {
        id: &id.to_string(),
        at,
        flag,
        project: event.project.text(),
        environment,
        what,
        native: kind,
        author: event.created_by.text().filter(|_| !by_program),
        url: None,
    };
    if !flag_change(&change, sink) {
        sink.nothing("event", "it is not in production");
    }
}
