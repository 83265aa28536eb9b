//! How far each subject of a source was read. Saved after the facts: a crash between the two
//! repeats a page, and the ids of the facts make repeating harmless.

use aftercast_model::Timestamp;

use crate::database::{Ledger, on};
use crate::error::LedgerError;

const READ: &str = "SELECT cursor FROM aftercast_import_cursors WHERE source = $1 AND subject = $2";
const SAVE: &str = "INSERT INTO aftercast_import_cursors (source, subject, cursor, updated_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (source, subject) \
     DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at";

impl Ledger {
    /// Returns how far `subject` of `source` was read: the JSON that the source saved.
    pub async fn cursor(&self, source: &str, subject: &str) -> Result<Option<String>, LedgerError> {
        on!(self.pool, pool => sqlx::query_scalar(READ)
            .bind(source)
            .bind(subject)
            .fetch_optional(pool)
            .await)
        .map_err(|source| self.failed(source))
    }

    /// Saves how far `subject` of `source` was read. Call it only when the facts up to there are
    /// stored.
    pub async fn save_cursor(
        &self,
        source: &str,
        subject: &str,
        cursor: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        on!(self.pool, pool => sqlx::query(SAVE)
            .bind(source)
            .bind(subject)
            .bind(cursor)
            .bind(now.millis())
            .execute(pool)
            .await
            .map(|_| ()))
        .map_err(|source| self.failed(source))
    }
}
