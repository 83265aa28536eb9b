//! Import is idempotent and order-free, and nothing is lost or doubled by a crash.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::bench::{Bench, Dice, finished, gzip, sample, sample_lines};

/// The whole sample, imported once: what every other way must come to.
static EXPECTED: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let bench = Bench::new();
    import(&bench, &[sample()]);
    let facts = bench.facts();
    assert!(
        facts.iter().any(|(table, rows)| *table == "task_runs" && rows.lines().count() == 13_963)
    );
    facts
});

fn import(bench: &Bench, paths: &[PathBuf]) -> String {
    bench.ok(arguments(paths))
}

fn arguments(paths: &[PathBuf]) -> Vec<&str> {
    let paths = paths.iter().map(|path| path.to_str().unwrap());
    ["import", "gerrit", "--quiet"].into_iter().chain(paths).collect()
}

fn assert_same(bench: &Bench) {
    for ((table, found), (_, expected)) in bench.facts().iter().zip(EXPECTED.iter()) {
        // Not assert_eq: megabytes of difference help nobody.
        let differing =
            found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
        assert!(differing.is_none(), "{table}: {differing:?}");
        assert_eq!(found.lines().count(), expected.lines().count(), "rows of {table}");
    }
}

fn write_lines(path: PathBuf, lines: &[String]) -> PathBuf {
    std::fs::write(&path, gzip(lines.join("\n").as_bytes())).unwrap();
    path
}

#[test]
fn a_second_import_changes_nothing() {
    let bench = Bench::new();
    import(&bench, &[sample()]);
    let text = bench.ok(["import", "gerrit", "--format", "json", sample().to_str().unwrap()]);
    assert!(!text.contains("\"stored\": 1"), "{text}");
    for line in
        text.lines().filter(|line| line.contains("\"stored\"") || line.contains("\"updated\""))
    {
        assert!(line.trim_end_matches(',').ends_with(": 0"), "{text}");
    }
    assert_same(&bench);
}

#[test]
fn the_order_of_records_and_their_division_into_files_do_not_matter() {
    let bench = Bench::new();
    let mut lines = sample_lines();
    Dice(7).shuffle(&mut lines);
    let size = lines.len().div_ceil(10);
    let mut files: Vec<PathBuf> = lines
        .chunks(size)
        .enumerate()
        .map(|(number, lines)| write_lines(bench.path(&format!("part-{number}.gz")), lines))
        .collect();
    assert_eq!(files.len(), 10);
    files.reverse();
    import(&bench, &files);
    assert_same(&bench);
}

#[test]
fn two_processes_at_once_come_to_the_same_lake() {
    let bench = Bench::new();
    let start = || bench.command().args(arguments(&[sample()])).spawn().unwrap();
    let (first, second) = (start(), start());
    for run in [finished(first), finished(second)] {
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    assert_same(&bench);
}

/// How often the import is killed; more with `AFTERCAST_KILLS`.
fn kills() -> usize {
    std::env::var("AFTERCAST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(5)
}

#[test]
fn killing_the_import_loses_and_doubles_nothing() {
    let bench = Bench::new();
    // Several files, so that several batches are stored and a kill can fall between them.
    let lines = sample_lines();
    let files: Vec<PathBuf> = lines
        .chunks(lines.len().div_ceil(6))
        .enumerate()
        .map(|(number, lines)| write_lines(bench.path(&format!("part-{number}.gz")), lines))
        .collect();
    // How long a whole import takes here and now says which moments are within it.
    let measured = Bench::new();
    let started = Instant::now();
    import(&measured, &files);
    let whole = started.elapsed();
    let mut dice = Dice(u64::try_from(whole.as_micros()).unwrap());
    for kill in 0..kills() {
        // Every third time the home is new: the first moments make the tables.
        if kill % 3 == 2 {
            std::fs::remove_dir_all(bench.path("home")).unwrap();
        }
        let child = bench.command().args(arguments(&files)).spawn().unwrap();
        let moment = whole.mul_f64(f64::from(u32::try_from(dice.below(1000)).unwrap()) / 1000.0);
        kill_after(child, moment);
    }
    import(&bench, &files);
    assert_same(&bench);
    assert_eq!(
        leftovers(&bench.path("home")),
        Vec::<PathBuf>::new(),
        "nothing half-written stays visible"
    );
}

/// Waits until `ready` or the child's end, then sends what Ctrl-C sends; returns what came of it.
fn interrupt_when(mut child: Child, ready: impl Fn() -> bool) -> crate::bench::Run {
    while !ready() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    finished(child)
}

#[test]
fn an_interrupted_import_is_safe() {
    let bench = Bench::new();
    let child = bench.command().args(arguments(&[sample()])).spawn().unwrap();
    let run = interrupt_when(child, || bench.path("home/data").exists());
    assert_eq!((run.code, run.stdout.as_str()), (Some(130), ""), "{}", run.stderr);
    assert!(run.stderr.starts_with("interrupted: "), "{}", run.stderr);
    import(&bench, &[sample()]);
    assert_same(&bench);
}

#[test]
fn an_interrupted_sample_leaves_nothing_behind() {
    let bench = Bench::new();
    let child = bench.command().args(["review", "--sample"]).spawn().unwrap();
    let throw_away = || {
        let mut entries =
            std::fs::read_dir(bench.path(".")).unwrap().map(|entry| entry.unwrap().path());
        entries.find(|path| path.to_string_lossy().contains("aftercast-sample-"))
    };
    let run = interrupt_when(child, || {
        throw_away().is_some_and(|folder| folder.join("data/main").exists())
    });
    assert_eq!(run.code, Some(130), "{}{}", run.stdout, run.stderr);
    assert_eq!(throw_away(), None);
}

/// Lets the child run for `moment`, then kills it as `kill -9` does.
fn kill_after(mut child: Child, moment: Duration) {
    let (ended, wait) = std::sync::mpsc::channel::<()>();
    // A wait with a limit, not a sleep: the moment is the thing under test.
    let _ = wait.recv_timeout(moment);
    drop(ended);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Files that a person would take for data though they are not whole.
fn leftovers(home: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(home) else { return Vec::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            !(name == "data" || name.starts_with("aftercast.db"))
        })
        .collect()
}

#[test]
fn postgresql_keeps_the_same_rows() {
    let Ok(server) = std::env::var("AFTERCAST_TEST_POSTGRES") else {
        assert!(std::env::var("CI").is_err(), "CI must set AFTERCAST_TEST_POSTGRES");
        println!("skipped: set AFTERCAST_TEST_POSTGRES to the URL of a PostgreSQL superuser");
        return;
    };
    let (base, _) = server.rsplit_once('/').unwrap();
    let name = format!("aftercast_app_{}", std::process::id());
    let psql = |statement: &str| {
        let done = Command::new("psql").args([&server, "-qc", statement]).output();
        done.is_ok_and(|output| output.status.success())
    };
    assert!(psql(&format!("CREATE DATABASE {name}")), "psql must be there");
    let bench = Bench::on_database(&format!("{base}/{name}"));
    import(&bench, &[sample()]);
    import(&bench, &[sample()]);
    assert_same(&bench);
    assert!(!bench.path("home/aftercast.db").exists(), "nothing is in SQLite");
    bench
        .run(["--database", &format!("{base}/no_such_database"), "sql", "SELECT 1"])
        .refused(2, "no_such_database");
    assert!(psql(&format!("DROP DATABASE {name} WITH (FORCE)")));
}
