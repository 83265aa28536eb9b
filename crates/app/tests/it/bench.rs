//! A home of its own for each test, and the binary with an environment of its own.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A key for pseudonyms, so that two homes can be compared.
pub(crate) const PERSON_KEY: &str =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The fact tables.
pub(crate) const TABLES: &[&str] = &[
    "commits",
    "change_requests",
    "pipeline_runs",
    "task_runs",
    "step_runs",
    "gate_evaluations",
    "gate_definitions",
    "deployments",
    "release_tags",
    "incidents",
    "test_results",
    "signals",
    "rollouts",
];

pub(crate) struct Bench {
    folder: TempDir,
    database: Option<String>,
}

/// What a run of the binary came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        Self { folder, database: None }
    }

    /// A home whose database is on a server.
    pub(crate) fn on_database(url: &str) -> Self {
        Self { database: Some(url.to_owned()), ..Self::new() }
    }

    /// The folder in which the binary runs: no repository, no settings.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The binary with nothing of this machine in its environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aftercast"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TMPDIR", self.folder.path())
            .env("AFTERCAST_HOME", self.path("home"))
            .env("AFTERCAST_PERSON_KEY", PERSON_KEY)
            .current_dir(self.work())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(database) = &self.database {
            command.env("AFTERCAST_DATABASE", database);
        }
        command
    }

    pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Run {
        finished(self.command().args(arguments).spawn().unwrap())
    }

    /// Runs the binary and demands that it ends well.
    pub(crate) fn ok<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        run.stdout
    }

    /// Runs a query and returns its rows, cells separated by commas.
    pub(crate) fn sql(&self, query: &str) -> Vec<String> {
        let text = self.ok(["sql", query, "--format", "csv"]);
        text.lines().skip(1).map(str::to_owned).collect()
    }

    /// Returns every fact table, ordered by id.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        TABLES
            .iter()
            .map(|table| {
                (*table, self.ok(["export", table, "--format", "ndjson", "-o", "-", "-q"]))
            })
            .collect()
    }
}

impl Run {
    /// Demands the exit code and that stderr says `part`; nothing may have panicked.
    pub(crate) fn refused(&self, code: i32, part: &str) {
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(part), "`{part}` is not in: {}", self.stderr);
    }
}

pub(crate) fn finished(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The bundled sample.
pub(crate) fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/mwconfig-2015.ndjson.gz")
}

/// Data that stands beside the checkout, where it does.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if !found.exists() {
        println!("skipped, data not here: {path}");
        return None;
    }
    Some(found)
}

/// The lines of the sample.
pub(crate) fn sample_lines() -> Vec<String> {
    let mut text = String::new();
    let file = std::fs::File::open(sample()).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}
