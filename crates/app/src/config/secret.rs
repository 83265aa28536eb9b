//! Secrets: where one stands, never the secret itself; it is read when it is used.
//!
//! Guarantee: no secret stands in a message.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aftercast_connectors::live::Secret;

use crate::error::{Failure, Kind, Outcome};

/// Where a secret stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretPlace {
    /// In an environment variable.
    Environment(String),
    /// In a file; a last line feed is no part of it.
    File(PathBuf),
    /// In what a program writes to stdout.
    Command(Vec<String>),
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "the variable `{name}`"),
            Self::File(path) => write!(f, "the file `{}`", path.display()),
            // Only the program: a secret may stand among its arguments.
            Self::Command(words) => {
                write!(f, "the program `{}`", words.first().map_or("", String::as_str))
            }
        }
    }
}

impl SecretPlace {
    /// Reads the secret; a path is looked for from `start`.
    pub(crate) fn read(&self, start: &Path) -> Outcome<Secret> {
        let text = match self {
            Self::Environment(name) => std::env::var(name).map_err(|_| self.missing("is not set")),
            Self::File(path) => std::fs::read_to_string(start.join(path))
                .map_err(|error| self.missing(&format!("cannot be read: {error}"))),
            Self::Command(words) => self.output_of(words, start),
        }?;
        let secret = Secret::new(&text);
        if secret.expose().is_empty() { Err(self.missing("is empty")) } else { Ok(secret) }
    }

    fn output_of(&self, words: &[String], start: &Path) -> Outcome<String> {
        let Some((program, arguments)) = words.split_first() else {
            return Err(self.missing("has no name"));
        };
        let output = Command::new(program)
            .args(arguments)
            .current_dir(start)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.missing(&format!("cannot be run: {error}")))?;
        if !output.status.success() {
            return Err(self.missing(&format!("failed ({})", output.status)));
        }
        String::from_utf8(output.stdout).map_err(|_| self.missing("wrote no text"))
    }

    fn missing(&self, why: &str) -> Failure {
        let hint = match self {
            Self::Environment(name) => format!("set it before the command: `export {name}=...`"),
            Self::File(_) => "write the secret into the file, readable only for you".to_owned(),
            Self::Command(_) => "run it by hand and look what it says".to_owned(),
        };
        Failure {
            kind: Kind::Authorisation,
            error: anyhow::anyhow!("no secret: {self} {why}"),
            hint: Some(hint),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_where_it_stands_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "s3cret\n").unwrap();
        for place in [
            SecretPlace::File("token".into()),
            SecretPlace::Command(["cat", "token"].map(str::to_owned).to_vec()),
        ] {
            let secret = place.read(folder.path()).unwrap();
            assert_eq!(secret.expose(), "s3cret");
            assert_eq!(format!("{secret:?}"), "[secret]");
        }
    }

    #[test]
    fn a_secret_that_is_not_there_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("empty"), "\n").unwrap();
        for (place, expected) in [
            (
                SecretPlace::Environment("AFTERCAST_TEST_NO_SUCH".into()),
                "no secret: the variable `AFTERCAST_TEST_NO_SUCH` is not set",
            ),
            (SecretPlace::File("empty".into()), "no secret: the file `empty` is empty"),
            (
                SecretPlace::Command(["false", "s3cret"].map(str::to_owned).to_vec()),
                "no secret: the program `false` failed (exit status: 1)",
            ),
        ] {
            let failure = place.read(folder.path()).unwrap_err();
            assert_eq!(failure.told(), expected);
            assert_eq!(failure.kind.exit_code(), 4);
        }
    }
}
