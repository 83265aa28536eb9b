//! Converting again what is kept of a source, under today's mapping and rules, without asking it.
//!
//! It belongs to `sync`: both end with the facts of a source as they would be pulled now. Guarantee:
//! the new facts take the place of the old ones in one snapshot; a crash before it leaves the old.

use aftercast_connectors::{Output, Record, Source};
use aftercast_model::{Facts, Place};

use super::drain::Desk;
use super::home::Store;
use super::import::find_source;
use super::ingest::Tally;
use super::{Home, Session, Tick};
use crate::error::{Failure, Outcome};

/// What converting again came to.
#[derive(Debug)]
pub(crate) struct Replayed {
    /// The source, as facts name it.
    pub(crate) source: &'static str,
    /// Rows that were there before.
    pub(crate) removed: u64,
    /// Rows and problems.
    pub(crate) tally: Tally,
}

/// Converts the kept records of sources again; `names` are those of the settings or of kinds.
pub(crate) async fn replay(session: &Session, names: &[String]) -> Outcome<Vec<Replayed>> {
    let mut kinds: Vec<&'static Source> = Vec::new();
    for name in names {
        let rule = session.config.sources().iter().find(|rule| rule.name == *name);
        let kind = rule.map_or_else(|| find_source(name), |rule| Ok(rule.source))?;
        // Facts name the kind alone: two servers of one kind are replayed together.
        if !kinds.iter().any(|known| known.name == kind.name) {
            kinds.push(kind);
        }
    }
    let home = Home::find(session)?;
    home.demand()?;
    let store = home.open(session).await?;
    let desk = Desk::open(session, &store).await?;
    let mut replayed = Vec::new();
    for kind in kinds {
        replayed.push(Box::pin(one(session, &store, &desk, kind)).await?);
    }
    (session.progress)(Tick::Done);
    store.ledger.close().await;
    Ok(replayed)
}

async fn one(
    session: &Session,
    store: &Store,
    desk: &Desk,
    source: &'static Source,
) -> Outcome<Replayed> {
    let mut payloads = store.lake.payloads(source.name).await?;
    let mut output = Output::default();
    while let Some(bodies) = payloads.next().await? {
        let desk = desk.clone();
        output = tokio::task::spawn_blocking(move || {
            let context = desk.context();
            for body in &bodies {
                let place = Place { file: format!("kept {}", source.name), line: None };
                output.records += 1;
                source.convert(&Record { place, body }, &context, &mut output);
                output.payloads.clear();
            }
            output
        })
        .await?;
        (session.progress)(Tick::Records { records: output.records });
    }
    if output.records == 0 {
        let what = format!("no records of `{}` are kept", source.name);
        return Err(Failure::data(what).hint("`aftercast sync` and `aftercast import` keep them"));
    }
    let mut tally = Tally { records: output.records, ..Tally::default() };
    tally.add_problems(output.problems);
    let facts: Facts = output.facts;
    let (removed, appended) = store.lake.replace(source.name, facts).await?;
    tally.add_tables(&appended.tables);
    Ok(Replayed { source: source.name, removed: removed.rows(), tally })
}
