//! Until when the facts of a source are known. "No incident" can be said only of a time that was
//! looked at.

use aftercast_model::Timestamp;

use crate::database::{Ledger, on};
use crate::error::LedgerError;

const SAVE: &str = "INSERT INTO aftercast_horizons (source, subject, stream, known_from, known_until) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (source, subject, stream) DO UPDATE SET \
     known_from = CASE \
         WHEN excluded.known_until < aftercast_horizons.known_from THEN aftercast_horizons.known_from \
         WHEN aftercast_horizons.known_until < excluded.known_from THEN excluded.known_from \
         WHEN aftercast_horizons.known_from < excluded.known_from THEN aftercast_horizons.known_from \
         WHEN aftercast_horizons.known_from IS NULL THEN NULL \
         ELSE excluded.known_from END, \
     known_until = CASE \
         WHEN aftercast_horizons.known_until < excluded.known_until THEN excluded.known_until \
         ELSE aftercast_horizons.known_until END";
const READ: &str = "SELECT source, subject, stream, known_from, known_until \
     FROM aftercast_horizons ORDER BY source, subject, stream";

/// The time that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Horizon {
    /// The name of the source in the settings.
    pub source: String,
    /// What it was pulled for.
    pub subject: String,
    /// The list that was read.
    pub stream: String,
    /// From when on; `None`: from the beginning.
    pub known_from: Option<Timestamp>,
    /// Until when.
    pub known_until: Timestamp,
}

impl Ledger {
    /// Saves until when something is known, beside what is known already; of two times with a gap
    /// between them the later stays. Call it only when the facts up to there are stored.
    pub async fn save_horizon(&self, horizon: &Horizon) -> Result<(), LedgerError> {
        on!(self.pool, pool => sqlx::query(SAVE)
            .bind(&horizon.source)
            .bind(&horizon.subject)
            .bind(&horizon.stream)
            .bind(horizon.known_from.map(Timestamp::millis))
            .bind(horizon.known_until.millis())
            .execute(pool)
            .await
            .map(|_| ()))
        .map_err(|source| self.failed(source))
    }

    /// Returns every horizon.
    pub async fn horizons(&self) -> Result<Vec<Horizon>, LedgerError> {
        let rows: Vec<(String, String, String, Option<i64>, i64)> =
            on!(self.pool, pool => sqlx::query_as(READ).fetch_all(pool).await)
                .map_err(|source| self.failed(source))?;
        let horizon = |(source, subject, stream, from, until)| Horizon {
            source,
            subject,
            stream,
            known_from: Option::map(from, Timestamp::from_millis),
            known_until: Timestamp::from_millis(until),
        };
        Ok(rows.into_iter().map(horizon).collect())
    }
}
