//! Test reports in JSON: one document (mocha, CTRF) or one event a line (dart, Go, Rust).
//!
//! Owns: telling them apart, and saying what a file is that is none of them.

mod ctrf;
mod dart;
mod go;
mod libtest;
mod mocha;

use serde_json::Value;

use crate::junit::report::Report;

/// Reads a report, or says what `text` is instead.
pub(super) fn read(text: &str) -> Result<Report, String> {
    let mut report = match serde_json::from_str::<Value>(text) {
        Ok(document) => read_document(&document)?,
        Err(error) => read_lines(text).ok_or_else(|| {
            let what = error.to_string();
            format!("broken JSON: {}", what.split(" at line ").next().unwrap_or_default())
        })?,
    };
    report.compare_declared();
    Ok(report)
}

fn read_document(document: &Value) -> Result<Report, String> {
    let has = |name: &str| document.get(name).is_some();
    if has("stats") && has("tests") && has("failures") {
        return Ok(mocha::read(document));
    }
    if document.get("results").is_some_and(|results| results.get("tests").is_some()) {
        return Ok(ctrf::read(document));
    }
    // A file of events may hold a single line.
    if libtest::is_event(document) {
        return Ok(libtest::read(std::iter::once(document.clone())));
    }
    if dart::is_event(document) {
        return Ok(dart::read(std::iter::once(document.clone())));
    }
    if go::is_event(document) {
        return Ok(go::read(std::iter::once(document.clone())));
    }
    if has("stats") && has("conclusion") && has("check_url") {
        return Err("the summary that another tool made of reports".to_owned());
    }
    if has("numTotalTests") && has("testResults") {
        return Err(
            "jest's own JSON, which is not read yet (use the jest-junit reporter)".to_owned()
        );
    }
    let fields: Vec<String> = document.as_object().map_or_else(Vec::new, |object| {
        object.keys().take(8).map(|key| format!("`{}`", key.escape_debug())).collect()
    });
    Err(if fields.is_empty() {
        "JSON without fields".to_owned()
    } else {
        format!("JSON with the fields {}", fields.join(", "))
    })
}

/// Reads one event a line; `None` where the first line is no event of a test runner.
fn read_lines(text: &str) -> Option<Report> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first: Value = serde_json::from_str(lines().next()?).ok()?;
    let mut broken = 0_u64;
    let events = lines().filter_map(|line| {
        let event = serde_json::from_str::<Value>(line);
        broken += u64::from(event.is_err());
        event.ok()
    });
    let mut report = if libtest::is_event(&first) {
        libtest::read(events)
    } else if dart::is_event(&first) {
        dart::read(events)
    } else if go::is_event(&first) {
        go::read(events)
    } else {
        return None;
    };
    if broken > 0 {
        report.note(format!("{broken} lines are no JSON and were left out"));
    }
    Some(report)
}

/// Returns the text at `path`, the empty text where there is none.
fn text_at<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}
