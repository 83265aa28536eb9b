//! `aftercast steps`.

use std::process::ExitCode;

use aftercast_surfaces::sheet;
use clap::Args;

use super::global::Global;
use super::page::{About, Form};
use crate::error::Outcome;
use crate::ops;

/// Show which steps got slower or faster, since when, and what changed then
///
/// Jobs, queues, deployments, reviews and approvals, each against its own history.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast steps\n  aftercast steps --service shop --format markdown \
                  --output steps.md"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    form: Form,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = arguments.about.session(global)?;
    let paged = ops::steps(&session, &arguments.about.request()).await?;
    arguments.form.write(global, &session, &paged, sheet::steps)
}
