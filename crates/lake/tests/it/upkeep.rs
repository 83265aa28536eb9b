//! Removing a repository, and keeping files few without anybody noticing.

use std::time::Duration;

use aftercast_lake::{Lake, Selection};
use aftercast_model::{Commit, FactId, Facts};

use crate::bench::{Bench, Rows, facts, rows_of, sql_rows};

/// The most files that small appends may leave in a table.
const FEW: u64 = 16;

async fn commits(lake: &Lake) -> Rows {
    rows_of(&lake.facts(&Selection::everything()).await.unwrap(), "commits")
}

async fn most_files(lake: &Lake) -> u64 {
    lake.table_counts().await.unwrap().iter().map(|count| count.files).max().unwrap()
}

fn commits_of(repos: &[&str], range: std::ops::Range<u32>) -> Facts {
    let mut all = Facts::new();
    for number in range {
        for (repo, source) in repos.iter().zip(["git", "github"].iter().cycle()) {
            let commit = Commit {
                id: FactId::new(source, "commits", &format!("{repo} {number}"), 0),
                source: all.name(source),
                service: all.name(repo),
                repo: all.name(repo),
                ..Commit::default()
            };
            all.commits.push(commit);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_takes_the_rows_of_one_source_and_repository_only() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    let repos = ["shop", "shop", "mail", "mail"];
    lake.append(&commits_of(&repos, 0..50), &[]).await.unwrap();
    lake.append(&commits_of(&repos[..1], 50..60), &[]).await.unwrap();
    let removed = lake.remove("git", "shop").await.unwrap();
    assert_eq!((removed.tables.as_slice(), removed.rows()), (&[("commits", 60)][..], 60));
    let left = "SELECT source, repo, count(*) FROM commits GROUP BY 1, 2 ORDER BY 1, 2";
    let expected =
        serde_json::json!([["git", "mail", 50], ["github", "mail", 50], ["github", "shop", 50]]);
    assert_eq!(serde_json::json!(sql_rows(&lake, left).await), expected);
    // A removed row has no past: an older observation of it is new.
    let again = lake.append(&commits_of(&repos[..1], 0..60), &[]).await.unwrap();
    assert_eq!(again.facts().stored, 60);
    assert_eq!(lake.remove("git", "shop").await.unwrap().rows(), 60);
    assert_eq!(lake.remove("git", "nothing").await.unwrap().snapshot, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_imports_leave_few_files_and_the_same_rows() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    // One file that is much larger than all that follows is not written again and again.
    lake.append(&facts(1_000..4_000, 0), &[]).await.unwrap();
    for start in 0..60 {
        lake.append(&facts(start * 2..start * 2 + 2, 0), &[]).await.unwrap();
        let tidied = lake.tidy().await.unwrap();
        assert!(tidied.rows < 2_000, "{tidied:?}");
        assert!(most_files(&lake).await <= FEW, "{:?}", lake.table_counts().await);
    }
    let mut all = rows_of(&facts(0..120, 0), "commits");
    all.extend(rows_of(&facts(1_000..4_000, 0), "commits"));
    all.sort_by_key(|row| row[0].as_str().map(str::to_owned));
    assert_eq!(commits(&lake).await, all);
    bench.judge(&lake, "after many small imports").await;
    let on_disk = || std::fs::read_dir(bench.folder.path().join("data/main/commits")).unwrap();
    assert!(on_disk().count() > 60, "files stay for those who still read");
    lake.clean(Duration::ZERO).await.unwrap();
    assert!(on_disk().count() as u64 <= FEW);
    assert_eq!(commits(&lake).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_an_older_snapshot_finishes_while_files_are_merged() {
    let bench = Bench::sqlite();
    let lake = bench.open().await;
    for start in 0..=16 {
        lake.append(&facts(start * 10..start * 10 + 10, 0), &[]).await.unwrap();
    }
    let mut reading = lake.sql("SELECT id, sha FROM commits").await.unwrap();
    let tidied = bench.open().await.tidy().await.unwrap();
    assert!(tidied.files_before > FEW, "{tidied:?}");
    lake.remove("git", "demo").await.unwrap();
    let mut rows = 0;
    while let Some(batch) = reading.next().await.unwrap() {
        rows += batch.len();
    }
    assert_eq!(rows, 170);
    assert_eq!(commits(&lake).await.len(), 0);
}
