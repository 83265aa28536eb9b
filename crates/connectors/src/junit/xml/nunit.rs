//! `NUnit` 2 (`test-results`) and `NUnit` 3 (`test-run`).

use aftercast_model::{TestOutcome, Timestamp};

use crate::junit::report::{Case, Report, named};
use crate::junit::text::{base_name, duration_ms, failure_words, moment, split_full_name};
use crate::junit::xml::reader::{Node, Step, Xml};

/// Suites below this depth do not lengthen the path any more.
const MAX_PATH: usize = 32;

/// Reads a report whose root element was just opened.
pub(super) fn read(xml: &mut Xml<'_>, root: &Node) -> Report {
    let three = root.name == "test-run";
    let mut report = Report::new(if three { "nunit3" } else { "nunit2" });
    // NUnit 2 and early NUnit 3 tell date and time apart.
    let date = root.first_of(&["run-date", "date"]);
    let clock = root.first_of(&["start-time", "time"]);
    let started = moment(clock).or_else(|| moment(&format!("{date}T{clock}")));
    if started.is_none() && !date.is_empty() {
        report.note(format!("`{date} {clock}` is not a date and time that we can read"));
    }
    report.seen(started);
    report.seen(moment(root.attr("end-time")));
    report.declared = root.attr("testcasecount").parse().ok();
    let mut suites: Vec<(usize, String)> = Vec::new();
    loop {
        match xml.next() {
            Step::Open(node) if node.name == "test-suite" => {
                let name = base_name(node.attr("name"));
                let path = match suites.last() {
                    Some((_, around)) if suites.len() > MAX_PATH => around.clone(),
                    Some((_, around)) => format!("{around} > {name}"),
                    None => name.to_owned(),
                };
                suites.push((xml.depth(), path));
            }
            Step::Open(node) if node.name == "test-case" => {
                match xml.tree(node) {
                    Some(node) => case(&node, suites.last(), started, &mut report),
                    None => report.note("the last case is cut off and was left out"),
                }
                suites.retain(|(depth, _)| *depth <= xml.depth());
            }
            Step::Open(_) => {}
            Step::Close => suites.retain(|(depth, _)| *depth <= xml.depth()),
            Step::End => return report,
        }
    }
}

fn case(
    node: &Node,
    suite: Option<&(usize, String)>,
    started: Option<Timestamp>,
    report: &mut Report,
) {
    let own = moment(node.attr("start-time"));
    report.seen(moment(node.attr("end-time")).or(own));
    let failure = node.child("failure");
    let result = node.attr("result");
    let label = node.attr("label");
    let outcome = match result.to_ascii_lowercase().as_str() {
        "passed" | "success" | "warning" => TestOutcome::Passed,
        "failed" if label.eq_ignore_ascii_case("error") => TestOutcome::Error,
        "failed" | "failure" => TestOutcome::Failed,
        "error" | "notrunnable" | "invalid" | "cancelled" => TestOutcome::Error,
        "skipped" | "ignored" | "inconclusive" | "explicit" => TestOutcome::Skipped,
        _ if node.attr("executed").eq_ignore_ascii_case("false") => TestOutcome::Skipped,
        _ if failure.is_some() || node.attr("success").eq_ignore_ascii_case("false") => {
            TestOutcome::Failed
        }
        _ if result.is_empty() => TestOutcome::Passed,
        _ => TestOutcome::Unknown,
    };
    let told = failure.or_else(|| node.child("reason"));
    let full = node.first_of(&["fullname", "name"]);
    let (class, name) = split_full_name(full);
    let class = if node.attr("classname").is_empty() { class } else { node.attr("classname") };
    // NUnit 3 gives the short name too.
    let name = if node.attr("fullname").is_empty() { name } else { node.attr("name") };
    report.cases.push(Case {
        suite: suite.map(|(_, path)| path.clone()).unwrap_or_default(),
        class: class.to_owned(),
        name: named(name),
        outcome,
        flaky: false,
        native: if label.is_empty() { result.to_owned() } else { format!("{result}: {label}") },
        started_at: own.or(started),
        duration_ms: duration_ms(node.first_of(&["duration", "time"])),
        failure: told.map_or_else(String::new, |told| {
            failure_words(told.child_text("message"), told.child_text("stack-trace"))
        }),
    });
}
