//! Facts as lines of JSON for snapshots: only columns that hold something, without hashes.

use std::fmt::Write as _;

use aftercast_model::{ColumnRef, Facts};

/// Returns one line a row: the table, then its columns in order.
pub fn rows(facts: &Facts) -> String {
    let mut text = String::new();
    for table in facts.tables() {
        for row in 0..table.rows {
            let mut cells = Vec::new();
            for (spec, column) in table.spec.columns.iter().zip(&table.columns) {
                let cell = match column {
                    ColumnRef::Id(_) => None,
                    ColumnRef::Text(column) if spec.name.ends_with("_key") => {
                        column[row].is_some().then(|| "\"[person]\"".to_owned())
                    }
                    ColumnRef::Text(column) => facts.names.get(column[row]).map(quoted),
                    ColumnRef::Time(column) => column[row].map(|at| quoted(&at.to_string())),
                    ColumnRef::Count(column) => column[row].map(|count| count.to_string()),
                    ColumnRef::Flag(column) => column[row].map(|flag| flag.to_string()),
                    ColumnRef::Word(column) => {
                        Some(column.word_at(row)).filter(|word| *word != "unknown").map(quoted)
                    }
                };
                if let Some(cell) = cell.filter(|_| spec.name != "source") {
                    cells.push(format!("\"{}\": {cell}", spec.name));
                }
            }
            writeln!(text, "{} {{{}}}", table.spec.name, cells.join(", ")).unwrap();
        }
    }
    text
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Returns the rows that `source` makes of `body`, then what it says about it.
pub fn converted(source: &str, body: &str) -> String {
    let source = aftercast_connectors::source_named(source).unwrap();
    let mut text = String::new();
    for output in aftercast_connectors::conformance::outputs(source, "body.json", body.as_bytes()) {
        text += &rows(&output.facts);
        for problem in &output.problems {
            writeln!(text, "{:?}: {}", problem.severity, problem.what).unwrap();
        }
    }
    text
}
