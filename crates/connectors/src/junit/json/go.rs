//! The event stream of `go test -json`.

use std::collections::HashMap;

use aftercast_model::TestOutcome;
use serde_json::Value;

use crate::junit::json::text_at;
use crate::junit::report::{Case, Report};
use crate::junit::text::{failure_words, moment, to_ms};
use crate::words::cut;

/// How much output of a test is kept to explain its failure, in bytes.
const MAX_OUTPUT: usize = 4 * 1024;

/// Returns whether `event` is one of this stream's.
pub(super) fn is_event(event: &Value) -> bool {
    event.get("Action").is_some_and(Value::is_string)
}

#[derive(Default)]
struct Running {
    case: Case,
    output: String,
}

/// Reads a report. A package that fails without a failing test (it does not build, it panics) is
/// a case of its own.
pub(super) fn read(events: impl Iterator<Item = Value>) -> Report {
    let mut report = Report::new("go");
    let mut tests: Vec<Running> = Vec::new();
    // The latest run of each test: `-count` runs it several times.
    let mut latest: HashMap<(String, String), usize> = HashMap::new();
    let mut failed_packages: Vec<(String, Option<i64>, String)> = Vec::new();
    let mut package_output: HashMap<String, String> = HashMap::new();
    for event in events {
        let package = text_at(&event, "/Package");
        let test = text_at(&event, "/Test");
        let at = moment(text_at(&event, "/Time"));
        report.seen(at);
        let action = text_at(&event, "/Action");
        let output = text_at(&event, "/Output");
        let elapsed = event.get("Elapsed").and_then(Value::as_f64);
        let elapsed = elapsed.and_then(|seconds| to_ms(seconds * 1000.0));
        if test.is_empty() {
            match action {
                "fail" => {
                    let said = package_output.remove(package).unwrap_or_default();
                    failed_packages.push((package.to_owned(), elapsed, said));
                }
                "output" | "build-output" => {
                    keep(package_output.entry(package.to_owned()).or_default(), output);
                }
                _ => {}
            }
            continue;
        }
        let key = (package.to_owned(), test.to_owned());
        let known = latest.get(&key).copied();
        let index = match known {
            Some(index) if action != "run" => index,
            _ => {
                let (group, name) = test.rsplit_once('/').unwrap_or(("", test));
                let case = Case {
                    suite: group.to_owned(),
                    class: package.to_owned(),
                    name: name.to_owned(),
                    outcome: TestOutcome::Error,
                    native: "did not end".to_owned(),
                    started_at: at,
                    ..Case::default()
                };
                tests.push(Running { case, ..Running::default() });
                latest.insert(key, tests.len() - 1);
                tests.len() - 1
            }
        };
        let Some(running) = tests.get_mut(index) else { continue };
        let outcome = match action {
            "pass" | "bench" => TestOutcome::Passed,
            "fail" => TestOutcome::Failed,
            "skip" => TestOutcome::Skipped,
            _ => {
                // `=== RUN` and `--- FAIL` frame what the test says.
                if action == "output" && !output.trim_start().starts_with(['=', '-']) {
                    keep(&mut running.output, output);
                }
                continue;
            }
        };
        running.case.outcome = outcome;
        action.clone_into(&mut running.case.native);
        running.case.duration_ms = elapsed;
    }
    for running in tests {
        let mut case = running.case;
        let red = matches!(case.outcome, TestOutcome::Failed | TestOutcome::Error);
        if red || case.outcome == TestOutcome::Skipped {
            case.failure = failure_words("", &running.output);
        }
        report.cases.push(case);
    }
    for (package, duration_ms, said) in failed_packages {
        let red = |case: &Case| matches!(case.outcome, TestOutcome::Failed | TestOutcome::Error);
        if !report.cases.iter().any(|case| case.class == package && red(case)) {
            report.cases.push(Case {
                class: package,
                name: "(package)".to_owned(),
                outcome: TestOutcome::Error,
                native: "fail".to_owned(),
                duration_ms,
                failure: failure_words("", &said),
                ..Case::default()
            });
        }
    }
    report
}

fn keep(text: &mut String, output: &str) {
    let room = MAX_OUTPUT.saturating_sub(text.len());
    text.push_str(cut(output, room));
}
