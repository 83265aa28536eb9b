//! JUnit's XML: Surefire, pytest, jest, gtest, nextest, `PHPUnit`, ... under any root, nested in any
//! way.

use aftercast_model::{TestOutcome, Timestamp};

use crate::junit::report::{Case, Report, named};
use crate::junit::text::{base_name, duration_ms, failure_words, moment};
use crate::junit::xml::reader::{Node, Step, Xml};

/// Suites below this depth do not lengthen the path any more.
const MAX_PATH: usize = 32;

/// Properties that name the pipeline run.
const RUN_PROPERTIES: &[&str] = &["run_id", "github_run_id", "github.run_id", "ci_pipeline_id"];

/// A suite around what comes next.
struct Suite {
    depth: usize,
    path: String,
    at: Option<Timestamp>,
}

/// Reads a report whose root element was just opened; `None` where it holds no suite and no case.
pub(super) fn read(xml: &mut Xml<'_>, root: Node) -> Option<Report> {
    let mut report = Report::new("junit");
    let mut suites: Vec<Suite> = Vec::new();
    let mut known = root.name == "testsuites";
    let mut declared = 0;
    let mut began = None;
    let mut next = Step::Open(root);
    loop {
        match next {
            Step::Open(node) => match node.name.as_str() {
                "testsuite" => {
                    known = true;
                    if suites.is_empty() {
                        declared += node.attr("tests").parse::<i64>().unwrap_or_default().max(0);
                    }
                    open_suite(&node, xml.depth(), began, &mut suites);
                    report.seen(finished(&node));
                }
                "testcase" => {
                    known = true;
                    match xml.tree(node) {
                        Some(node) => case(&node, suites.last(), &mut report),
                        None => report.note("the last case is cut off and was left out"),
                    }
                    suites.retain(|suite| suite.depth <= xml.depth());
                }
                "property" if names_run(&node) => {
                    let value = node.attr("value");
                    report.run_id = Some(value.to_owned()).filter(|value| !value.is_empty());
                }
                "testsuites" => {
                    report.declared = node.attr("tests").parse().ok();
                    began = moment(node.attr("timestamp"));
                    report.seen(finished(&node));
                }
                _ => {}
            },
            Step::Close => suites.retain(|suite| suite.depth <= xml.depth()),
            Step::End => break,
        }
        next = xml.next();
    }
    report.declared = report.declared.max(Some(declared).filter(|declared| *declared > 0));
    known.then_some(report)
}

/// Returns whether a property names the pipeline run.
fn names_run(property: &Node) -> bool {
    let name = property.attr("name");
    RUN_PROPERTIES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Returns when a suite ended: its beginning and how long it took.
fn finished(node: &Node) -> Option<Timestamp> {
    let took = duration_ms(node.first_of(&["time", "duration"]));
    moment(node.attr("timestamp")).map(|at| at.plus_millis(took.unwrap_or_default()))
}

fn open_suite(node: &Node, depth: usize, began: Option<Timestamp>, suites: &mut Vec<Suite>) {
    let around = suites.last();
    let name = match node.first_of(&["name", "package"]) {
        // PHPUnit names the suite after the path of its configuration.
        name if name.starts_with('/') || name.contains(":\\") => base_name(name),
        name => name,
    };
    let path = match around {
        Some(around) if around.path.is_empty() => name.to_owned(),
        Some(around) if name.is_empty() || suites.len() > MAX_PATH => around.path.clone(),
        Some(around) => format!("{} > {name}", around.path),
        None => name.to_owned(),
    };
    let own = moment(node.attr("timestamp"));
    let at = own.or(around.map_or(began, |around| around.at));
    suites.push(Suite { depth, path, at });
}

/// Adds a case. It begins with its suite where it has no time of its own.
fn case(node: &Node, suite: Option<&Suite>, report: &mut Report) {
    let own = moment(node.first_of(&["timestamp", "start-time", "started-at"]));
    report.seen(own);
    let of = |name: &str| node.children.iter().find(|child| child.name == name);
    let red = of("error").map(|found| (found, TestOutcome::Error));
    let red = red.or_else(|| of("failure").map(|found| (found, TestOutcome::Failed)));
    let skipped = of("skipped").or_else(|| of("ignored")).or_else(|| of("disabled"));
    let flaky = of("flakyfailure").or_else(|| of("flakyerror"));
    let word = node.first_of(&["result", "status"]);
    let (outcome, native) = match (red, skipped) {
        (Some((found, outcome)), _) => (outcome, found.name.as_str()),
        (None, Some(found)) => (TestOutcome::Skipped, found.name.as_str()),
        (None, None) => (by_word(word), word),
    };
    let told = red.map(|(found, _)| found).or(flaky).or(skipped);
    let failure = told.map_or_else(String::new, |told| {
        let told_text = if told.text.trim().is_empty() {
            told.child_text("stacktrace")
        } else {
            told.text.as_str()
        };
        failure_words(told.attr("message"), told_text)
    });
    report.cases.push(Case {
        suite: suite.map(|suite| suite.path.clone()).unwrap_or_default(),
        class: node.first_of(&["classname", "class", "file"]).to_owned(),
        name: named(node.attr("name")),
        outcome,
        flaky: outcome == TestOutcome::Passed && flaky.is_some(),
        native: native.to_owned(),
        started_at: own.or(suite.and_then(|suite| suite.at)),
        duration_ms: duration_ms(node.first_of(&["time", "duration"])),
        failure,
    });
}

/// Returns how a case ended that has no child to tell.
fn by_word(word: &str) -> TestOutcome {
    match word.to_ascii_lowercase().as_str() {
        "notrun" | "not_run" | "suppressed" | "disabled" | "skipped" | "skip" | "ignored"
        | "pending" => TestOutcome::Skipped,
        "failed" | "fail" | "failure" => TestOutcome::Failed,
        "error" | "errored" | "broken" => TestOutcome::Error,
        _ => TestOutcome::Passed,
    }
}
