//! `aftercast man`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::output::write_text;
use crate::error::Outcome;

/// Print the manual page, or write one page a command
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aftercast man | man -l -\n  aftercast man --output \
                        ~/.local/share/man/man1")]
pub(crate) struct Arguments {
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    let Some(folder) = &arguments.output else {
        let mut page = Vec::new();
        clap_mangen::Man::new(super::command()).render(&mut page)?;
        write_text(None, &String::from_utf8_lossy(&page))?;
        return Ok(ExitCode::SUCCESS);
    };
    let told = || format!("cannot write manual pages into `{}`", folder.display());
    std::fs::create_dir_all(folder).with_context(told)?;
    clap_mangen::generate_to(super::command(), folder).with_context(told)?;
    Ok(ExitCode::SUCCESS)
}
