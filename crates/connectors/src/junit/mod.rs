//! Test reports of any tool: JUnit's XML in all its dialects, `NUnit` 2 and 3, xUnit, TRX, and the
//! JSON of mocha, dart, Go, Rust and CTRF, TAP.
//!
//! Owns: telling the dialects apart, and what a case becomes. Must not know: files, other sources.
//! Guarantees: every file gives its cases or says what it is not; nothing in it is trusted (depth,
//! attributes and texts are capped, entities of a DTD are never resolved, it may break off anywhere).

mod json;
mod report;
mod rows;
mod tap;
mod text;
mod xml;

use std::borrow::Cow;

use aftercast_model::Problem;

use crate::{Context, Import, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "junit";

/// Test reports as a source.
pub(crate) static JUNIT: Source = Source {
    name: SOURCE,
    about: "test cases from the reports of test runners",
    reads: "JUnit XML of any tool, NUnit 2 and 3, xUnit, TRX; JSON of mocha, dart, Go, Rust and CTRF; TAP",
    tells: Tells {
        attempts: Told::With("retries of a case in one report"),
        failure_reason: Told::With("failure text of the case"),
        ..Tells::NOTHING
    },
    import: Import::Document(convert),
    pull: None,
    webhook: None,
};

/// Converts one file.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let (text, damaged) = decoded(record.body);
    if damaged {
        output
            .problems
            .push(Problem::note(record.place.clone(), "bytes that are not UTF-8 were replaced"));
    }
    let read = match text.trim_start().chars().next() {
        None => Err("the file is empty".to_owned()),
        Some('<') => xml::read(&text),
        Some('{' | '[') => json::read(&text),
        Some(_) if tap::is_report(&text) => {
            let mut report = tap::read(&text);
            report.compare_declared();
            Ok(report)
        }
        Some(_) => Err("neither XML, JSON nor TAP".to_owned()),
    };
    match read {
        Ok(report) => {
            for note in &report.notes {
                output.problems.push(Problem::note(record.place.clone(), note));
            }
            output.keep(SOURCE, report.dialect, report.at, record);
            rows::store(&report, record, context, output);
        }
        Err(what) => output.problems.push(
            Problem::lost(record.place.clone(), format!("not a test report: {what}"))
                .hint("import the reports that the test runner itself writes"),
        ),
    }
}

/// Returns the text of `body`, and whether bytes had to be replaced.
fn decoded(body: &[u8]) -> (Cow<'_, str>, bool) {
    let wide = |rest: &[u8], join: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(join);
        let text: String = char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        let damaged = text.contains(char::REPLACEMENT_CHARACTER);
        (Cow::Owned(text), damaged)
    };
    match body {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        _ => utf8(body),
    }
}

fn utf8(body: &[u8]) -> (Cow<'_, str>, bool) {
    let text = String::from_utf8_lossy(body);
    let damaged = matches!(text, Cow::Owned(_));
    (text, damaged)
}
