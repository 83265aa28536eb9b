//! Importing files: what a source's API returns, its webhooks or its exports become facts.

use std::path::{Path, PathBuf};

use aftercast_connectors::{Context, Import, Output, Rules, SOURCES, Source, source_named};
use aftercast_ledger::FinishedImport;
use aftercast_model::{PersonKey, Place, Problem, ServiceMap, ServiceRule};

use super::home::Store;
use super::ingest::{Stopped, Tally, ingest};
use super::{Home, Session, Tick, history, present};
use crate::closest::did_you_mean;
use crate::error::{Failure, Outcome};

/// What to import.
#[derive(Debug, Clone)]
pub(crate) struct ImportRequest {
    /// The source's name.
    pub(crate) source: String,
    /// Files, folders, archives, `-`; for `git` repositories.
    pub(crate) inputs: Vec<PathBuf>,
    /// The service that everything belongs to, instead of the settings' rules.
    pub(crate) service: Option<String>,
    /// The repository of records that do not name their own.
    pub(crate) repo: Option<String>,
}

/// What an import came to.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    /// The source.
    pub(crate) source: &'static str,
    /// Rows and problems.
    pub(crate) tally: Tally,
}

/// Imports files into the session's home.
pub(crate) async fn import_files(session: &Session, request: &ImportRequest) -> Outcome<Imported> {
    let source = find_source(&request.source)?;
    let store = Home::find(session)?.open(session).await?;
    let imported = import_into(session, &store, source, request).await;
    store.ledger.close().await;
    imported
}

/// Imports files into an open home.
pub(crate) async fn import_into(
    session: &Session,
    store: &Store,
    source: &'static Source,
    request: &ImportRequest,
) -> Outcome<Imported> {
    let services = services(session, request.service.as_deref());
    if matches!(source.import, Import::Repository) {
        let mut tally = Tally::default();
        for path in &request.inputs {
            let read =
                history::read_repository(session, store, path, &services, request.repo.as_deref())
                    .await?;
            tally.merge(read.tally);
        }
        return Ok(Imported { source: source.name, tally });
    }
    let started_at = present();
    let people = store.person_key(session).await?;
    let job = Job {
        source,
        inputs: request.inputs.clone(),
        services,
        people,
        repo: request.repo.clone(),
        rules: session.config.rules()?,
    };
    let progress = session.progress.clone();
    let ((), tally) = ingest(&store.lake, move |sink| {
        let mut records = 0;
        // A sink that stopped has told its own reason already.
        let _ = job.run(&mut |output: Output| {
            records += output.records;
            progress(Tick::Records { records });
            sink(output)
        });
    })
    .await?;
    (session.progress)(Tick::Done);
    log(store, source.name, &request.inputs, started_at, &tally).await?;
    Ok(Imported { source: source.name, tally })
}

/// Writes a line into the log of imports.
pub(crate) async fn log(
    store: &Store,
    source: &str,
    inputs: &[PathBuf],
    started_at: aftercast_model::Timestamp,
    tally: &Tally,
) -> Outcome<()> {
    let shown: Vec<String> = inputs.iter().map(|path| path.display().to_string()).collect();
    let facts = tally.facts();
    store
        .ledger
        .log_import(&FinishedImport {
            source: source.to_owned(),
            inputs: shown.join("\n"),
            started_at,
            finished_at: present(),
            records: tally.records,
            stored: facts.stored,
            updated: facts.updated,
            known: facts.known,
            problems: tally.lost + tally.notes,
        })
        .await?;
    Ok(())
}

/// Returns the source called `name`.
pub(crate) fn find_source(name: &str) -> Outcome<&'static Source> {
    source_named(name).ok_or_else(|| {
        let known: Vec<&str> = SOURCES.iter().map(|source| source.name).collect();
        let meant = did_you_mean(name, known.iter().copied());
        Failure::usage(format!("unknown source `{name}`{meant}"))
            .hint(format!("known sources are `{}`", known.join("`, `")))
    })
}

/// The settings' rules, or one rule for everything.
fn services(session: &Session, service: Option<&str>) -> ServiceMap {
    match service {
        Some(service) => ServiceMap {
            rules: vec![ServiceRule { service: service.to_owned(), ..ServiceRule::default() }],
        },
        None => session.config.services(),
    }
}

/// All that reading files needs, to move to a thread of its own.
struct Job {
    source: &'static Source,
    inputs: Vec<PathBuf>,
    services: ServiceMap,
    people: PersonKey,
    repo: Option<String>,
    rules: Rules,
}

impl Job {
    fn run(&self, sink: &mut dyn FnMut(Output) -> Result<(), Stopped>) -> Result<(), Stopped> {
        let context = Context {
            services: &self.services,
            people: &self.people,
            repo: self.repo.as_deref(),
            rules: &self.rules,
        };
        let (parquet, others): (Vec<PathBuf>, Vec<PathBuf>) =
            self.inputs.iter().cloned().partition(|path| self.is_parquet(path));
        for path in parquet {
            sink(read_parquet(&path))?;
        }
        if !others.is_empty() {
            aftercast_connectors::import(self.source, &others, &context, &mut |_| {}, sink)?;
        }
        Ok(())
    }

    fn is_parquet(&self, path: &Path) -> bool {
        self.source.name == "facts"
            && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
    }
}

/// Reads one of our own tables; a file that cannot be read is a problem, as with any other file.
fn read_parquet(path: &Path) -> Output {
    let mut output = Output { records: 1, ..Output::default() };
    match aftercast_lake::read_parquet_facts(path) {
        Ok((facts, problems)) => {
            output.records = facts.len() as u64;
            output.facts = facts;
            output.problems = problems;
        }
        Err(error) => {
            let place = Place { file: path.display().to_string(), line: None };
            output.problems.push(Problem::lost(place, error.to_string()));
        }
    }
    output
}
