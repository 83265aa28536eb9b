//! Emptying the inbox for as long as the server runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::drain::{Desk, drain};
use super::home::{Store, millis_since};
use super::intake::Intake;
use super::{Home, Session, present};
use crate::error::Outcome;

/// How long deliveries gather before they become facts together: files of the lake stay few.
const GATHER: Duration = Duration::from_millis(500);
/// How long to wait after something went wrong.
const RETRY: Duration = Duration::from_secs(5);
/// How long the last deliveries may take to become facts when the server ends; what is left waits
/// in the inbox.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// What turns deliveries into facts.
pub(crate) struct Receiving {
    store: Store,
    desk: Desk,
    stored: Arc<Notify>,
}

impl Receiving {
    /// Opens the session's home to receive into it.
    pub(crate) async fn open(session: &Session) -> Outcome<(Intake, Self)> {
        let store = Home::find(session)?.open(session).await?;
        let desk = Desk::open(session, &store).await?;
        let stored = Arc::new(Notify::new());
        let intake = Intake::open(session, store.ledger.clone(), stored.clone())?;
        Ok((intake, Self { store, desk, stored }))
    }

    /// Returns how many deliveries wait to become facts.
    pub(crate) async fn waiting(&self) -> Outcome<u64> {
        Ok(self.store.ledger.count_waiting().await?)
    }

    /// Empties the inbox whenever something is in it; never ends by itself.
    pub(crate) async fn run(&self) {
        loop {
            if self.empty().await {
                self.stored.notified().await;
                tokio::time::sleep(GATHER).await;
            } else {
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    /// Empties the inbox once more and closes the home.
    pub(crate) async fn finish(&self) {
        if tokio::time::timeout(LAST_PATIENCE, self.empty()).await.is_err() {
            tracing::info!("what has not become facts waits in the inbox");
        }
        self.store.ledger.clone().close().await;
    }

    async fn empty(&self) -> bool {
        let started = Instant::now();
        match drain(&self.store, &self.desk, present()).await {
            Ok(tally) if tally.records == 0 => true,
            Ok(tally) => {
                let facts = tally.facts();
                tracing::info!(
                    took_ms = millis_since(started),
                    deliveries = tally.records,
                    stored = facts.stored,
                    updated = facts.updated,
                    lost = tally.lost,
                    "converted what came in"
                );
                true
            }
            Err(failure) => {
                tracing::error!(error = failure.told(), "cannot convert what came in");
                false
            }
        }
    }
}
