//! `aftercast tests`.

use std::process::ExitCode;

use aftercast_surfaces::sheet;
use clap::Args;

use super::global::Global;
use super::page::{About, Form};
use crate::error::Outcome;
use crate::ops;

/// Show which tests never failed, which are flaky, and what they cost
///
/// Reads every test case of every run, as `aftercast import junit` and other sources store them.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast tests\n  aftercast tests --service shop --format markdown \
                  --output tests.md"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    form: Form,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = arguments.about.session(global)?;
    let paged = ops::tests(&session, &arguments.about.request()).await?;
    arguments.form.write(global, &session, &paged, sheet::test_ledger)
}
