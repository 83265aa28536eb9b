//! A lake in a temporary folder, facts to put into it, and DuckDB to judge it.

use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use aftercast_lake::{DataLocation, Lake, LakeOptions, Selection, SqlValue};
use aftercast_model::{
    ColumnRef, Commit, FactId, Facts, GateEvaluation, GateKind, Kind, Outcome, Payload, TaskRun,
    Timestamp, Verdict,
};
use serde_json::{Value, json};
use sqlx::Connection;

const PAYLOADS: &str = "SELECT id, source, kind, day, body FROM payloads ORDER BY id";
const DAYS: &str = "SELECT id, day FROM task_runs ORDER BY id";

/// Rows as JSON values.
pub(crate) type Rows = Vec<Vec<Value>>;

/// A lake of one test.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) options: LakeOptions,
}

impl Bench {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = format!("sqlite://{}", folder.path().join("lake.db").display());
        Self::with(folder, catalogue)
    }

    /// A lake whose catalogue is a new database of the server in `AFTERCAST_TEST_POSTGRES`.
    pub(crate) async fn postgres() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("AFTERCAST_TEST_POSTGRES") else {
            skip("AFTERCAST_TEST_POSTGRES names no PostgreSQL server");
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("lake_{}_{number}", std::process::id());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self::with(tempfile::tempdir().unwrap(), format!("{base}/{name}")))
    }

    fn with(folder: tempfile::TempDir, catalogue: String) -> Self {
        let data = DataLocation::Local(folder.path().join("data"));
        Self { folder, options: LakeOptions { catalogue, data } }
    }

    pub(crate) async fn open(&self) -> Lake {
        Lake::open(&self.options).await.unwrap()
    }

    /// Compares every table, row for row, between DuckDB, our reader and our SQL.
    pub(crate) async fn judge(&self, lake: &Lake, when: &str) {
        let facts = lake.facts(&Selection::everything()).await.unwrap();
        let mut queries: Vec<String> = Facts::TABLES
            .iter()
            .map(|spec| {
                let columns: Vec<String> = spec
                    .columns
                    .iter()
                    .map(|column| match column.kind {
                        Kind::Time => format!("epoch_ms({})", column.name),
                        _ => format!("\"{}\"", column.name),
                    })
                    .collect();
                format!("SELECT {} FROM {} ORDER BY id", columns.join(", "), spec.name)
            })
            .collect();
        queries.extend([PAYLOADS.to_owned(), DAYS.to_owned()]);
        let Some(answers) = self.duckdb(&queries) else { return };
        for (spec, answer) in Facts::TABLES.iter().zip(&answers) {
            assert_eq!(&rows_of(&facts, spec.name), answer, "{} {when}", spec.name);
        }
        for (query, answer) in [PAYLOADS, DAYS].iter().zip(answers.iter().rev().take(2).rev()) {
            assert_eq!(&sql_rows(lake, query).await, answer, "{query} {when}");
        }
    }

    /// Runs queries in DuckDB; `None` where it is not installed.
    pub(crate) fn duckdb(&self, queries: &[String]) -> Option<Vec<Rows>> {
        let python = duckdb_python()?;
        let judge = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/judge.py");
        let mut child = Command::new(python)
            .arg(judge)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let asked = json!({ "catalogue": self.options.catalogue, "queries": queries });
        child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "DuckDB could not read the lake");
        Some(serde_json::from_slice(&output.stdout).unwrap())
    }
}

/// Addresses with which the server in `AFTERCAST_TEST_POSTGRES` lets nobody in: a role that is not
/// there, a wrong password.
pub(crate) async fn refused_logins() -> Option<[String; 2]> {
    let Ok(server) = std::env::var("AFTERCAST_TEST_POSTGRES") else {
        skip("AFTERCAST_TEST_POSTGRES names no PostgreSQL server");
        return None;
    };
    let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
    // The role that scripts/postgres asks for a password; it may be there from an earlier test.
    let create = "CREATE ROLE aftercast_password LOGIN PASSWORD 'right'";
    let _ = sqlx::query(create).execute(&mut connection).await;
    let (_, host) = server.split_once('@').unwrap();
    Some(["nobody", "aftercast_password"].map(|user| format!("postgres://{user}:s3cret@{host}")))
}

/// Says that a test was left out; in CI that is a failure.
fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}, and CI must run everything");
    println!("skipped: {why}");
}

fn duckdb_python() -> Option<PathBuf> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let named = std::env::var_os("AFTERCAST_PYTHON").map(PathBuf::from);
    let found = named.unwrap_or_else(|| root.join(".venv/bin/python"));
    if found.is_file() {
        return Some(found);
    }
    skip(&format!("no Python with DuckDB at `{}` (AFTERCAST_PYTHON)", found.display()));
    None
}

/// Returns the rows of a query of ours.
pub(crate) async fn sql_rows(lake: &Lake, query: &str) -> Rows {
    let mut rows = lake.sql(query).await.unwrap();
    let mut all = Vec::new();
    while let Some(batch) = rows.next().await.unwrap() {
        all.extend(batch.iter().map(|row| row.iter().map(SqlValue::to_json).collect()));
    }
    all
}

/// Returns the rows of a table as JSON, by id; times as milliseconds.
pub(crate) fn rows_of(facts: &Facts, table: &str) -> Rows {
    let table = facts.tables().into_iter().find(|found| found.spec.name == table).unwrap();
    let value = |column: &ColumnRef<'_>, row: usize| match column {
        ColumnRef::Id(ids) => json!(ids[row].to_string()),
        ColumnRef::Text(names) => json!(facts.names.get(names[row])),
        ColumnRef::Time(times) => json!(times[row].map(Timestamp::millis)),
        ColumnRef::Count(counts) => json!(counts[row]),
        ColumnRef::Flag(flags) => json!(flags[row]),
        ColumnRef::Word(words) => json!(words.word_at(row)),
    };
    let mut rows: Rows = (0..table.rows)
        .map(|row| table.columns.iter().map(|column| value(column, row)).collect())
        .collect();
    rows.sort_by_key(|row| row[0].as_str().map(str::to_owned));
    rows
}

/// Returns observations of the facts `range`, as they were at `revision`.
///
/// They have what facts have: missing values, negative numbers, fractions of seconds, text that
/// has to be quoted, facts that belong to no service.
pub(crate) fn facts(range: Range<u32>, revision: i64) -> Facts {
    let mut facts = Facts::new();
    for number in range {
        let at = |offset: i64| {
            Timestamp::from_millis(1_439_249_811_219 + i64::from(number) * 86_399_321 + offset)
        };
        let service = match number % 5 {
            0 => "",
            kind => ["", "shop", "shop-api", "Zahlung ü", "a'b\"c"][kind as usize],
        };
        let key = number.to_string();
        let commit = Commit {
            id: FactId::new("git", "commits", &key, 0),
            source: facts.name("git"),
            service: facts.name(service),
            observed_at: (number % 7 != 0).then(|| at(revision)),
            repo: facts.name("demo"),
            sha: facts.name(&format!("{:040x}", u128::from(number) * 7919)),
            author_key: facts.name(&format!("k{}", number % 11)),
            authored_at: Some(at(-1)),
            committed_at: (number % 3 != 0).then(|| at(0)),
            additions: Some(i64::from(number) - 40 + revision),
            ..Commit::default()
        };
        facts.commits.push(commit);
        let run = TaskRun {
            id: FactId::new("ci", "task_runs", &key, 1),
            source: facts.name("ci"),
            service: facts.name(service),
            observed_at: Some(at(revision)),
            name: facts.name(&format!("job {}", number % 13)),
            required: (number % 4 != 0).then_some(number % 2 == 0),
            queued_at: (number % 6 != 0).then(|| at(0)),
            started_at: Some(at(1_000 + i64::from(number % 17) * 1_317)),
            finished_at: Some(at(90_000)),
            outcome: [Outcome::Success, Outcome::Failure, Outcome::Cancelled][number as usize % 3],
            failure_text: facts.name(if number % 3 == 1 {
                "line 1\nline 2, \"quoted\""
            } else {
                ""
            }),
            ..TaskRun::default()
        };
        facts.task_runs.push(run);
        if number % 10 == 0 {
            let gate = GateEvaluation {
                id: FactId::new("ci", "gate_evaluations", &key, 0),
                source: facts.name("ci"),
                service: facts.name(service),
                gate: facts.name("Code-Review"),
                gate_kind: GateKind::Approval,
                decided_at: Some(at(revision)),
                verdict: Verdict::Pass,
                confidence: Some(90),
                ..GateEvaluation::default()
            };
            facts.gate_evaluations.push(gate);
        }
    }
    facts
}

/// Returns payloads, one of them no UTF-8.
pub(crate) fn payloads(range: Range<u32>) -> Vec<Payload> {
    range
        .map(|number| Payload {
            source: "ci",
            kind: "run".to_owned(),
            observed_at: (number % 3 != 0)
                .then(|| Timestamp::from_millis(1_439_249_811_219 + i64::from(number))),
            body: if number == 5 {
                vec![0xff, 0x00, 0xfe]
            } else {
                format!("{{\"n\":{number}}}").into()
            },
        })
        .collect()
}
