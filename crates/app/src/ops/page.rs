//! The one way from a service to a page about it: open the home, read what is new in the
//! repository, read the tables that the page needs, let the analysis make it.

use std::time::Instant;

use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::{Confirmation, Settings};
use aftercast_ledger::Ledger;
use aftercast_model::Timestamp;

use super::Session;
use super::home::{Store, millis_since};
use super::horizon::incidents_known_until;
use super::incidents::confirmations;
use super::ingest::Tally;
use super::review::{ReviewRequest, open, refresh};
use super::service::{service_facts, tables};
use crate::config::Config;
use crate::error::{Failure, Outcome};

/// A page, and what was met on the way to it.
#[derive(Debug)]
pub(crate) struct Paged<T> {
    /// The page.
    pub(crate) page: T,
    /// What was read before it.
    pub(crate) read: Tally,
}

/// Makes a page about the service that the request means. `more` names the tables that it needs
/// beside those of every analysis.
pub(crate) async fn page<T: Send + 'static>(
    session: &Session,
    request: &ReviewRequest,
    more: &[&str],
    make: impl FnOnce(&ServiceHistory, &Settings) -> Outcome<T> + Send + 'static,
) -> Outcome<Paged<T>> {
    let store = open(session, request).await?;
    let (repo, read) = refresh(session, &store, request).await?;
    let page = page_in(session, &store, request, repo.as_deref(), more, make).await?;
    store.ledger.close().await;
    Ok(Paged { page, read })
}

/// Makes a page from an open home; `repo` is the repository around the user.
pub(super) async fn page_in<T: Send + 'static>(
    session: &Session,
    store: &Store,
    request: &ReviewRequest,
    repo: Option<&str>,
    more: &[&str],
    make: impl FnOnce(&ServiceHistory, &Settings) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let rules = session.config.services();
    let asked = request.service.as_deref();
    let (service, facts) = service_facts(&store.lake, &rules, asked, repo, &tables(more)).await?;
    let known = Known::of(session, &store.ledger).await?;
    let settings = known.settings(&session.config, &service);
    tokio::task::spawn_blocking(move || {
        let started = Instant::now();
        let history = ServiceHistory::new(&service, facts);
        let page = make(&history, &settings);
        tracing::info!(took_ms = millis_since(started), "folded the facts into the page");
        page
    })
    .await
    .map_err(Failure::from)?
}

/// What the ledger knows and the files of settings do not.
pub(super) struct Known {
    incidents_until: Option<Timestamp>,
    confirmed: Vec<Confirmation>,
}

impl Known {
    pub(super) async fn of(session: &Session, ledger: &Ledger) -> Outcome<Self> {
        Ok(Self {
            incidents_until: incidents_known_until(session, ledger).await?,
            confirmed: confirmations(ledger).await?,
        })
    }

    /// Returns the settings of the analysis of `service`.
    pub(super) fn settings(&self, config: &Config, service: &str) -> Settings {
        let mut settings = config.analysis(service);
        settings.incidents_known_until = self.incidents_until;
        settings.incidents.confirmed.clone_from(&self.confirmed);
        settings
    }
}
