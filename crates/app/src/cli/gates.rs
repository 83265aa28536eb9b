//! `aftercast gates`.

use std::process::ExitCode;

use aftercast_surfaces::sheet;
use clap::Args;

use super::global::Global;
use super::page::{About, Form};
use crate::error::Outcome;
use crate::ops;

/// Show what each gate caught, what it cost, and what to do with it
///
/// Checks, approvals, scans, rules: every gate over all changes that are known, with the bounds and the
/// arithmetic behind each verdict. Costs and pinned gates are settings (`[gates]`).
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast gates\n  aftercast gates --service shop --format markdown \
                  --output gates.md"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    form: Form,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = arguments.about.session(global)?;
    let paged = ops::gates(&session, &arguments.about.request()).await?;
    arguments.form.write(global, &session, &paged, sheet::gates)
}
