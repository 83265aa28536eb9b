//! Steps that people did by hand on the way of a release: declared by a source, or found between the
//! machine's steps (R2).
//!
//! Owns what counts as a manual step, how far it can be trusted, and what it cost. Must not know
//! findings or words of the page. The rules stand in docs/statistics/manual.md. No person is named
//! or counted: only that it was a person.

mod declared;
mod found;
mod recurring;

use aftercast_model::{FactId, Name};

use super::{Measure, View, counted};
use crate::review::types::Basis;

pub(crate) use recurring::{Recurring, costliest, recurring};

/// What made a step known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A job of the kind `manual`: a manual job, a block step, a hold.
    Job,
    /// A run of a pipeline that nobody but people starts.
    Run,
    /// Said in chat or under a change.
    Said,
    /// A pause between two green machine steps that a person ended, again and again.
    Gap,
    /// A tag or release that no pipeline made.
    Tag,
    /// A deployment that no pipeline made, while others of the service have one.
    Deployment,
}

impl Kind {
    /// Returns whether a source calls it a manual step; the others were found.
    pub(crate) fn is_declared(self) -> bool {
        matches!(self, Self::Job | Self::Run | Self::Said)
    }
}

/// One manual step on the way of one release.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ManualStep {
    pub(crate) kind: Kind,
    /// The same for the same step of other releases: the job, the pipeline, the two pipelines.
    pub(crate) key: (Name, Name),
    /// What it is called, for people.
    pub(crate) step: String,
    pub(crate) basis: Basis,
    /// From 0 to 1.
    pub(crate) confidence: f64,
    /// From the end of the machine's step before it until somebody did it, in milliseconds.
    pub(crate) wait_ms: Option<i64>,
    /// How long doing it took, in milliseconds.
    pub(crate) doing_ms: Option<i64>,
    pub(crate) evidence: Vec<FactId>,
}

impl ManualStep {
    /// Returns waiting and doing together, where one of them is known.
    pub(crate) fn cost_ms(&self) -> Option<i64> {
        match (self.wait_ms, self.doing_ms) {
            (None, None) => None,
            (wait, doing) => {
                Some(wait.unwrap_or_default().saturating_add(doing.unwrap_or_default()))
            }
        }
    }
}

/// Returns the manual steps of the release at `index`: declared ones, then found ones.
pub(crate) fn steps(view: View<'_>, index: usize) -> Vec<ManualStep> {
    let mut steps = declared::steps(view, index);
    steps.extend(found::steps(view, index));
    steps
}

/// Returns the number of steps done by hand on the way of the release at `index`.
pub(super) fn measure(view: View<'_>, index: usize) -> Measure {
    let steps = steps(view, index);
    if steps.is_empty() && !declared::any_source(view) {
        return Measure::missing(
            "not known: no source declares manual steps (a job of kind `manual`, a pipeline that \
             only people start, or a chat message marked as a manual step)",
        );
    }
    let of = |kind: Kind| steps.iter().filter(|step| step.kind == kind).count();
    let (jobs, said) = (of(Kind::Job), of(Kind::Said));
    let mut why = format!(
        "{} of kind `manual`, {} marked as a manual step",
        counted(jobs, "job"),
        counted(said, "message")
    );
    let loose =
        steps.iter().filter(|step| step.kind == Kind::Said && step.basis != Basis::Exact).count();
    if loose > 0 {
        why = format!("{why} ({loose} by time only: said since the release before)");
    }
    let more = [
        (Kind::Run, "run of a pipeline that only people start"),
        (Kind::Gap, "pause that a person ended, again and again (found)"),
        (Kind::Tag, "tag that no pipeline made (found)"),
        (Kind::Deployment, "deployment without a pipeline (found)"),
    ];
    for (kind, what) in more {
        let plural = match kind {
            Kind::Run => "runs of pipelines that only people start",
            Kind::Gap => "pauses that a person ended, again and again (found)",
            _ => what,
        };
        match of(kind) {
            0 => {}
            1 => why = format!("{why}, 1 {what}"),
            n => why = format!("{why}, {n} {plural}"),
        }
    }
    let basis = if steps.iter().all(|step| step.basis == Basis::Exact) {
        Basis::Exact
    } else {
        Basis::Inferred
    };
    let n = steps.len();
    // A step shows itself by its first row; a job's gate stands behind it.
    let evidence = steps.iter().filter_map(|step| step.evidence.first().copied()).collect();
    Measure::known(i64::try_from(n).unwrap_or(i64::MAX), basis, n, why, evidence)
}
