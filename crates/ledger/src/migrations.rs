//! The schema, step by step. Own migrator: sqlx's does not lock SQLite, so that two processes that
//! open a new database at once would run the first step twice.

use aftercast_model::Timestamp;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use crate::error::LedgerError;

/// One step; never changed once it was released.
struct Migration {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

static MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        sqlite: include_str!("../migrations/0001_start.sqlite.sql"),
        postgres: include_str!("../migrations/0001_start.postgres.sql"),
    },
    Migration {
        version: 2,
        sqlite: include_str!("../migrations/0002_inbox.sqlite.sql"),
        postgres: include_str!("../migrations/0002_inbox.postgres.sql"),
    },
    Migration {
        version: 3,
        sqlite: include_str!("../migrations/0003_decisions.sqlite.sql"),
        postgres: include_str!("../migrations/0003_decisions.postgres.sql"),
    },
];

const CREATE: &str = "CREATE TABLE IF NOT EXISTS aftercast_migrations \
                      (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)";
const NEWEST: &str = "SELECT COALESCE(MAX(version), 0) FROM aftercast_migrations";
const APPLIED: &str = "INSERT INTO aftercast_migrations (version, applied_at) VALUES ($1, $2)";
/// The advisory lock that migrations hold in PostgreSQL: "aftercst" in ASCII.
const POSTGRES_LOCK: i64 = 0x6166_7465_7263_7374;

/// Runs what is missing, in one transaction that no other process can enter.
pub(crate) async fn run_sqlite(
    pool: &SqlitePool,
    shown: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let failed = |source| LedgerError::from_sqlx(shown, source);
    // The usual case needs no lock.
    let current: Option<i64> = sqlx::query_scalar(NEWEST).fetch_one(pool).await.ok();
    if check(shown, current.unwrap_or(0))? {
        return Ok(());
    }
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    sqlx::query(CREATE).execute(&mut *transaction).await.map_err(failed)?;
    let current = sqlx::query_scalar(NEWEST).fetch_one(&mut *transaction).await.map_err(failed)?;
    check(shown, current)?;
    for step in MIGRATIONS.iter().filter(|step| current < step.version) {
        sqlx::raw_sql(step.sqlite).execute(&mut *transaction).await.map_err(failed)?;
        sqlx::query(APPLIED)
            .bind(step.version)
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// Runs what is missing, in one transaction that no other process can enter.
pub(crate) async fn run_postgres(
    pool: &PgPool,
    shown: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let failed = |source| LedgerError::from_sqlx(shown, source);
    let current: Option<i64> = sqlx::query_scalar(NEWEST).fetch_one(pool).await.ok();
    if check(shown, current.unwrap_or(0))? {
        return Ok(());
    }
    let mut transaction = pool.begin().await.map_err(failed)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(POSTGRES_LOCK)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    sqlx::query(CREATE).execute(&mut *transaction).await.map_err(failed)?;
    let current = sqlx::query_scalar(NEWEST).fetch_one(&mut *transaction).await.map_err(failed)?;
    check(shown, current)?;
    for step in MIGRATIONS.iter().filter(|step| current < step.version) {
        sqlx::raw_sql(step.postgres).execute(&mut *transaction).await.map_err(failed)?;
        sqlx::query(APPLIED)
            .bind(step.version)
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// Returns whether nothing is to do.
fn check(shown: &str, found: i64) -> Result<bool, LedgerError> {
    let known = MIGRATIONS.last().map_or(0, |step| step.version);
    if known < found {
        return Err(LedgerError::NewerSchema { database: shown.to_owned(), found, known });
    }
    Ok(found == known)
}
