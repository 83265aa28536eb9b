//! The log of imports: what was read, when, and what came of it.

use aftercast_model::Timestamp;

use crate::database::{Ledger, on};
use crate::error::LedgerError;

const INSERT: &str = "INSERT INTO aftercast_imports \
     (source, inputs, started_at, finished_at, records, stored, updated, known, problems) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
const LATEST: &str = "SELECT id, source, inputs, started_at, finished_at, records, stored, updated, known, problems \
     FROM aftercast_imports ORDER BY id DESC LIMIT $1";

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedImport {
    /// The source.
    pub source: String,
    /// What was read, as the user named it, one path a line.
    pub inputs: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Records read.
    pub records: u64,
    /// Rows that were new.
    pub stored: u64,
    /// Rows of which a later state was stored.
    pub updated: u64,
    /// Rows that were known already.
    pub known: u64,
    /// Problems met.
    pub problems: u64,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// Its number, counted up.
    pub id: i64,
    /// What the import did.
    pub import: FinishedImport,
}

type Row = (i64, String, String, i64, i64, i64, i64, i64, i64, i64);

impl Ledger {
    /// Adds a line to the log and returns its number.
    pub async fn log_import(&self, import: &FinishedImport) -> Result<i64, LedgerError> {
        on!(self.pool, pool => sqlx::query_scalar(INSERT)
            .bind(&import.source)
            .bind(&import.inputs)
            .bind(import.started_at.millis())
            .bind(import.finished_at.millis())
            .bind(import.records.cast_signed())
            .bind(import.stored.cast_signed())
            .bind(import.updated.cast_signed())
            .bind(import.known.cast_signed())
            .bind(import.problems.cast_signed())
            .fetch_one(pool)
            .await)
        .map_err(|source| self.failed(source))
    }

    /// Returns the last `limit` lines of the log, latest first.
    pub async fn imports(&self, limit: u32) -> Result<Vec<ImportRecord>, LedgerError> {
        let rows: Vec<Row> = on!(self.pool, pool => sqlx::query_as(LATEST)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await)
        .map_err(|source| self.failed(source))?;
        Ok(rows.into_iter().map(record).collect())
    }
}

fn record(row: Row) -> ImportRecord {
    let (id, source, inputs, started_at, finished_at, records, stored, updated, known, problems) =
        row;
    ImportRecord {
        id,
        import: FinishedImport {
            source,
            inputs,
            started_at: Timestamp::from_millis(started_at),
            finished_at: Timestamp::from_millis(finished_at),
            records: records.cast_unsigned(),
            stored: stored.cast_unsigned(),
            updated: updated.cast_unsigned(),
            known: known.cast_unsigned(),
            problems: problems.cast_unsigned(),
        },
    }
}
