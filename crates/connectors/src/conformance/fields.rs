//! Which fields of a vendor's object become facts: each is changed in turn, and the facts are compared.
//!
//! So the count in the manual is measured, not claimed: a field counts as used when another value of
//! the same type in its place gives other facts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::settled;
use crate::reading::json_records;
use crate::source::{Import, Source};

/// The fields of some records, by whether they become facts. Paths have dots; `*` stands for the
/// elements of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Another value gives other facts.
    pub used: BTreeSet<String>,
    /// Another value changes nothing.
    pub dropped: BTreeSet<String>,
}

impl Fields {
    /// Returns how many fields there are.
    pub fn total(&self) -> usize {
        self.used.len() + self.dropped.len()
    }
}

/// Returns which fields of the JSON records in `body` become facts of `source`.
pub fn fields(source: &Source, body: &[u8]) -> Fields {
    let records_have = match source.import {
        Import::JsonRecords { records_have, .. } => records_have,
        _ => &[],
    };
    let mut by_path: BTreeMap<String, bool> = BTreeMap::new();
    for record in json_records(body, records_have) {
        let Ok(value) = serde_json::from_slice::<Value>(&record) else { continue };
        let before = settled(source, "record.json", value.to_string().as_bytes());
        let mut pointers = Vec::new();
        leaves(&value, "", &mut pointers);
        // What our own envelope says is no field of the vendor's.
        pointers.retain(|pointer| !pointer.starts_with("/aftercast/"));
        for pointer in pointers {
            let used = by_path.entry(path(&pointer)).or_default();
            if *used {
                continue;
            }
            *used = others(value.pointer(&pointer)).into_iter().any(|other| {
                let mut changed = value.clone();
                if let Some(leaf) = changed.pointer_mut(&pointer) {
                    *leaf = other;
                }
                settled(source, "record.json", changed.to_string().as_bytes()) != before
            });
        }
    }
    let mut fields = Fields::default();
    for (path, used) in by_path {
        let _ = if used { fields.used.insert(path) } else { fields.dropped.insert(path) };
    }
    fields
}

/// Collects the pointers to all values that hold no others.
fn leaves(value: &Value, at: &str, pointers: &mut Vec<String>) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, value) in object {
                let key = key.replace('~', "~0").replace('/', "~1");
                leaves(value, &format!("{at}/{key}"), pointers);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (index, value) in list.iter().enumerate() {
                leaves(value, &format!("{at}/{index}"), pointers);
            }
        }
        _ => pointers.push(at.to_owned()),
    }
}

/// Returns the pointer as people read it; the envelope is no field of the vendor's.
fn path(pointer: &str) -> String {
    let pointer = pointer.strip_prefix("/body").unwrap_or(pointer);
    let parts = pointer.split('/').skip(1).map(|part| {
        let is_index = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_index { "*".to_owned() } else { part.replace("~1", "/").replace("~0", "~") }
    });
    parts.collect::<Vec<_>>().join(".")
}

/// Returns other values of the same type; a time stays a time.
fn others(value: Option<&Value>) -> Vec<Value> {
    match value {
        Some(Value::String(text)) => {
            let later = text
                .parse::<jiff::Timestamp>()
                .ok()
                .and_then(|at| at.checked_add(jiff::SignedDuration::from_mins(-7)).ok());
            let mut others = vec![Value::String(format!("{text}x")), Value::Null];
            others.extend(later.map(|at| Value::String(at.to_string())));
            others.extend(text.parse::<i64>().ok().map(|n| Value::String((n + 61).to_string())));
            others
        }
        Some(Value::Number(number)) => {
            let other =
                number.as_i64().map_or(Value::Null, |n| Value::from(n.wrapping_add(61_000)));
            vec![other, Value::Null]
        }
        Some(Value::Bool(is)) => vec![Value::Bool(!is), Value::Null],
        _ => vec![Value::from(7), Value::from("x")],
    }
}
