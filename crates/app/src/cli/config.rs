//! `aftercast config explain`.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::global::Global;
use super::output::{printable, write_text};
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
    /// Text
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
            value: Some(match &rule.team {
                Some(team) => format!("{}, of the team {team}", rule.service),
                None => rule.service.clone(),
            }),
            origin: origin.to_string(),
            doc: "a service",
        });
    }
    for rule in session.config.layer_rules() {
        let shares = rule.shares;
        lines.push(Line {
            key: format!("layers.{}", rule.rule),
            value: Some(format!(
                "process {} %, platform {} %, policy {} %",
                shares.process, shares.platform, shares.policy
            )),
            origin: rule.origin.to_string(),
            doc: "whose a delay is",
        });
    }
    for rule in session.config.sources() {
        lines.push(Line {
            key: format!("source {}", rule.name),
            value: Some(rule.shown()),
            origin: rule.origin.to_string(),
            doc: rule.source.about,
        });
    }
    let Command::Explain { format } = &arguments.command;
    let text = match format {
        Format::Json => json_text(&lines),
        Format::Terminal => plain_text(&lines),
    };
    write_text(None, &text)?;
    Ok(ExitCode::SUCCESS)
}

/// What may be long stands on lines of its own: nothing is cut, however narrow the terminal is.
fn plain_text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let value = printable(line.value.as_deref().unwrap_or("-"));
        let _ = writeln!(text, "{} = {value}", line.key);
        let _ = writeln!(text, "    {}; {}", line.doc, printable(&line.origin));
    }
    text
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
