//! Where a pull puts what it read: facts and payloads into the lake, then the cursor into the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use aftercast_connectors::Output;
use aftercast_connectors::live::{Keep, KeepError, Of};

use super::home::Store;
use super::ingest::Tally;
use super::present;
use crate::config::SourceRule;

/// Keeps what is pulled of one source of the settings.
pub(super) struct Keeper {
    store: Arc<Store>,
    /// What the cursors are of, beside list and subject.
    target: String,
    /// What was stored, by subject and list.
    pub(super) tallies: BTreeMap<(String, String), Tally>,
}

impl Keeper {
    pub(super) fn new(store: Arc<Store>, rule: &SourceRule) -> Self {
        // Under another address the same subject is another one.
        let target = format!("pull {} {}", rule.name, rule.url.as_deref().unwrap_or_default());
        Self { store, target, tallies: BTreeMap::new() }
    }

    /// Returns the sum of everything that was stored.
    pub(super) fn total(&self) -> Tally {
        let mut total = Tally::default();
        for tally in self.tallies.values() {
            total.merge(tally.clone());
        }
        total
    }
}

fn subject(of: Of<'_>) -> String {
    format!("{} {}", of.stream, of.subject)
}

impl Keep for Keeper {
    async fn load(&mut self, of: Of<'_>) -> Result<Option<String>, KeepError> {
        Ok(self.store.ledger.cursor(&self.target, &subject(of)).await?)
    }

    async fn store(&mut self, of: Of<'_>, output: Output, cursor: &str) -> Result<(), KeepError> {
        let key = (of.subject.to_owned(), of.stream.to_owned());
        let tally = self.tallies.entry(key).or_default();
        // First the facts; whoever dies before the cursor reads a page once more.
        tally.store(&self.store.lake, output).await.map_err(|failure| failure.error)?;
        self.store.ledger.save_cursor(&self.target, &subject(of), cursor, present()).await?;
        Ok(())
    }
}
