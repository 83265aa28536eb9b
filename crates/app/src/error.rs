//! Why a command could not do its job: a kind that picks the exit code, a chain of causes, a hint.

use std::fmt::Write as _;
use std::io;

use aftercast_lake::LakeError;
use aftercast_ledger::LedgerError;

/// What a command returns.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// What kind of failure it is; each has its own exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command line, the configuration or this machine must change first.
    Usage,
    /// The data that was asked for is not there, or not whole.
    Data,
    /// Somebody does not let us in.
    Authorisation,
    /// Something is not reached.
    Network,
    /// The reader of our output went away, which is his right.
    BrokenPipe,
}

impl Kind {
    /// Returns the exit code (design.md, section 6).
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::BrokenPipe => 0,
            Self::Usage => 2,
            Self::Data => 3,
            Self::Authorisation => 4,
            Self::Network => 5,
        }
    }
}

/// A failure, ready to be told to a person.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Picks the exit code.
    pub(crate) kind: Kind,
    /// What happened and why.
    pub(crate) error: anyhow::Error,
    /// A command or setting to try.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// Returns a failure that the person can mend on the command line or in a file.
    pub(crate) fn usage(what: impl std::fmt::Display) -> Self {
        Self { kind: Kind::Usage, error: anyhow::anyhow!("{what}"), hint: None }
    }

    /// Returns a failure for want of data.
    pub(crate) fn data(what: impl std::fmt::Display) -> Self {
        Self { kind: Kind::Data, error: anyhow::anyhow!("{what}"), hint: None }
    }

    /// Adds what to try.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns what happened and why, in one line.
    pub(crate) fn told(&self) -> String {
        let mut text = one_line(&self.error.to_string());
        for cause in self.error.chain().skip(1) {
            let cause = one_line(&cause.to_string());
            // Some libraries repeat the cause in their own message.
            if !text.contains(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
        }
        text
    }

    /// Returns the text for stderr: one sentence, its causes, the hint; ends with a newline.
    pub(crate) fn shown(&self) -> String {
        let mut text = format!("error: {}\n", one_line(&self.error.to_string()));
        let mut told = self.error.to_string();
        for cause in self.error.chain().skip(1) {
            let cause = cause.to_string();
            // Some libraries repeat the cause in their own message.
            if !told.contains(&cause) {
                let _ = writeln!(text, "  because {}", one_line(&cause));
            }
            told = cause;
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "hint: {hint}");
        }
        text
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let (kind, hint) = classify(&error);
        Self { kind, error, hint: hint.map(str::to_owned) }
    }
}

/// Finds kind and hint of the first cause that has them.
fn classify(error: &anyhow::Error) -> (Kind, Option<&'static str>) {
    for cause in error.chain() {
        if let Some(ledger) = cause.downcast_ref::<LedgerError>() {
            let kind = match ledger {
                LedgerError::NotAuthorised { .. } => Kind::Authorisation,
                LedgerError::Unreachable { .. } => Kind::Network,
                _ => Kind::Usage,
            };
            return (kind, ledger.hint());
        }
        if let Some(lake) = cause.downcast_ref::<LakeError>() {
            let kind = match lake {
                LakeError::NotAuthorised { .. } => Kind::Authorisation,
                LakeError::Unreachable { .. } => Kind::Network,
                _ => Kind::Usage,
            };
            return (kind, lake_hint(lake));
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            if io.kind() == io::ErrorKind::BrokenPipe {
                return (Kind::BrokenPipe, None);
            }
            return (Kind::Usage, io_hint(io.kind()));
        }
    }
    (Kind::Usage, None)
}

fn lake_hint(error: &LakeError) -> Option<&'static str> {
    match error {
        LakeError::Locked { .. } => Some("wait for the other `aftercast` to end, then try again"),
        LakeError::NotAuthorised { .. } => Some("check user, password and rights of --database"),
        LakeError::Unreachable { .. } => Some("check host and port of --database"),
        LakeError::Query { .. } => {
            Some("`aftercast sql --tables` lists tables and columns with what they mean")
        }
        _ => None,
    }
}

fn io_hint(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Some("give write access to the folder, or name another one with --home DIR")
        }
        io::ErrorKind::StorageFull => Some("make room, or name another disk with --home DIR"),
        _ => None,
    }
}

/// Messages of foreign libraries may have several lines and steer the terminal.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for part in text.lines() {
        if !line.is_empty() {
            line.push_str("; ");
        }
        line.extend(part.trim().chars().filter(|character| !character.is_control()));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn causes_and_hint_are_told_once() {
        let io = io::Error::new(io::ErrorKind::PermissionDenied, "no\u{1b}[31m entry");
        let failure = Failure::from(Err::<(), _>(io).context("cannot make the home").unwrap_err());
        assert_eq!(failure.told(), "cannot make the home: no[31m entry");
        assert_eq!(
            failure.shown(),
            "error: cannot make the home\n  because no[31m entry\nhint: give write access to the \
             folder, or name another one with --home DIR\n"
        );
        assert_eq!(failure.kind.exit_code(), 2);
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.kind.exit_code(), 0);
    }
}
