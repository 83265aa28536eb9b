//! `aftercast doctor`.

use std::fmt::Write as _;
use std::process::ExitCode;

use aftercast_surfaces::table::{Align, Table};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::global::Global;
use super::output::{options, write_text};
use crate::error::Outcome;
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
            explain(&checks, &mut text);
            advise(&checks, &mut text);
            text
        }
    };
    write_text(None, &text)?;
    let broken = checks.iter().find_map(|check| match check.state {
        State::Broken(kind) => Some(kind),
        State::Yes | State::No => None,
    });
    Ok(broken.map_or(ExitCode::SUCCESS, |kind| ExitCode::from(kind.exit_code())))
}

fn row(check: &Check) -> Vec<Option<String>> {
    let state = check.state.word().to_owned();
    let says = if is_broken(check) { "see below".to_owned() } else { check.says.clone() };
    [check.subject.clone(), state, says].map(Some).to_vec()
}

fn is_broken(check: &Check) -> bool {
    matches!(check.state, State::Broken(_))
}

/// What is broken, whole, with what to do: a table would cut the reason.
fn explain(checks: &[Check], text: &mut String) {
    for check in checks.iter().filter(|check| is_broken(check)) {
        let _ = writeln!(text, "\n{} is broken: {}", check.subject, check.says);
        if !check.advice.is_empty() {
            let _ = writeln!(text, "hint: {}", check.advice);
        }
    }
}

/// Each advice once, whole: a table would cut the commands.
fn advise(checks: &[Check], text: &mut String) {
    let open = checks.iter().filter(|check| !is_broken(check));
    let mut given: Vec<&str> = open.map(|check| check.advice.as_str()).collect();
    given.retain(|advice| !advice.is_empty());
    // What another advice begins with is said by that one.
    let all = given.clone();
    given.retain(|advice| {
        !all.iter().any(|other| other.len() > advice.len() && other.starts_with(advice))
    });
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
