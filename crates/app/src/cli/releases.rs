//! `aftercast releases`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use aftercast_analysis::review::ReleaseLine;
use aftercast_surfaces::{json, terminal};
use clap::{Args, ValueEnum};

use super::global::Global;
use super::output::{options, write_text};
use crate::error::Outcome;
use crate::ops::{ReviewRequest, list_releases};

/// List the releases of a service, latest first
///
/// In a git checkout it reads the history first, as review does.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast releases\n  aftercast releases --service shop --limit \
                        100 --format csv"
)]
pub(crate) struct Arguments {
    /// Service [default: that of the repository, or the only one]
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Form of the list
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
    /// Git repository to read first [default: the one around the working folder]
    #[arg(long, value_name = "PATH")]
    repo: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Terminal,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = match &arguments.repo {
        Some(path) => global.session_at(&std::path::absolute(path)?)?,
        None => global.session()?,
    };
    let request = ReviewRequest {
        service: arguments.service.clone(),
        release: None,
        repo: arguments.repo.clone(),
    };
    let list = list_releases(&session, &request, arguments.limit).await?;
    let text = match arguments.format {
        Format::Terminal => {
            let options = options(&session.config, None, session.now);
            terminal::releases(&list.service, &list.lines, &options)
        }
        Format::Json => json::releases(&list.service, &list.lines),
        Format::Csv => csv(&list.lines)?,
    };
    write_text(None, &text)?;
    Ok(ExitCode::SUCCESS)
}

fn csv(lines: &[ReleaseLine]) -> Outcome<String> {
    let mut text = String::from("release,basis,in_production_at,sha,commits,lead_time_ms\n");
    for line in lines {
        let basis = serde_json::to_value(line.basis)?;
        let cells = [
            cell(&line.id),
            cell(basis.as_str().unwrap_or_default()),
            line.at.to_string(),
            cell(line.sha.as_deref().unwrap_or_default()),
            line.commits.map(|commits| commits.to_string()).unwrap_or_default(),
            line.lead_time_ms.map(|millis| millis.to_string()).unwrap_or_default(),
        ];
        let _ = writeln!(text, "{}", cells.join(","));
    }
    Ok(text)
}

/// RFC 4180, and nothing that a spreadsheet would run as a formula.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        for (text, expected) in [
            ("v1.0", "v1.0"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "'=1+1"),
            ("@sum,1", "\"'@sum,1\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
