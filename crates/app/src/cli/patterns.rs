//! `aftercast patterns`.

use std::process::ExitCode;

use aftercast_surfaces::sheet;
use clap::Args;

use super::global::Global;
use super::page::{About, Form};
use crate::error::Outcome;
use crate::ops;

/// Show what good releases of a service have in common
///
/// Only what passes the guards against chance is claimed: it went together with good releases, which
/// does not make it their cause.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast patterns\n  aftercast patterns --service shop --format markdown \
                  --output patterns.md"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    form: Form,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = arguments.about.session(global)?;
    let paged = ops::patterns(&session, &arguments.about.request()).await?;
    arguments.form.write(global, &session, &paged, sheet::patterns)
}
