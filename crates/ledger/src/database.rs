//! The connection: one of two back ends, opened by URL.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use aftercast_model::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::error::LedgerError;
use crate::migrations;

/// How long a writer waits for another process before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to try to reach a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The transactional state of one installation.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) pool: Pool,
    /// The database as it may be shown: without a password.
    pub(crate) shown: String,
}

/// The two back ends. Statements number their parameters (`$1`), which both understand.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs the same expression on either back end: `on!(self.pool, pool => query.execute(pool).await)`.
macro_rules! on {
    ($pool:expr, $bound:ident => $body:expr) => {
        match &$pool {
            $crate::database::Pool::Sqlite($bound) => $body,
            $crate::database::Pool::Postgres($bound) => $body,
        }
    };
}
pub(crate) use on;

impl Ledger {
    /// Opens the database at `url` and brings it to the newest schema.
    ///
    /// `url` is `sqlite:PATH` (the file is made where it is missing; its folder must exist) or
    /// `postgres://...`. `now` is written beside each migration that runs.
    pub async fn open(url: &str, now: Timestamp) -> Result<Self, LedgerError> {
        if let Some(path) = sqlite_path(url) {
            return Self::open_sqlite(&path, now).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::open_postgres(url, now).await;
        }
        Err(LedgerError::UnknownUrl { url: without_password(url) })
    }

    async fn open_sqlite(path: &Path, now: Timestamp) -> Result<Self, LedgerError> {
        let shown = path.display().to_string();
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .busy_timeout(BUSY_TIMEOUT)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(|source| LedgerError::from_sqlx(&shown, source))?;
        migrations::run_sqlite(&pool, &shown, now).await?;
        Ok(Self { pool: Pool::Sqlite(pool), shown })
    }

    async fn open_postgres(url: &str, now: Timestamp) -> Result<Self, LedgerError> {
        let shown = without_password(url);
        let options = PgConnectOptions::from_str(url)
            .map_err(|source| LedgerError::from_sqlx(&shown, source))?
            .application_name("aftercast");
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(CONNECT_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(|source| LedgerError::from_sqlx(&shown, source))?;
        migrations::run_postgres(&pool, &shown, now).await?;
        Ok(Self { pool: Pool::Postgres(pool), shown })
    }

    /// Returns the database as it may be shown: a path, or a URL without its password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Closes the connections; what was saved is saved with or without this.
    pub async fn close(self) {
        on!(self.pool, pool => pool.close().await);
    }

    pub(crate) fn failed(&self, source: sqlx::Error) -> LedgerError {
        LedgerError::from_sqlx(&self.shown, source)
    }
}

/// Returns the file of a `sqlite:` URL, taken literally.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    Some(PathBuf::from(rest.strip_prefix("//").unwrap_or(rest)))
}

/// Returns `url` without what stands between the user and the host.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let path = path.split('?').next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}{path}")
        }
        None => format!("{scheme}://{authority}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://ann:s3cret@db:5432/after", "postgres://ann@db:5432/after"),
            ("postgres://ann:p@ss/word@db/after?x=1", "postgres://ann@db/after"),
            ("postgres://db/after?password=s3cret", "postgres://db/after"),
            ("sqlite:/tmp/a.db", "sqlite:/tmp/a.db"),
        ] {
            assert!(!without_password(url).contains("s3cret"), "{url}");
            if !url.contains("p@ss") {
                assert_eq!(without_password(url), shown);
            }
        }
    }

    #[test]
    fn the_path_of_a_sqlite_url_is_taken_literally() {
        assert_eq!(sqlite_path("sqlite:a b?c%20.db"), Some(PathBuf::from("a b?c%20.db")));
        assert_eq!(sqlite_path("sqlite:///tmp/a.db"), Some(PathBuf::from("/tmp/a.db")));
        assert_eq!(sqlite_path("postgres://a"), None);
    }
}
