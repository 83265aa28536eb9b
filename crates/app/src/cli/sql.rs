//! `aftercast sql`.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use aftercast_lake::{ExportFormat, Lake, SqlKind, SqlRows};
use aftercast_surfaces::escape::terminal;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::global::Global;
use super::output::Output;
use super::tables;
use crate::error::{Failure, Outcome};
use crate::ops::Home;

/// The widest cell of a table; other forms never cut.
const CELL_WIDTH: usize = 60;
/// Rows from which the widths of a table are taken; the rest streams in the same widths.
const MEASURED_ROWS: usize = 1000;

/// Ask the facts in SQL
///
/// Read-only. Times are UTC; durations in milliseconds.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast sql --tables\n  aftercast sql \"SELECT outcome, count(*) \
                        FROM task_runs GROUP BY outcome\"\n  aftercast sql - --format csv < \
                        query.sql"
)]
pub(crate) struct Arguments {
    /// Query, or - to read it from stdin
    #[arg(value_name = "QUERY", required_unless_present = "tables")]
    query: Option<String>,
    /// List tables and columns with what they mean
    #[arg(long, conflicts_with = "query")]
    tables: bool,
    /// Form of the rows
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns for people
    Table,
    /// One object with columns and rows
    Json,
    /// For spreadsheets
    Csv,
    /// One object a line
    Ndjson,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let mut output = Output::open(None)?;
    let Some(query) = &arguments.query else {
        let reference = match arguments.format {
            Format::Table => tables::text(),
            Format::Json => tables::json(),
            Format::Csv => tables::csv(),
            Format::Ndjson => tables::ndjson(),
        };
        output.write_all(reference.as_bytes())?;
        output.finish()?;
        return Ok(ExitCode::SUCCESS);
    };
    let query = read_query(query)?;
    let session = global.session()?;
    let lake = Home::find(&session)?.open_to_read().await?;
    match arguments.format {
        Format::Csv => {
            lake.export(&query, ExportFormat::Csv, &mut output).await?;
        }
        Format::Ndjson => {
            lake.export(&query, ExportFormat::Ndjson, &mut output).await?;
        }
        Format::Json => json_rows(&lake, &query, &mut output).await?,
        Format::Table => table_rows(&lake, &query, &mut output).await?,
    }
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn read_query(given: &str) -> Outcome<String> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut query = String::new();
    std::io::stdin()
        .read_to_string(&mut query)
        .map_err(|error| Failure::usage(format!("cannot read the query from stdin: {error}")))?;
    Ok(query)
}

async fn json_rows(lake: &Lake, query: &str, output: &mut Output) -> Outcome<()> {
    let mut rows = lake.sql(query).await?;
    let columns: Vec<Value> = rows
        .columns()
        .iter()
        .map(|column| json!({ "name": column.name, "kind": kind_word(column.kind) }))
        .collect();
    write!(output, "{{\"schema_version\":1,\"columns\":{},\"rows\":[", Value::Array(columns))?;
    let mut first = true;
    while let Some(batch) = rows.next().await? {
        for row in batch {
            let row: Vec<Value> = row.iter().map(aftercast_lake::SqlValue::to_json).collect();
            write!(output, "{}\n{}", if first { "" } else { "," }, Value::Array(row))?;
            first = false;
        }
    }
    writeln!(output, "\n]}}")?;
    Ok(())
}

async fn table_rows(lake: &Lake, query: &str, output: &mut Output) -> Outcome<()> {
    let mut rows = lake.sql(query).await?;
    let titles: Vec<String> = rows.columns().iter().map(|column| shown(&column.name)).collect();
    let right: Vec<bool> = rows
        .columns()
        .iter()
        .map(|column| matches!(column.kind, SqlKind::Count | SqlKind::Number))
        .collect();
    let mut first = Vec::new();
    while first.len() < MEASURED_ROWS
        && let Some(batch) = next(&mut rows).await?
    {
        first.extend(batch);
    }
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| {
            first
                .iter()
                .filter_map(|row: &Vec<String>| row.get(at))
                .map(|cell| cell.width())
                .fold(title.width(), usize::max)
        })
        .collect();
    line(output, &titles, &widths, &right)?;
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(output, &rule, &widths, &right)?;
    for row in &first {
        line(output, row, &widths, &right)?;
    }
    while let Some(batch) = next(&mut rows).await? {
        for row in &batch {
            line(output, row, &widths, &right)?;
        }
    }
    Ok(())
}

async fn next(rows: &mut SqlRows) -> Outcome<Option<Vec<Vec<String>>>> {
    let batch = rows.next().await?;
    Ok(batch.map(|batch| {
        batch
            .iter()
            .map(|row| row.iter().map(|value| shown(&value.to_string())).collect())
            .collect()
    }))
}

fn shown(text: &str) -> String {
    terminal::text(text, CELL_WIDTH, terminal::Characters::Unicode)
}

fn line(output: &mut Output, cells: &[String], widths: &[usize], right: &[bool]) -> Outcome<()> {
    let mut text = String::new();
    for ((cell, width), right) in cells.iter().zip(widths).zip(right) {
        if !text.is_empty() {
            text.push_str("  ");
        }
        let room = " ".repeat(width.saturating_sub(cell.width()));
        let (before, after) = if *right { (room.as_str(), "") } else { ("", room.as_str()) };
        text.push_str(before);
        text.push_str(cell);
        text.push_str(after);
    }
    writeln!(output, "{}", text.trim_end())?;
    Ok(())
}

fn kind_word(kind: SqlKind) -> &'static str {
    match kind {
        SqlKind::Flag => "boolean",
        SqlKind::Count => "integer",
        SqlKind::Number => "number",
        SqlKind::Time => "timestamp",
        SqlKind::Text => "text",
        SqlKind::Other => "other",
    }
}
