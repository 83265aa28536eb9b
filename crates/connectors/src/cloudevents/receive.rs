//! The HTTP binding of CloudEvents 1.0: binary, structured and batched.
//!
//! Owns: what is accepted, and its one stored form: structured JSON. Pure and total: headers and bytes
//! in, records out, nothing is fetched. Must not know: HTTP servers, what events mean.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json::Fields;

/// The most events of one batch.
const MOST_EVENTS: usize = 10_000;

/// Why a body was not accepted. Nothing of it may be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Neither CloudEvents by its headers, nor by its content.
    #[error("no CloudEvents: send `application/cloudevents+json`, a batch, or `ce-*` headers")]
    NotCloudEvents,
    /// An event, counted from 1, is not as the specification asks.
    #[error("event {0}: {1}")]
    Malformed(usize, &'static str),
    /// More events than one batch may have.
    #[error("more than {MOST_EVENTS} events in one batch")]
    TooMany,
}

impl Refused {
    /// Returns the HTTP status that says so.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotCloudEvents => 415,
            Self::Malformed(..) => 400,
            Self::TooMany => 413,
        }
    }
}

/// Returns the events of an HTTP request, each as structured JSON; all of them or none. The names of
/// headers may be in any case.
pub fn receive(headers: &[(&str, &str)], body: &[u8]) -> Result<Vec<String>, Refused> {
    let header = |name: &str| {
        headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    };
    let content_type = header("content-type").unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media.starts_with("application/cloudevents-batch") {
        return if media.ends_with("+json") {
            batch(text(body)?)
        } else {
            Err(Refused::NotCloudEvents)
        };
    }
    if media.starts_with("application/cloudevents") {
        let json = media.ends_with("+json") || media == "application/cloudevents";
        let event =
            if json { structured(1, text(body)?)? } else { return Err(Refused::NotCloudEvents) };
        return Ok(vec![event]);
    }
    if header("ce-specversion").is_some() {
        return binary(headers, &media, body).map(|event| vec![event]);
    }
    // `curl -H 'content-type: application/json'`, and CDEvents without a CloudEvent around them.
    let text = text(body).map_err(|_| Refused::NotCloudEvents)?;
    if text.trim_start().starts_with('[') {
        return batch(text);
    }
    structured(1, text).map(|event| vec![event]).map_err(|refused| match refused {
        Refused::Malformed(_, NO_EVENT | NO_JSON) => Refused::NotCloudEvents,
        other => other,
    })
}

const NO_JSON: &str = "no JSON object";
const NO_EVENT: &str = "no `specversion`";

fn text(body: &[u8]) -> Result<&str, Refused> {
    std::str::from_utf8(body).map_err(|_| Refused::Malformed(1, "not UTF-8"))
}

fn batch(text: &str) -> Result<Vec<String>, Refused> {
    let items: Vec<&RawValue> = serde_json::from_str(text)
        .map_err(|_| Refused::Malformed(1, "the batch is no JSON list"))?;
    if items.len() > MOST_EVENTS {
        return Err(Refused::TooMany);
    }
    items.iter().enumerate().map(|(at, item)| structured(at + 1, item.get())).collect()
}

/// Checks one event in structured form.
fn structured(number: usize, text: &str) -> Result<String, Refused> {
    let text = text.trim();
    let wrong = |what| Refused::Malformed(number, what);
    let fields: Fields<'_> = serde_json::from_str(text).map_err(|_| wrong(NO_JSON))?;
    if fields.has(&["context", "subject"]) {
        return Ok(text.to_owned());
    }
    let said = |name: &str| {
        let value = fields.raw(name).and_then(|raw| serde_json::from_str::<String>(raw).ok());
        value.filter(|text| !text.is_empty())
    };
    match said("specversion").as_deref() {
        Some("1.0") => {}
        Some(_) => return Err(wrong("a `specversion` other than `1.0`")),
        None => return Err(wrong(NO_EVENT)),
    }
    for (name, what) in [("id", "no `id`"), ("source", "no `source`"), ("type", "no `type`")] {
        said(name).ok_or_else(|| wrong(what))?;
    }
    if fields.has(&["data", "data_base64"]) {
        return Err(wrong("both `data` and `data_base64`"));
    }
    Ok(text.to_owned())
}

/// Puts an event in binary form into structured form.
fn binary(headers: &[(&str, &str)], media: &str, body: &[u8]) -> Result<String, Refused> {
    let mut parts: Vec<String> = Vec::new();
    let mut add = |name: &str, value: Value| {
        parts.push(format!("{}:{value}", Value::String(name.to_owned())));
    };
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        let Some(attribute) = name.strip_prefix("ce-") else { continue };
        // Names of attributes are lower-case letters and digits; `data` belongs to the body.
        let plain = attribute.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if attribute.is_empty()
            || !plain
            || attribute == "data"
            || seen.iter().any(|s| s == attribute)
        {
            continue;
        }
        add(attribute, Value::String(unescaped(value)));
        seen.push(attribute.to_owned());
    }
    if !media.is_empty() && !seen.iter().any(|name| name == "datacontenttype") {
        add("datacontenttype", Value::String(media.to_owned()));
    }
    let is_json = media.is_empty() || media.ends_with("/json") || media.ends_with("+json");
    let as_text = std::str::from_utf8(body).ok();
    if let Some(json) = as_text.filter(|_| is_json).map(str::trim).filter(|text| !text.is_empty()) {
        match serde_json::from_str::<&RawValue>(json) {
            Ok(_) => parts.push(format!("\"data\":{json}")),
            Err(_) if media.is_empty() => add("data", Value::String(json.to_owned())),
            Err(_) => return Err(Refused::Malformed(1, "the body is no JSON")),
        }
    } else if let Some(text) = as_text.filter(|_| media.starts_with("text/")) {
        add("data", Value::String(text.to_owned()));
    } else if !body.trim_ascii().is_empty() {
        add("data_base64", Value::String(STANDARD.encode(body)));
    }
    structured(1, &format!("{{{}}}", parts.join(",")))
}

/// Returns the value of a header without percent-encoding; what is no encoding stays as it is.
fn unescaped(value: &str) -> String {
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| first == b'%');
        let code = code.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = behind.get(2..).unwrap_or_default();
        } else {
            bytes.push(first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| value.to_owned())
}
