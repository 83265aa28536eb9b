//! A record with what its system said around it: which call or event brought it, for which subject.
//!
//! What an API returns often does not name its repository or its parent, and a webhook tells its kind
//! in a header. Pull and webhook put that around the body, once and in one form, so that a stored
//! payload converts again without knowing how it came:
//! `{"aftercast":{"kind":"job","subject":"acme/shop"},"body":{...}}`. Files may hold the same.

use std::fmt::Write as _;

use serde_json::value::RawValue;

use crate::json::Fields;

/// The field that only envelopes have.
pub(crate) const MARK: &str = "aftercast";

/// A record, opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Envelope<'a> {
    /// What it is: the stream or detail that fetched it, or the event in the webhook's header.
    pub(crate) kind: Option<&'a str>,
    /// The subject that it was fetched for, as the settings name it.
    pub(crate) subject: Option<&'a str>,
    /// The body as received.
    pub(crate) body: &'a str,
}

#[derive(serde::Deserialize)]
struct About<'a> {
    #[serde(borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    subject: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Opens `text`; what has no envelope is its own body.
    pub(crate) fn open(text: &'a str) -> Self {
        let bare = Self { kind: None, subject: None, body: text };
        if !text.trim_start().starts_with("{\"aftercast\"") {
            return bare;
        }
        let Ok(fields) = serde_json::from_str::<Fields<'a>>(text) else { return bare };
        let about = fields.raw(MARK).and_then(|raw| serde_json::from_str::<About<'a>>(raw).ok());
        match (about, fields.raw("body")) {
            (Some(about), Some(body)) => {
                Self { kind: plain(about.kind), subject: plain(about.subject), body }
            }
            _ => bare,
        }
    }
}

/// Returns a text without escapes; kinds and subjects are written by us and have none.
fn plain(raw: Option<&RawValue>) -> Option<&str> {
    let text = raw?.get().strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\') && !text.is_empty()).then_some(text)
}

/// Puts `body`, which must be JSON, into an envelope: how a webhook of this kind, or an item pulled for
/// this subject, is handed to [`Source::convert`](crate::Source::convert), once redacted.
pub fn seal(kind: &str, subject: &str, body: &str) -> String {
    let mut text = String::with_capacity(body.len() + kind.len() + subject.len() + 64);
    text.push_str("{\"aftercast\":{\"kind\":\"");
    push_plain(&mut text, kind);
    text.push_str("\",\"subject\":\"");
    push_plain(&mut text, subject);
    let _ = write!(text, "\"}},\"body\":{body}}}");
    text
}

/// Appends what needs no escape; kinds come from headers, where anything may stand.
fn push_plain(text: &mut String, plain: &str) {
    text.extend(plain.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens() {
        let text = seal("job", "acme/shop", "{\"id\": 1}");
        let expected =
            Envelope { kind: Some("job"), subject: Some("acme/shop"), body: "{\"id\": 1}" };
        assert_eq!(Envelope::open(&text), expected);
        assert_eq!(Envelope::open(&seal("a\"b\\", "", "[]")).kind, Some("ab"));
    }

    #[test]
    fn what_has_no_envelope_is_its_own_body() {
        for text in
            ["{\"id\":1}", "[]", "{\"aftercast\":1}", "{\"aftercast\":{}}", "{\"aftercast\""]
        {
            assert_eq!(Envelope::open(text), Envelope { kind: None, subject: None, body: text });
        }
    }
}
