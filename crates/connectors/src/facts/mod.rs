//! Our own tables as a source, and the way out: what is written here is read back unchanged.
//!
//! A record is one row: `{"table":"task_runs","name":"lint",...}`; in CSV a line under a header, of the
//! table that a `table` column or the file's name tells. Columns may be left out. An `id` that is
//! given stays; without one it is computed from the natural key of the table ([`keys`]), so that
//! reading twice changes nothing. These rows are facts already: they are not kept as payloads.

mod cell;
mod keys;
mod write;

use aftercast_model::{ColumnMut, ColumnSpec, FactId, Facts, Kind, Problem, TableSpec};

use crate::facts::cell::{Cell, Row};
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

pub use write::{write_ndjson, write_row};

/// As the rows are.
const GIVEN: Told = Told::With("if given");

/// Our own tables.
pub(crate) static FACTS: Source = Source {
    name: NAME,
    about: "our own tables, from an export or from systems without a source of their own",
    reads: "rows with a `table`, as NDJSON or an array; CSV with a header; Parquet",
    tells: Tells {
        queue_time: GIVEN,
        attempts: GIVEN,
        approval_asked: GIVEN,
        approval_answered: GIVEN,
        who: Told::With("pseudonyms only"),
        steps: GIVEN,
        failure_reason: GIVEN,
        retention: "what you kept",
        numbers: Numbers {
            lead_time: GIVEN,
            failed_builds: GIVEN,
            approval_wait: GIVEN,
            manual_steps: GIVEN,
            incidents: GIVEN,
        },
    },
    import: Import::JsonRecords { records_have: &["table"], convert },
    pull: None,
    webhook: None,
};

const NAME: &str = "facts";

/// Columns that say something about the row and are none of the table's.
const ASIDE: &[&str] = &["table", "day"];

fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let row: Row<'_> = match serde_json::from_slice(record.body) {
        Ok(row) => row,
        Err(error) => {
            output
                .problems
                .push(record.malformed(&error).hint("write each row as one JSON object"));
            return;
        }
    };
    let spec = match table_of(&row, record) {
        Ok(spec) => spec,
        Err(problem) => {
            output.problems.push(problem);
            return;
        }
    };
    say_unknown_columns(&row, spec, record, output);
    let id = match id_of(&row, spec, context) {
        Ok(id) => id,
        Err((what, hint)) => {
            output.problems.push(Problem::lost(record.place.clone(), what).hint(hint));
            return;
        }
    };
    let problems = &mut output.problems;
    let _ = output.facts.append(spec.name, 1, |names, columns| {
        for (column_spec, column) in spec.columns.iter().zip(columns) {
            let cell = row.get(column_spec.name).filter(|cell| !cell.is_missing());
            let good = match column {
                ColumnMut::Id(ids) => {
                    ids.push(id);
                    true
                }
                ColumnMut::Text(texts) => {
                    let given = cell.and_then(Cell::text);
                    let text = match (&given, column_spec.name) {
                        (Some(text), _) => Some(text.as_ref()),
                        (None, "source") => Some(NAME),
                        (None, "repo") => context.repo,
                        (None, "service") => {
                            repo_of(&row, context).map(|repo| context.services.of_repo(repo))
                        }
                        (None, _) => None,
                    };
                    texts.push(names.intern_option(text));
                    given.is_some()
                }
                ColumnMut::Time(times) => {
                    times.push(cell.and_then(Cell::time));
                    times.last().is_some_and(Option::is_some)
                }
                ColumnMut::Count(counts) => {
                    counts.push(cell.and_then(Cell::count));
                    counts.last().is_some_and(Option::is_some)
                }
                ColumnMut::Flag(flags) => {
                    flags.push(cell.and_then(Cell::flag));
                    flags.last().is_some_and(Option::is_some)
                }
                ColumnMut::Word(words) => {
                    let word = cell.and_then(Cell::text);
                    words.push_word(word.as_deref());
                    let kept = words.word_at(words.len().saturating_sub(1));
                    word.is_some_and(|word| word == kept)
                }
            };
            if let (Some(cell), false) = (cell, good) {
                problems.push(bad_value(column_spec, cell, record));
            }
        }
        Ok::<(), ()>(())
    });
}

fn table_of(row: &Row<'_>, record: &Record<'_>) -> Result<&'static TableSpec, Problem> {
    let known = || {
        let names: Vec<_> = Facts::TABLES.iter().map(|spec| format!("`{}`", spec.name)).collect();
        format!("the tables are {}", names.join(", "))
    };
    let file_name = record.place.file.rsplit(['/', '\\', ':']).next().unwrap_or_default();
    let from_file = file_name.split('.').next().unwrap_or_default();
    let Some(named) = row.get("table").and_then(Cell::text) else {
        return Facts::table_spec(from_file).ok_or_else(|| {
            let problem = Problem::lost(record.place.clone(), "a row of no table");
            problem
                .hint(format!("add a `table` field or name the file after its table; {}", known()))
        });
    };
    Facts::table_spec(&named).ok_or_else(|| {
        Problem::lost(record.place.clone(), format!("unknown table `{}`", shorten(&named)))
            .hint(known())
    })
}

fn say_unknown_columns(row: &Row<'_>, spec: &TableSpec, record: &Record<'_>, output: &mut Output) {
    for name in row.names() {
        if spec.position(name).is_some() || ASIDE.contains(&name) {
            continue;
        }
        let what = format!("unknown column `{}` of `{}`", shorten(name), spec.name);
        let own: Vec<_> = spec.columns.iter().map(|column| column.name).collect();
        let hint = format!("its columns are {}", own.join(", "));
        output.problems.push(Problem::note(record.place.clone(), what).hint(hint));
    }
}

fn bad_value(column: &ColumnSpec, cell: &Cell<'_>, record: &Record<'_>) -> Problem {
    let (what, hint) = match column.kind {
        Kind::Id => ("no id", "32 hexadecimal digits"),
        Kind::Text => ("no text", "a text in quotes"),
        Kind::Time => {
            ("no time", "RFC 3339 in UTC (`2026-01-31T12:00:00Z`) or milliseconds since 1970")
        }
        Kind::Count => ("no whole number", "digits without a unit"),
        Kind::Flag => ("neither true nor false", "`true` or `false`"),
        Kind::Word => {
            ("a word that we do not know", "see the reference for the words of this column")
        }
    };
    let what = format!("`{}` is {what}: {}", column.name, shorten(&cell.shown()));
    Problem::note(record.place.clone(), what).hint(hint)
}

fn repo_of<'r>(row: &'r Row<'_>, context: &Context<'r>) -> Option<&'r str> {
    match row.get("repo") {
        Some(Cell::Text(repo)) if !repo.is_empty() => Some(repo),
        _ => context.repo,
    }
}

/// Returns the id that the row has or that follows from its natural key.
fn id_of(
    row: &Row<'_>,
    spec: &TableSpec,
    context: &Context<'_>,
) -> Result<FactId, (String, String)> {
    if let Some(cell) = row.get("id").filter(|cell| !cell.is_missing()) {
        let given = cell.text().and_then(|text| text.to_ascii_lowercase().parse().ok());
        return given.ok_or_else(|| {
            let what = format!("`id` is no id: {}", shorten(&cell.shown()));
            (what, "32 hexadecimal digits; left out, it is computed".to_owned())
        });
    }
    keys::computed_id(row, spec, context)
}

fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
