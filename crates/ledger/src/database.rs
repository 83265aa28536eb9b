//! The connection: one of two back ends, opened by URL.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use aftercast_model::Timestamp;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
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
    /// `url` is `sqlite://PATH` (see [`sqlite_url`]; the file is made where it is missing, its folder
    /// must exist; one that cannot be written to is opened to read) or `postgres://...`. `now` is written beside each migration that runs.
    pub async fn open(url: &str, now: Timestamp) -> Result<Self, LedgerError> {
        if url.starts_with("sqlite:") {
            return Self::open_sqlite(url, now).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::open_postgres(url, now).await;
        }
        Err(LedgerError::UnknownUrl { url: shown_url(url) })
    }

    async fn open_sqlite(url: &str, now: Timestamp) -> Result<Self, LedgerError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|source| LedgerError::from_sqlx(url, source))?;
        let shown = options.get_filename().display().to_string();
        let file = options.get_filename().to_path_buf();
        let options = options
            .busy_timeout(BUSY_TIMEOUT)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let writing = options.clone().create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(BUSY_TIMEOUT);
        let opened = pool.clone().connect_with(writing).await;
        let opened = opened.map_err(|source| LedgerError::from_sqlx(&shown, source));
        let opened = match opened {
            Err(error) if file.is_file() && cannot_write(&error) => {
                // Without a log beside it nobody writes, and no shared memory is needed.
                let log = file.with_file_name(log_name(&file));
                let settled = std::fs::metadata(log).map_or(true, |log| log.len() == 0);
                let reading = options.read_only(true).immutable(settled);
                // The first reason is the one to tell.
                pool.connect_with(reading).await.map_err(|_| error)?
            }
            opened => opened?,
        };
        migrations::run_sqlite(&opened, &shown, now).await?;
        Ok(Self { pool: Pool::Sqlite(opened), shown })
    }

    async fn open_postgres(url: &str, now: Timestamp) -> Result<Self, LedgerError> {
        let shown = shown_url(url);
        let options = PgConnectOptions::from_str(url)
            .map_err(|source| LedgerError::from_sqlx(&shown, source))?
            .application_name("aftercast");
        // A pool would try again and again, and then only say that it took too long.
        let first = tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options));
        let first = first.await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        let closed = match first {
            Ok(connection) => connection.close().await,
            Err(error) => Err(error),
        };
        closed.map_err(|source| LedgerError::from_sqlx(&shown, source))?;
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(CONNECT_TIMEOUT)
            .connect_lazy_with(options);
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

fn cannot_write(error: &LedgerError) -> bool {
    matches!(error, LedgerError::ReadOnly { .. } | LedgerError::CannotOpen { .. })
}

/// Returns the name of the write-ahead log beside a database.
fn log_name(file: &Path) -> OsString {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push("-wal");
    name
}

/// Returns the URL of the SQLite file at `path`, with what a URL cannot hold escaped.
pub fn sqlite_url(path: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'%' | b'?' | b'#' | 0..=0x20 | 0x7f.. => {
                let _ = write!(url, "%{byte:02X}");
            }
            _ => url.push(char::from(*byte)),
        }
    }
    url
}

/// Returns `url` as it may be shown: without password and parameters. Of a URL that is not well
/// formed, rather too little than too much.
pub fn shown_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (user, host) = match rest.rsplit_once('@') {
        Some((user, host)) => (user.split([':', '?', '/']).next(), host),
        None => (None, rest),
    };
    let host = host.split('?').next().unwrap_or_default();
    match user {
        Some(user) => format!("{scheme}://{user}@{host}"),
        None => format!("{scheme}://{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://ann:s3cret@db:5432/after", "postgres://ann@db:5432/after"),
            ("postgres://ann:s3cret/s3cret@db/after?x=1", "postgres://ann@db/after"),
            ("postgres://ann:s3cret?s3cret@db/after", "postgres://ann@db/after"),
            ("postgres://db/after?password=s3cret", "postgres://db/after"),
            ("sqlite:/tmp/a.db", "sqlite:/tmp/a.db"),
        ] {
            assert_eq!(shown_url(url), shown);
        }
        assert!(!shown_url("postgres://db/after?password=s3cret@x").contains("s3cret"));
    }

    #[test]
    fn any_path_survives_its_url() {
        for path in ["/tmp/a b/50%/what?#.db", "relative.db", "/tmp/größe.db"] {
            let url = sqlite_url(Path::new(path));
            let options = SqliteConnectOptions::from_str(&url).unwrap();
            assert_eq!(options.get_filename(), Path::new(path), "{url}");
        }
    }
}
