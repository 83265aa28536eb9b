//! The event stream of `dart test --reporter json` and `flutter test --machine`.

use std::collections::BTreeMap;

use aftercast_model::TestOutcome;
use serde_json::Value;

use crate::junit::json::text_at;
use crate::junit::report::{Case, Report};
use crate::junit::text::{failure_words, to_ms};

/// Returns whether `event` is one of this stream's.
pub(super) fn is_event(event: &Value) -> bool {
    event.get("protocolVersion").is_some()
        || (event.get("type").is_some() && event.get("time").is_some_and(Value::is_number))
}

struct Running {
    case: Case,
    began: f64,
    /// Whether it ended and is no case (loading a file, setting up).
    hidden: bool,
}

/// Reads a report. Its times count from its own beginning, so that no case has a time of day.
pub(super) fn read(events: impl Iterator<Item = Value>) -> Report {
    let mut report = Report::new("dart");
    let mut suites: BTreeMap<i64, String> = BTreeMap::new();
    let mut groups: BTreeMap<i64, String> = BTreeMap::new();
    let mut tests: BTreeMap<i64, Running> = BTreeMap::new();
    let id_at = |event: &Value, path: &str| event.pointer(path).and_then(Value::as_i64);
    for event in events {
        let time = event.get("time").and_then(Value::as_f64).unwrap_or_default();
        match text_at(&event, "/type") {
            "suite" => {
                if let Some(id) = id_at(&event, "/suite/id") {
                    suites.insert(id, text_at(&event, "/suite/path").replace('\\', "/"));
                }
            }
            "group" => {
                if let Some(id) = id_at(&event, "/group/id") {
                    groups.insert(id, text_at(&event, "/group/name").to_owned());
                }
            }
            "testStart" => {
                let Some(id) = id_at(&event, "/test/id") else { continue };
                let inner = event.pointer("/test/groupIDs").and_then(Value::as_array);
                let group = inner.and_then(|ids| groups.get(&ids.last()?.as_i64()?));
                let group = group.map_or("", String::as_str);
                let full = text_at(&event, "/test/name");
                let name = full.strip_prefix(group).map_or(full, str::trim_start);
                let file = id_at(&event, "/test/suiteID").and_then(|id| suites.get(&id));
                let case = Case {
                    suite: group.to_owned(),
                    class: file.cloned().unwrap_or_default(),
                    name: if name.is_empty() { full.to_owned() } else { name.to_owned() },
                    outcome: TestOutcome::Error,
                    native: "did not end".to_owned(),
                    ..Case::default()
                };
                // Loading a file belongs to no group; it counts only where it fails.
                let hidden = inner.is_none_or(Vec::is_empty);
                tests.insert(id, Running { case, began: time, hidden });
            }
            "error" => {
                if let Some(test) = id_at(&event, "/testID").and_then(|id| tests.get_mut(&id)) {
                    test.case.failure =
                        failure_words(text_at(&event, "/error"), text_at(&event, "/stackTrace"));
                }
            }
            "testDone" => {
                if let Some(test) = id_at(&event, "/testID").and_then(|id| tests.get_mut(&id)) {
                    done(test, &event, time);
                }
            }
            _ => {}
        }
    }
    let cases = tests.into_values().filter(|test| !test.hidden).map(|test| test.case);
    report.cases = cases.collect();
    report
}

fn done(test: &mut Running, event: &Value, time: f64) {
    let flag = |name: &str| event.get(name).and_then(Value::as_bool).unwrap_or_default();
    let native = text_at(event, "/result");
    test.hidden = flag("hidden");
    test.case.duration_ms = to_ms(time - test.began);
    test.case.outcome = match native {
        _ if flag("skipped") => TestOutcome::Skipped,
        "success" => TestOutcome::Passed,
        "failure" => TestOutcome::Failed,
        "error" => TestOutcome::Error,
        _ => TestOutcome::Unknown,
    };
    native.clone_into(&mut test.case.native);
}
