//! CTRF, the common test report format (ctrf.io).

use aftercast_model::{TestOutcome, Timestamp};
use serde_json::Value;

use crate::junit::json::text_at;
use crate::junit::report::{Case, Report, named};
use crate::junit::text::{failure_words, to_ms};

/// Reads a report.
pub(super) fn read(document: &Value) -> Report {
    let mut report = Report::new("ctrf");
    let at = |value: &Value, path: &str| {
        let millis = value.pointer(path).and_then(Value::as_i64).filter(|millis| *millis > 0);
        millis.map(Timestamp::from_millis)
    };
    let started = at(document, "/results/summary/start");
    report.seen(started);
    report.seen(at(document, "/results/summary/stop"));
    report.declared = document.pointer("/results/summary/tests").and_then(Value::as_i64);
    let tests = document.pointer("/results/tests").and_then(Value::as_array);
    for test in tests.into_iter().flatten() {
        let native = text_at(test, "/status");
        let suite = match test.get("suite") {
            Some(Value::Array(path)) => {
                path.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" > ")
            }
            _ => text_at(test, "/suite").to_owned(),
        };
        report.cases.push(Case {
            suite,
            class: text_at(test, "/filePath").to_owned(),
            name: named(text_at(test, "/name")),
            outcome: match native {
                "passed" => TestOutcome::Passed,
                "failed" => TestOutcome::Failed,
                "skipped" | "pending" => TestOutcome::Skipped,
                _ => TestOutcome::Unknown,
            },
            flaky: test.get("flaky").and_then(Value::as_bool).unwrap_or_default(),
            native: native.to_owned(),
            started_at: at(test, "/start").or(started),
            duration_ms: test.get("duration").and_then(Value::as_f64).and_then(to_ms),
            failure: failure_words(text_at(test, "/message"), text_at(test, "/trace")),
        });
    }
    report
}
