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
    /// How many more of the same were found behind it and are told by it alone.
    pub more: u64,
}

impl Problem {
    /// Returns a problem that left a record or file out.
    pub fn lost(place: Place, what: impl Into<String>) -> Self {
        Self { place, severity: Severity::Lost, what: what.into(), hint: None, more: 0 }
    }

    /// Returns a problem that lost only a detail.
    pub fn note(place: Place, what: impl Into<String>) -> Self {
        Self { place, severity: Severity::Note, what: what.into(), hint: None, more: 0 }
    }

    /// Returns how many problems it tells: itself and those like it.
    pub fn count(&self) -> u64 {
        self.more.saturating_add(1)
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
        if self.more > 0 {
            write!(f, " (and {} more like it)", self.more)?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " (hint: {hint})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_with_place_count_and_way_out() {
        let place = Place { file: "runs.json".to_owned(), line: Some(7) };
        let mut problem = Problem::note(place, "a change without `messages`").hint("ask for them");
        assert_eq!(problem.count(), 1);
        assert_eq!(
            problem.to_string(),
            "runs.json:7: a change without `messages` (hint: ask for them)"
        );
        problem.more = 41;
        assert_eq!(problem.count(), 42);
        assert_eq!(
            problem.to_string(),
            "runs.json:7: a change without `messages` (and 41 more like it) (hint: ask for them)"
        );
    }
}
