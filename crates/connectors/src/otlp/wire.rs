//! OTLP's protobuf as its JSON, and only the parts of it that tell of a delivery.
//!
//! Owns: the one stored form, [`Request`]. Must not know what spans mean beyond that.

use std::fmt::Write as _;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::{Map, Value, json};

use crate::otlp::conventions::{is_kept, tells, tells_of_all};

/// What became of the spans of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    /// Records to store, one a resource.
    pub(super) records: Vec<String>,
    /// Spans in them.
    pub(super) kept: u64,
    /// Spans that tell of something else.
    pub(super) others: u64,
    /// Spans without a valid id.
    pub(super) invalid: u64,
}

/// Sorts the spans of a protobuf body; `None` where it is none.
pub(super) fn sort_protobuf(body: &[u8]) -> Option<Sorted> {
    let request = ExportTraceServiceRequest::decode(body).ok()?;
    let mut sorted = Sorted::default();
    for group in request.resource_spans {
        let resource = group.resource.map(|resource| attributes(&resource.attributes));
        let spans = group.scope_spans.iter().flat_map(|scope| &scope.spans).map(span).collect();
        sorted.add(&resource.unwrap_or_default(), spans);
    }
    Some(sorted)
}

/// Sorts the spans of a JSON body; `None` where it is none.
pub(super) fn sort_json(body: &[u8]) -> Option<Sorted> {
    let mut request: Value = serde_json::from_slice(body).ok()?;
    let mut sorted = Sorted::default();
    for group in list(request.as_object_mut()?.remove("resourceSpans")) {
        let Value::Object(mut group) = group else { continue };
        let resource = group.remove("resource").unwrap_or_default();
        let Value::Object(mut resource) = resource else { continue };
        let mut spans = Vec::new();
        for scope in list(group.remove("scopeSpans")) {
            if let Value::Object(mut scope) = scope {
                spans.extend(list(scope.remove("spans")));
            }
        }
        sorted.add(&list(resource.remove("attributes")), spans);
    }
    Some(sorted)
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn key(attribute: &Value) -> &str {
    attribute.get("key").and_then(Value::as_str).unwrap_or_default()
}

/// What is kept of a span beside its attributes.
const FIELDS: &[&str] = &[
    "traceId",
    "spanId",
    "parentSpanId",
    "name",
    "kind",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "status",
];

impl Sorted {
    /// Sorts the spans of one resource.
    fn add(&mut self, resource: &[Value], spans: Vec<Value>) {
        let all = resource.iter().any(|attribute| tells_of_all(key(attribute)));
        let mut kept = Vec::new();
        for span in spans {
            let Value::Object(span) = span else {
                self.invalid += 1;
                continue;
            };
            let valid = |name: &str, digits: usize| {
                span.get(name).and_then(Value::as_str).is_some_and(|id| is_id(id, digits))
            };
            if !valid("traceId", 32) || !valid("spanId", 16) {
                self.invalid += 1;
                continue;
            }
            let attributes = span.get("attributes").and_then(Value::as_array);
            let own = || attributes.into_iter().flatten();
            if !all && !own().any(|attribute| tells(key(attribute))) {
                self.others += 1;
                continue;
            }
            let mut short = Map::new();
            for name in FIELDS {
                if let Some(value) = span.get(*name) {
                    short.insert((*name).to_owned(), value.clone());
                }
            }
            let attributes: Vec<&Value> = own().filter(|one| is_kept(key(one))).collect();
            short.insert("attributes".to_owned(), json!(attributes));
            kept.push(Value::Object(short));
        }
        if kept.is_empty() {
            return;
        }
        self.kept += kept.len() as u64;
        let attributes: Vec<&Value> = resource.iter().filter(|one| is_kept(key(one))).collect();
        let record = json!({"resourceSpans": [
            {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": kept}]}
        ]});
        self.records.push(record.to_string());
    }
}

/// Returns whether `text` is an id of so many hexadecimal digits, not all of them zero.
fn is_id(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte != b'0')
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn span(span: &Span) -> Value {
    let status = span.status.as_ref();
    json!({
        "traceId": hex(&span.trace_id),
        "spanId": hex(&span.span_id),
        "parentSpanId": hex(&span.parent_span_id),
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": span.start_time_unix_nano.to_string(),
        "endTimeUnixNano": span.end_time_unix_nano.to_string(),
        "attributes": attributes(&span.attributes),
        "status": status.map_or(json!({}), |status| json!({"code": status.code, "message": status.message})),
    })
}

fn attributes(attributes: &[KeyValue]) -> Vec<Value> {
    let plain = |any: &AnyValue| match any.value.as_ref()? {
        Any::StringValue(text) => Some(json!({"stringValue": text})),
        Any::BoolValue(flag) => Some(json!({"boolValue": flag})),
        Any::IntValue(number) => Some(json!({"intValue": number.to_string()})),
        Any::DoubleValue(number) => Some(json!({"doubleValue": number})),
        // No attribute that we read is a list.
        _ => None,
    };
    let pair = |attribute: &KeyValue| {
        Some(json!({"key": attribute.key, "value": attribute.value.as_ref().and_then(plain)?}))
    };
    attributes.iter().filter(|attribute| is_kept(&attribute.key)).filter_map(pair).collect()
}
