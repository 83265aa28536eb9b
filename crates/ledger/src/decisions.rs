//! What people decided, where a machine can only guess: which release an incident came with, which
//! gate is kept whatever it catches. Nobody's name is stored; nothing is forgotten.

use aftercast_model::Timestamp;

use crate::database::{Ledger, on};
use crate::error::LedgerError;

const INSERT: &str = "INSERT INTO aftercast_decisions \
     (subject_kind, subject, decision, reason, decided_at) VALUES ($1, $2, $3, $4, $5)";
const LATEST: &str = "SELECT subject_kind, subject, decision, reason, decided_at \
     FROM aftercast_decisions AS own WHERE subject_kind = $1 AND id = \
     (SELECT MAX(id) FROM aftercast_decisions WHERE subject_kind = own.subject_kind \
      AND subject = own.subject) ORDER BY subject";

/// A decision about a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What kind of thing it is about: `incident`.
    pub subject_kind: String,
    /// Which of them: the id of a fact, or a name.
    pub subject: String,
    /// What was decided, in the words of the kind.
    pub decision: String,
    /// Why, where it was said.
    pub reason: Option<String>,
    /// When.
    pub decided_at: Timestamp,
}

type Row = (String, String, String, Option<String>, i64);

impl Ledger {
    /// Adds a decision; from now on it is the one that counts for its subject.
    pub async fn decide(&self, decision: &Decision) -> Result<(), LedgerError> {
        on!(self.pool, pool => sqlx::query(INSERT)
            .bind(&decision.subject_kind)
            .bind(&decision.subject)
            .bind(&decision.decision)
            .bind(&decision.reason)
            .bind(decision.decided_at.millis())
            .execute(pool)
            .await
            .map(|_| ()))
        .map_err(|source| self.failed(source))
    }

    /// Returns the decision that counts for each subject of a kind, by subject.
    pub async fn decisions(&self, subject_kind: &str) -> Result<Vec<Decision>, LedgerError> {
        let rows: Vec<Row> =
            on!(self.pool, pool => sqlx::query_as(LATEST).bind(subject_kind).fetch_all(pool).await)
                .map_err(|source| self.failed(source))?;
        let decision = |(subject_kind, subject, decision, reason, decided_at)| Decision {
            subject_kind,
            subject,
            decision,
            reason,
            decided_at: Timestamp::from_millis(decided_at),
        };
        Ok(rows.into_iter().map(decision).collect())
    }
}
