//! `aftercast import`, and how problems of foreign data are told.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aftercast_connectors::SOURCES;
use aftercast_model::{Problem, Severity};
use aftercast_surfaces::table::{Align, Table};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::global::Global;
use super::output::{Output, options, printable, talk, write_text};
use crate::error::{Kind, Outcome};
use crate::ops::{ImportRequest, Imported, Tally, grouped, import_files};

/// How many problems are told one by one.
const TOLD: usize = 20;

/// Read what a system's API returned, its webhooks or its exports
///
/// Reads files, folders, archives (.gz, .zst, .zip) or - for stdin. A bad record never stops the
/// others: it is told with file and line, and the exit code is 3. Importing twice changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aftercast import github runs.json jobs/ hooks.ndjson.gz\n  \
                        aftercast import gerrit changes.ndjson.gz --service wiki\n  aftercast import \
                        git ../shop ../mail\n  zcat facts.ndjson.gz | aftercast import facts -")]
pub(crate) struct Arguments {
    /// What the data is
    #[arg(value_name = "SOURCE", value_parser = sources())]
    source: String,
    /// Files, folders, archives or -; for git repositories
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Service that all of it belongs to [default: by the settings, else the repository's name]
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Repository of records that do not name their own
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<String>,
    /// Write every problem to a file, one a line
    #[arg(long, value_name = "FILE")]
    problems: Option<PathBuf>,
    /// Form of the result
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Terminal,
    /// For programs
    Json,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = global.session()?;
    let request = ImportRequest {
        source: arguments.source.clone(),
        inputs: arguments.paths.clone(),
        service: arguments.service.clone(),
        repo: arguments.repo.clone(),
    };
    let imported = import_files(&session, &request).await?;
    tell_problems(global, &imported.tally, arguments.problems.as_deref())?;
    let text = match arguments.format {
        Format::Json => json_text(&imported),
        Format::Terminal => table_text(&imported, &options(&session.config, None, session.now)),
    };
    write_text(None, &text)?;
    Ok(if imported.tally.lost == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(Kind::Data.exit_code())
    })
}

/// Tells the first problems on stderr; `file` gets all of them.
pub(crate) fn tell_problems(global: &Global, tally: &Tally, file: Option<&Path>) -> Outcome<()> {
    if let Some(file) = file {
        let mut output = Output::open(Some(file))?;
        for problem in &tally.problems {
            writeln!(output, "{}", printable(&problem.to_string()))?;
        }
        output.finish()?;
    }
    let mut text = String::new();
    for problem in tally.problems.iter().take(TOLD) {
        let word = match problem.severity {
            Severity::Lost => "left out",
            Severity::Note => "note",
        };
        let _ = writeln!(text, "{word}: {}", printable(&problem.to_string()));
    }
    // One problem may stand for many that are alike.
    let told: u64 = tally.problems.iter().take(TOLD).map(Problem::count).sum();
    let more = (tally.lost + tally.notes).saturating_sub(told);
    if more > 0 {
        let place = match file {
            Some(file) => format!("see `{}`", file.display()),
            None => "see all with --problems FILE".to_owned(),
        };
        let _ = writeln!(text, "{more} more: {place}");
    }
    if global.quiet() && tally.lost == 0 {
        return Ok(());
    }
    talk(&text);
    Ok(())
}

fn table_text(imported: &Imported, options: &aftercast_surfaces::Options) -> String {
    let tally = &imported.tally;
    let records = if tally.records == 1 { "record" } else { "records" };
    let mut text = format!("{} {records} of `{}` read\n", grouped(tally.records), imported.source);
    text.push_str(&stored(tally, options));
    if 0 < tally.lost {
        let _ = writeln!(text, "{} records or files were left out", tally.lost);
    }
    text
}

/// Returns what became of the rows, by table; nothing where there were none.
pub(super) fn stored(tally: &Tally, options: &aftercast_surfaces::Options) -> String {
    if tally.tables.is_empty() {
        return String::new();
    }
    let table = Table {
        columns: vec![
            ("table", Align::Left),
            ("stored", Align::Right),
            ("updated", Align::Right),
            ("known already", Align::Right),
        ],
        rows: tally
            .tables
            .iter()
            .map(|row| {
                vec![
                    Some(row.table.to_owned()),
                    Some(grouped(row.stored)),
                    Some(grouped(row.updated)),
                    Some(grouped(row.known)),
                ]
            })
            .collect(),
    };
    table.render(options)
}

fn json_text(imported: &Imported) -> String {
    let tally = &imported.tally;
    let tables: Vec<_> = tally
        .tables
        .iter()
        .map(|row| {
            json!({ "table": row.table, "stored": row.stored, "updated": row.updated, "known": row.known })
        })
        .collect();
    let problems: Vec<_> = tally
        .problems
        .iter()
        .take(TOLD)
        .map(|problem| {
            json!({
                "file": problem.place.file,
                "line": problem.place.line,
                "lost": problem.severity == Severity::Lost,
                "what": problem.what,
                "hint": problem.hint,
            })
        })
        .collect();
    let value = json!({
        "schema_version": 1,
        "source": imported.source,
        "records": tally.records,
        "tables": tables,
        "lost": tally.lost,
        "notes": tally.notes,
        "problems": problems,
    });
    format!("{value:#}\n")
}

/// The sources, with what each reads.
fn sources() -> PossibleValuesParser {
    let values: Vec<PossibleValue> =
        SOURCES.iter().map(|source| PossibleValue::new(source.name).help(source.about)).collect();
    PossibleValuesParser::new(values)
}
