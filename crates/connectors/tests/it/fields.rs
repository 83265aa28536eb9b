//! How many of a vendor's fields become facts, measured on the seeds of the fuzz targets: each field is
//! given another value, and counts where that gives other facts. docs/sources/fields.md holds the
//! result; `AFTERCAST_BLESS=1 cargo test -p aftercast-connectors fields` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use aftercast_connectors::conformance::{Fields, fields};
use aftercast_connectors::{Import, SOURCES, Source};

/// Fields named as dropped, at most, of one kind of record.
const NAMED: usize = 12;

#[test]
fn the_page_of_fields_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut text = "# Fields that become facts\n\nMeasured, not claimed: every field of the samples in `fuzz/corpus` is given \
         another value, and counts as used where that gives other facts. The samples are ours, in the shape that vendors \
         document; they hold what we know of an object, not all that a vendor may send. Why a field is dropped stands on the \
         page of its source. Written by `AFTERCAST_BLESS=1 cargo test -p aftercast-connectors fields`.\n\n\
         | source | record | fields that become facts | dropped |\n|---|---|---|---|\n"
        .to_owned();
    let json = SOURCES.iter().filter(|source| {
        matches!(source.import, Import::Json(_) | Import::JsonRecords { .. })
            && source.name != "facts"
    });
    for source in json {
        let measured = of_source(source, &root.join("fuzz/corpus").join(source.name));
        assert!(!measured.is_empty(), "no samples of `{}`", source.name);
        for (record, fields) in measured {
            assert!(!fields.used.is_empty(), "{} {record}: no field matters", source.name);
            let named: Vec<String> =
                fields.dropped.iter().take(NAMED).map(|field| format!("`{field}`")).collect();
            let more = fields.dropped.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let dropped = if named.is_empty() { "-".to_owned() } else { named.join(", ") };
            let _ = writeln!(
                text,
                "| [`{}`]({}.md) | {record} | {} of {} | {dropped}{more} |",
                source.name,
                source.name,
                fields.used.len(),
                fields.total()
            );
        }
    }
    let file = root.join("docs/sources/fields.md");
    if std::env::var_os("AFTERCAST_BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == text, "docs/sources/fields.md is old: run with AFTERCAST_BLESS=1");
}

/// Measures the samples of a source, the first of each kind of record.
fn of_source(source: &Source, folder: &Path) -> BTreeMap<String, Fields> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort_unstable();
    let mut measured = BTreeMap::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if name.ends_with("-1") {
            continue;
        }
        let record = name.strip_suffix("-0").unwrap_or(&name);
        let found = fields(source, &std::fs::read(&file).unwrap());
        if !found.used.is_empty() {
            measured.insert(record.replacen('_', " ", 1), found);
        }
    }
    measured
}
