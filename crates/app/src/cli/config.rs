//! `aftercast config explain`.

use std::process::ExitCode;

use aftercast_surfaces::table::{Align, Table};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::global::Global;
use super::output::{options, write_text};
use crate::error::Outcome;
use crate::ops::Home;

/// Show the configuration
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show each setting, its value and where the value came from
    #[command(after_help = "Example:\n  aftercast config explain --format json")]
    Explain {
        /// Form of the output
        #[arg(long, value_name = "FORMAT", default_value = "terminal")]
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Terminal,
    /// For programs
    Json,
}

struct Line {
    key: String,
    value: Option<String>,
    origin: String,
    doc: &'static str,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = global.session()?;
    let home = Home::find(&session)?;
    let mut lines: Vec<Line> = session
        .config
        .entries()
        .into_iter()
        .map(|(setting, value)| Line {
            key: setting.key.to_owned(),
            value: value.map(|value| value.text.clone()),
            origin: value.map_or("not set".to_owned(), |value| value.origin.to_string()),
            doc: setting.doc,
        })
        .collect();
    // What follows from a setting that is not set is what a reader wants to know.
    for (key, found) in [
        ("home", home.shown_folder()),
        ("database", home.shown_database()),
        ("data", home.shown_data()),
    ] {
        if let Some(line) = lines.iter_mut().find(|line| line.key == key) {
            if line.value.is_none() {
                "default".clone_into(&mut line.origin);
            }
            line.value = Some(found);
        }
    }
    for (number, (rule, origin)) in session.config.service_rules().iter().enumerate() {
        lines.push(Line {
            key: format!("service {}", number + 1),
            value: Some(rule.service.clone()),
            origin: origin.to_string(),
            doc: "a service",
        });
    }
    let Command::Explain { format } = &arguments.command;
    let text = match format {
        Format::Json => json_text(&lines),
        Format::Terminal => Table {
            columns: vec![
                ("setting", Align::Left),
                ("value", Align::Left),
                ("from", Align::Left),
                ("what it does", Align::Left),
            ],
            rows: lines
                .into_iter()
                .map(|line| {
                    let value = line.value.unwrap_or_else(|| "-".to_owned());
                    [line.key, value, line.origin, line.doc.to_owned()].map(Some).to_vec()
                })
                .collect(),
        }
        .render(&options(&session.config, None, session.now)),
    };
    write_text(None, &text)?;
    Ok(ExitCode::SUCCESS)
}

fn json_text(lines: &[Line]) -> String {
    let settings: Vec<_> = lines
        .iter()
        .map(|line| {
            json!({ "key": line.key, "value": line.value, "from": line.origin, "doc": line.doc })
        })
        .collect();
    format!("{:#}\n", json!({ "schema_version": 1, "settings": settings }))
}
