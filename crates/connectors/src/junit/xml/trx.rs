//! TRX, the report of Visual Studio and `dotnet test`.

use std::collections::HashMap;

use aftercast_model::TestOutcome;

use crate::junit::report::{Case, Report, named};
use crate::junit::text::{base_name, duration_ms, failure_words, moment, split_full_name};
use crate::junit::xml::reader::{Node, Step, Xml};

/// How deep results may hold results (data rows, ordered tests).
const MAX_INNER: usize = 8;

/// What the definition of a test says.
struct Definition {
    class: String,
    storage: String,
}

/// Reads a report whose root element was just opened.
pub(super) fn read(xml: &mut Xml<'_>) -> Report {
    let mut report = Report::new("trx");
    let mut definitions: HashMap<String, Definition> = HashMap::new();
    // Definitions may stand before or after the results.
    let mut results: Vec<Node> = Vec::new();
    let mut began = None;
    loop {
        match xml.next() {
            Step::Open(node) if node.name == "times" => {
                began = moment(node.first_of(&["start", "creation"]));
                report.seen(moment(node.attr("finish")).or(began));
            }
            Step::Open(node) if node.name == "counters" => {
                report.declared = node.attr("total").parse().ok();
            }
            Step::Open(node) if is_result(&node) => match xml.tree(node) {
                Some(node) => results.push(node),
                None => report.note("the last case is cut off and was left out"),
            },
            Step::Open(node) if node.name == "unittest" => {
                if let Some(node) = xml.tree(node) {
                    let method = node.child("testmethod");
                    let class = method.map_or("", |method| method.attr("className"));
                    // `Class, Assembly, Version=...`: the version is no part of the name.
                    let class = class.split(',').next().unwrap_or(class).to_owned();
                    let storage = base_name(node.attr("storage")).to_owned();
                    definitions.insert(node.attr("id").to_owned(), Definition { class, storage });
                }
            }
            Step::Open(_) | Step::Close => {}
            Step::End => break,
        }
    }
    for result in &results {
        case(result, &definitions, 0, &mut report);
    }
    for case in &mut report.cases {
        case.started_at = case.started_at.or(began);
    }
    report
}

fn is_result(node: &Node) -> bool {
    node.name.ends_with("testresult") || node.name == "testresultaggregation"
}

fn case(node: &Node, definitions: &HashMap<String, Definition>, depth: usize, report: &mut Report) {
    let inner: Vec<&Node> = node
        .child("innerresults")
        .map(|inner| inner.children.iter().filter(|child| is_result(child)).collect())
        .unwrap_or_default();
    if !inner.is_empty() && depth < MAX_INNER {
        // The result around them only sums them up.
        return inner.into_iter().for_each(|inner| case(inner, definitions, depth + 1, report));
    }
    let native = node.attr("outcome");
    let outcome = match native.to_ascii_lowercase().as_str() {
        "passed" | "warning" | "passedbutrunaborted" | "completed" => TestOutcome::Passed,
        "failed" => TestOutcome::Failed,
        "error" | "timeout" | "disconnected" => TestOutcome::Error,
        // Aborted is the run's end, not the test's: cancelled is not failed.
        "notexecuted" | "aborted" | "inconclusive" | "notrunnable" | "pending" | "inprogress" => {
            TestOutcome::Skipped
        }
        _ => TestOutcome::Unknown,
    };
    let definition = definitions.get(node.attr("testId"));
    let full = node.attr("testName");
    let class = definition.map(|found| found.class.as_str()).filter(|class| !class.is_empty());
    let (class, name) = match class {
        Some(class) => (
            class,
            full.strip_prefix(class).and_then(|rest| rest.strip_prefix('.')).unwrap_or(full),
        ),
        None => split_full_name(full),
    };
    let own = moment(node.attr("startTime"));
    report.seen(moment(node.attr("endTime")));
    let error = node.child("output").and_then(|output| output.child("errorinfo"));
    report.cases.push(Case {
        suite: definition.map(|found| found.storage.clone()).unwrap_or_default(),
        class: class.to_owned(),
        name: named(name),
        outcome,
        flaky: false,
        native: native.to_owned(),
        started_at: own,
        duration_ms: duration_ms(node.attr("duration")),
        failure: error.map_or_else(String::new, |error| {
            failure_words(error.child_text("message"), error.child_text("stacktrace"))
        }),
    });
}
