//! mocha's JSON reporter.

use std::collections::HashSet;

use aftercast_model::TestOutcome;
use serde_json::Value;

use crate::junit::json::text_at;
use crate::junit::report::{Case, Report, named};
use crate::junit::text::{failure_words, moment, to_ms};

/// Reads a report.
pub(super) fn read(document: &Value) -> Report {
    let mut report = Report::new("mocha");
    let started = moment(text_at(document, "/stats/start"));
    report.seen(started);
    report.seen(moment(text_at(document, "/stats/end")));
    report.declared = document.pointer("/stats/tests").and_then(Value::as_i64);
    let list = |name: &str| document.get(name).and_then(Value::as_array).into_iter().flatten();
    let key =
        |test: &Value| (text_at(test, "/fullTitle").to_owned(), text_at(test, "/file").to_owned());
    let pending: HashSet<_> = list("pending").map(key).collect();
    let failures: HashSet<_> = list("failures").map(key).collect();
    for test in list("tests") {
        let title = text_at(test, "/title");
        let full = text_at(test, "/fullTitle");
        let around = full.strip_suffix(title).unwrap_or(full).trim_end();
        let message = text_at(test, "/err/message");
        let stack = text_at(test, "/err/stack");
        let red = !message.is_empty() || !stack.is_empty() || failures.contains(&key(test));
        let (outcome, native) = if red && is_assertion(test) {
            (TestOutcome::Failed, "failure")
        } else if red {
            (TestOutcome::Error, "failure")
        } else if pending.contains(&key(test)) {
            (TestOutcome::Skipped, "pending")
        } else {
            (TestOutcome::Passed, "pass")
        };
        let retried = test.get("currentRetry").and_then(Value::as_i64).unwrap_or_default() > 0;
        report.cases.push(Case {
            suite: around.to_owned(),
            class: text_at(test, "/file").to_owned(),
            name: named(title),
            outcome,
            flaky: retried && outcome == TestOutcome::Passed,
            native: native.to_owned(),
            started_at: started,
            duration_ms: test.get("duration").and_then(Value::as_f64).and_then(to_ms),
            failure: failure_words(message, stack),
        });
    }
    report
}

/// Returns whether the error of `test` says that something did not hold; any other error (a
/// time-out, an exception) broke the test before it could say.
fn is_assertion(test: &Value) -> bool {
    let marks = ["expected", "actual", "operator", "showDiff", "errorMode", "generatedMessage"];
    marks.iter().any(|mark| test.pointer(&format!("/err/{mark}")).is_some())
        || text_at(test, "/err/name").contains("Assertion")
        || text_at(test, "/err/stack").trim_start().starts_with("Assertion")
}
