//! Facts as NDJSON: one row a line, `{"table":"task_runs","id":"...",...}`.
//!
//! Guarantees: missing values and unknown words are left out; columns stand in the order of the
//! table's description; times are RFC 3339; reading it back gives the same rows.

use std::io;

use aftercast_model::{ColumnRef, Facts, Names, TableRef, Timestamp};

/// Writes every row of `facts`, table by table.
pub fn write_ndjson(facts: &Facts, out: &mut dyn io::Write) -> io::Result<()> {
    let mut line = Vec::new();
    for table in facts.tables() {
        for row in 0..table.rows {
            line.clear();
            write_row(&table, &facts.names, row, &mut line);
            line.push(b'\n');
            out.write_all(&line)?;
        }
    }
    Ok(())
}

/// Appends one row as a JSON object, without the end of the line.
pub fn write_row(table: &TableRef<'_>, names: &Names, row: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"table\":\"");
    out.extend_from_slice(table.spec.name.as_bytes());
    out.push(b'"');
    for (spec, column) in table.spec.columns.iter().zip(&table.columns) {
        let start = out.len();
        out.extend_from_slice(b",\"");
        out.extend_from_slice(spec.name.as_bytes());
        out.extend_from_slice(b"\":");
        if !write_cell(*column, names, row, out) {
            out.truncate(start);
        }
    }
    out.push(b'}');
}

/// Appends a value; `false` where it is missing.
fn write_cell(column: ColumnRef<'_>, names: &Names, row: usize, out: &mut Vec<u8>) -> bool {
    match column {
        ColumnRef::Id(ids) => ids.get(row).is_some_and(|id| {
            quoted(id.hex(&mut [0; 32]), out);
            true
        }),
        ColumnRef::Text(texts) => texts
            .get(row)
            .and_then(|name| names.get(*name))
            .is_some_and(|text| serde_json::to_writer(&mut *out, text).is_ok()),
        ColumnRef::Time(times) => {
            times.get(row).copied().flatten().is_some_and(|time: Timestamp| {
                quoted(&time.to_string(), out);
                true
            })
        }
        ColumnRef::Count(counts) => counts.get(row).copied().flatten().is_some_and(|count| {
            out.extend_from_slice(count.to_string().as_bytes());
            true
        }),
        ColumnRef::Flag(flags) => flags.get(row).copied().flatten().is_some_and(|flag| {
            out.extend_from_slice(if flag { b"true" } else { b"false" });
            true
        }),
        ColumnRef::Word(words) => {
            let word = if row < words.len() { words.word_at(row) } else { "unknown" };
            if word == "unknown" {
                return false;
            }
            quoted(word, out);
            true
        }
    }
}

/// Appends a text that needs no escapes.
fn quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}
