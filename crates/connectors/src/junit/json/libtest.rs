//! The event stream of Rust's libtest (`--format json`), also as nextest writes it.

use aftercast_model::TestOutcome;
use serde_json::Value;

use crate::junit::json::text_at;
use crate::junit::report::{Case, Report, named};
use crate::junit::text::{failure_words, to_ms};

/// Returns whether `event` is one of this stream's.
pub(super) fn is_event(event: &Value) -> bool {
    matches!(text_at(event, "/type"), "suite" | "test" | "bench")
        && event.get("event").is_some_and(Value::is_string)
}

/// Reads a report. A test that began and did not end is an error: its process died.
pub(super) fn read(events: impl Iterator<Item = Value>) -> Report {
    let mut report = Report::new("libtest");
    let mut began: Vec<String> = Vec::new();
    for event in events {
        if text_at(&event, "/type") == "suite" {
            let count = event.get("test_count").and_then(Value::as_i64);
            if let Some(count) = count {
                report.declared = Some(report.declared.unwrap_or_default().saturating_add(count));
            }
            continue;
        }
        let name = text_at(&event, "/name");
        let native = text_at(&event, "/event");
        let outcome = match native {
            "ok" => TestOutcome::Passed,
            "failed" => TestOutcome::Failed,
            "ignored" => TestOutcome::Skipped,
            "started" => {
                began.push(name.to_owned());
                continue;
            }
            // It runs for long, and ends later.
            "timeout" => continue,
            _ => TestOutcome::Unknown,
        };
        if let Some(at) = began.iter().rposition(|begun| begun == name) {
            began.swap_remove(at);
        }
        let seconds = event.get("exec_time").and_then(Value::as_f64);
        let words = match outcome {
            TestOutcome::Passed => String::new(),
            _ => failure_words(text_at(&event, "/message"), text_at(&event, "/stdout")),
        };
        let duration_ms = seconds.and_then(|seconds| to_ms(seconds * 1000.0));
        report.cases.push(Case {
            native: native.to_owned(),
            duration_ms,
            failure: words,
            ..case(name, outcome)
        });
    }
    for name in began {
        report
            .cases
            .push(Case { native: "did not end".to_owned(), ..case(&name, TestOutcome::Error) });
    }
    report
}

/// Returns the case of `crate::binary$module::name`, as far as its name says all of this.
fn case(name: &str, outcome: TestOutcome) -> Case {
    let (suite, path) = name.split_once('$').unwrap_or(("", name));
    let (class, name) = path.rsplit_once("::").unwrap_or(("", path));
    Case {
        suite: suite.to_owned(),
        class: class.to_owned(),
        name: named(name),
        outcome,
        ..Case::default()
    }
}
