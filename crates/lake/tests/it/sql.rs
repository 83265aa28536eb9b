//! SQL: the same answers as DuckDB, read-only, exports.

use aftercast_lake::{ExportFormat, read_parquet_facts};
use serde_json::Value;

use crate::bench::{Bench, facts, rows_of, sql_rows};

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_those_of_duckdb() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    lake.append(&facts(0..400, 0), &[]).await.unwrap();
    lake.append(&facts(50..150, 2), &[]).await.unwrap();
    let queries = [
        "SELECT service, percentile_cont(0.5) WITHIN GROUP (ORDER BY additions) FROM commits GROUP BY service ORDER BY service NULLS FIRST",
        "SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY day) FROM task_runs",
        "SELECT c.service, count(*) FROM commits c JOIN task_runs t ON c.service = t.service AND c.day = t.day GROUP BY c.service ORDER BY 1",
        "SELECT CAST(date_trunc('week', started_at) AS DATE)::varchar AS week, count(*) FROM task_runs GROUP BY 1 ORDER BY 1",
        "SELECT name, outcome, count(*) FROM task_runs WHERE outcome <> 'success' GROUP BY name, outcome ORDER BY name, outcome",
        "SELECT id, failure_text FROM task_runs WHERE failure_text LIKE '%quoted%' ORDER BY id LIMIT 7",
        "SELECT id, row_number() OVER (PARTITION BY service ORDER BY started_at, id) FROM task_runs ORDER BY id LIMIT 50",
    ]
    .map(str::to_owned);
    let Some(answers) = bench.duckdb(&queries) else { return };
    for (query, answer) in queries.iter().zip(answers) {
        assert!(!answer.is_empty(), "{query}");
        let ours = sql_rows(&lake, query).await;
        assert_eq!(ours.len(), answer.len(), "{query}");
        for (ours, theirs) in ours.iter().flatten().zip(answer.iter().flatten()) {
            assert!(same(ours, theirs), "{query}: {ours} is not {theirs}");
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9 * a.abs().max(1.0),
        _ => a == b,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_queries_run() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    for refused in [
        "DROP TABLE commits",
        "INSERT INTO commits SELECT * FROM commits",
        "CREATE TABLE x AS SELECT 1",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "COPY commits TO 'x.csv'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM nothing",
        "SELECT",
    ] {
        let Err(error) = lake.sql(refused).await else { panic!("{refused} ran") };
        assert!(error.to_string().starts_with("the query failed: "), "{error}");
    }
    assert_eq!(sql_rows(&lake, "SELECT count(*) FROM commits").await, [[0]]);
    assert!(sql_rows(&lake, "SHOW TABLES").await.len() > 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_hold_every_row_and_come_back() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    lake.append(&facts(0..60, 0), &[]).await.unwrap();
    let query = "SELECT * FROM task_runs ORDER BY id";
    let mut csv = Vec::new();
    assert_eq!(lake.export(query, ExportFormat::Csv, &mut csv).await.unwrap(), 60);
    let csv = String::from_utf8(csv).unwrap();
    assert!(csv.starts_with("id,source,service,observed_at,"));
    assert!(csv.contains("\"line 1\nline 2, \"\"quoted\"\"\""));
    let mut lines = Vec::new();
    assert_eq!(lake.export(query, ExportFormat::Ndjson, &mut lines).await.unwrap(), 60);
    let lines = String::from_utf8(lines).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["source"], "ci");
    let path = bench.folder.path().join("task_runs.parquet");
    let file = std::fs::File::create(&path).unwrap();
    assert_eq!(lake.export(query, ExportFormat::Parquet, file).await.unwrap(), 60);
    let (read, problems) = read_parquet_facts(&path).unwrap();
    assert_eq!(problems, []);
    assert_eq!(rows_of(&read, "task_runs"), rows_of(&facts(0..60, 0), "task_runs"));
}
