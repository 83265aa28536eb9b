//! Where text goes: stdout or a file for data, stderr for talk; colour and width of the terminal.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use aftercast_model::Timestamp;
use anyhow::Context as _;

use crate::config::{COLOR, Config};
use crate::error::Outcome;

/// Columns where no terminal tells.
const DEFAULT_WIDTH: usize = 100;

/// Data on its way out. A file that was not finished is removed.
pub(crate) struct Output {
    to: Box<dyn Write + Send>,
    unfinished: Option<PathBuf>,
}

impl Output {
    /// Opens `path`, or stdout where there is none or it is `-`.
    pub(crate) fn open(path: Option<&Path>) -> Outcome<Self> {
        match path {
            Some(path) if path != Path::new("-") => {
                let file = File::create(path)
                    .with_context(|| format!("cannot write `{}`", path.display()))?;
                Ok(Self { to: Box::new(BufWriter::new(file)), unfinished: Some(path.to_owned()) })
            }
            _ => Ok(Self { to: Box::new(BufWriter::new(io::stdout())), unfinished: None }),
        }
    }

    /// Ends the output; what was written is out.
    pub(crate) fn finish(mut self) -> Outcome<()> {
        let told =
            self.unfinished.as_ref().map(|path| format!("cannot write `{}`", path.display()));
        let flushed = self.to.flush();
        match told {
            Some(told) => flushed.context(told)?,
            None => flushed?,
        }
        self.unfinished = None;
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(path) = &self.unfinished
            && path.is_file()
        {
            // The reason that it is unfinished is told already.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Writes `text` to `path` or stdout.
pub(crate) fn write_text(path: Option<&Path>, text: &str) -> Outcome<()> {
    let mut output = Output::open(path)?;
    output.write_all(text.as_bytes())?;
    output.finish()
}

/// Returns foreign text as it may be shown: it must not steer the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect()
}

/// Writes to stderr; nobody is left to tell when that fails.
pub(crate) fn talk(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Returns how to render for stdout, or for a file.
pub(crate) fn options(
    config: &Config,
    path: Option<&Path>,
    now: Timestamp,
) -> aftercast_surfaces::Options {
    let terminal = path.is_none() && io::stdout().is_terminal();
    let width = if terminal { terminal_width() } else { columns_variable() };
    aftercast_surfaces::Options {
        width: width.unwrap_or(DEFAULT_WIDTH),
        colour: path.is_none() && colour(config.text(COLOR), terminal),
        unicode: !terminal || locale_has_unicode(),
        now: Some(now),
    }
}

fn terminal_width() -> Option<usize> {
    columns_variable()
        .or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}

fn columns_variable() -> Option<usize> {
    variable("COLUMNS").and_then(|columns| columns.parse().ok())
}

/// See no-color.org and bixense.com/clicolors.
fn colour(wanted: Option<&str>, terminal: bool) -> bool {
    match wanted {
        Some("always") => true,
        Some("never") => false,
        _ if variable("NO_COLOR").is_some() => false,
        _ if variable("CLICOLOR_FORCE").is_some_and(|force| force != "0") => true,
        _ => terminal && variable("TERM").is_none_or(|term| term != "dumb"),
    }
}

fn locale_has_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.is_none_or(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Returns the value of an environment variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}
