//! Traces of CI/CD over OTLP/HTTP, and in files of the collector.
//!
//! Owns: which spans tell of a delivery, and what they become. A span is sent once, when it ended: it
//! knows all of itself. Must not know: HTTP servers, gRPC, metrics, logs.

mod conventions;
mod objects;
mod receive;
mod rows;
mod span;
mod wire;

use crate::envelope::Envelope;
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::otlp::objects::Export;
use crate::otlp::span::Known;
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

pub use receive::{Answer, Received, Refused, receive};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "otlp";

/// OTLP as a source.
pub(crate) static OTLP: Source = Source {
    name: SOURCE,
    about: "pipeline runs, tasks, steps and deployments from OpenTelemetry traces",
    reads: "OTLP in JSON: requests, or files of the collector's file exporter",
    tells: Tells {
        queue_time: Told::With("with the collector's GitHub receiver"),
        attempts: Told::With("with `aftercast.attempt` or `github.run_attempt`"),
        approval_asked: Told::With("with `aftercast.gate.*`; Jenkins' input steps"),
        approval_answered: Told::With("with `aftercast.gate.*`; Jenkins' input steps"),
        steps: Told::Yes,
        failure_reason: Told::With("`error.type` and the span's status"),
        retention: "nothing: spans are sent once",
        numbers: Numbers {
            lead_time: Told::With("with deployments and commits"),
            failed_builds: Told::Yes,
            approval_wait: Told::With("with `aftercast.gate.*`; Jenkins' input steps"),
            ..Numbers::NONE
        },
        ..Tells::NOTHING
    },
    import: Import::JsonRecords { records_have: &["resourceSpans", "aftercast"], convert },
    pull: None,
    webhook: Some(&Webhook {
        signatures: &[Signature::Authorization],
        event: Where::Nowhere,
        delivery: Where::Nowhere,
        body_limit: 32 * 1024 * 1024,
        events: &["traces"],
        challenge: None,
    }),
};

/// Converts what one request holds.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    let body = Envelope::open(&text).body;
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(body) {
        return sink.malformed(&error);
    }
    let Some(export) = sink.read::<Export<'_>>(body, "traces") else { return };
    let mut others = 0_u64;
    let mut spans = 0_u64;
    let mut newest = None;
    for group in export.resource_spans.items() {
        let resource = group.resource.get();
        let known = Known::new(resource, group.scope_spans.items());
        for span in group.scope_spans.items().flat_map(|scope| scope.spans.items()) {
            spans += 1;
            match known.kind(span) {
                Some(kind) => {
                    newest = newest.max(rows::span(kind, &known, span, &mut sink));
                }
                None => others += 1,
            }
        }
    }
    if spans == 0 {
        return sink.lost("no `resourceSpans` with spans in it");
    }
    if others > 0 {
        sink.note("spans that are no part of a delivery were left out");
    }
    if spans > others {
        sink.keep("traces", newest);
    }
}
