//! A new database for each test, on either back end.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use aftercast_ledger::Ledger;
use aftercast_model::Timestamp;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The environment variable with the URL of a PostgreSQL superuser; each test makes its own database.
const POSTGRES: &str = "AFTERCAST_TEST_POSTGRES";

pub(crate) const NOW: i64 = 1_700_000_000_000;

pub(crate) struct Bench {
    pub(crate) url: String,
}

impl Bench {
    pub(crate) async fn open(&self) -> Ledger {
        Ledger::open(&self.url, now()).await.unwrap()
    }

    /// Runs a statement beside the ledger.
    pub(crate) async fn execute(&self, sql: &str) {
        self.execute_text(sql.to_owned()).await;
    }

    pub(crate) async fn execute_text(&self, sql: String) {
        let sql = AssertSqlSafe(sql);
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut connection = sqlite(path).await;
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut connection = sqlite(path).await;
            return sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
        }
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }
}

async fn sqlite(path: &str) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(PathBuf::from(path));
    sqlx::SqliteConnection::connect_with(&options).await.unwrap()
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(NOW)
}

pub(crate) fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Bench) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    runtime().block_on(test(Bench { url }));
}

pub(crate) fn on_postgres<F>(test: impl FnOnce(Bench) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var(POSTGRES) else {
        assert!(std::env::var("CI").is_err(), "CI must set {POSTGRES}");
        println!("skipped: set {POSTGRES} to the URL of a PostgreSQL superuser");
        return;
    };
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let database = format!("aftercast_ledger_{}_{number}", std::process::id());
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{database}");
    let future = test(Bench { url });
    runtime().block_on(async {
        let mut admin = PgConnection::connect(&server).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {database}"));
        sqlx::query(create).execute(&mut admin).await.unwrap();
        let outcome = tokio::spawn(future).await;
        let drop = AssertSqlSafe(format!("DROP DATABASE {database} WITH (FORCE)"));
        sqlx::query(drop).execute(&mut admin).await.unwrap();
        if let Err(failed) = outcome {
            std::panic::resume_unwind(failed.into_panic());
        }
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
