//! `aftercast init`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::global::Global;
use super::output::write_text;
use crate::error::{Failure, Outcome};
use crate::ops::draft;

/// Write a commented aftercast.toml for what is found here
///
/// Looks at the remote, at the files of CI systems and Argo CD, at catalogue files and CODEOWNERS.
/// Nothing is needed for a first review; the file names services and sources, never a secret.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aftercast init --dry-run\n  aftercast init")]
pub(crate) struct Arguments {
    /// Print the file instead of writing it
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = global.session()?;
    let draft = draft(&session);
    for found in &draft.found {
        global.say(&format!("found {found}"));
    }
    if arguments.dry_run {
        write_text(None, &draft.text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let shown = draft.path.display();
    match OpenOptions::new().write(true).create_new(true).open(&draft.path) {
        Ok(mut file) => file
            .write_all(draft.text.as_bytes())
            .with_context(|| format!("cannot write `{shown}`"))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Failure::usage(format!("`{shown}` exists already"))
                .hint("see what would be written with --dry-run"));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot write `{shown}`"))?,
    }
    global.say(&format!("wrote `{shown}`\n\nNext:"));
    for command in &draft.next {
        global.say(&format!("  {command}"));
    }
    Ok(ExitCode::SUCCESS)
}
