//! The inbox: what was received, durable before it is acknowledged, until it has become facts.
//!
//! Guarantees: what [`Ledger::receive`] has returned survives a power cut; a delivery is taken once,
//! however often and by however many processes it is offered; a body is dropped only when
//! [`Ledger::settle`] or [`Ledger::forget_deliveries`] says so. Must not know: what a body means.

use aftercast_model::Timestamp;
use sqlx::{QueryBuilder, SqliteConnection};

use crate::database::{Ledger, Pool, on};
use crate::error::LedgerError;

/// Rows of one statement: SQLite knows 32,766 parameters, PostgreSQL 65,535.
const ROWS: usize = 2_000;

const INSERT: &str =
    "INSERT INTO aftercast_inbox (source, delivery, kind, body, received_at, state) ";
const WAITING: &str = "SELECT id, source, delivery, kind, body, received_at FROM aftercast_inbox \
     WHERE state = 'waiting' AND $1 < id ORDER BY id LIMIT $2";
const COUNT: &str = "SELECT COUNT(*) FROM aftercast_inbox WHERE state = 'waiting'";
const SETTLE: &str = "UPDATE aftercast_inbox SET state = ";
const FORGET: &str = "DELETE FROM aftercast_inbox WHERE state <> 'waiting' AND received_at < $1";

/// Something that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The name of the source in the settings.
    pub source: String,
    /// Names the delivery; unique for the source.
    pub delivery: String,
    /// The kind of event.
    pub kind: String,
    /// The body as it is kept.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
}

/// Something that waits to be converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number, counted up.
    pub id: i64,
    /// What was received.
    pub received: Received,
}

/// How something that was received ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It has become facts.
    Done,
    /// It could not be understood; its body stays as long as its name.
    Refused,
}

type Row = (i64, String, String, String, Option<Vec<u8>>, i64);

impl Ledger {
    /// Stores what was received, all in one transaction, and returns for each whether it is new:
    /// `false` is a repetition, of which nothing was stored.
    pub async fn receive(&self, received: &[Received]) -> Result<Vec<bool>, LedgerError> {
        let mut new = Vec::with_capacity(received.len());
        match &self.pool {
            Pool::Sqlite(pool) => {
                let begun = pool.begin_with("BEGIN IMMEDIATE").await;
                let mut work = begun.map_err(|source| self.failed(source))?;
                for one in received {
                    let stored = insert_sqlite(&mut work, one).await;
                    new.push(stored.map_err(|source| self.failed(source))?);
                }
                work.commit().await.map_err(|source| self.failed(source))?;
            }
            Pool::Postgres(pool) => {
                let begun = pool.begin().await;
                let mut work = begun.map_err(|source| self.failed(source))?;
                for part in received.chunks(ROWS) {
                    let mut query = QueryBuilder::new(INSERT);
                    // In one order for all, so that two writers cannot wait for each other.
                    let mut ordered: Vec<&Received> = part.iter().collect();
                    ordered.sort_by_key(|one| (&one.source, &one.delivery));
                    ordered.dedup_by_key(|one| (&one.source, &one.delivery));
                    query.push_values(ordered, |mut row, one| {
                        row.push_bind(&one.source)
                            .push_bind(&one.delivery)
                            .push_bind(&one.kind)
                            .push_bind(&one.body)
                            .push_bind(one.received_at.millis())
                            .push("'waiting'");
                    });
                    query.push(
                        " ON CONFLICT (source, delivery) DO NOTHING RETURNING source, delivery",
                    );
                    let stored: Vec<(String, String)> = query
                        .build_query_as()
                        .fetch_all(&mut *work)
                        .await
                        .map_err(|source| self.failed(source))?;
                    let mut stored: std::collections::HashSet<_> = stored.into_iter().collect();
                    new.extend(
                        part.iter()
                            .map(|one| stored.remove(&(one.source.clone(), one.delivery.clone()))),
                    );
                }
                work.commit().await.map_err(|source| self.failed(source))?;
            }
        }
        Ok(new)
    }

    /// Returns up to `limit` of what waits behind `after`, in the order of its numbers.
    pub async fn waiting(&self, after: i64, limit: u32) -> Result<Vec<Waiting>, LedgerError> {
        let rows: Vec<Row> = on!(self.pool, pool => sqlx::query_as(WAITING)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await)
        .map_err(|source| self.failed(source))?;
        Ok(rows.into_iter().map(waiting).collect())
    }

    /// Returns how many wait.
    pub async fn count_waiting(&self) -> Result<u64, LedgerError> {
        let count: i64 = on!(self.pool, pool => sqlx::query_scalar(COUNT).fetch_one(pool).await)
            .map_err(|source| self.failed(source))?;
        Ok(count.cast_unsigned())
    }

    /// Says how something ended. The body of what has become facts is dropped, its name stays; call it
    /// only when the facts are stored.
    pub async fn settle(&self, ids: &[i64], settled: Settled) -> Result<(), LedgerError> {
        let state = match settled {
            Settled::Done => "'done', body = NULL",
            Settled::Refused => "'refused'",
        };
        for part in ids.chunks(ROWS) {
            on!(self.pool, pool => {
                let mut query = QueryBuilder::new(SETTLE);
                query.push(state).push(" WHERE id IN (");
                let mut list = query.separated(", ");
                for id in part {
                    list.push_bind(*id);
                }
                list.push_unseparated(")");
                query.build().execute(pool).await.map(|_| ())
            })
            .map_err(|source| self.failed(source))?;
        }
        Ok(())
    }

    /// Forgets the names of what was settled and came before `before`; returns how many.
    pub async fn forget_deliveries(&self, before: Timestamp) -> Result<u64, LedgerError> {
        on!(self.pool, pool => sqlx::query(FORGET)
            .bind(before.millis())
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))
        .map_err(|source| self.failed(source))
    }
}

/// One prepared statement, run many times: quicker in SQLite than one long statement.
async fn insert_sqlite(work: &mut SqliteConnection, one: &Received) -> Result<bool, sqlx::Error> {
    const ONE: &str = "INSERT INTO aftercast_inbox (source, delivery, kind, body, received_at, state) \
         VALUES ($1, $2, $3, $4, $5, 'waiting') ON CONFLICT (source, delivery) DO NOTHING";
    let done = sqlx::query(ONE)
        .bind(&one.source)
        .bind(&one.delivery)
        .bind(&one.kind)
        .bind(&one.body)
        .bind(one.received_at.millis())
        .execute(work)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn waiting(row: Row) -> Waiting {
    let (id, source, delivery, kind, body, received_at) = row;
    let received_at = Timestamp::from_millis(received_at);
    let body = body.unwrap_or_default();
    Waiting { id, received: Received { source, delivery, kind, body, received_at } }
}
