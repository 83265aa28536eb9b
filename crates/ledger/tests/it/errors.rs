//! What a person is told when the database cannot be used.

use std::path::Path;

use aftercast_ledger::{Ledger, LedgerError};

use crate::bench::{now, on_postgres};

async fn open(path: &Path) -> LedgerError {
    Ledger::open(&format!("sqlite:{}", path.display()), now()).await.unwrap_err()
}

#[tokio::test]
async fn a_file_that_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "a shopping list that is longer than a header ".repeat(99)).unwrap();
    let error = open(&path).await;
    assert!(matches!(error, LedgerError::NotADatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("notes.txt"));
}

#[tokio::test]
async fn a_folder_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(&folder.path().join("missing/ledger.db")).await;
    assert!(matches!(error, LedgerError::CannotOpen { .. }), "{error:?}");
}

#[test]
fn a_server_that_lets_nobody_write() {
    on_postgres(|bench| async move {
        let database = bench.url.rsplit('/').next().unwrap().to_owned();
        let url = bench.url.clone();
        bench
            .execute_text(format!(
                "ALTER DATABASE {database} SET default_transaction_read_only = on"
            ))
            .await;
        let error = Ledger::open(&url, now()).await.unwrap_err();
        assert!(matches!(error, LedgerError::ReadOnly { .. }), "{error:?}");
    });
}

#[test]
fn a_server_that_refuses_the_login() {
    on_postgres(|bench| async move {
        // The role that scripts/postgres asks for a password; it may be there from an earlier test.
        let make = "DO $$ BEGIN CREATE ROLE aftercast_password LOGIN PASSWORD 'right'; \
                    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";
        bench.execute(make).await;
        let (_, host) = bench.url.split_once('@').unwrap();
        for user in ["nobody", "aftercast_password"] {
            let url = format!("postgres://{user}:s3cret@{host}");
            let error = Ledger::open(&url, now()).await.unwrap_err();
            assert!(matches!(error, LedgerError::NotAuthorised { .. }), "{user}: {error:?}");
            assert!(!format!("{error:?}").contains("s3cret"));
        }
        // A user who may come in, and nothing else.
        let url = format!("postgres://aftercast_password:right@{host}");
        let error = Ledger::open(&url, now()).await.unwrap_err();
        assert!(matches!(error, LedgerError::NotAuthorised { .. }), "{error:?}");
    });
}

#[tokio::test]
async fn a_url_of_an_unknown_kind_hides_its_password() {
    let error = Ledger::open("mysql://ann:s3cret@db/after", now()).await.unwrap_err();
    assert!(matches!(error, LedgerError::UnknownUrl { .. }), "{error:?}");
    assert!(!error.to_string().contains("s3cret"));
}

#[tokio::test]
async fn a_server_that_does_not_answer() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://ann:s3cret@127.0.0.1:{port}/after");
    let error = Ledger::open(&url, now()).await.unwrap_err();
    assert!(matches!(error, LedgerError::Unreachable { .. }), "{error:?}");
    assert!(!error.to_string().contains("s3cret"));
}
