//! An item of a list, its bytes as received, with what belongs to it put in.
//!
//! Owns: finding things by JSON pointers in text, splicing fields in, reading times. Pure. Must not
//! know: requests.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use aftercast_model::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::live::clock::moment_of;

/// What Gerrit puts in front of JSON.
const GUARDED: &[u8] = b")]}'";

/// An item.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// As received, with the details in it.
    pub(super) text: String,
    /// The same, to be asked.
    pub(super) value: Value,
}

impl Item {
    /// Reads one object. One with a text or number that nothing can hold is left to the conversion as
    /// it is, without details.
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        raw.get().starts_with('{').then(|| Self { text: raw.get().to_owned(), value })
    }

    /// Puts `detail` into the item as its last field `under`.
    pub(super) fn attach(&mut self, under: &str, detail: &str) {
        let Value::Object(fields) = &mut self.value else { return };
        let Ok(value) = serde_json::from_str::<Value>(detail) else { return };
        let was_empty = fields.is_empty();
        if fields.insert(under.to_owned(), value).is_some() {
            // The vendor has a field of this name: ours takes its place, at the price of the bytes.
            self.text = self.value.to_string();
            return;
        }
        let Some(end) = self.text.rfind('}') else { return };
        self.text.truncate(end);
        let comma = if was_empty { "" } else { "," };
        let field = Value::String(under.to_owned());
        let _ = write!(self.text, "{comma}{field}:{detail}}}");
    }

    /// Returns the time at the pointer `at`.
    pub(super) fn time(&self, at: &str) -> Option<Timestamp> {
        time_of(self.value.pointer(at)?)
    }
}

/// Returns a body as text, without what protects it from scripts; `None` where it is no JSON. Bytes
/// that are not UTF-8 are replaced.
pub(super) fn json_text(body: &[u8]) -> Option<Cow<'_, str>> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let body = body.strip_prefix(GUARDED).unwrap_or(body).trim_ascii();
    let text = String::from_utf8_lossy(body);
    serde_json::from_str::<&RawValue>(&text).ok()?;
    Some(text)
}

/// Returns the value at a JSON pointer in `text`, as it stands there.
pub(super) fn at<'a>(text: &'a str, pointer: &str) -> Option<&'a RawValue> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = if value.get().starts_with('[') {
            let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            list.get(token.parse::<usize>().ok()?).copied()?
        } else {
            let mut fields: BTreeMap<String, &RawValue> = serde_json::from_str(value.get()).ok()?;
            fields.remove(&token)?
        };
    }
    (value.get() != "null").then_some(value)
}

/// Returns the items at `pointer`: those of a list, or the only one.
pub(super) fn items<'a>(text: &'a str, pointer: &str) -> Vec<&'a RawValue> {
    let Some(found) = at(text, pointer) else { return Vec::new() };
    if found.get().starts_with('[') {
        serde_json::from_str(found.get()).unwrap_or_default()
    } else {
        vec![found]
    }
}

/// Returns a text or number as text.
pub(super) fn plain_text(raw: &RawValue) -> Option<String> {
    match serde_json::from_str(raw.get()).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the number that a value tells: `2500`, `"2500"`, `"2,500+"`.
pub(super) fn count_of(raw: &RawValue) -> Option<u64> {
    let text = plain_text(raw)?;
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let said: u64 = digits.parse().ok()?;
    Some(if text.ends_with('+') { said.saturating_add(1) } else { said })
}

/// Returns the time that a value tells: RFC 3339, or seconds or milliseconds since 1970.
fn time_of(value: &Value) -> Option<Timestamp> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => match text.parse::<f64>() {
            Ok(number) => number,
            Err(_) => return Timestamp::parse(text).ok(),
        },
        _ => return None,
    };
    moment_of(number)
}

/// Returns a number that tells an item from others, the same in every process of this version.
pub(super) fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Item {
        Item::read(serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn details_are_put_in_and_every_other_byte_stays() {
        let mut item = read("{ \"b\" : 1.50,\n \"a\":\"\\u0041 }\" }");
        item.attach("jobs", "[{\"id\": 1}]");
        item.attach("log", "\"x\"");
        let expected =
            "{ \"b\" : 1.50,\n \"a\":\"\\u0041 }\" ,\"jobs\":[{\"id\": 1}],\"log\":\"x\"}";
        assert_eq!(item.text, expected);
        assert_eq!(serde_json::from_str::<Value>(&item.text).unwrap(), item.value);
        let mut empty = read("{}");
        empty.attach("a", "null");
        assert_eq!(empty.text, "{\"a\":null}");
        let mut own = read("{\"jobs\":{\"url\":\"u\"},\"z\":1}");
        own.attach("jobs", "[]");
        assert_eq!(own.text, "{\"jobs\":[],\"z\":1}");
    }

    #[test]
    fn an_object_that_no_value_can_hold_is_left_as_it_is() {
        let mut item = read("{\"a\":\"\\ud800\"}");
        item.attach("b", "1");
        assert_eq!(item.text, "{\"a\":\"\\ud800\"}");
        assert!(Item::read(serde_json::from_str("[1]").unwrap()).is_none());
    }

    #[test]
    fn times_and_counts_are_read_in_every_spelling() {
        let time =
            |text: &str| read(&format!("{{\"at\":{text}}}")).time("/at").map(Timestamp::millis);
        for text in
            ["1790000000", "1790000000000", "\"1790000000.000\"", "\"2026-09-21T14:13:20Z\""]
        {
            assert_eq!(time(text), Some(1_790_000_000_000), "{text}");
        }
        assert_eq!(time("null"), None);
        assert_eq!(time("\"soon\""), None);
        let count = |text: &str| count_of(serde_json::from_str(text).unwrap());
        assert_eq!(count("2500"), Some(2500));
        assert_eq!(count("\"2,500+\""), Some(2501));
        assert_eq!(count("\"none\""), None);
    }

    #[test]
    fn guards_and_marks_before_json_are_skipped() {
        assert_eq!(json_text(b")]}'\n[1]").as_deref(), Some("[1]"));
        assert_eq!(json_text(b"\xEF\xBB\xBF {} \n").as_deref(), Some("{}"));
        assert_eq!(json_text(b"<html>"), None);
        assert_eq!(json_text(b"{} {}"), None);
        assert_eq!(json_text(b""), None);
        assert_eq!(json_text(b"\"\xFF\"").as_deref(), Some("\"\u{fffd}\""));
    }

    #[test]
    fn pointers_find_lists_single_items_and_nothing() {
        let text = "{\"a/b\":{\"c\":[{\"d\":1},2]},\"n\":null}";
        let found = |pointer: &str| items(text, pointer).len();
        assert_eq!(at(text, "/a~1b/c/0/d").map(RawValue::get), Some("1"));
        assert_eq!(
            (found("/a~1b/c"), found("/a~1b"), found(""), found("/n"), found("/x")),
            (2, 1, 1, 0, 0)
        );
    }
}
