//! GitHub: what its REST API returns and what its webhooks send, as facts.
//!
//! Owns: telling the objects apart, and their conversion. The same fact has the same id however it
//! arrived, and is dated by the object's own newest time, so neither order nor repetition matters.
//! Must not know: files, the network. What is not known or not kept is said, never silent.

mod accounts;
mod changes;
mod checks;
mod deployments;
mod objects;
mod recognise;
mod runs;
mod tags;

use std::borrow::Cow;

use aftercast_model::{Facts, Timestamp};

use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "github";

/// GitHub as a source.
pub(crate) static GITHUB: Source = Source {
    name: SOURCE,
    about: "workflow runs, jobs, pull requests, reviews, deployments, releases and checks",
    reads: "objects or pages of GitHub's REST API, and webhook bodies",
    tells: Tells {
        queue_time: Told::Yes,
        attempts: Told::With("yes, also of jobs"),
        approval_asked: Told::With("environments: by webhook or deployment statuses"),
        approval_answered: Told::Yes,
        who: Told::With("author, reviewer, approver, actor"),
        steps: Told::Yes,
        failure_reason: Told::With("timed out, cancelled; the failed step's name"),
        retention: "90 days of runs in public repositories, 1 to 400 days in private ones",
        numbers: Numbers {
            lead_time: Told::Yes,
            failed_builds: Told::Yes,
            approval_wait: Told::Yes,
            ..Numbers::NONE
        },
    },
    import: Import::Json(convert),
    pull: None,
    webhook: None,
};

/// Converts one record.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let body = String::from_utf8_lossy(record.body);
    let before = rows_by_table(&output.facts);
    let mut sink = Sink::new(SOURCE, record, context, output);
    if matches!(body, Cow::Owned(_)) {
        sink.note("bytes that are not UTF-8 were replaced");
    }
    // What is no JSON is reported, not kept; what is not known is kept, so that it can be replayed.
    if let Some(kind) = recognise::convert(&body, &mut sink) {
        let observed_at = newest(&output.facts, &before);
        output.keep(SOURCE, kind, observed_at, record);
    }
}

fn rows_by_table(facts: &Facts) -> [usize; 7] {
    observations(facts).map(<[_]>::len)
}

/// Returns the newest observation among the rows behind `before`.
fn newest(facts: &Facts, before: &[usize; 7]) -> Option<Timestamp> {
    let tables = observations(facts).into_iter().zip(before);
    tables
        .flat_map(|(column, before)| column.get(*before..).into_iter().flatten())
        .copied()
        .max()?
}

/// Returns the `observed_at` of every table that this source writes; steps repeat their job's.
fn observations(facts: &Facts) -> [&[Option<Timestamp>]; 7] {
    [
        &facts.change_requests.observed_at,
        &facts.pipeline_runs.observed_at,
        &facts.task_runs.observed_at,
        &facts.gate_evaluations.observed_at,
        &facts.deployments.observed_at,
        &facts.release_tags.observed_at,
        &facts.signals.observed_at,
    ]
}
