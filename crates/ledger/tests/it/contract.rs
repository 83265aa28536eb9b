//! The contract: one function a promise, run on both back ends.

use aftercast_ledger::{FinishedImport, Ledger, LedgerError};
use aftercast_model::Timestamp;

use crate::bench::{Bench, now, on_postgres, on_sqlite};

macro_rules! contract {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[test] fn $name() { super::on_sqlite(super::$name); })+
        }
        mod postgres {
            $(#[test] fn $name() { super::on_postgres(super::$name); })+
        }
    };
}
pub(crate) use contract;

contract! {
    a_cursor_is_what_was_saved_last
    cursors_of_other_subjects_stay
    the_key_is_made_once
    many_open_a_new_database_at_once
    the_log_of_imports_is_kept_in_order
    a_newer_schema_is_refused
    tables_of_others_are_left_alone
}

async fn a_cursor_is_what_was_saved_last(bench: Bench) {
    let ledger = bench.open().await;
    assert_eq!(ledger.cursor("git", "/src").await.unwrap(), None);
    ledger.save_cursor("git", "/src", r#"{"tips":[]}"#, now()).await.unwrap();
    ledger.save_cursor("git", "/src", r#"{"tips":["a"]}"#, now()).await.unwrap();
    drop(ledger);
    let again = bench.open().await;
    assert_eq!(again.cursor("git", "/src").await.unwrap().unwrap(), r#"{"tips":["a"]}"#);
}

async fn cursors_of_other_subjects_stay(bench: Bench) {
    let ledger = bench.open().await;
    ledger.save_cursor("git", "/a", "1", now()).await.unwrap();
    ledger.save_cursor("git", "/b", "2", now()).await.unwrap();
    ledger.save_cursor("github", "/a", "3", now()).await.unwrap();
    assert_eq!(ledger.cursor("git", "/a").await.unwrap().unwrap(), "1");
    assert_eq!(ledger.cursor("git", "/b").await.unwrap().unwrap(), "2");
    assert_eq!(ledger.cursor("github", "/a").await.unwrap().unwrap(), "3");
}

async fn the_key_is_made_once(bench: Bench) {
    let ledger = bench.open().await;
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move { pseudonym(&ledger).await })
        })
        .collect();
    let first = pseudonym(&ledger).await;
    for answer in asked {
        assert_eq!(answer.await.unwrap(), first);
    }
    assert_eq!(pseudonym(&bench.open().await).await, first);
    bench.execute("DELETE FROM aftercast_instance").await;
    assert_ne!(pseudonym(&bench.open().await).await, first, "a new key is another key");
}

async fn pseudonym(ledger: &Ledger) -> String {
    ledger.person_key(now()).await.unwrap().pseudonym("git", "ann@example.org")
}

async fn many_open_a_new_database_at_once(bench: Bench) {
    let opening: Vec<_> = (0..12)
        .map(|_| {
            let url = bench.url.clone();
            // Threads with a runtime each share nothing, as processes do.
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(async {
                    let ledger = Ledger::open(&url, now()).await.unwrap();
                    ledger.save_cursor("git", "/src", "1", now()).await.unwrap();
                    let name = pseudonym(&ledger).await;
                    ledger.close().await;
                    name
                })
            })
        })
        .collect();
    let mut names: Vec<_> = tokio::task::spawn_blocking(move || {
        opening.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
    .await
    .unwrap();
    names.dedup();
    assert_eq!(names.len(), 1, "one key for all");
    assert_eq!(bench.count("SELECT COUNT(*) FROM aftercast_migrations").await, 3);
}

async fn the_log_of_imports_is_kept_in_order(bench: Bench) {
    let ledger = bench.open().await;
    let import = FinishedImport {
        source: "gerrit".into(),
        inputs: "a.ndjson.gz\nb.ndjson".into(),
        started_at: now(),
        finished_at: Timestamp::from_millis(now().millis() + 5),
        records: 1,
        stored: 2,
        updated: 3,
        known: 4,
        problems: 5,
    };
    let first = ledger.log_import(&import).await.unwrap();
    let second = ledger.log_import(&FinishedImport { records: 9, ..import.clone() }).await.unwrap();
    assert!(first < second);
    let log = ledger.imports(10).await.unwrap();
    assert_eq!(log.iter().map(|line| line.import.records).collect::<Vec<_>>(), [9, 1]);
    assert_eq!(log[1].import, import);
    assert_eq!(ledger.imports(1).await.unwrap().len(), 1);
}

async fn a_newer_schema_is_refused(bench: Bench) {
    drop(bench.open().await);
    bench.execute("INSERT INTO aftercast_migrations VALUES (999, 0)").await;
    let error = Ledger::open(&bench.url, now()).await.unwrap_err();
    assert!(matches!(error, LedgerError::NewerSchema { found: 999, .. }), "{error}");
    assert!(error.hint().unwrap().contains("update"));
}

async fn tables_of_others_are_left_alone(bench: Bench) {
    drop(bench.open().await);
    bench.execute("CREATE TABLE ducklake_metadata (key VARCHAR, value VARCHAR)").await;
    drop(bench.open().await);
    assert_eq!(bench.count("SELECT COUNT(*) FROM ducklake_metadata").await, 0);
}
