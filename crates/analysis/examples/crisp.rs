//! Holds the backward walk against the critical paths that the test cases of uber-research/CRISP
//! expect: `just crisp PATH`, where PATH is their folder `test_cases`.
//!
//! Their traces are trees of calls, ours are jobs side by side. So each call is walked on its own:
//! its children are the attempts, what the walk leaves of it is its own time, and the children on
//! the way are walked in turn.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aftercast_analysis::measures::attempts::{Attempt, Part, walk_back};
use aftercast_model::FactId;
use serde_json::Value;

/// Time by operation, in microseconds.
type Times = BTreeMap<String, i64>;

struct Span {
    id: String,
    name: String,
    from: i64,
    to: i64,
    children: Vec<usize>,
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        println!("usage: crisp FOLDER");
        return ExitCode::from(2);
    };
    let mut files = Vec::new();
    collect(Path::new(&folder), &mut files);
    files.sort();
    let (mut agree, mut compared) = (0, 0);
    for file in &files {
        let name = file.strip_prefix(&folder).unwrap_or(file).display().to_string();
        match compare(file) {
            Ok((expected, found)) => {
                compared += 1;
                agree += usize::from(expected == found);
                if expected != found {
                    println!("{name}: expected {expected:?}, found {found:?}");
                }
            }
            Err(why) => println!("{name}: not compared: {why}"),
        }
    }
    println!("{agree} of {compared} agree");
    if compared == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
}

/// Returns the times that the case expects, and ours; operations without time are left out.
fn compare(file: &Path) -> Result<(Times, Times), String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let case: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let testing = case.get("testing").ok_or("it expects nothing")?;
    let expected = testing.get(0).or_else(|| testing.get("opTimeExclusive"));
    let expected = expected.and_then(Value::as_object).ok_or("it expects no times")?;
    let expected: Times = expected
        .iter()
        .filter_map(|(name, time)| Some((name.clone(), time.as_i64()?)))
        .filter(|(_, time)| *time > 0)
        .collect();
    let (mut spans, root) = spans(&case).ok_or("it has no root")?;
    let mut found = Times::new();
    walk(&mut spans, root, &mut found);
    found.retain(|_, time| *time > 0);
    Ok((expected, found))
}

fn spans(case: &Value) -> Option<(Vec<Span>, usize)> {
    let trace = case.pointer("/data/0")?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("?").to_owned();
    let mut parents = Vec::new();
    let mut spans: Vec<Span> = Vec::new();
    for span in trace.get("spans")?.as_array()? {
        let process = text(span.get("processID"));
        let service = text(trace.pointer(&format!("/processes/{process}/serviceName")));
        let from = span.get("startTime")?.as_i64()?;
        parents.push(span.pointer("/references/0/spanID").and_then(Value::as_str));
        spans.push(Span {
            id: text(span.get("spanID")),
            name: format!("[{service}] {}", text(span.get("operationName"))),
            from,
            to: from + span.get("duration")?.as_i64()?,
            children: Vec::new(),
        });
    }
    let mut root = None;
    for (at, parent) in parents.into_iter().enumerate() {
        let parent = parent.and_then(|id| spans.iter().position(|span| span.id == id));
        match parent.and_then(|parent| spans.get_mut(parent)) {
            Some(parent) => parent.children.push(at),
            None => root = root.or(Some(at)),
        }
    }
    Some((spans, root?))
}

/// Adds the own time of a call, and of those of its children that are on the way.
fn walk(spans: &mut [Span], at: usize, times: &mut Times) {
    let Some(span) = spans.get(at) else { return };
    let (from, to, name) = (span.from, span.to, span.name.clone());
    let children = span.children.clone();
    let mut attempts = Vec::new();
    for child in &children {
        let Some(span) = spans.get_mut(*child) else { continue };
        // As they do: a child that sticks out of its parent is cut, one outside of it is left out.
        span.from = span.from.max(from);
        span.to = span.to.min(to);
        attempts.push(Attempt {
            from: span.from,
            to: span.to,
            id: FactId::new("crisp", "span", &span.id, 0),
            ..Attempt::default()
        });
    }
    // They let a child last into the next by less than a hundredth of the parent.
    let overlap = (to - from - 1).max(0) / 100;
    let legs = walk_back(&attempts, from, to, None, overlap);
    let mut own = to - from;
    for leg in legs.iter().filter(|leg| leg.part == Part::Work) {
        own -= leg.to - leg.from;
        let Some(child) = children.get(leg.attempt).copied() else { continue };
        // What streams into the next is clipped: the way never counts a moment twice.
        if let Some(span) = spans.get_mut(child) {
            (span.from, span.to) = (leg.from, leg.to);
        }
        walk(spans, child, times);
    }
    *times.entry(name).or_default() += own;
}
