//! A fictional company's facts, into a home or into files; what is true of it is returned.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use aftercast_connectors::{Output, write_ndjson};
use aftercast_lake::Lake;
use aftercast_simulation::{Plan, SOURCE, Truth, simulate};
use anyhow::Context as _;

use super::ingest::{Stopped, Tally, ingest};
use super::{Home, Session, Tick, import, present};
use crate::error::{Failure, Outcome};

/// What a simulation came to.
#[derive(Debug)]
pub(crate) struct Simulated {
    /// What was planted.
    pub(crate) truth: Truth,
    /// What was stored.
    pub(crate) tally: Tally,
}

/// Simulates into the session's home. A home that holds facts is refused, unless `mix` says that
/// what is real and what is not may lie together.
pub(crate) async fn simulate_into_home(
    session: &Session,
    plan: Plan,
    mix: bool,
) -> Outcome<Simulated> {
    let home = Home::find(session)?;
    let store = home.open(session).await?;
    if !mix {
        demand_empty(&store.lake, &home.shown_folder()).await?;
    }
    let started_at = present();
    let progress = session.progress.clone();
    let (truth, tally) = ingest(&store.lake, move |sink| {
        let mut records = 0;
        simulate(&plan, &mut |facts| {
            records += facts.len() as u64;
            progress(Tick::Records { records });
            sink(Output { records: facts.len() as u64, facts, ..Output::default() })
        })
    })
    .await?;
    (session.progress)(Tick::Done);
    import::log(&store, SOURCE, &[], started_at, &tally).await?;
    store.ledger.close().await;
    let truth = truth.map_err(|Stopped| Failure::usage("the simulation was stopped"))?;
    Ok(Simulated { truth, tally })
}

/// Simulates into `facts.ndjson` of a folder, for `aftercast import facts`.
pub(crate) fn simulate_into_folder(plan: &Plan, folder: &Path) -> Outcome<(Truth, PathBuf)> {
    let path = folder.join("facts.ndjson");
    let told = || format!("cannot write `{}`", path.display());
    std::fs::create_dir_all(folder).with_context(told)?;
    let mut output = BufWriter::new(File::create(&path).with_context(told)?);
    let truth = simulate(plan, &mut |facts| write_ndjson(&facts, &mut output));
    let truth = truth.and_then(|truth| output.flush().map(|()| truth)).with_context(told)?;
    Ok((truth, path))
}

async fn demand_empty(lake: &Lake, shown: &str) -> Outcome<()> {
    let mut filled = lake.table_counts().await?;
    filled.retain(|count| 0 < count.rows);
    if filled.is_empty() {
        return Ok(());
    }
    let mut real = false;
    for count in &filled {
        let query = format!("SELECT 1 FROM {} WHERE source <> '{SOURCE}' LIMIT 1", count.table);
        real |= lake.sql(&query).await?.next().await?.is_some_and(|rows| !rows.is_empty());
    }
    let what = if real { "real facts" } else { "the facts of another simulation" };
    Err(Failure::usage(format!("`{shown}` holds {what} already")).hint(
        "name an empty home with --home DIR, write files with --output DIR, or put both together \
         with --mix",
    ))
}
