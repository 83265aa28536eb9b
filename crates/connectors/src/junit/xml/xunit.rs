//! xUnit.net: version 2 (`assemblies`) and 1 (`assembly`).

use aftercast_model::{TestOutcome, Timestamp};

use crate::junit::report::{Case, Report, named};
use crate::junit::text::{base_name, duration_ms, failure_words, moment};
use crate::junit::xml::reader::{Node, Step, Xml};

/// Reads a report whose root element was just opened.
pub(super) fn read(xml: &mut Xml<'_>, root: Node) -> Report {
    let mut report = Report::new("xunit");
    let mut assembly = String::new();
    let mut started = None;
    let mut next = Step::Open(root);
    loop {
        match next {
            Step::Open(node) if node.name == "assembly" => {
                base_name(node.attr("name")).clone_into(&mut assembly);
                started = moment(node.first_of(&["start-rtf"])).or_else(|| {
                    moment(&format!("{}T{}", node.attr("run-date"), node.attr("run-time")))
                });
                report.seen(started);
                if let Ok(tests) = node.attr("total").parse::<i64>() {
                    report.declared = Some(report.declared.unwrap_or_default() + tests);
                }
            }
            Step::Open(node) if node.name == "test" => match xml.tree(node) {
                Some(node) => case(&node, &assembly, started, &mut report),
                None => report.note("the last case is cut off and was left out"),
            },
            Step::Open(node) if node.name == "error" => {
                let what = xml.tree(node).and_then(|node| {
                    let failure = node.child("failure")?;
                    Some(failure_words(failure.child_text("message"), ""))
                });
                report.note(format!("an error outside of tests: {}", what.unwrap_or_default()));
            }
            Step::Open(_) | Step::Close => {}
            Step::End => return report,
        }
        next = xml.next();
    }
}

fn case(node: &Node, assembly: &str, started: Option<Timestamp>, report: &mut Report) {
    let result = node.attr("result");
    let outcome = match result.to_ascii_lowercase().as_str() {
        "pass" => TestOutcome::Passed,
        "fail" => TestOutcome::Failed,
        "skip" | "notrun" => TestOutcome::Skipped,
        "error" => TestOutcome::Error,
        _ => TestOutcome::Unknown,
    };
    let class = node.attr("type");
    let full = node.first_of(&["name", "method"]);
    let name = full.strip_prefix(class).and_then(|rest| rest.strip_prefix('.')).unwrap_or(full);
    let own = moment(node.attr("start-rtf"));
    let failure = node.child("failure");
    let reason = node.child("reason").map(|reason| {
        if reason.text.trim().is_empty() { reason.child_text("message") } else { &reason.text }
    });
    report.cases.push(Case {
        suite: assembly.to_owned(),
        class: class.to_owned(),
        name: named(name),
        outcome,
        flaky: false,
        native: result.to_owned(),
        started_at: own.or(started),
        duration_ms: duration_ms(node.attr("time")),
        failure: match failure {
            Some(failure) => {
                failure_words(failure.child_text("message"), failure.child_text("stack-trace"))
            }
            None => failure_words(reason.unwrap_or_default(), ""),
        },
    });
}
