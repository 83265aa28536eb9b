//! The whole analysis of every service, service after service, one a core: memory is bounded by
//! the largest services, not by their number.

use std::time::Instant;

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{SCHEMA_VERSION, SurveyPage, survey, survey_reads, survey_tables};
use aftercast_lake::Selection;
use aftercast_model::Facts;

use super::home::millis_since;
use super::ingest::Tally;
use super::page::{Known, Paged};
use super::siblings::add_siblings;
use super::{Home, Session};
use crate::error::{Failure, Outcome};

/// Surveys every service of the home that has a name.
pub(crate) async fn survey_all(session: &Session) -> Outcome<Paged<SurveyPage>> {
    let home = Home::find(session)?;
    home.demand()?;
    let store = home.open(session).await?;
    let known = Known::of(session, &store.ledger).await?;
    store.ledger.close().await;
    let (config, rules) = (session.config.clone(), session.config.services());
    let lake = std::sync::Arc::new(store.lake);
    let (others, runtime) = (lake.clone(), tokio::runtime::Handle::current());
    let started = Instant::now();
    let lines = lake
        .each_service(&wanted(), move |service, mut facts| {
            let read = Instant::now();
            runtime.block_on(add_siblings(&others, &rules, service, &mut facts))?;
            let settings: Settings = known.settings(&config, service);
            let history = ServiceHistory::new(service, facts);
            let ordered_ms = millis_since(read);
            let folding = Instant::now();
            let line = survey(&history, &settings);
            tracing::debug!(service, ordered_ms, folded_ms = millis_since(folding), "surveyed");
            Ok::<_, Failure>(line)
        })
        .await?;
    tracing::info!(took_ms = millis_since(started), services = lines.len(), "surveyed all");
    let services = lines.into_iter().collect::<Outcome<_>>()?;
    let page = SurveyPage { schema_version: SCHEMA_VERSION, services };
    Ok(Paged { page, read: Tally::default() })
}

/// Decodes what the survey reads and drops it: the floor that its speed is measured against.
pub(crate) async fn decode_all(session: &Session) -> Outcome<usize> {
    let lake = Home::find(session)?.open_to_read().await?;
    Ok(lake.decode(&wanted()).await?)
}

fn wanted() -> Selection {
    survey_tables().fold(Selection::nothing(), |wanted, table| {
        let columns = Facts::table_spec(table).map_or(&[][..], |spec| spec.columns);
        let names: Vec<&str> = columns
            .iter()
            .map(|column| column.name)
            .filter(|column| survey_reads(table, column))
            .collect();
        wanted.columns(table, &names)
    })
}
