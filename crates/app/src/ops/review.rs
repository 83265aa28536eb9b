//! The review of one release: read what is new, fold the service's facts, say what was found.

use std::path::PathBuf;
use std::time::Instant;

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{Review, ReviewError, release_lines, review};
use aftercast_connectors::{Context, import_stream};

use super::home::{Store, millis_since};
use super::ingest::{Tally, ingest};
use super::page::page_in;
use super::{Home, Session, Tick, history, import, repository_around};
use crate::error::{Failure, Outcome};

/// The bundled sample: changes to Wikipedia's production configuration in 2015.
const SAMPLE: &[u8] = include_bytes!("../../sample/mwconfig-2015.ndjson.gz");
/// Its name in messages.
const SAMPLE_NAME: &str = "mwconfig-2015.ndjson.gz";
/// The source that reads it.
const SAMPLE_SOURCE: &str = "gerrit";

/// What to review.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReviewRequest {
    /// The service; by default that of the repository, or the only one.
    pub(crate) service: Option<String>,
    /// The release: a name, `latest`, or the beginning of a name that no other has.
    pub(crate) release: Option<String>,
    /// The repository; by default the one around the session's start.
    pub(crate) repo: Option<PathBuf>,
}

/// A review, and what was met on the way to it.
#[derive(Debug)]
pub(crate) struct Reviewed {
    /// The review.
    pub(crate) review: Review,
    /// What was read before it.
    pub(crate) read: Tally,
}

/// Reviews a release from the session's home, after reading what is new in the repository.
pub(crate) async fn review_release(
    session: &Session,
    request: &ReviewRequest,
) -> Outcome<Reviewed> {
    let store = open(session, request).await?;
    let (repo, read) = refresh(session, &store, request).await?;
    let reviewed = review_in(session, &store, request, repo.as_deref()).await?;
    store.ledger.close().await;
    Ok(Reviewed { review: reviewed, read })
}

/// Opens the home; outside of a repository only one that exists has anything to tell.
pub(crate) async fn open(session: &Session, request: &ReviewRequest) -> Outcome<Store> {
    let home = Home::find(session)?;
    if request.repo.is_none() && repository_around(&session.start).is_none() {
        home.demand()?;
    }
    home.open(session).await
}

/// Imports the bundled sample into a throw-away home and reviews it.
pub(crate) async fn review_sample(session: &Session, request: &ReviewRequest) -> Outcome<Reviewed> {
    let folder = tempfile::Builder::new().prefix("aftercast-sample-").tempdir()?;
    let folder = session.scratch.get_or_init(|| folder);
    let store = Home::in_folder(folder.path()).open(session).await?;
    let started = Instant::now();
    let people = store.person_key(session).await?;
    let source = import::find_source(SAMPLE_SOURCE)?;
    let progress = session.progress.clone();
    let (_, read) = ingest(&store.lake, move |sink| {
        let services = aftercast_model::ServiceMap::default();
        let context = Context {
            services: &services,
            people: &people,
            repo: None,
            rules: &aftercast_connectors::Rules::default(),
        };
        let mut records = 0;
        import_stream(source, SAMPLE_NAME, &mut &*SAMPLE, &context, &mut |output| {
            records += output.records;
            progress(Tick::Records { records });
            sink(output)
        })
    })
    .await?;
    (session.progress)(Tick::Done);
    tracing::info!(took_ms = millis_since(started), records = read.records, "imported the sample");
    let reviewed = review_in(session, &store, request, None).await?;
    store.ledger.close().await;
    Ok(Reviewed { review: reviewed, read })
}

/// Reads the repository that the request is about, where there is one; returns its name.
pub(crate) async fn refresh(
    session: &Session,
    store: &Store,
    request: &ReviewRequest,
) -> Outcome<(Option<String>, Tally)> {
    let repository = match &request.repo {
        Some(path) => Some(path.clone()),
        None => repository_around(&session.start),
    };
    let Some(repository) = repository else { return Ok((None, Tally::default())) };
    if let (Some(service), None) = (&request.service, &request.repo)
        && is_about_something_else(session, store, service).await?
    {
        return Ok((None, Tally::default()));
    }
    let services = session.config.services();
    let read = history::read_repository(session, store, &repository, &services, None).await?;
    Ok((Some(read.summary.repo), read.tally))
}

/// Whether `service` is known already from elsewhere, so that the repository around the user, who
/// may just happen to stand there, is not read into this home.
async fn is_about_something_else(session: &Session, store: &Store, service: &str) -> Outcome<bool> {
    let by_rule = session.config.service_rules().iter().any(|(rule, _)| rule.service == service);
    let is_home_of_repository =
        session.repository.as_deref().is_some_and(|root| store.folder.starts_with(root));
    if by_rule || is_home_of_repository {
        return Ok(false);
    }
    Ok(store.lake.services().await?.iter().any(|known| known.service == service))
}

async fn review_in(
    session: &Session,
    store: &Store,
    request: &ReviewRequest,
    repo: Option<&str>,
) -> Outcome<Review> {
    let asked = request.release.clone();
    page_in(session, store, request, repo, &[], move |history, settings| {
        let asked = asked.as_deref().filter(|asked| *asked != "latest");
        review(history, asked, settings)
            .or_else(|error| by_beginning(history, settings, error))
            .map_err(told)
    })
    .await
}

/// Reviews the release whose name alone begins with what was asked for.
fn by_beginning(
    history: &ServiceHistory,
    settings: &Settings,
    error: ReviewError,
) -> Result<Review, ReviewError> {
    let ReviewError::UnknownRelease { asked, total, .. } = error else { return Err(error) };
    let lines = release_lines(history, settings);
    let mut names: Vec<&str> = lines
        .iter()
        .rev()
        .map(|line| line.id.as_str())
        .filter(|name| name.starts_with(&asked))
        .collect();
    names.dedup();
    match names.as_slice() {
        [name] => review(history, Some(name), settings),
        [] => review(history, Some(&asked), settings),
        several => {
            let closest = several.iter().take(5).map(|name| (*name).to_owned()).collect();
            Err(ReviewError::UnknownRelease { asked, closest, total })
        }
    }
}

fn told(error: ReviewError) -> Failure {
    let hint = match &error {
        ReviewError::NoReleases { hint, .. } => hint.clone(),
        ReviewError::UnknownRelease { .. } => {
            "`aftercast releases` lists the names; the beginning of one is enough".to_owned()
        }
    };
    Failure::data(error).hint(hint)
}
