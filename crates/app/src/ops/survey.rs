//! The whole analysis of every service, service after service, one a core: memory is bounded by
//! the largest services, not by their number.

use std::time::Instant;

use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{SCHEMA_VERSION, Survey, SurveyPage, survey};
use futures::{StreamExt as _, TryStreamExt as _};

use super::home::{Store, millis_since};
use super::ingest::Tally;
use super::page::{Paged, settings_of};
use super::service::facts_of;
use super::{Home, Session};
use crate::error::Outcome;

/// Surveys every service of the home that has a name.
pub(crate) async fn survey_all(session: &Session) -> Outcome<Paged<SurveyPage>> {
    let home = Home::find(session)?;
    home.demand()?;
    let store = home.open(session).await?;
    let started = Instant::now();
    let services = store.lake.services().await?;
    tracing::info!(
        took_ms = millis_since(started),
        services = services.len(),
        "listed the services"
    );
    let named = services.into_iter().map(|known| known.service).filter(|name| !name.is_empty());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let lines: Vec<Survey> = futures::stream::iter(named)
        .map(|service| survey_one(session, &store, service))
        .buffered(cores)
        .try_collect()
        .await?;
    store.ledger.close().await;
    let page = SurveyPage { schema_version: SCHEMA_VERSION, services: lines };
    Ok(Paged { page, read: Tally::default() })
}

async fn survey_one(session: &Session, store: &Store, service: String) -> Outcome<Survey> {
    let facts = facts_of(&store.lake, &session.config.services(), &service).await?;
    let settings = settings_of(session, &store.ledger, &service).await?;
    let folded = tokio::task::spawn_blocking(move || {
        let started = Instant::now();
        let history = ServiceHistory::new(&service, facts);
        let ordered = millis_since(started);
        let folding = Instant::now();
        let line = survey(&history, &settings);
        tracing::debug!(
            service,
            ordered_ms = ordered,
            folded_ms = millis_since(folding),
            "surveyed"
        );
        line
    });
    Ok(folded.await?)
}
