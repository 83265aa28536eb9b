//! What the tests of incident sources share: reading fixtures, and rows as text.

use aftercast_connectors::{Context, Output, Rules, conformance, source_named};
use aftercast_model::{Facts, PersonKey, Place, ServiceMap};
use serde_json::Value;

use crate::rows::rows;

/// Returns what stays of `body` after the latest observation won, one row a line, with the columns
/// that have a value and are not in `without`.
pub(crate) fn settled(source: &str, body: &[u8]) -> Vec<Value> {
    let source = source_named(source).unwrap();
    let settled = conformance::settled(source, "fixture.json", body);
    let mut rows: Vec<Value> =
        settled.values().map(|row| serde_json::from_str(row).unwrap()).collect();
    rows.sort_by_key(|row| (row["table"].to_string(), row["observed_at"].as_i64(), row.to_string()));
    rows
}

/// Returns the notes and losses of `body`.
pub(crate) fn problems(source: &str, body: &[u8]) -> Vec<String> {
    let source = source_named(source).unwrap();
    let outputs = conformance::outputs(source, "fixture.json", body);
    outputs.iter().flat_map(|output| &output.problems).map(|problem| problem.what.clone()).collect()
}

/// Returns the rows of one record, converted as pull and webhook do: in an envelope.
pub(crate) fn received(source: &str, kind: &str, subject: &str, body: &str) -> String {
    let body = format!("{{\"aftercast\":{{\"kind\":\"{kind}\",\"subject\":\"{subject}\"}},\"body\":{body}}}");
    rows(&converted(source, &body, &ServiceMap::default()))
}

/// Returns the facts of one record.
pub(crate) fn converted(source: &str, body: &str, services: &ServiceMap) -> Facts {
    let people = PersonKey::from_bytes([7; 32]);
    let rules = Rules::default();
    let context = Context { services, people: &people, repo: None, rules: &rules };
    let mut output = Output::default();
    let place = Place { file: "test".into(), line: None };
    let record = aftercast_connectors::Record { place, body: body.as_bytes() };
    source_named(source).unwrap().convert(&record, &context, &mut output);
    output.facts
}
