//! `aftercast doctor`.

use std::fmt::Write as _;
use std::process::ExitCode;

use aftercast_surfaces::table::{Align, Table};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::global::Global;
use super::output::{options, write_text};
use crate::error::{Kind, Outcome};
use crate::ops::{Check, State, diagnose};

/// Say what can be answered now, from which source, and what to connect for the rest
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  aftercast doctor --format json")]
pub(crate) struct Arguments {
    /// Form of the answer
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
    let checks = diagnose(&session).await?;
    let text = match arguments.format {
        Format::Json => json_text(&checks),
        Format::Terminal => {
            let mut text = Table {
                columns: vec![("what", Align::Left), ("state", Align::Left), ("says", Align::Left)],
                rows: checks.iter().map(row).collect(),
            }
            .render(&options(&session.config, None, session.now));
            advise(&checks, &mut text);
            text
        }
    };
    write_text(None, &text)?;
    let broken = checks.iter().any(|check| check.state == State::Broken);
    Ok(if broken { ExitCode::from(Kind::Usage.exit_code()) } else { ExitCode::SUCCESS })
}

fn row(check: &Check) -> Vec<Option<String>> {
    let state = check.state.word().to_owned();
    [check.subject.clone(), state, check.says.clone()].map(Some).to_vec()
}

/// Each advice once, whole: a table would cut the commands.
fn advise(checks: &[Check], text: &mut String) {
    let mut given: Vec<&str> = checks.iter().map(|check| check.advice.as_str()).collect();
    given.retain(|advice| !advice.is_empty());
    given.dedup();
    let mut told: Vec<&str> = Vec::new();
    for advice in given {
        if !told.contains(&advice) {
            if told.is_empty() {
                text.push_str("\nTo know more:\n");
            }
            let _ = writeln!(text, "  {advice}");
            told.push(advice);
        }
    }
}

fn json_text(checks: &[Check]) -> String {
    let checks: Vec<_> = checks
        .iter()
        .map(|check| {
            json!({
                "subject": check.subject,
                "state": check.state.word(),
                "says": check.says,
                "advice": check.advice,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "schema_version": 1, "checks": checks }))
}
