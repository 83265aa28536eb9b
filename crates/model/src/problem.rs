//! What was wrong with foreign data: a result beside the facts, never the end of an import.

use std::fmt;

/// Where in the foreign data something is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The file as the user named it; inside an archive `archive.zip:inner/path`.
    pub file: String,
    /// The line, counted from 1; `None` where lines mean nothing.
    pub line: Option<u64>,
}

/// How much a problem costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something was understood only in part; the rest of the record was stored.
    Note,
    /// A record or a file was left out.
    Lost,
}

/// One thing that could not be understood, with its place and the way out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// What it costs.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, names in backticks.
    pub what: String,
    /// What the reader can do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// Returns a problem that left a record or file out.
    pub fn lost(place: Place, what: impl Into<String>) -> Self {
        Self { place, severity: Severity::Lost, what: what.into(), hint: None }
    }

    /// Returns a problem that lost only a detail.
    pub fn note(place: Place, what: impl Into<String>) -> Self {
        Self { place, severity: Severity::Note, what: what.into(), hint: None }
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)?;
        if let Some(hint) = &self.hint {
            write!(f, " (hint: {hint})")?;
        }
        Ok(())
    }
}
