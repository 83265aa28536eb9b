//! Repositories for tests, built by the `git` program with fixed dates and people.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aftercast_connectors::git::{Cursor, Options, Summary, read};
use aftercast_connectors::{Context, Output};
use aftercast_model::{Commit, Facts, PersonKey, ReleaseTag, ServiceMap};

/// The date of the first commit; each command is a minute later than the one before.
pub const BEGIN: i64 = 1_700_000_000;

pub struct Repository {
    pub folder: tempfile::TempDir,
    clock: Cell<i64>,
}

impl Repository {
    pub fn new() -> Self {
        let repo = Self { folder: tempfile::tempdir().unwrap(), clock: Cell::new(BEGIN) };
        repo.git(&["init", "-q", "-b", "main", "."]);
        repo
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub fn command(&self, folder: &Path) -> Command {
        let date = format!("{} +0200", self.clock.get());
        let mut command = Command::new("git");
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "Ann@Example.org")])
            .envs([("GIT_COMMITTER_NAME", "Ben"), ("GIT_COMMITTER_EMAIL", "ben@example.org")])
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .stdin(Stdio::null());
        command
    }

    pub fn git_in(&self, folder: &Path, args: &[&str]) -> String {
        self.clock.set(self.clock.get() + 60);
        let done = self.command(folder).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "git {args:?}: {said}");
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    pub fn git(&self, args: &[&str]) -> String {
        self.git_in(self.folder.path(), args)
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Writes one file and commits everything; returns the commit's hash.
    pub fn commit(&self, message: &str, path: &str, content: &str) -> String {
        self.write(path, content);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()
    }

    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Stores a commit object as it is given, and puts the branch there.
    pub fn raw_commit(&self, object: &[u8]) -> String {
        let file = self.folder.path().join(".git/object");
        std::fs::write(&file, object).unwrap();
        let sha = self.git(&["hash-object", "-t", "commit", "-w", "--literally", ".git/object"]);
        self.git(&["update-ref", "refs/heads/main", &sha]);
        sha
    }

    pub fn read(&self) -> Read {
        read_at(&self.path())
    }

    pub fn clone_to(&self, args: &[&str]) -> tempfile::TempDir {
        let target = tempfile::tempdir().unwrap();
        let from = format!("file://{}", self.folder.path().display());
        let to = target.path().display().to_string();
        self.git(&[&["clone", "-q"], args, &[&from, &to]].concat());
        target
    }
}

/// What reading gave.
pub struct Read {
    pub outputs: Vec<Output>,
    pub cursor: Cursor,
    pub summary: Summary,
}

impl Read {
    fn facts(&self) -> &Facts {
        static NONE: std::sync::LazyLock<Facts> = std::sync::LazyLock::new(Facts::new);
        assert!(self.outputs.len() <= 1, "one batch");
        self.outputs.first().map_or(&NONE, |output| &output.facts)
    }

    pub fn commits(&self) -> Vec<Commit> {
        self.facts().commits.rows().collect()
    }

    pub fn text(&self, name: aftercast_model::Name) -> &str {
        self.facts().text(name)
    }

    pub fn commit(&self, sha: &str) -> Commit {
        let mut found = self.commits().into_iter().filter(|row| self.text(row.sha) == sha);
        let row = found.next().unwrap_or_else(|| panic!("{sha} was not read"));
        assert!(found.next().is_none(), "{sha} was read twice");
        row
    }

    pub fn shas(&self) -> Vec<&str> {
        self.facts().commits.sha.iter().map(|sha| self.text(*sha)).collect()
    }

    pub fn key(&self, sha: &str) -> &str {
        self.text(self.commit(sha).change_key)
    }

    pub fn reverts(&self, sha: &str) -> &str {
        self.text(self.commit(sha).reverts_sha)
    }

    pub fn picked(&self, sha: &str) -> &str {
        self.text(self.commit(sha).cherry_pick_of)
    }

    pub fn numbers(&self, sha: &str) -> [Option<i64>; 3] {
        let row = self.commit(sha);
        [row.additions, row.deletions, row.files_changed]
    }

    pub fn marks(&self, kind: &str) -> BTreeMap<&str, ReleaseTag> {
        let rows = self.facts().release_tags.rows().filter(|row| self.text(row.kind) == kind);
        rows.map(|row| (self.text(row.tag), row)).collect()
    }

    pub fn problems(&self) -> Vec<String> {
        let problems = self.outputs.iter().flat_map(|output| &output.problems);
        problems.map(|problem| problem.what.clone()).collect()
    }
}

pub fn read_at(path: &Path) -> Read {
    read_since(path, None)
}

pub fn read_since(path: &Path, cursor: Option<&Cursor>) -> Read {
    read_with(path, cursor, &Options::default(), &ServiceMap::default())
}

pub fn read_with(
    path: &Path,
    cursor: Option<&Cursor>,
    options: &Options,
    services: &ServiceMap,
) -> Read {
    let people = PersonKey::from_bytes([1; 32]);
    let context = Context {
        services,
        people: &people,
        repo: None,
        rules: &aftercast_connectors::Rules::default(),
    };
    let mut outputs = Vec::new();
    let mut sink = |output| {
        outputs.push(output);
        Ok::<(), Infallible>(())
    };
    let (cursor, summary) = read(path, cursor, options, &context, &mut |_| (), &mut sink).unwrap();
    Read { outputs, cursor, summary }
}
