//! Reading a git repository into a home: only what is new since the last reading.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use aftercast_connectors::{Context, git};
use aftercast_model::{ServiceMap, ServiceRule};
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

/// What the ledger keeps of a checkout.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SavedCursor {
    /// The name of the repository.
    repo: String,
    /// The mark of the [`Basis`] that its facts stand on.
    mark: String,
    /// The reader's own cursor.
    git: git::Cursor,
}

/// What the ledger keeps of a repository, however many checkouts it is read from: under which rules
/// its facts in the lake were made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Basis {
    /// The rules.
    rules: String,
    /// Tells this basis from one with the same rules at another time.
    mark: String,
    /// Whether rows of other rules may still be there.
    removing: bool,
}

/// The name under which the ledger keeps a [`Basis`].
const BASIS: &str = "git rules";

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
    let name = match git::repository_name(path, repo) {
        Ok(name) => name,
        Err(error) => return Err(not_a_repository(error)),
    };
    let mark = prepare(store, &name, services).await?;
    let saved = store.ledger.cursor(git::GIT.name, &subject).await?;
    // A cursor that cannot be read, or is of another basis, means to read everything again.
    let cursor = saved
        .as_deref()
        .and_then(|text| serde_json::from_str::<SavedCursor>(text).ok())
        .filter(|saved| saved.repo == name && saved.mark == mark)
        .map(|saved| saved.git);
    let people = store.person_key(session).await?;
    let progress = session.progress.clone();
    let (path_owned, services, before) = (path.to_owned(), services.clone(), cursor.clone());
    let rules = session.config.rules()?;
    let repo = repo.map(str::to_owned);
    let (result, tally) = ingest(&store.lake, move |sink| {
        let context =
            Context { services: &services, people: &people, repo: repo.as_deref(), rules: &rules };
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
        Err(git::ReadError::Open(error)) => return Err(not_a_repository(error)),
        Err(git::ReadError::Sink(_)) => {
            return Err(Failure::data("the history could not be stored"));
        }
    };
    if cursor.as_ref() != Some(&after) {
        let saved = serde_json::to_string(&SavedCursor { repo: name, mark, git: after })?;
        store.ledger.save_cursor(git::GIT.name, &subject, &saved, present()).await?;
        import::log(store, git::GIT.name, &[path.to_owned()], started_at, &tally).await?;
    }
    tracing::info!(took_ms = millis_since(started), commits = summary.commits, "read git");
    Ok(RepositoryRead { summary, tally })
}

/// Returns the mark of the basis on which `repo` is read now. Where the rules for it changed, its
/// rows are removed first: read again, they would stand beside the new ones or win against them.
async fn prepare(store: &Store, repo: &str, services: &ServiceMap) -> Outcome<String> {
    let rules = rules_text(services, repo);
    let known = store.ledger.cursor(BASIS, repo).await?;
    let known = known.as_deref().and_then(|text| serde_json::from_str::<Basis>(text).ok());
    if let Some(known) = known.filter(|known| known.rules == rules && !known.removing) {
        return Ok(known.mark);
    }
    let now = present();
    let mark = format!("{}-{}", now.millis(), std::process::id());
    // First no cursor counts any more; whoever dies after that leaves a repository to read again.
    let mut basis = Basis { rules, mark, removing: true };
    store.ledger.save_cursor(BASIS, repo, &serde_json::to_string(&basis)?, now).await?;
    let removed = store.lake.remove(git::GIT.name, repo).await?;
    basis.removing = false;
    store.ledger.save_cursor(BASIS, repo, &serde_json::to_string(&basis)?, present()).await?;
    tracing::info!(repo, rows = removed.rows(), "removed what was read under other rules");
    Ok(basis.mark)
}

/// Readings of a repository under the same text give the same facts.
fn rules_text(services: &ServiceMap, repo: &str) -> String {
    let mut text = services.of_repo(repo).to_owned();
    let own = |rule: &&ServiceRule| rule.repo.as_deref().is_none_or(|own| own == repo);
    for rule in services.rules.iter().filter(own) {
        let part = (&rule.service, &rule.paths, &rule.tag_prefix);
        let _ = write!(text, "\n{part:?}");
    }
    text
}

fn not_a_repository(error: git::OpenError) -> Failure {
    Failure::from(error).hint("name a git repository with --repo PATH")
}
