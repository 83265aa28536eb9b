//! `aftercast review`.

use std::path::PathBuf;
use std::process::ExitCode;

use aftercast_analysis::review::{FindingSeverity, Review};
use aftercast_surfaces::{SURFACES, surface};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};

use super::global::Global;
use super::import::tell_problems;
use super::output::{options, write_text};
use crate::error::{Failure, Outcome};
use crate::ops::{ReviewRequest, review_release, review_sample};

/// Print the review of a release: five numbers, eight answers, what to change
///
/// In a git checkout it reads the history first; no configuration and no earlier command is
/// needed. A review never fails a pipeline unless --fail-on asks for it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast review\n  aftercast review --release v1.4.0 --format \
                        markdown --output review.md\n  aftercast review --service shop --fail-on \
                        warning\n  aftercast review --sample"
)]
pub(crate) struct Arguments {
    /// Service [default: that of the repository, or the only one]
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Release: its name, the beginning of its name, or latest
    #[arg(long, value_name = "RELEASE", default_value = "latest")]
    release: String,
    /// Form of the review
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = formats())]
    format: String,
    /// Write to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End with exit code 1 when a finding is at least this severe
    #[arg(long, value_name = "LEVEL", default_value = "none")]
    fail_on: FailOn,
    /// Review the bundled sample (2,359 changes to Wikipedia's configuration) in a throw-away home
    #[arg(long, conflicts_with_all = ["repo", "service"])]
    sample: bool,
    /// Git repository to read first [default: the one around the working folder]
    #[arg(long, value_name = "PATH")]
    repo: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Never
    None,
    /// A finding worth a look
    Notice,
    /// A finding worth a change
    Warning,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = match &arguments.repo {
        Some(path) => global.session_at(&std::path::absolute(path)?)?,
        None => global.session()?,
    };
    let surface = surface(&arguments.format)
        .ok_or_else(|| Failure::usage(format!("unknown format `{}`", arguments.format)))?;
    let request = ReviewRequest {
        service: arguments.service.clone(),
        release: Some(arguments.release.clone()),
        repo: arguments.repo.clone(),
    };
    let reviewed = if arguments.sample {
        review_sample(&session, &request).await?
    } else {
        review_release(&session, &request).await?
    };
    tell_problems(global, &reviewed.read, None)?;
    let options = options(&session.config, arguments.output.as_deref(), session.now);
    let text = (surface.render)(&reviewed.review, &options);
    write_text(arguments.output.as_deref(), &text)?;
    let failed = reached(&reviewed.review, arguments.fail_on);
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn reached(review: &Review, level: FailOn) -> bool {
    let least = match level {
        FailOn::None => return false,
        FailOn::Notice => FindingSeverity::Notice,
        FailOn::Warning => FindingSeverity::Warning,
    };
    review.findings.iter().any(|finding| least <= finding.severity)
}

/// The surfaces, with what each is.
fn formats() -> PossibleValuesParser {
    let values: Vec<PossibleValue> = SURFACES
        .iter()
        .map(|surface| PossibleValue::new(surface.name).help(surface.what))
        .collect();
    PossibleValuesParser::new(values)
}
