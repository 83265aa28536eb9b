//! From a reader to the lake: reading runs on a thread of its own, storing on the runtime, and a
//! short queue between them keeps memory bounded.

use std::time::Instant;

use aftercast_connectors::Output;
use aftercast_lake::{Lake, TableAppended};
use aftercast_model::{Problem, Severity};
use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

use super::home::millis_since;
use crate::error::Outcome;

/// Batches that may wait for the lake.
const QUEUE: usize = 2;
/// Problems that are kept to be told; all are counted.
const KEPT_PROBLEMS: usize = 100_000;

/// What an import came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Records read, understood or not.
    pub(crate) records: u64,
    /// What became of the rows, by table in the order of the reference.
    pub(crate) tables: Vec<TableAppended>,
    /// Records or files that were left out.
    pub(crate) lost: u64,
    /// Details that were not understood.
    pub(crate) notes: u64,
    /// The problems themselves, the first [`KEPT_PROBLEMS`] of them.
    pub(crate) problems: Vec<Problem>,
}

/// The lake does not take any more: the reader may end.
#[derive(Debug)]
pub(crate) struct Stopped;

/// Where a reader puts its batches.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(Output) -> Result<(), Stopped>;

impl Tally {
    /// Returns the sum over the fact tables.
    pub(crate) fn facts(&self) -> TableAppended {
        let mut sum = TableAppended { table: "facts", ..TableAppended::default() };
        for table in self.tables.iter().filter(|table| table.table != "payloads") {
            sum.stored += table.stored;
            sum.updated += table.updated;
            sum.known += table.known;
        }
        sum
    }

    /// Adds what another reading came to.
    pub(crate) fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.add_tables(&other.tables);
        self.add_problems(other.problems);
    }

    /// Stores a batch and counts it. Merges files where they have become many.
    pub(crate) fn store<'a>(
        &'a mut self,
        lake: &'a Lake,
        batch: Output,
    ) -> BoxFuture<'a, Outcome<()>> {
        async move {
            if self.append(lake, batch).await? {
                tidy(lake).await;
            }
            Ok(())
        }
        .boxed()
    }

    /// Boxed, because every use case awaits it and none should carry the batch in its own state.
    fn append<'a>(&'a mut self, lake: &'a Lake, batch: Output) -> BoxFuture<'a, Outcome<bool>> {
        async move {
            let appended = lake.append(&batch.facts, &batch.payloads).await?;
            self.records += batch.records;
            self.add_tables(&appended.tables);
            self.add_problems(batch.problems);
            Ok(appended.snapshot.is_some())
        }
        .boxed()
    }

    pub(crate) fn add_tables(&mut self, tables: &[TableAppended]) {
        for table in tables {
            match self.tables.iter_mut().find(|known| known.table == table.table) {
                Some(known) => {
                    known.stored += table.stored;
                    known.updated += table.updated;
                    known.known += table.known;
                }
                None => self.tables.push(*table),
            }
        }
        let position =
            |name| aftercast_model::Facts::TABLES.iter().position(|spec| spec.name == name);
        self.tables.sort_by_key(|table| position(table.table).unwrap_or(usize::MAX));
    }

    pub(crate) fn add_problems(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            match problem.severity {
                Severity::Lost => self.lost += problem.count(),
                Severity::Note => self.notes += problem.count(),
            }
            if self.problems.len() < KEPT_PROBLEMS {
                self.problems.push(problem);
            }
        }
    }
}

/// Keeps the files few. Everything is stored already: what fails here is tried again after the next
/// import and no reason to fail.
async fn tidy(lake: &Lake) {
    let started = Instant::now();
    match lake.tidy().await {
        Ok(tidied) if tidied.files_before == 0 => {}
        Ok(tidied) => tracing::info!(
            took_ms = millis_since(started),
            files = tidied.files_before,
            rows = tidied.rows,
            "merged small files"
        ),
        Err(error) => tracing::warn!(%error, "cannot merge small files"),
    }
}

/// Runs `read` off the runtime and stores each batch that it gives. When this returns, everything
/// that was read is stored durably.
pub(crate) async fn ingest<T: Send + 'static>(
    lake: &Lake,
    read: impl FnOnce(Sink<'_>) -> T + Send + 'static,
) -> Outcome<(T, Tally)> {
    let (sender, mut batches) = mpsc::channel::<Output>(QUEUE);
    let reading = tokio::task::spawn_blocking(move || {
        let mut sink = |output| sender.blocking_send(output).map_err(|_| Stopped);
        read(&mut sink)
    });
    let mut tally = Tally::default();
    let mut changed = false;
    while let Some(batch) = batches.recv().await {
        changed |= tally.append(lake, batch).await?;
    }
    let result = reading.await.context("reading ended unexpectedly")?;
    if changed {
        Box::pin(tidy(lake)).await;
    }
    Ok((result, tally))
}
