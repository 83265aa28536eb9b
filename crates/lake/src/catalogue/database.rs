//! The database of the catalogue: one small vocabulary over SQLite and PostgreSQL.

use std::ffi::OsString;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgPool, Postgres, Row, Sqlite, SqlitePool, Transaction,
};

use crate::LakeError;

/// How long we try to reach a server.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How long we wait for another writer.
const PATIENCE: Duration = Duration::from_mins(1);
/// The advisory lock of lake commits in PostgreSQL: "aftercas" as a number.
const COMMIT_LOCK: i64 = 0x6166_7465_7263_6173;

/// A value of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    /// BOOLEAN in PostgreSQL, 0 or 1 in SQLite.
    Bool(Option<bool>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(Some(value))
    }
}

/// Which database it is; they differ in a few types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// An open database.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pool: Pool,
    /// The address without its password, for messages.
    address: String,
    read_only: bool,
}

#[derive(Debug, Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A transaction.
pub(crate) struct Work {
    inner: Inner,
    address: String,
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A row of a result.
pub(crate) enum Record {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Database {
    /// Opens the database at `address`, making an SQLite file where there is none. One that cannot
    /// be written to is opened to read.
    pub(crate) async fn open(address: &str) -> Result<Self, LakeError> {
        let shown = without_password(address);
        let fail = |error| failure(&shown, &error);
        let mut read_only = false;
        let pool = if address.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(address)
                .map_err(fail)?
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(PATIENCE);
            let file = options.get_filename().to_path_buf();
            let writing =
                options.clone().create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
            let pool = SqlitePoolOptions::new().max_connections(4);
            let opened = match pool.clone().connect_with(writing).await {
                Err(error) if file.is_file() && cannot_write(&error) => {
                    read_only = true;
                    // Without a log beside it nobody writes, and no shared memory is needed.
                    let log = file.with_file_name(log_name(&file));
                    let settled = std::fs::metadata(log).map_or(true, |log| log.len() == 0);
                    let reading = options.read_only(true).immutable(settled);
                    // The first reason is the one to tell.
                    pool.connect_with(reading).await.map_err(|_| error)
                }
                opened => opened,
            };
            Pool::Sqlite(opened.map_err(fail)?)
        } else if address.starts_with("postgres:") || address.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(address).map_err(fail)?;
            // A pool would try again and again, and then only say that it took too long.
            let first =
                tokio::time::timeout(CONNECT_PATIENCE, PgConnection::connect_with(&options));
            let first = first.await.map_err(|_| fail(sqlx::Error::PoolTimedOut))?;
            first.map_err(fail)?.close().await.map_err(fail)?;
            Pool::Postgres(PgPoolOptions::new().max_connections(4).connect_lazy_with(options))
        } else {
            return Err(LakeError::Address {
                address: shown,
                why: "the catalogue is `sqlite:///path/to/file.db` or `postgres://...`".to_owned(),
            });
        };
        Ok(Self { pool, address: shown, read_only })
    }

    /// Returns whether nothing can be written.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Returns the address without its password.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.pool {
            Pool::Sqlite(_) => Dialect::Sqlite,
            Pool::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Begins to read: everything read in it belongs to one moment.
    pub(crate) async fn read(&self) -> Result<Work, LakeError> {
        let inner = match &self.pool {
            Pool::Sqlite(pool) => pool.begin().await.map(Inner::Sqlite),
            Pool::Postgres(pool) => pool
                .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await
                .map(Inner::Postgres),
        };
        let inner = inner.map_err(|error| failure(&self.address, &error))?;
        Ok(Work { inner, address: self.address.clone() })
    }

    /// Begins to write: no other writer of a lake can until it ends.
    pub(crate) async fn write(&self) -> Result<Work, LakeError> {
        let inner = match &self.pool {
            Pool::Sqlite(pool) => pool.begin_with("BEGIN IMMEDIATE").await.map(Inner::Sqlite),
            Pool::Postgres(pool) => pool.begin().await.map(Inner::Postgres),
        };
        let inner = inner.map_err(|error| failure(&self.address, &error))?;
        let mut work = Work { inner, address: self.address.clone() };
        if self.dialect() == Dialect::Postgres {
            work.query("SELECT pg_advisory_xact_lock($1)::text", &[COMMIT_LOCK.into()]).await?;
        }
        Ok(work)
    }
}

impl Work {
    pub(crate) fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs one statement and returns how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, LakeError> {
        let sql = AssertSqlSafe(sql.to_owned());
        let done = match &mut self.inner {
            Inner::Sqlite(work) => sqlite_query(sql, values)
                .execute(&mut **work)
                .await
                .map(|done| done.rows_affected()),
            Inner::Postgres(work) => postgres_query(sql, values)
                .execute(&mut **work)
                .await
                .map(|done| done.rows_affected()),
        };
        done.map_err(|error| failure(&self.address, &error))
    }

    /// Runs a script of several statements without values.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), LakeError> {
        let sql = AssertSqlSafe(sql.to_owned());
        let done = match &mut self.inner {
            Inner::Sqlite(work) => (&mut **work).execute(sqlx::raw_sql(sql)).await.map(drop),
            Inner::Postgres(work) => (&mut **work).execute(sqlx::raw_sql(sql)).await.map(drop),
        };
        done.map_err(|error| failure(&self.address, &error))
    }

    /// Inserts `rows` into `table`, many a statement.
    pub(crate) async fn insert(
        &mut self,
        table: &str,
        columns: &[Column],
        rows: &[Vec<Value>],
    ) -> Result<(), LakeError> {
        // SQLite takes 32,766 values a statement, PostgreSQL 65,535.
        let at_once = (20_000 / columns.len().max(1)).max(1);
        let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.0)).collect();
        for chunk in rows.chunks(at_once) {
            let mut sql = format!("INSERT INTO {table} ({}) VALUES ", names.join(", "));
            let mut number = 0;
            for (index, row) in chunk.iter().enumerate() {
                sql.push_str(if index == 0 { "(" } else { ", (" });
                for (index, column) in columns.iter().zip(row).map(|(column, _)| column).enumerate()
                {
                    number += 1;
                    let cast = match (self.dialect(), column.1) {
                        (Dialect::Postgres, Some(cast)) => format!("::{cast}"),
                        _ => String::new(),
                    };
                    let comma = if index == 0 { "" } else { ", " };
                    sql.extend([comma, "$", &number.to_string(), &cast]);
                }
                sql.push(')');
            }
            let values: Vec<Value> = chunk.iter().flatten().cloned().collect();
            self.execute(&sql, &values).await?;
        }
        Ok(())
    }

    /// Returns the rows of a query.
    pub(crate) async fn query(
        &mut self,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<Record>, LakeError> {
        let sql = AssertSqlSafe(sql.to_owned());
        let rows = match &mut self.inner {
            Inner::Sqlite(work) => sqlite_query(sql, values)
                .fetch_all(&mut **work)
                .await
                .map(|rows| rows.into_iter().map(Record::Sqlite).collect()),
            Inner::Postgres(work) => postgres_query(sql, values)
                .fetch_all(&mut **work)
                .await
                .map(|rows| rows.into_iter().map(Record::Postgres).collect()),
        };
        rows.map_err(|error| failure(&self.address, &error))
    }

    /// Makes everything that was written last.
    pub(crate) async fn commit(self) -> Result<(), LakeError> {
        let done = match self.inner {
            Inner::Sqlite(work) => work.commit().await,
            Inner::Postgres(work) => work.commit().await,
        };
        done.map_err(|error| failure(&self.address, &error))
    }
}

/// A column of an insert, with the type that PostgreSQL must turn text into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column(pub(crate) &'static str, pub(crate) Option<&'static str>);

fn sqlite_query(
    sql: AssertSqlSafe<String>,
    values: &[Value],
) -> sqlx::query::Query<'_, Sqlite, SqliteArguments> {
    let mut query = sqlx::query(sql);
    for value in values {
        query = match value {
            Value::Int(value) => query.bind(*value),
            Value::Text(value) => query.bind(value.clone()),
            Value::Bool(value) => query.bind(value.map(i64::from)),
        };
    }
    query
}

fn postgres_query(
    sql: AssertSqlSafe<String>,
    values: &[Value],
) -> sqlx::query::Query<'_, Postgres, PgArguments> {
    // Statements of any number of rows are all different: caching them would only fill memory.
    let mut query = sqlx::query(sql).persistent(false);
    for value in values {
        query = match value {
            Value::Int(value) => query.bind(*value),
            Value::Text(value) => query.bind(value.clone()),
            Value::Bool(value) => query.bind(*value),
        };
    }
    query
}

impl Record {
    /// Returns the integer at `at`; missing where it is NULL or something else.
    pub(crate) fn int(&self, at: usize) -> Option<i64> {
        match self {
            Self::Sqlite(row) => row.try_get::<Option<i64>, _>(at).ok().flatten(),
            Self::Postgres(row) => row.try_get::<Option<i64>, _>(at).ok().flatten(),
        }
    }

    /// Returns the boolean at `at`.
    pub(crate) fn bool(&self, at: usize) -> Option<bool> {
        match self {
            Self::Sqlite(row) => {
                row.try_get::<Option<i64>, _>(at).ok().flatten().map(|bit| bit != 0)
            }
            Self::Postgres(row) => row.try_get::<Option<bool>, _>(at).ok().flatten(),
        }
    }

    /// Returns the text at `at`.
    pub(crate) fn text(&self, at: usize) -> Option<String> {
        match self {
            Self::Sqlite(row) => row.try_get::<Option<String>, _>(at).ok().flatten(),
            Self::Postgres(row) => row.try_get::<Option<String>, _>(at).ok().flatten(),
        }
    }
}

/// Returns `address` with the password of a URL replaced.
fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let Some((user, host)) = authority.rsplit_once('@') else { return address.to_owned() };
    let user = user.split_once(':').map_or(user, |(user, _)| user);
    format!("{scheme}://{user}@{host}{path}")
}

/// SQLite's answers of a file or folder that may not be written to: read-only, cannot open.
fn cannot_write(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(said) = error else { return false };
    let code = said.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 8 | 14))
}

/// Returns the name of the write-ahead log beside a database.
fn log_name(file: &Path) -> OsString {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push("-wal");
    name
}

fn failure(address: &str, error: &sqlx::Error) -> LakeError {
    let catalogue = address.to_owned();
    if matches!(error, sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut) {
        return LakeError::Unreachable { catalogue, why: error.to_string() };
    }
    let code = match error {
        sqlx::Error::Database(database) => database.code().map(std::borrow::Cow::into_owned),
        _ => None,
    };
    // SQLite's primary result code is the low byte; PostgreSQL's codes have five characters.
    let primary = code
        .as_deref()
        .filter(|_| address.starts_with("sqlite:"))
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xff);
    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    let hint = match (primary, code.as_deref()) {
        (Some(5 | 6), _) | (_, Some("55P03" | "40001")) => return LakeError::Locked { catalogue },
        (_, Some("28000" | "28P01" | "42501")) => {
            return LakeError::NotAuthorised { catalogue, why: error.to_string() };
        }
        (_, Some("57P01" | "57P02" | "57P03" | "53300")) => {
            return LakeError::Unreachable { catalogue, why: error.to_string() };
        }
        (Some(8), _) => "the file or its folder is read-only: choose another home with `--home`",
        (Some(13), _) | (_, Some("53100")) => "the disk is full: make room, then try again",
        (Some(14), _) => "the folder is missing or may not be written to: check the path",
        (Some(26), _) => "the file is not an SQLite database: move it away or choose another home",
        (_, Some("3D000")) => "create the database first",
        _ => "",
    };
    let hint = if hint.is_empty() { String::new() } else { format!(" ({hint})") };
    LakeError::Catalogue { catalogue, why: format!("{error}{hint}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_writer_that_waited_long_enough_is_told_that_another_writes() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("lake.db"))
            .create_if_missing(true)
            .busy_timeout(Duration::ZERO);
        let mut first = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let mut second = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut first).await.unwrap();
        let error = sqlx::query("BEGIN IMMEDIATE").execute(&mut second).await.unwrap_err();
        let error = failure("sqlite:///lake.db", &error);
        assert!(matches!(error, LakeError::Locked { .. }), "{error:?}");
        assert!(error.to_string().contains("wait until its import is done"));
    }

    #[test]
    fn messages_never_show_a_password() {
        for (address, shown) in [
            ("postgres://u:secret@h:5/db", "postgres://u@h:5/db"),
            ("postgres://u@h/db", "postgres://u@h/db"),
            ("sqlite:///a/b.db", "sqlite:///a/b.db"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
