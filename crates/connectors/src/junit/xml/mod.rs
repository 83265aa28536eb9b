//! Test reports in XML: a lenient reader, and one file a dialect.
//!
//! Owns: which root element is which dialect. Must not know how rows are made.

mod junit;
mod nunit;
mod reader;
mod trx;
mod xunit;

use crate::junit::report::Report;
use crate::junit::xml::reader::{Step, Xml};

/// Reads a report, or says what `text` is instead.
pub(super) fn read(text: &str) -> Result<Report, String> {
    let mut xml = Xml::new(text);
    let root = match xml.next() {
        Step::Open(root) => root,
        Step::Close | Step::End => {
            let why = xml.broken().unwrap_or_else(|| "has no element".to_owned());
            return Err(format!("XML that {why}"));
        }
    };
    let name = root.name.clone();
    let mut report = match name.as_str() {
        "test-run" | "test-results" => nunit::read(&mut xml, &root),
        "assemblies" | "assembly" | "collection" => xunit::read(&mut xml, root),
        "testrun" => trx::read(&mut xml),
        _ => junit::read(&mut xml, root)
            .ok_or_else(|| format!("XML whose root is `{name}`, without test suites"))?,
    };
    if let Some(broken) = xml.broken() {
        report.note(format!("{broken}; the cases before it were read"));
    }
    report.compare_declared();
    Ok(report)
}
