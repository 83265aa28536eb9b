//! What a pull needs of the world, tells while it runs, and reports in the end.

use std::time::Duration;

use aftercast_model::{Problem, Timestamp};

use crate::live::{Clock, KeepError};

/// The world around a pull.
pub struct Watch<'a> {
    /// The time.
    pub clock: &'a dyn Clock,
    /// Is told how far each list is, after every page and before every wait.
    pub progress: &'a (dyn Fn(&Progress<'_>) + Sync),
    /// How long a rate limit is waited for; beyond, the pass ends as [`Ended::Limited`].
    pub patience: Duration,
    /// Limits of a single request.
    pub limits: Limits,
    /// Spreads retries of several machines; any number.
    pub seed: u64,
}

impl<'a> Watch<'a> {
    /// Returns a watch with the usual limits that looks away.
    pub fn new(clock: &'a dyn Clock) -> Self {
        let seed = u64::from_ne_bytes(clock.now().millis().to_ne_bytes());
        let patience = Duration::from_mins(15);
        Self { clock, progress: &|_| {}, patience, limits: Limits::default(), seed }
    }
}

/// Limits of a single request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the connection to stand.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub read: Duration,
    /// For all of it.
    pub total: Duration,
    /// The largest answer, unpacked; nothing is read beyond.
    pub body_bytes: usize,
    /// Attempts before a request is given up.
    pub attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            total: Duration::from_mins(2),
            body_bytes: 64 * 1024 * 1024,
            attempts: 8,
        }
    }
}

/// How far one list is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a> {
    /// For what.
    pub subject: &'a str,
    /// Which list.
    pub stream: &'a str,
    /// Requests so far, of all lists.
    pub requests: u64,
    /// Bytes so far, of all lists.
    pub bytes: u64,
    /// Pages of this list.
    pub pages: u64,
    /// Items of this list.
    pub items: u64,
    /// How much of this list is read, from 0 to 1, where it can be told.
    pub share: Option<f64>,
    /// Until when a rate limit is waited for.
    pub waiting_until: Option<Timestamp>,
}

/// What a pull did.
#[derive(Debug, Clone, Default)]
pub struct PullReport {
    /// Each list of each subject, in order.
    pub streams: Vec<StreamReport>,
    /// All requests.
    pub requests: u64,
    /// Bytes of all answers.
    pub bytes: u64,
}

/// What the pull of one list did.
#[derive(Debug, Clone)]
pub struct StreamReport {
    /// For what.
    pub subject: String,
    /// Which list.
    pub stream: &'static str,
    /// Pages read.
    pub pages: u64,
    /// Items converted.
    pub items: u64,
    /// Requests, also those of details.
    pub requests: u64,
    /// What was not understood, not allowed or not there; equal ones once.
    pub problems: Vec<Problem>,
    /// How it ended.
    pub ended: Ended,
}

/// How the pull of a list ended. Only `Done` read all of it; every other goes on where it stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Everything there was is stored.
    Done,
    /// The secret may not read it.
    Refused {
        /// What the server answered.
        status: u16,
        /// The permission that it needs.
        needs: &'static str,
        /// What is not known without it.
        gives: &'static str,
        /// Whether the source calls the list optional, so that this is no failure.
        optional: bool,
    },
    /// The budget of requests is spent.
    Limited {
        /// When there is a new one.
        until: Timestamp,
    },
    /// It could not be read.
    Failed {
        /// Why.
        why: String,
    },
}

impl PullReport {
    /// Returns whether every list was read to its end, or may be missing.
    pub fn is_complete(&self) -> bool {
        self.streams.iter().all(|stream| match stream.ended {
            Ended::Done => true,
            Ended::Refused { optional, .. } => optional,
            Ended::Limited { .. } | Ended::Failed { .. } => false,
        })
    }
}

/// Why nothing could be pulled at all.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The source is read from files only.
    #[error("`{source_name}` has no API to pull from")]
    NoApi {
        /// The source.
        source_name: &'static str,
    },
    /// The settings name no subjects.
    #[error(
        "`{key}` is missing in the settings of `{source_name}` (like `{key} = [\"{example}\"]`)"
    )]
    NoSubjects {
        /// The source.
        source_name: &'static str,
        /// The key.
        key: &'static str,
        /// What could stand there.
        example: &'static str,
    },
    /// The settings name no address.
    #[error("`url` is missing in the settings of `{source_name}`")]
    NoUrl {
        /// The source.
        source_name: &'static str,
    },
    /// The address is none, or may not be asked.
    #[error("`{url}` cannot be asked: {why}")]
    Url {
        /// The address.
        url: String,
        /// Why.
        why: String,
    },
    /// The secret is not of the form that the scheme needs.
    #[error("the secret cannot be used: {0}")]
    Secret(String),
    /// A client could not be made.
    #[error("cannot set up the HTTP client: {0}")]
    Client(String),
    /// What was read could not be stored.
    #[error("cannot store what was read: {0}")]
    Keep(KeepError),
}
