//! Fuzzing of everything that reads foreign bytes. The target is named by `AFTERCAST_FUZZ`: a source
//! (`github`), so that one build serves all; `fuzz/run` runs each for a time with its corpus.
//!
//! An input is read in up to four ways: as a file of the source, as the body of one of its webhooks or
//! pages, as a request in a form of its own (CloudEvents, OTLP, decision logs), and as a webhook whose
//! signature is looked at. Nothing may panic, overflow, hang or grow.

#![no_main]

use std::io::Read;
use std::sync::LazyLock;

use aftercast_connectors::live::webhook::{Incoming, verify};
use aftercast_connectors::{
    Context, Output, Record, Rules, Source, import_stream, source_named, standards,
};
use aftercast_model::{PersonKey, Place, ServiceMap, Timestamp};
use libfuzzer_sys::fuzz_target;

static SOURCE: LazyLock<&'static Source> = LazyLock::new(|| {
    let name = std::env::var("AFTERCAST_FUZZ").unwrap_or_default();
    source_named(&name).unwrap_or_else(|| panic!("AFTERCAST_FUZZ={name}: no such source"))
});

static KNOWN: LazyLock<(ServiceMap, PersonKey, Rules)> = LazyLock::new(|| {
    // Chat is heard in every channel: without one, nothing of it would be read.
    let mut rules = Rules::default();
    rules.chat.channels = vec!["*".to_owned()];
    (ServiceMap::default(), PersonKey::from_bytes([7; 32]), rules)
});

fuzz_target!(|data: &[u8]| {
    let source = *SOURCE;
    let (services, people, rules) = &*KNOWN;
    let context = Context { services, people, repo: Some("acme/shop"), rules };
    let mut bytes = data;
    let reader: &mut dyn Read = &mut bytes;
    let _ = import_stream(source, "file", reader, &context, &mut |_| Ok::<(), ()>(()));

    let kind = kind(source, data);
    if let Ok(text) = std::str::from_utf8(data) {
        let sealed =
            format!("{{\"aftercast\":{{\"kind\":\"{kind}\",\"subject\":\"acme/shop\"}},\"body\":{text}}}");
        let record = Record { place: Place::default(), body: sealed.as_bytes() };
        source.convert(&record, &context, &mut Output::default());
    }

    for record in received(source, data) {
        let record = Record { place: Place::default(), body: record.as_bytes() };
        source.convert(&record, &context, &mut Output::default());
    }

    if let Some(webhook) = source.webhook {
        let line = data.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let value = std::str::from_utf8(line).ok();
        let incoming = Incoming {
            header: &|_| value,
            body: data,
            now: Timestamp::from_millis(1_790_000_000_000),
        };
        assert!(verify(webhook, &incoming, &["a secret that the fuzzer does not know"]).is_err());
    }
});

/// Takes `data` as the body of a request in a form of its own; the first byte chooses the headers.
fn received(source: &Source, data: &[u8]) -> Vec<String> {
    let Some((choice, body)) = data.split_first() else { return Vec::new() };
    let encoding = if choice & 1 == 0 { "" } else { "gzip" };
    match source.name {
        "cloudevents" => {
            let kind = match choice % 3 {
                0 => "application/cloudevents+json",
                1 => "application/cloudevents-batch+json",
                _ => "application/json",
            };
            let binary = [
                ("content-type", kind),
                ("ce-specversion", "1.0"),
                ("ce-id", "1"),
                ("ce-source", "/fuzz"),
                ("ce-type", "dev.cdevents.service.deployed.0.2.0"),
            ];
            let headers = if choice % 3 == 2 { &binary[..] } else { &binary[..1] };
            standards::cloudevents::receive(headers, body).unwrap_or_default()
        }
        "otlp" => {
            let kind = if choice & 2 == 0 { "application/x-protobuf" } else { "application/json" };
            standards::otlp::receive(kind, encoding, body).map_or(Vec::new(), |got| got.records)
        }
        "opa" => standards::opa::receive(encoding, body).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Chooses one of the kinds that the source knows, by the length of the input.
fn kind(source: &Source, data: &[u8]) -> &'static str {
    let events = source.webhook.map_or(&[][..], |webhook| webhook.events);
    let streams = source.pull.map_or(&[][..], |pull| pull.streams);
    let at = data.len() % (events.len() + streams.len()).max(1);
    match events.get(at) {
        Some(event) => event,
        None => streams.get(at - events.len().min(at)).map_or("", |stream| stream.kind),
    }
}
