//! What the settings say about one source: where it is, with which secret, for what.
//!
//! Owns: what is missing in them, told before any request. Must not know: how settings are written.

use std::collections::BTreeMap;

use aftercast_model::Timestamp;

use crate::live::{Auth, Place, Pull, PullError, Secret, Stream};
use crate::source::Source;

/// One source as the settings name it.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Where its API is; else the vendor's own.
    pub url: Option<String>,
    /// How requests are authorised; else the source's usual way.
    pub auth: Option<Auth>,
    /// The secret; without one, requests carry none.
    pub secret: Option<Secret>,
    /// Repositories, projects, services, channels.
    pub subjects: Vec<String>,
    /// What the source asks for beyond the usual, by key.
    pub settings: BTreeMap<String, String>,
    /// Hosts (`jenkins.corp`, `.corp`) and networks (`10.1.0.0/16`) that may be asked although their
    /// addresses are private; `http:` is for these alone.
    pub allow: Vec<String>,
    /// Requests a minute, instead of what the source knows of its vendor.
    pub per_minute: Option<u32>,
    /// Reads nothing older.
    pub since: Option<Timestamp>,
    /// Reads nothing from this on.
    pub until: Option<Timestamp>,
}

impl Target {
    /// Returns how `source` is pulled.
    pub(super) fn pull_of(source: &Source) -> Result<&'static Pull, PullError> {
        source.pull.ok_or(PullError::NoApi { source_name: source.name })
    }

    /// Returns the subjects, one empty text where the source needs none.
    pub(super) fn subjects(&self, source: &Source, pull: &Pull) -> Result<Vec<String>, PullError> {
        if !self.subjects.is_empty() {
            return Ok(self.subjects.clone());
        }
        if pull.subjects.optional {
            return Ok(vec![String::new()]);
        }
        let Pull { subjects, .. } = pull;
        Err(PullError::NoSubjects {
            source_name: source.name,
            key: subjects.key,
            example: subjects.example,
        })
    }

    /// Returns what `ask` makes of `subject` and the time `since..until`.
    pub(super) fn place<R>(
        &self,
        subject: &str,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        ask: impl FnOnce(&Place<'_>) -> R,
    ) -> R {
        let settings = |key: &str| self.settings.get(key).cloned();
        ask(&Place { subject, since, until, settings: &settings })
    }

    /// Returns the first request of `stream`.
    pub(super) fn first(
        &self,
        stream: &Stream,
        subject: &str,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Option<crate::live::Request> {
        self.place(subject, since, until, |place| (stream.list)(place))
    }
}
