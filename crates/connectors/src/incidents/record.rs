//! Opening the records of incident trackers: envelopes, pages inside of records, what is not known.

use std::borrow::Cow;

use aftercast_model::{Facts, Timestamp};
use serde_json::value::RawValue;

use crate::envelope::Envelope;
use crate::json::{Fields, Shape};
use crate::sink::Sink;
use crate::source::{Context, Output, Record};

/// How deep pages may lie inside of pages.
const MAX_DEPTH: usize = 4;

/// How the records of a source are read.
pub(crate) struct Reader {
    /// The source's name.
    pub(crate) source: &'static str,
    /// The product's name, for people.
    pub(crate) product: &'static str,
    /// The fields that hold lists or objects around what is meant.
    pub(crate) wrappers: &'static [&'static str],
    /// Converts an object and returns what it is; `None` where it is none that is known.
    pub(crate) object: fn(&Opened<'_, '_>, &mut Sink<'_>) -> Option<&'static str>,
    /// Objects of which nothing is kept: name, fields by which they are known, reason.
    pub(crate) nothing: &'static [(&'static str, &'static [&'static str], &'static str)],
}

/// An object, with its fields in view.
pub(crate) struct Opened<'a, 'f> {
    /// The object.
    pub(crate) text: &'a str,
    /// Its fields.
    pub(crate) fields: &'f Fields<'a>,
    /// What the call or event that brought it says that it is.
    pub(crate) kind: Option<&'a str>,
}

impl<'a> Opened<'a, '_> {
    /// Returns whether the object has all of `names`.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.fields.has(names)
    }

    /// Reads the object.
    pub(crate) fn read<T: Shape<'a>>(&self, what: &str, sink: &mut Sink<'_>) -> Option<T> {
        sink.read(self.text, what)
    }

    /// Reads the object in the field `name`.
    pub(crate) fn read_in<T: Shape<'a>>(&self, name: &str, sink: &mut Sink<'_>) -> Option<T> {
        self.fields.raw(name).and_then(|raw| sink.read(raw, name))
    }
}

impl Reader {
    /// Converts `record` and keeps it.
    pub(crate) fn read(&self, record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
        let body = String::from_utf8_lossy(record.body);
        let before = [output.facts.incidents.len(), output.facts.gate_evaluations.len()];
        let mut sink = Sink::new(self.source, record, context, output);
        if matches!(body, Cow::Owned(_)) {
            sink.note("bytes that are not UTF-8 were replaced");
        }
        let envelope = Envelope::open(&body);
        // What is no JSON is reported, not kept; what is not known is kept, so that it can be replayed.
        if let Some(kind) = self.value(envelope.body, &envelope, 0, &mut sink) {
            let observed_at = newest(&output.facts, before);
            output.keep(self.source, kind, observed_at, record);
        }
    }

    fn value(
        &self,
        text: &str,
        around: &Envelope<'_>,
        depth: usize,
        sink: &mut Sink<'_>,
    ) -> Option<&'static str> {
        if depth > MAX_DEPTH {
            sink.lost("lists lie too deep inside of lists");
            return Some("page");
        }
        if text.trim_start().starts_with('[') {
            return match serde_json::from_str::<Vec<&RawValue>>(text) {
                Ok(items) => {
                    for item in items {
                        self.value(item.get(), around, depth + 1, sink);
                    }
                    Some("page")
                }
                Err(error) => {
                    sink.malformed(&error);
                    None
                }
            };
        }
        match serde_json::from_str::<Fields<'_>>(text) {
            Ok(fields) => Some(self.object(text, &fields, around, depth, sink)),
            Err(error) => {
                sink.malformed(&error);
                None
            }
        }
    }

    fn object(
        &self,
        text: &str,
        fields: &Fields<'_>,
        around: &Envelope<'_>,
        depth: usize,
        sink: &mut Sink<'_>,
    ) -> &'static str {
        let opened = Opened { text, fields, kind: around.kind };
        if let Some(kind) = (self.object)(&opened, sink) {
            return kind;
        }
        let inside = self.wrappers.iter().find_map(|name| fields.raw(name));
        if let Some(raw) = inside.filter(|raw| raw.starts_with(['[', '{'])) {
            return self.value(raw, around, depth + 1, sink).unwrap_or("page");
        }
        for (what, marks, why) in self.nothing {
            if fields.has(marks) {
                sink.nothing(what, why);
                return what;
            }
        }
        sink.unknown(self.product, fields);
        "unknown"
    }
}

/// Returns the newest observation among the incidents and verdicts behind `before`.
fn newest(facts: &Facts, before: [usize; 2]) -> Option<Timestamp> {
    let columns = [&facts.incidents.observed_at, &facts.gate_evaluations.observed_at];
    let new = columns.into_iter().zip(before);
    new.flat_map(|(column, before)| column.iter().skip(before)).copied().max()?
}
