//! `aftercast export`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use aftercast_lake::ExportFormat;
use aftercast_model::Facts;
use clap::{Args, ValueEnum};

use super::global::Global;
use super::output::Output;
use crate::error::Outcome;
use crate::ops::{Home, events_of};

/// Write a table, or the rows of a query, to a file
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aftercast export change_requests --format csv --output \
                        changes.csv\n  aftercast export \"SELECT * FROM task_runs WHERE outcome = \
                        'failure'\" --format parquet --output failures.parquet")]
pub(crate) struct Arguments {
    /// Table or query
    #[arg(value_name = "TABLE|QUERY")]
    what: String,
    /// Form of the rows
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    format: Format,
    /// File to write; - for stdout
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For spreadsheets
    Csv,
    /// One object a line; `aftercast import facts` reads it back
    Ndjson,
    /// For engines; `aftercast import facts` reads it back
    Parquet,
    /// For other systems: CDEvents in CloudEvents, one a line (`deployments`, `incidents`)
    Cdevents,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = global.session()?;
    let lake = Home::find(&session)?.open_to_read().await?;
    let query = match Facts::table_spec(&arguments.what) {
        Some(table) => format!("SELECT * FROM {} ORDER BY id", table.name),
        None => arguments.what.clone(),
    };
    let format = match arguments.format {
        Format::Csv => ExportFormat::Csv,
        Format::Ndjson => ExportFormat::Ndjson,
        Format::Parquet => ExportFormat::Parquet,
        Format::Cdevents => {
            let events = events_of(&lake, &arguments.what).await?;
            let mut output = Output::open(Some(&arguments.output))?;
            for event in &events {
                writeln!(output, "{event}")?;
            }
            output.finish()?;
            let shown = arguments.output.display();
            global.say(&format!("{} events written to `{shown}`", events.len()));
            return Ok(ExitCode::SUCCESS);
        }
    };
    let mut output = Output::open(Some(&arguments.output))?;
    let rows = lake.export(&query, format, &mut output).await?;
    output.finish()?;
    global.say(&format!("{rows} rows written to `{}`", arguments.output.display()));
    Ok(ExitCode::SUCCESS)
}
