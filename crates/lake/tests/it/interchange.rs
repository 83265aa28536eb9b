//! The judge: DuckDB with its official extension reads the same rows, whatever happened before.

use std::time::Duration;

use aftercast_lake::{Lake, Removed};
use aftercast_model::Facts;

use crate::bench::{Bench, facts, payloads, rows_of, sql_rows};

async fn life_of_a_lake(bench: &Bench) {
    let lake = bench.open().await;
    bench.judge(&lake, "when new").await;
    let first = lake.append(&facts(0..300, 0), &payloads(0..20)).await.unwrap();
    assert_eq!(first.facts().stored, 630);
    bench.judge(&lake, "after import").await;

    let again = lake.append(&facts(0..300, 0), &payloads(0..20)).await.unwrap();
    assert_eq!((again.snapshot, again.facts().known), (None, 630));
    bench.judge(&lake, "after second import").await;

    let update = lake.append(&facts(100..200, 5), &payloads(15..30)).await.unwrap();
    assert_eq!((update.facts().updated, update.facts().stored), (210, 0));
    bench.judge(&lake, "after update").await;
    let more = lake.append(&facts(150..350, 9), &[]).await.unwrap();
    assert_eq!((more.facts().updated, more.facts().stored), (315, 105));
    bench.judge(&lake, "after second update").await;
    let old = lake.append(&facts(100..350, 1), &[]).await.unwrap();
    assert_eq!(old.snapshot, None, "older observations change nothing");

    crash_before_commit(bench, &lake).await;
    bench.judge(&bench.open().await, "after a crash").await;

    let before = lake.facts(&aftercast_lake::Selection::everything()).await.unwrap();
    let compacted = lake.compact().await.unwrap();
    assert!(compacted.files_before > compacted.files_after, "{compacted:?}");
    bench.judge(&lake, "after compaction").await;
    let after = lake.facts(&aftercast_lake::Selection::everything()).await.unwrap();
    for spec in Facts::TABLES {
        assert_eq!(rows_of(&before, spec.name), rows_of(&after, spec.name), "{}", spec.name);
    }
    let cleaned = lake.clean(Duration::ZERO).await.unwrap();
    assert!(cleaned.snapshots > 0 && cleaned.files > 0, "{cleaned:?}");
    assert_eq!(cleaned.orphans, 1);
    bench.judge(&lake, "after clean-up").await;
    let last = lake.append(&facts(340..400, 9), &[]).await.unwrap();
    assert_eq!(last.facts().known, 21);
    bench.judge(&lake, "after import into a clean lake").await;

    let removed = lake.remove("git", "demo").await.unwrap();
    assert_eq!(removed.tables, [("commits", 400)]);
    bench.judge(&lake, "after removing a repository").await;
    assert_eq!(lake.remove("git", "demo").await.unwrap(), Removed::default());
    assert_eq!(lake.remove("ci", "demo").await.unwrap(), Removed::default());
    let again = lake.append(&facts(0..400, 0), &[]).await.unwrap();
    assert_eq!((again.facts().stored, again.tables[0].table), (400, "commits"));
    bench.judge(&lake, "after reading it again").await;
}

/// What a writer leaves that dies between its file and its commit.
async fn crash_before_commit(bench: &Bench, lake: &Lake) {
    let files = bench.folder.path().join("data/main/task_runs");
    let any = std::fs::read_dir(&files).unwrap().next().unwrap().unwrap().path();
    std::fs::copy(any, files.join("aftercast-orphan.parquet")).unwrap();
    assert_eq!(lake.append(&facts(100..350, 1), &[]).await.unwrap().snapshot, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_reads_the_same_rows_from_sqlite() {
    life_of_a_lake(&Bench::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_reads_the_same_rows_from_postgres() {
    if let Some(bench) = Bench::postgres().await {
        life_of_a_lake(&bench).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_prunes_as_we_do() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    for start in [0, 100, 200] {
        lake.append(&facts(start..start + 100, 0), &[]).await.unwrap();
    }
    let queries = [
        "SELECT count(*) FROM task_runs WHERE service = 'shop-api'",
        "SELECT count(*) FROM task_runs WHERE service IS NULL",
        "SELECT count(*) FROM task_runs WHERE day > 16800",
        "SELECT count(*) FROM task_runs WHERE day IS NULL",
        "SELECT count(*) FROM task_runs WHERE queued_at < TIMESTAMP '2015-10-01 00:00:00'",
        "SELECT count(*) FROM commits WHERE additions BETWEEN -10 AND 10",
        "SELECT count(*) FROM task_runs WHERE required",
        "SELECT count(*) FROM task_runs WHERE NOT required AND outcome = 'failure'",
        "SELECT min(service), max(service), min(day), max(day), count(*) FROM task_runs",
    ]
    .map(str::to_owned);
    let Some(answers) = bench.duckdb(&queries) else { return };
    for (query, answer) in queries.iter().zip(answers) {
        assert_eq!(sql_rows(&lake, query).await, answer, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_reads_a_lake_that_was_moved_and_one_with_a_new_column() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    lake.append(&facts(0..50, 0), &[]).await.unwrap();
    drop(lake);
    // An older version that did not know `duration_ms` yet.
    let pool = sqlx::SqlitePool::connect(&bench.options.catalogue).await.unwrap();
    let old = "DELETE FROM ducklake_column WHERE column_name = 'duration_ms'";
    sqlx::query(old).execute(&pool).await.unwrap();
    drop(pool);
    let mut moved = bench;
    let data = moved.folder.path().join("elsewhere");
    std::fs::rename(moved.folder.path().join("data"), &data).unwrap();
    moved.options.data = aftercast_lake::DataLocation::Local(data);
    let lake = moved.open().await;
    moved.judge(&lake, "after the move").await;
    lake.append(&facts(20..70, 3), &[]).await.unwrap();
    moved.judge(&lake, "after an import behind the move").await;
}
