//! GitHub: what its REST API returns and what its webhooks send, as facts.
//!
//! Owns: telling the objects apart, and their conversion. The same fact has the same id however it
//! arrived, and is dated by the object's own newest time, so neither order nor repetition matters.
//! Must not know: files, the network. What is not known or not kept is said, never silent.

mod accounts;
mod changes;
mod checks;
mod deployments;
mod details;
mod failures;
mod gates;
mod objects;
mod pull;
mod recognise;
mod reviews;
mod runs;
mod tags;
mod verdicts;
mod waits;

use std::borrow::Cow;

use aftercast_model::{Facts, Timestamp};

use crate::envelope::Envelope;
use crate::live::webhook::{self, Signature, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "github";

/// GitHub as a source.
pub(crate) static GITHUB: Source = Source {
    name: SOURCE,
    about: "workflow runs, jobs, pull requests, reviews, deployments, approvals, gates, releases and checks",
    reads: "objects or pages of GitHub's REST API, and webhook bodies",
    tells: Tells {
        queue_time: Told::Yes,
        attempts: Told::With("yes, also of jobs"),
        approval_asked: Told::With(
            "reviews: by the timeline; environments: by webhook, else by deployment statuses",
        ),
        approval_answered: Told::With("yes; of environments exactly by webhook only"),
        who: Told::With("author, reviewer, approver, actor"),
        steps: Told::Yes,
        failure_reason: Told::With("failed step, annotations, exit code; the log's end if set"),
        retention: "90 days of runs in public repositories, 1 to 400 days in private ones",
        numbers: Numbers {
            lead_time: Told::Yes,
            failed_builds: Told::Yes,
            approval_wait: Told::Yes,
            ..Numbers::NONE
        },
    },
    import: Import::Json(convert),
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

/// How GitHub sends webhooks, of a repository, an organisation or an App.
static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Hex { header: "x-hub-signature-256", prefix: "sha256=" }],
    event: webhook::Told::Header("x-github-event"),
    delivery: webhook::Told::Header("x-github-delivery"),
    body_limit: 25 * 1024 * 1024,
    events: &[
        "check_run",
        "deployment",
        "deployment_review",
        "deployment_status",
        "merge_group",
        "pull_request",
        "pull_request_review",
        "push",
        "release",
        "repository_ruleset",
        "status",
        "workflow_job",
        "workflow_run",
    ],
    challenge: None,
};

/// Converts one record.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let body = String::from_utf8_lossy(record.body);
    let before = rows_by_table(&output.facts);
    let mut sink = Sink::new(SOURCE, record, context, output);
    if matches!(body, Cow::Owned(_)) {
        sink.note("bytes that are not UTF-8 were replaced");
    }
    let envelope = Envelope::open(&body);
    // What is no JSON is reported, not kept; what is not known is kept, so that it can be replayed.
    if let Some(kind) = recognise::convert(&envelope, &mut sink) {
        let observed_at = newest(&output.facts, &before);
        output.keep(SOURCE, kind, observed_at, record);
    }
}

fn rows_by_table(facts: &Facts) -> [usize; 8] {
    observations(facts).map(<[_]>::len)
}

/// Returns the newest observation among the rows behind `before`.
fn newest(facts: &Facts, before: &[usize; 8]) -> Option<Timestamp> {
    let tables = observations(facts).into_iter().zip(before);
    tables
        .flat_map(|(column, before)| column.get(*before..).into_iter().flatten())
        .copied()
        .max()?
}

/// Returns the `observed_at` of every table that this source writes; steps repeat their job's.
fn observations(facts: &Facts) -> [&[Option<Timestamp>]; 8] {
    [
        &facts.change_requests.observed_at,
        &facts.pipeline_runs.observed_at,
        &facts.task_runs.observed_at,
        &facts.gate_evaluations.observed_at,
        &facts.gate_definitions.observed_at,
        &facts.deployments.observed_at,
        &facts.release_tags.observed_at,
        &facts.signals.observed_at,
    ]
}
