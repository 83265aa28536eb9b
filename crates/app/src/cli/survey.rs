//! `aftercast survey`.

use std::process::ExitCode;

use aftercast_surfaces::sheet;
use clap::Args;

use super::global::Global;
use super::page::Form;
use crate::error::Outcome;
use crate::ops::{decode_all, survey_all};

/// Analyse every service and print a line for each
///
/// Reads what is stored, nothing else; `gates`, `patterns` and the other pages show what is behind
/// the counts of a service.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aftercast survey\n  aftercast survey --format csv --output \
                        services.csv")]
pub(crate) struct Arguments {
    #[command(flatten)]
    form: Form,
    /// Only decode what it would read: the floor that benches/analysis.py measures against
    #[arg(long, hide = true)]
    decode_only: bool,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = global.session()?;
    if arguments.decode_only {
        let rows = decode_all(&session).await?;
        global.say(&format!("{rows} rows decoded"));
        return Ok(ExitCode::SUCCESS);
    }
    let paged = survey_all(&session).await?;
    arguments.form.write(global, &session, &paged, sheet::survey)
}
