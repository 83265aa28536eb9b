//! An incident as its source tells it, and the row that it becomes.

use aftercast_model::{Incident, Timestamp};

use crate::incidents::cause::Causes;
use crate::incidents::links::Links;
use crate::rules::Clue;
use crate::sink::{Home, Sink};

/// An incident, before names and services are looked up.
#[derive(Default)]
pub(crate) struct Case<'c> {
    /// What the source calls it, the same however it arrived.
    pub(crate) native_id: &'c str,
    /// What may be its service, the likeliest first.
    pub(crate) clues: Vec<Clue<'c>>,
    /// Its title.
    pub(crate) title: Option<&'c str>,
    /// How bad it was, in the source's word.
    pub(crate) severity: Option<&'c str>,
    /// Its state, in the source's word.
    pub(crate) status: Option<&'c str>,
    /// Where a person can look at it.
    pub(crate) url: Option<&'c str>,
    /// When the source's own state was this.
    pub(crate) observed_at: Option<Timestamp>,
    /// When users began to feel it.
    pub(crate) started_at: Option<Timestamp>,
    /// When it was noticed.
    pub(crate) detected_at: Option<Timestamp>,
    /// When somebody took it.
    pub(crate) acknowledged_at: Option<Timestamp>,
    /// When users stopped feeling it.
    pub(crate) mitigated_at: Option<Timestamp>,
    /// When it was closed.
    pub(crate) resolved_at: Option<Timestamp>,
    /// The addresses that it mentions.
    pub(crate) links: Links<'c>,
    /// What it says caused it.
    pub(crate) causes: Causes,
    /// It turned out to be none (declined, cancelled, merged, a test): its row replaces what was
    /// told before and has no times, so that nothing counts it.
    pub(crate) is_void: bool,
}

impl Case<'_> {
    /// Writes the row.
    pub(crate) fn keep(self, sink: &mut Sink<'_>) {
        let home = home(&self.clues, sink);
        let known = |at: Option<Timestamp>| at.filter(|_| !self.is_void);
        let links = self.links.joined();
        let row = Incident {
            id: sink.id("incidents", self.native_id, None),
            source: home.source,
            service: home.service,
            observed_at: self.observed_at,
            url: sink.name(self.url),
            native_status: sink.name(self.status),
            title: sink.name(self.title),
            severity: sink.name(self.severity),
            started_at: known(self.started_at),
            detected_at: known(self.detected_at),
            acknowledged_at: known(self.acknowledged_at),
            mitigated_at: known(self.mitigated_at),
            resolved_at: known(self.resolved_at),
            links: sink.name(links.as_deref()),
            caused_by: sink.name(self.causes.best()),
        };
        sink.facts().incidents.push(row);
    }
}

/// Returns the shared columns for the first of `clues` that the settings know, else for the first: an
/// incident has one row, also where it names several services.
pub(crate) fn home(clues: &[Clue<'_>], sink: &mut Sink<'_>) -> Home {
    let repo = sink.repo(None);
    let known = clues.iter().find(|clue| sink.knows(clue)).or(clues.first());
    match known {
        Some(clue) => sink.home_by_name(repo, clue),
        None => sink.home(repo),
    }
}

/// Returns the latest of `times`, `more` milliseconds later where the record knows more than another
/// of the same state.
pub(crate) fn later(
    times: impl IntoIterator<Item = Option<Timestamp>>,
    more: i64,
) -> Option<Timestamp> {
    times.into_iter().flatten().max().map(|at| at.plus_millis(more))
}
