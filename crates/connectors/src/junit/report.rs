//! A test report as plain data: what every dialect is read into.

use aftercast_model::{TestOutcome, Timestamp};

/// The name of cases that have none.
pub(super) const UNNAMED: &str = "(unnamed)";

/// Returns `name`, or what stands for a missing one.
pub(super) fn named(name: &str) -> String {
    if name.is_empty() { UNNAMED.to_owned() } else { name.to_owned() }
}

/// A report.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The dialect, as the kind of the record (`junit`, `nunit3`, `trx`, ...).
    pub(super) dialect: &'static str,
    /// The cases in the order of the file.
    pub(super) cases: Vec<Case>,
    /// What was not understood.
    pub(super) notes: Vec<String>,
    /// The newest time in it.
    pub(super) at: Option<Timestamp>,
    /// The pipeline run that it says it belongs to.
    pub(super) run_id: Option<String>,
    /// How many tests it says it holds.
    pub(super) declared: Option<i64>,
}

/// One attempt of one case.
#[derive(Debug, Default)]
pub(super) struct Case {
    /// The suites around it, separated by ` > `.
    pub(super) suite: String,
    /// Its class or file.
    pub(super) class: String,
    /// Its full name, with parameters.
    pub(super) name: String,
    /// How it ended.
    pub(super) outcome: TestOutcome,
    /// Whether earlier attempts, told inside of this one, ended otherwise.
    pub(super) flaky: bool,
    /// The tool's own word.
    pub(super) native: String,
    /// When it began.
    pub(super) started_at: Option<Timestamp>,
    /// How long it took.
    pub(super) duration_ms: Option<i64>,
    /// What the failure says, cleaned and cut.
    pub(super) failure: String,
}

impl Report {
    /// Returns an empty report in `dialect`.
    pub(super) fn new(dialect: &'static str) -> Self {
        Self { dialect, ..Self::default() }
    }

    /// Takes note that the report knows the time `at`.
    pub(super) fn seen(&mut self, at: Option<Timestamp>) {
        self.at = self.at.max(at);
    }

    /// Adds a note, at most a few: a broken file does not flood the list of problems.
    pub(super) fn note(&mut self, what: impl Into<String>) {
        const MOST: usize = 20;
        if self.notes.len() < MOST {
            self.notes.push(what.into());
        }
    }

    /// Notes where the file says that it holds more tests than it does.
    pub(super) fn compare_declared(&mut self) {
        let held = self.cases.len();
        if let Some(declared) = self.declared
            && usize::try_from(declared).is_ok_and(|declared| declared > held)
        {
            self.note(format!("says that it holds {declared} tests, holds {held}"));
        }
        if held == 0 && self.notes.is_empty() {
            self.note("holds no test cases");
        }
    }
}
