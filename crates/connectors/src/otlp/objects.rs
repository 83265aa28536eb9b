//! Traces in OTLP's JSON, as far as we read them.
//!
//! Owns: names and types of fields; numbers of 64 bits may be texts. Must not know conventions.

use std::borrow::Cow;

use aftercast_model::Timestamp;

use crate::json::{Flag, Lenient, List, Shape, Text, object};

/// A number that JSON may hold as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) i64);

impl<'de> Shape<'de> for Number {
    fn from_int(value: i64) -> Option<Self> {
        Some(Self(value))
    }
    fn from_text(value: Cow<'de, str>) -> Option<Self> {
        value.parse().ok().map(Self)
    }
}

/// A moment in nanoseconds since 1970; zero stands for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nanos(pub(crate) Option<Timestamp>);

impl<'de> Shape<'de> for Nanos {
    fn from_int(value: i64) -> Option<Self> {
        Some(Self((value > 0).then(|| Timestamp::from_millis(value / 1_000_000))))
    }
    fn from_text(value: Cow<'de, str>) -> Option<Self> {
        value.parse().ok().and_then(Self::from_int)
    }
}

object! {'de:
    /// What one request holds, also a line of the collector's file exporter.
    Export {
        resource_spans as "resourceSpans": List<ResourceSpans<'de>>,
    }
    /// The spans of one resource.
    ResourceSpans {
        resource: Lenient<Resource<'de>>,
        scope_spans as "scopeSpans": List<ScopeSpans<'de>>,
    }
    /// What made the spans.
    Resource {
        attributes: List<KeyValue<'de>>,
    }
    /// The spans of one instrumentation.
    ScopeSpans {
        spans: List<Span<'de>>,
    }
    /// A span.
    Span {
        trace_id as "traceId": Text<'de>,
        span_id as "spanId": Text<'de>,
        parent_span_id as "parentSpanId": Text<'de>,
        name: Text<'de>,
        start as "startTimeUnixNano": Lenient<Nanos>,
        end as "endTimeUnixNano": Lenient<Nanos>,
        attributes: List<KeyValue<'de>>,
        status: Lenient<Status<'de>>,
    }
    /// How a span ended.
    Status {
        message: Text<'de>,
        code: Lenient<Number>,
    }
    /// An attribute.
    KeyValue {
        key: Text<'de>,
        value: Lenient<AnyValue<'de>>,
    }
    /// Its value.
    AnyValue {
        string as "stringValue": Text<'de>,
        int as "intValue": Lenient<Number>,
        bool as "boolValue": Flag,
    }
}
