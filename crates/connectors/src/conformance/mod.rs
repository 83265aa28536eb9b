//! What every source must hold, as one call for its tests: `conformance::check(&SOURCE, &fixtures)`.
//!
//! For tests of sources. A fixture is a file as the source's system gives it; each must hold at least
//! one good record. Checked on all of them: empty input, every record twice, records in reverse,
//! malformed items between good ones, cut off at many places, wrong types in every field, all of it
//! repacked. Never a panic; good records always survive; and after the latest observation of each id
//! has won (ties by content) the facts are equal.

mod fields;

use std::collections::BTreeMap;
use std::io::Read;

use aftercast_model::{PersonKey, ServiceMap};
use serde_json::Value;

use crate::reading::{import_stream, is_csv, json_records};
use crate::settled::Settled;
use crate::source::{Context, Import, Output, Source};

pub use fields::{Fields, fields};

/// How many places a file is cut at.
const CUTS: usize = 60;
/// Of how many records each field is broken.
const BROKEN_RECORDS: usize = 12;
/// What a field is broken with.
const WRONG: &[&str] =
    &["null", "\"x\"", "\"\"", "-1", "1e300", "[]", "{}", "[{}]", "true", "\"\\ud800\""];

/// Checks `source` with each of `fixtures`: the name of a file and its content.
///
/// # Panics
/// Where the source breaks one of the rules.
pub fn check(source: &Source, fixtures: &[(&str, &[u8])]) {
    assert!(!fixtures.is_empty(), "a source without fixtures shows nothing");
    let empty = outputs(source, "empty", b"");
    assert!(facts_of(&empty).is_empty(), "facts out of nothing");
    assert!(
        empty.iter().any(|output| !output.problems.is_empty()),
        "an empty file is worth a word"
    );
    for (name, body) in fixtures {
        let whole = settled(source, name, body);
        assert!(!whole.is_empty(), "{name}: no facts");
        match &source.import {
            Import::Json(_) | Import::JsonRecords { .. } if !is_csv(name) => {
                check_json(source, name, body, &whole);
            }
            _ => check_document(source, name, body, &whole),
        }
    }
    check_order(source, fixtures);
}

/// Returns the facts of `body` as rows of JSON by table and id: of each id the latest observation,
/// of equal times the greatest content.
pub fn settled(source: &Source, name: &str, body: &[u8]) -> BTreeMap<String, String> {
    let mut settled = Settled::default();
    for output in outputs(source, name, body) {
        settled.add(&output.facts);
    }
    settled.rows()
}

/// Reads `body` as a file called `name`, with a key and services made for tests.
pub fn outputs(source: &Source, name: &str, mut body: &[u8]) -> Vec<Output> {
    let services = ServiceMap::default();
    let people = PersonKey::from_bytes([7; 32]);
    let context = Context {
        services: &services,
        people: &people,
        repo: Some("acme/shop"),
        rules: &crate::Rules::default(),
    };
    let mut outputs = Vec::new();
    let reader: &mut dyn Read = &mut body;
    let _ = import_stream(source, name, reader, &context, &mut |output| {
        outputs.push(output);
        Ok::<(), ()>(())
    });
    outputs
}

fn facts_of(outputs: &[Output]) -> Vec<usize> {
    outputs.iter().map(|output| output.facts.len()).filter(|rows| *rows > 0).collect()
}

fn check_json(source: &Source, name: &str, body: &[u8], whole: &BTreeMap<String, String>) {
    let records_have = match source.import {
        Import::JsonRecords { records_have, .. } => records_have,
        _ => &[],
    };
    // No line ends inside of a JSON text, so that blanks do as well.
    let records: Vec<Vec<u8>> = json_records(body, records_have)
        .into_iter()
        .map(|record| {
            record.into_iter().map(|byte| if byte == b'\n' { b' ' } else { byte }).collect()
        })
        .collect();
    assert!(!records.is_empty(), "{name}: no records");
    let lines = |records: &[Vec<u8>]| records.join(b"\n".as_slice());
    let same = |what: &str, body: &[u8]| {
        assert!(settled(source, name, body) == *whole, "{name}: other facts {what}");
    };
    let reversed: Vec<Vec<u8>> = records.iter().rev().cloned().collect();
    same("one record a line", &lines(&records));
    same("in reverse", &lines(&reversed));
    same("twice", &[lines(&records), lines(&reversed)].join(b"\n".as_slice()));
    let list = [b"[".as_slice(), &records.join(b",".as_slice()), b"]"].concat();
    same("as a list", &list);
    let broken =
        b"\nno JSON\n{\"cut\": [1, \n{\"open\": \"text\n{\"mixed\": [}\n{}\n\n\xFF\xFE{}\n"
            .as_slice();
    same("with malformed lines between", &[broken, &records.join(broken), broken].concat());
    let odd = b",null,42,{},\"text\",[],".as_slice();
    same("with odd items between", &[b"[{}".as_slice(), odd, &records.join(odd), b"]"].concat());
    let all = lines(&records);
    for cut in cuts(all.len()) {
        let rest = all.get(..cut).unwrap_or_default();
        let mut left = cut;
        let complete = records.iter().take_while(|record| {
            let fits = record.len() <= left;
            left = left.saturating_sub(record.len() + 1);
            fits
        });
        let complete: Vec<Vec<u8>> = complete.cloned().collect();
        let expected = settled(source, name, &lines(&complete));
        assert!(settled(source, name, rest) == expected, "{name}: other facts cut at {cut}");
    }
    for cut in cuts(body.len()) {
        outputs(source, name, body.get(..cut).unwrap_or_default());
    }
    for record in records.iter().take(BROKEN_RECORDS) {
        check_wrong_types(source, name, record);
    }
}

/// Breaks each field in turn, two levels deep: nothing may panic.
fn check_wrong_types(source: &Source, name: &str, record: &[u8]) {
    let Ok(Value::Object(good)) = serde_json::from_slice(record) else { return };
    let mut lines = Vec::new();
    let mut with = |path: &[&str], wrong: &str| {
        let mut text = String::new();
        write_with(&good, path, wrong, &mut text);
        lines.extend_from_slice(text.as_bytes());
        lines.push(b'\n');
    };
    for (field, value) in &good {
        for wrong in WRONG {
            with(&[field], wrong);
            if let Value::Object(inner) = value {
                for below in inner.keys() {
                    with(&[field, below], wrong);
                }
            }
        }
    }
    let count = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    let read: u64 = outputs(source, name, &lines).iter().map(|output| output.records).sum();
    assert!(read > 0 || count == 0, "{name}: no record with a wrong type was read");
}

/// Writes `object` with the text `wrong` in the place of the value at `path`.
fn write_with(
    object: &serde_json::Map<String, Value>,
    path: &[&str],
    wrong: &str,
    out: &mut String,
) {
    out.push('{');
    for (index, (key, value)) in object.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&Value::String(key.clone()).to_string());
        out.push(':');
        match (path, value) {
            ([field], _) if field == key => out.push_str(wrong),
            ([field, rest @ ..], Value::Object(inner)) if field == key => {
                write_with(inner, rest, wrong, out);
            }
            _ => out.push_str(&value.to_string()),
        }
    }
    out.push('}');
}

fn check_document(source: &Source, name: &str, body: &[u8], whole: &BTreeMap<String, String>) {
    assert!(settled(source, name, body) == *whole, "{name}: other facts the second time");
    for cut in cuts(body.len()) {
        outputs(source, name, body.get(..cut).unwrap_or_default());
        let mut flipped = body.to_vec();
        if let Some(byte) = flipped.get_mut(cut) {
            *byte ^= 0x55;
        }
        outputs(source, name, &flipped);
    }
}

/// All fixtures in one order and in the other give the same facts, also twice.
fn check_order(source: &Source, fixtures: &[(&str, &[u8])]) {
    let read = |order: &mut dyn Iterator<Item = &(&str, &[u8])>| {
        let mut all = Settled::default();
        for (name, body) in order {
            for output in outputs(source, name, body) {
                all.add(&output.facts);
            }
        }
        all.rows()
    };
    let forward = read(&mut fixtures.iter());
    assert!(forward == read(&mut fixtures.iter().rev()), "the order of files changes the facts");
    let twice = read(&mut fixtures.iter().chain(fixtures.iter().rev()));
    assert!(forward == twice, "reading everything twice changes the facts");
}

/// Returns places to cut `length` bytes at: all of a short text, else spread over it.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    let step = (length / CUTS).max(1);
    // An odd offset keeps the cuts from falling on the same byte of each record.
    (0..length).step_by(step).enumerate().map(move |(index, at)| (at + index % 7).min(length))
}
