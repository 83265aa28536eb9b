//! The Test Anything Protocol, versions 12 to 14: test points, subtests, directives, YAML blocks.
//!
//! Owns: telling subtests from their summaries. Must not know what runs tests.

use aftercast_model::TestOutcome;

use crate::junit::report::{Case, Report, named};
use crate::junit::text::{failure_words, to_ms};

/// How deep subtests may lie.
const MAX_DEPTH: usize = 64;
/// How many blanks a subtest is indented by.
const INDENT: usize = 4;

/// Returns whether `text` begins like a report.
pub(super) fn is_report(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| {
        line.starts_with("TAP version")
            || plan(line).is_some()
            || point(line).is_some()
            || line.starts_with("Bail out!")
    }) || text.trim_start().starts_with("# Subtest")
}

/// Returns how many tests the line `1..N` announces.
fn plan(line: &str) -> Option<i64> {
    let count = line.strip_prefix("1..")?.split_whitespace().next()?;
    count.parse().ok().filter(|count| *count >= 0)
}

/// A test point.
struct Point<'l> {
    ok: bool,
    name: &'l str,
    directive: Option<(&'l str, &'l str)>,
}

fn point(line: &str) -> Option<Point<'_>> {
    let (ok, rest) = match line.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok")?),
    };
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let rest = rest.trim_start();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, behind) = rest.split_at_checked(digits).unwrap_or(("", rest));
    let numbered =
        !number.is_empty() && (behind.is_empty() || behind.starts_with(char::is_whitespace));
    let rest = if numbered { behind } else { rest };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("- ").or(rest.strip_prefix('-')).unwrap_or(rest);
    // A `#` behind a backslash belongs to the name.
    let mut marks = rest.match_indices('#').map(|(at, _)| at);
    let mark = marks.find(|at| *at == 0 || rest.as_bytes().get(at - 1) != Some(&b'\\'));
    let (name, directive) = match mark.and_then(|at| rest.split_at_checked(at)) {
        Some((name, behind)) => (name, directive(behind.trim_start_matches('#').trim())),
        None => (rest, None),
    };
    let name = if directive.is_some() { name } else { rest };
    Some(Point { ok, name: name.trim().trim_end_matches('{').trim_end(), directive })
}

/// Returns `SKIP` or `TODO` with its reason.
fn directive(text: &str) -> Option<(&'static str, &str)> {
    [("skip", "SKIP"), ("todo", "TODO")].into_iter().find_map(|(word, shown)| {
        let head = text.get(..word.len())?;
        // `skipped` and `SKIP:` are common.
        let rest = text
            .get(word.len()..)?
            .trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ':');
        head.eq_ignore_ascii_case(word).then_some((shown, rest.trim()))
    })
}

/// Reads a report.
pub(super) fn read(text: &str) -> Report {
    let mut report = Report::new("tap");
    // Cases by depth: those that stand deeper are the subtests of the next point above them.
    let mut open: Vec<Vec<Case>> = vec![Vec::new()];
    let mut lines = text.lines().peekable();
    let mut declared = None;
    let mut too_deep = false;
    while let Some(line) = lines.next() {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        let depth = blanks / INDENT;
        let line = line.trim();
        if depth == 0 {
            declared = declared.or(plan(line));
        }
        if let Some(why) = line.strip_prefix("Bail out!") {
            report.note(format!("the run broke off: {}", failure_words(why.trim(), "")));
            continue;
        }
        // What stands at an odd place is output of a test.
        let Some(point) = point(line).filter(|_| blanks % INDENT == 0) else { continue };
        if depth >= MAX_DEPTH {
            too_deep = true;
            continue;
        }
        open.resize_with(open.len().max(depth + 1), Vec::new);
        let below: Vec<Case> = open.drain(depth + 1..).flatten().collect();
        let name = point.name.replace("\\#", "#").replace("\\\\", "\\");
        let yaml = lines
            .next_if(|next| next.trim() == "---")
            .map(|_| block(&mut lines))
            .unwrap_or_default();
        let case = case(&point, &name, &yaml);
        let red = |case: &Case| matches!(case.outcome, TestOutcome::Failed | TestOutcome::Error);
        // The point behind subtests repeats them, unless it alone is red.
        let alone = below.is_empty() || (red(&case) && !below.iter().any(red));
        let Some(cases) = open.get_mut(depth) else { continue };
        cases.extend(below.into_iter().map(|mut below| {
            below.suite = match below.suite.as_str() {
                "" => name.clone(),
                inner => format!("{name} > {inner}"),
            };
            below
        }));
        if alone {
            cases.push(case);
        }
    }
    if too_deep {
        report.note("subtests lie too deep inside of subtests and were left out");
    }
    report.cases = open.into_iter().flatten().collect();
    let top = report.cases.iter().filter(|case| case.suite.is_empty()).count();
    // A plan counts points of its own level; with subtests they cannot be compared.
    report.declared = declared.filter(|_| top == report.cases.len());
    report
}

/// What a YAML block says.
#[derive(Default)]
struct Yaml {
    message: String,
    duration_ms: Option<i64>,
}

/// Reads a YAML block to its end, `...`.
fn block<'l>(lines: &mut impl Iterator<Item = &'l str>) -> Yaml {
    let mut yaml = Yaml::default();
    let mut in_message = false;
    for line in lines {
        let line = line.trim();
        if line == "..." {
            break;
        }
        let (key, value) = line.split_once(':').unwrap_or(("", line));
        let value = value.trim().trim_matches(['\'', '"']);
        match key {
            "message" | "error" if yaml.message.is_empty() => {
                in_message = matches!(value, "" | "|" | "|-" | ">" | ">-");
                if !in_message {
                    value.clone_into(&mut yaml.message);
                }
            }
            "duration_ms" => {
                yaml.duration_ms = value.parse::<f64>().ok().and_then(to_ms);
                in_message = false;
            }
            // The first line below is what is kept of a text of several lines.
            _ if in_message && !line.is_empty() => {
                line.clone_into(&mut yaml.message);
                in_message = false;
            }
            _ => {}
        }
    }
    yaml
}

fn case(point: &Point<'_>, name: &str, yaml: &Yaml) -> Case {
    let word = if point.ok { "ok" } else { "not ok" };
    let (outcome, native) = match point.directive {
        Some(("SKIP", _)) => (TestOutcome::Skipped, format!("{word} # SKIP")),
        // What is still to do may fail.
        Some((_, _)) if !point.ok => (TestOutcome::Skipped, format!("{word} # TODO")),
        Some((_, _)) => (TestOutcome::Passed, format!("{word} # TODO")),
        None if point.ok => (TestOutcome::Passed, word.to_owned()),
        None => (TestOutcome::Failed, word.to_owned()),
    };
    let reason = point.directive.map_or("", |(_, reason)| reason);
    Case {
        name: named(name),
        outcome,
        native,
        duration_ms: yaml.duration_ms,
        failure: match outcome {
            TestOutcome::Passed => String::new(),
            _ => failure_words(reason, &yaml.message),
        },
        ..Case::default()
    }
}
