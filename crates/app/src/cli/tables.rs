//! The reference of the SQL interface, from the descriptions of the tables.

use std::fmt::Write as _;

use aftercast_model::{ColumnSpec, Facts, Kind, TableSpec};
use serde_json::{Value, json};

/// Returns every table and column with what it means, for people.
pub(crate) fn text() -> String {
    let mut text = String::new();
    text.push_str("every table:\n");
    for column in columns().map(|(_, column)| column).take_while(|column| is_everywhere(column)) {
        line(&mut text, column);
    }
    for table in Facts::TABLES {
        let _ = writeln!(text, "\n{}: {}", table.name, table.doc.trim());
        for column in table.columns.iter().filter(|column| !is_everywhere(column)) {
            line(&mut text, column);
        }
    }
    text
}

fn line(text: &mut String, column: &ColumnSpec) {
    let (name, kind, doc) = (column.name, kind_word(column.kind), column.doc.trim());
    let _ = writeln!(text, "  {name:<16} {kind:<9}  {doc}");
}

/// Whether every table has the column, and means the same by it.
fn is_everywhere(column: &ColumnSpec) -> bool {
    Facts::TABLES.iter().all(|table| {
        table.columns.iter().any(|own| own.name == column.name && own.doc == column.doc)
    })
}

/// Returns the same as one JSON object.
pub(crate) fn json() -> String {
    let columns: Vec<Value> = columns().map(object).collect();
    format!("{:#}\n", json!({ "schema_version": 1, "columns": columns }))
}

/// Returns the same as one JSON object a column.
pub(crate) fn ndjson() -> String {
    let mut text = String::new();
    for column in columns() {
        let _ = writeln!(text, "{}", object(column));
    }
    text
}

/// Returns the same for spreadsheets.
pub(crate) fn csv() -> String {
    let mut text = String::from("table,column,kind,doc\n");
    for (table, column) in columns() {
        let doc = column.doc.trim().replace('"', "\"\"");
        let _ =
            writeln!(text, "{},{},{},\"{doc}\"", table.name, column.name, kind_word(column.kind));
    }
    text
}

type Column = (&'static TableSpec, &'static ColumnSpec);

fn columns() -> impl Iterator<Item = Column> {
    Facts::TABLES.iter().flat_map(|table| table.columns.iter().map(|column| (*table, column)))
}

fn object((table, column): Column) -> Value {
    json!({
        "table": table.name,
        "column": column.name,
        "kind": kind_word(column.kind),
        "doc": column.doc.trim(),
    })
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Text => "text",
        Kind::Time => "timestamp",
        Kind::Count => "integer",
        Kind::Flag => "boolean",
        Kind::Word => "word",
    }
}
