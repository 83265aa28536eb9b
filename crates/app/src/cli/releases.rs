//! `aftercast releases`.

use std::process::ExitCode;

use aftercast_surfaces::{json, sheet, terminal};
use clap::Args;

use super::global::Global;
use super::import::tell_problems;
use super::output::{options, write_text};
use super::page::{About, Form};
use crate::error::Outcome;
use crate::ops::list_releases;

/// List the releases of a service, latest first
///
/// In a git checkout it reads the history first, as review does.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast releases\n  aftercast releases --service shop --limit \
                        100 --format csv"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    about: About,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    form: Form,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let (about, form) = (&arguments.about, &arguments.form);
    let session = about.session(global)?;
    let listed = list_releases(&session, &about.request(), arguments.limit).await?;
    tell_problems(global, &listed.read, None)?;
    let list = listed.page;
    let text = match form.format.as_str() {
        "terminal" => {
            let options = options(&session.config, form.output.as_deref(), session.now);
            terminal::releases(&list.service, &list.lines, &options)
        }
        "json" => json::releases(&list.service, &list.lines),
        _ => form.rendered(&session, &sheet::releases(&list.service, &list.lines))?,
    };
    write_text(form.output.as_deref(), &text)?;
    Ok(ExitCode::SUCCESS)
}
