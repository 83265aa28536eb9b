//! Reading a git repository into a home: only what is new since the last reading.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use aftercast_connectors::{Context, git};
use aftercast_model::ServiceMap;
use serde::{Deserialize, Serialize};

use super::home::{Store, millis_since};
use super::ingest::{Tally, ingest};
use super::{Session, Tick, import, present, repository_around};
use crate::error::{Failure, Outcome};

/// What a reading came to.
#[derive(Debug, Clone)]
pub(crate) struct RepositoryRead {
    /// The repository, its default branch, what was new.
    pub(crate) summary: git::Summary,
    /// Rows and problems.
    pub(crate) tally: Tally,
}

/// What the ledger keeps: the cursor of the reader, good for one set of service rules only.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SavedCursor {
    /// The rules under which the facts were made.
    rules: String,
    /// The reader's own cursor.
    git: git::Cursor,
}

/// Reads the repository that holds `path`; `repo` names it where it has no remote.
pub(crate) async fn read_repository(
    session: &Session,
    store: &Store,
    path: &Path,
    services: &ServiceMap,
    repo: Option<&str>,
) -> Outcome<RepositoryRead> {
    let started = Instant::now();
    let started_at = present();
    let root = repository_around(path).unwrap_or_else(|| path.to_owned());
    let subject = root.canonicalize().unwrap_or(root).display().to_string();
    let rules = rules_text(services, repo);
    let saved = store.ledger.cursor(git::GIT.name, &subject).await?;
    // A cursor that cannot be read, or is of other rules, means to read everything again.
    let cursor = saved
        .as_deref()
        .and_then(|text| serde_json::from_str::<SavedCursor>(text).ok())
        .filter(|saved| saved.rules == rules)
        .map(|saved| saved.git);
    let people = store.person_key(session).await?;
    let progress = session.progress.clone();
    let (path_owned, services, before) = (path.to_owned(), services.clone(), cursor.clone());
    let repo = repo.map(str::to_owned);
    let (result, tally) = ingest(&store.lake, move |sink| {
        let context = Context { services: &services, people: &people, repo: repo.as_deref() };
        let mut tell = |git::Progress { done, total }| {
            progress(Tick::Commits { done: done as u64, total: total as u64 });
        };
        let options = git::Options::default();
        git::read(&path_owned, before.as_ref(), &options, &context, &mut tell, sink)
    })
    .await?;
    (session.progress)(Tick::Done);
    let (after, summary) = match result {
        Ok(read) => read,
        Err(git::ReadError::Open(error)) => {
            return Err(Failure::from(error).hint("name a git repository with --repo PATH"));
        }
        Err(git::ReadError::Sink(_)) => {
            return Err(Failure::data("the history could not be stored"));
        }
    };
    if cursor.as_ref() != Some(&after) {
        let saved = serde_json::to_string(&SavedCursor { rules, git: after })?;
        store.ledger.save_cursor(git::GIT.name, &subject, &saved, present()).await?;
        import::log(store, git::GIT.name, &[path.to_owned()], started_at, &tally).await?;
    }
    tracing::info!(took_ms = millis_since(started), commits = summary.commits, "read git");
    Ok(RepositoryRead { summary, tally })
}

/// Readings under the same text give the same facts.
fn rules_text(services: &ServiceMap, repo: Option<&str>) -> String {
    let mut text = format!("{repo:?}");
    for rule in &services.rules {
        let part = (&rule.service, &rule.repo, &rule.paths, &rule.tag_prefix);
        let _ = write!(text, "\n{part:?}");
    }
    text
}
