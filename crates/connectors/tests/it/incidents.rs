//! What the tests of incident sources share: facts of fixtures and of single records, as text.

use std::fmt::Write as _;

use aftercast_connectors::live::webhook::{Delivery, Incoming, Refusal, sign, verify};
use aftercast_connectors::{Context, Output, Record, Rules, Source, conformance, source_named};
use aftercast_model::{PersonKey, Place, ServiceMap, Timestamp};
use serde_json::{Map, Value};

use crate::rows;

/// Returns what stays of `body` after the latest observation of each id won, one row a line.
pub(crate) fn settled(source: &str, body: &[u8]) -> String {
    let settled = conformance::settled(source_named(source).unwrap(), "fixture.json", body);
    let mut rows: Vec<(String, Map<String, Value>)> = settled
        .values()
        .map(|row| {
            let mut row: Map<String, Value> = serde_json::from_str(row).unwrap();
            for column in ["id", "source"] {
                row.remove(column);
            }
            for (_, key) in row.iter_mut().filter(|(column, _)| column.ends_with("_key")) {
                *key = Value::from("[person]");
            }
            (row.remove("table").unwrap().as_str().unwrap().to_owned(), row)
        })
        .collect();
    rows.sort_by_key(|(table, row)| (table.clone(), Value::Object(row.clone()).to_string()));
    rows.into_iter().fold(String::new(), |mut text, (table, row)| {
        writeln!(text, "{table} {}", Value::Object(row)).unwrap();
        text
    })
}

/// Returns the notes and losses of `body`.
pub(crate) fn problems(source: &str, body: &[u8]) -> Vec<String> {
    let outputs = conformance::outputs(source_named(source).unwrap(), "fixture.json", body);
    outputs.into_iter().flat_map(|output| output.problems).map(|problem| problem.what).collect()
}

/// Returns the rows of one record as pull and webhook hand it over: in an envelope.
pub(crate) fn received(source: &str, kind: &str, subject: &str, body: &Value) -> String {
    converted(source, kind, subject, body, &ServiceMap::default())
}

/// The same with `services` known.
pub(crate) fn converted(
    source: &str,
    kind: &str,
    subject: &str,
    body: &Value,
    services: &ServiceMap,
) -> String {
    let text = format!(
        "{{\"aftercast\":{{\"kind\":\"{kind}\",\"subject\":\"{subject}\"}},\"body\":{body}}}"
    );
    let people = PersonKey::from_bytes([7; 32]);
    let rules = Rules::default();
    let context = Context { services, people: &people, repo: None, rules: &rules };
    let mut output = Output::default();
    let place = Place { file: "test".into(), line: None };
    let record = Record { place, body: text.as_bytes() };
    source_named(source).unwrap().convert(&record, &context, &mut output);
    assert_eq!(output.payloads.len(), 1, "what was received is kept");
    rows::rows(&output.facts)
}

/// The present of the signature tests.
pub(crate) const NOW: i64 = 1_788_249_600_000;

/// Signs `body` as `source` does, lets `change` spoil body and headers, and verifies it.
pub(crate) fn verified(
    source: &Source,
    body: &[u8],
    change: impl FnOnce(&mut Vec<u8>, &mut Vec<(String, String)>),
) -> Result<Delivery, Refusal> {
    let webhook = source.webhook.unwrap();
    let now = Timestamp::from_millis(NOW);
    // Standard Webhooks wants its secrets in Base64.
    let secret = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==";
    let mut headers = sign(webhook.signatures[0], secret, body, "msg_1", now);
    let mut body = body.to_vec();
    change(&mut body, &mut headers);
    let header =
        |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    verify(webhook, &Incoming { header: &header, body: &body, now }, &["old", secret])
}

/// Checks that `source` believes `body` as `kind`, and none of its forgeries.
pub(crate) fn check_webhook(source: &str, body: &[u8], kind: &str) {
    let source = source_named(source).unwrap();
    let delivery = verified(source, body, |_, _| {}).unwrap();
    assert_eq!(delivery.kind, kind);
    assert!(!delivery.id.is_empty());
    assert_eq!(verified(source, body, |_, _| {}).unwrap().id, delivery.id, "a repetition");
    let unsigned = verified(source, body, |_, headers| headers.clear());
    assert_eq!(unsigned, Err(Refusal::Unsigned));
    let forged = verified(source, body, |_, headers| {
        let (_, value) = headers.last_mut().unwrap();
        let last = value.pop().unwrap();
        value.push(if last == 'a' { 'b' } else { 'a' });
    });
    assert_eq!(forged, Err(Refusal::Forged));
    let large = verified(source, body, |body, _| body.resize(64 * 1024 * 1024, b' '));
    assert_eq!(large, Err(Refusal::TooLarge));
}

/// Checks that one flipped bit of the body is noticed; for sources that sign it.
pub(crate) fn check_signed_body(source: &str, body: &[u8]) {
    let source = source_named(source).unwrap();
    for at in (0..body.len()).step_by(body.len() / 40 + 1) {
        let flipped = verified(source, body, |body, _| body[at] ^= 1);
        assert_eq!(flipped, Err(Refusal::Forged), "byte {at}");
    }
}
