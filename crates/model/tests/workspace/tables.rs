//! docs/tables.md is made from the descriptions of the tables. `AFTERCAST_BLESS=1 cargo test -p
//! aftercast-model` writes it anew; without that, the test compares.

use std::fmt::Write as _;

use aftercast_model::{ColumnRef, Facts, Kind, TableRef, Vocabulary};

const HEAD: &str = "\
# Tables

<!-- Made from crates/model/src/tables.rs by crates/model/tests/workspace/tables.rs. To change it, change
the doc comments there and run `AFTERCAST_BLESS=1 cargo test -p aftercast-model`. -->

The thirteen fact tables and `payloads`, as `aftercast sql`, `aftercast export`, `aftercast import facts`, Parquet and DuckDB
see them. `aftercast sql --tables` shows the same in the terminal.

| type | what it holds |
|---|---|
| `VARCHAR` | UTF-8 text; NULL where missing, never empty |
| `TIMESTAMP` | UTC without zone, in milliseconds; NULL where missing |
| `BIGINT` | a whole number; NULL where missing, never 0 for \"not known\" |
| `BOOLEAN` | yes or no; NULL where missing |
| `INTEGER` | `day` only: days since 1970-01-01 |
| `BLOB` | `payloads.body` only: bytes |
| word | a `VARCHAR` with one word of a [closed vocabulary](#vocabularies); `unknown` where missing, never NULL |

- `id` is the identity of a row. Where a source tells the same id again, the row with the latest `observed_at` stays.
- **Anchors** are the times by which the rows of a table are ordered and from which the lake takes `day`: the first of them
  that is not missing. Inside of each file, rows are sorted by `service`, the first anchor, `id`.
- Columns whose names end with `_key` hold pseudonyms of people: 24 hexadecimal digits, good for \"the same person?\" and for
  nothing else. They depend on the source and on the installation.
- Columns are added, never renamed. A file that was written before a column existed shows NULL there.

";

const DAY: &str = "| `day` | `INTEGER` | Days from 1970-01-01 to the first anchor that is not missing; added by the lake. |\n";

const PAYLOADS: &str = "\
## payloads

Records as their source sent them, secrets redacted, so that a mapping can be corrected and replayed. Not facts: nothing
is computed from them. The sources `git` and `facts` keep none.

| column | type | meaning |
|---|---|---|
| `id` | `VARCHAR` | Identity: a hash of source and bytes. The same record is stored once. |
| `source` | `VARCHAR` | The source that understands it (`github`, `gerrit`, `junit`). |
| `kind` | `VARCHAR` | The source's own word for what it is (`workflow_run`, `change`, `junit`, ...). |
| `observed_at` | `TIMESTAMP` | When the source's own state was this, where the record says so. |
| `body` | `BLOB` | The bytes, after redaction. |
| `day` | `INTEGER` | Days from 1970-01-01 to `observed_at`. |

";

fn tables() -> String {
    let mut text = HEAD.to_owned();
    let mut vocabularies: Vec<(Vocabulary, Vec<String>)> = Vec::new();
    let facts = Facts::new();
    for table in facts.tables() {
        write_table(&table, &mut vocabularies, &mut text);
    }
    text.push_str(PAYLOADS);
    text.push_str("## Vocabularies\n\n");
    text.push_str("Reading is total: a word of another kind becomes `unknown`; what the source itself said stays in\n`native_status`.\n");
    for (vocabulary, columns) in &vocabularies {
        let _ = write!(text, "\n### {}\n\n{} In ", vocabulary.name, vocabulary.doc.trim());
        text.push_str(&columns.join(", "));
        text.push_str(".\n\n| word | meaning |\n|---|---|\n");
        for (word, doc) in vocabulary.words {
            let _ = writeln!(text, "| `{word}` | {} |", cell(doc));
        }
    }
    text
}

fn write_table(
    table: &TableRef<'_>,
    vocabularies: &mut Vec<(Vocabulary, Vec<String>)>,
    text: &mut String,
) {
    let spec = table.spec;
    let _ = write!(text, "## {}\n\n{} Anchors: ", spec.name, spec.doc.trim());
    let anchors: Vec<String> = spec.anchors.iter().map(|anchor| format!("`{anchor}`")).collect();
    text.push_str(&anchors.join(", "));
    text.push_str(".\n\n| column | type | meaning |\n|---|---|---|\n");
    for (column, values) in spec.columns.iter().zip(&table.columns) {
        let kind = match (column.kind, values) {
            (Kind::Word, ColumnRef::Word(values)) => {
                let vocabulary = *values.vocabulary();
                let place = format!("`{}.{}`", spec.name, column.name);
                match vocabularies.iter_mut().find(|(known, _)| known.name == vocabulary.name) {
                    Some((_, columns)) => columns.push(place),
                    None => vocabularies.push((vocabulary, vec![place])),
                }
                format!("[{0}](#{1})", vocabulary.name, vocabulary.name.to_lowercase())
            }
            (kind, _) => format!("`{}`", sql_type(kind)),
        };
        let _ = writeln!(text, "| `{}` | {kind} | {} |", column.name, cell(column.doc));
    }
    text.push_str(DAY);
    text.push('\n');
}

fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Text | Kind::Word => "VARCHAR",
        Kind::Time => "TIMESTAMP",
        Kind::Count => "BIGINT",
        Kind::Flag => "BOOLEAN",
    }
}

/// Returns `doc` as a cell of a Markdown table.
fn cell(doc: &str) -> String {
    doc.trim().replace('|', "\\|")
}

#[test]
fn the_reference_of_the_tables_is_up_to_date() {
    let file = super::root().join("docs/tables.md");
    let text = tables();
    if std::env::var_os("AFTERCAST_BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = kept.lines().zip(text.lines()).position(|(kept, text)| kept != text);
    assert!(
        kept == text,
        "docs/tables.md is old (line {:?}): run `AFTERCAST_BLESS=1 cargo test -p aftercast-model`",
        differs.map(|line| line + 1)
    );
}
