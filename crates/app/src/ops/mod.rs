//! Use cases: the only place that sees connectors, ledger, lake, analysis and surfaces together.
//!
//! Must not know: the command line, stdout and stderr. What a person should know is returned.

mod doctor;
mod drain;
mod emit;
mod event;
mod history;
mod home;
mod horizon;
mod import;
mod incidents;
mod ingest;
mod init;
mod intake;
mod keep;
mod page;
mod pages;
mod receiving;
mod releases;
mod replay;
mod review;
mod service;
mod siblings;
mod simulate;
mod survey;
mod sync;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use aftercast_model::Timestamp;
use tempfile::TempDir;

use crate::config::Config;

pub(crate) use doctor::{Check, State, diagnose, grouped};
pub(crate) use emit::events_of;
pub(crate) use event::tell;
pub(crate) use home::Home;
pub(crate) use import::{ImportRequest, Imported, import_files};
pub(crate) use incidents::{Confirm, confirm};
pub(crate) use ingest::Tally;
pub(crate) use init::draft;
pub(crate) use intake::{Intake, Refused, Taken};
pub(crate) use page::Paged;
pub(crate) use pages::{delivery_keys, gates, incident_links, patterns, steps, tests};
pub(crate) use receiving::Receiving;
pub(crate) use releases::list_releases;
pub(crate) use replay::replay;
pub(crate) use review::{ReviewRequest, review_release, review_sample};
pub(crate) use simulate::{simulate_into_folder, simulate_into_home};
pub(crate) use survey::{decode_all, survey_all};
pub(crate) use sync::{ListSynced, SyncRequest, Synced, plan_sync, sync};

/// What every use case is given.
pub(crate) struct Session {
    /// The settings.
    pub(crate) config: Config,
    /// Where the user stands.
    pub(crate) start: PathBuf,
    /// The root of the repository around it.
    pub(crate) repository: Option<PathBuf>,
    /// The present.
    pub(crate) now: Timestamp,
    /// Who is told how far it is.
    pub(crate) progress: Watch,
    /// Holds a throw-away home until nobody writes into it any more.
    pub(crate) scratch: Scratch,
}

/// A folder for the time of a command. Whoever began to write on a thread of his own may do so for
/// a moment after the use case was given up: the folder goes with the last copy of this.
pub(crate) type Scratch = Arc<OnceLock<TempDir>>;

/// How far a use case is.
#[derive(Debug, Clone)]
pub(crate) enum Tick {
    /// Reading a repository.
    Commits { done: u64, total: u64 },
    /// Reading files.
    Records { records: u64 },
    /// Pulling a list.
    Pulled {
        /// Source, subject and list.
        list: String,
        /// Items so far.
        items: u64,
        /// How much of it is read, from 0 to 1, where it can be told.
        share: Option<f64>,
        /// When its reading began.
        since: Instant,
        /// Until when a rate limit is waited for.
        waiting_until: Option<Timestamp>,
    },
    /// Nothing is under way any more.
    Done,
}

/// Is told how far a use case is.
pub(crate) type Watch = Arc<dyn Fn(Tick) + Send + Sync>;

/// Returns the present, in whole milliseconds.
pub(crate) fn present() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Returns the root of the work tree around `start`: the first folder upwards that holds `.git`.
pub(crate) fn repository_around(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}
