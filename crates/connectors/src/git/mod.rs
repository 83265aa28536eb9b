//! Facts of a git repository: commits, tags, release branches. Read in-process; no `git` is run.
//!
//! Owns: what history alone can tell. Must not know lake, ledger, other sources.
//!
//! Guarantees:
//! - The default branch, HEAD, the release branches and the tags are read, with everything that is
//!   reachable from them ([`Branches::All`] adds the other branches).
//! - Additions, deletions and files are those of `git log --numstat --no-renames`: against the first
//!   parent, a root commit against nothing, no renames, binary files as files without lines. **A
//!   merge has no numbers**: its changes are those of the commits that it brings in, and a sum
//!   would count them twice. Numbers that cannot be known (an object is missing, a file is too
//!   large, a shallow clone ends here) are missing, never zero.
//! - In a repository that is split by path, a commit has one row for each service that it touches,
//!   with the numbers of that service; what no rule owns belongs to the service of the whole
//!   repository.
//! - Change requests are not guessed from messages: the number stands in `change_key`, and the facts
//!   of the forge are not doubled.
//! - Reading is incremental: given the [`Cursor`] of the last read, only what is not reachable from
//!   its tips comes again. Memory is bounded by the graph (about 200 bytes a new commit) and by
//!   one batch of facts.

mod cache;
mod commit;
mod lines;
mod message;
mod numstat;
mod open;
mod packs;
mod read;
mod rows;
mod tags;
mod version;
mod walk;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Import, Numbers, Source, Tells, Told};

pub use read::read;

/// The source `git`.
pub static GIT: Source = Source {
    name: "git",
    about: "commits, tags and release branches of a git repository",
    reads: "a work tree, a bare repository or any folder inside; no git program is needed",
    tells: Tells {
        who: Told::With("author"),
        retention: "all of the history that is in the clone",
        numbers: Numbers {
            lead_time: Told::With("with tags or release branches"),
            ..Numbers::NONE
        },
        ..Tells::NOTHING
    },
    import: Import::Repository,
    pull: None,
    webhook: None,
};

/// What was read already: each reference with the object that it named.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cursor {
    /// Reference to hash.
    pub tips: BTreeMap<String, String>,
}

/// Returns the name that the repository around `path` has in the facts, without reading its history;
/// `given` is its name where it has no remote.
pub fn repository_name(path: &Path, given: Option<&str>) -> Result<String, OpenError> {
    Ok(open::repo_name(&open::open(path)?.to_thread_local(), given))
}

/// How a repository is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many commits go into one batch.
    pub batch_commits: usize,
    /// How many threads read; `None` takes one for each core.
    pub threads: Option<NonZeroUsize>,
    /// Which branches are read.
    pub branches: Branches,
    /// Texts above this size, changed in the middle, are not compared.
    pub largest_text_bytes: usize,
}

/// Which branches are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branches {
    /// The default branch, HEAD, release branches.
    Delivered,
    /// All of them, local and remote.
    All,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch_commits: 20_000,
            threads: None,
            branches: Branches::Delivered,
            largest_text_bytes: 4 * 1024 * 1024,
        }
    }
}

/// How far the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Commits read.
    pub done: usize,
    /// Commits to read.
    pub total: usize,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The repository's name in the facts.
    pub repo: String,
    /// The default branch, where there is one.
    pub default_branch: Option<String>,
    /// The commit at HEAD; `None` in an empty repository.
    pub head: Option<String>,
    /// Commits that are new since the cursor.
    pub commits: usize,
    /// Tags that are new or moved since the cursor.
    pub tags: usize,
    /// Release branches that are new or moved since the cursor.
    pub branches: usize,
    /// Whether the history is cut off: a shallow clone.
    pub shallow: bool,
}

/// Why a repository could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path is no folder.
    #[error("`{path}` is not a folder")]
    NotThere {
        /// The path as given.
        path: String,
    },
    /// Neither the folder nor one around it is a repository.
    #[error("no git repository in `{path}` or in a folder around it")]
    NoRepository {
        /// The path as given.
        path: String,
    },
    /// There is a repository that cannot be opened.
    #[error("cannot open the git repository of `{path}`: {why}")]
    Refused {
        /// The path as given.
        path: String,
        /// What the reader says.
        why: String,
    },
}

/// Why reading ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReadError<E> {
    /// The repository could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The sink refused a batch.
    #[error("the facts could not be taken")]
    Sink(#[source] E),
}
