//! `aftercast completions SHELL`.

use std::process::ExitCode;

use clap::Args;
use clap_complete::Shell;

use super::output::write_text;
use crate::error::Outcome;

/// Print completions for a shell
///
/// Prints a script for the shell to stdout.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  aftercast completions bash > \
                        ~/.local/share/bash-completion/completions/aftercast")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::command(), "aftercast", &mut script);
    write_text(None, &String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
