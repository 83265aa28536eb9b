//! Buildkite: builds with their jobs and block steps, and webhooks, as facts.
//!
//! Owns: telling the objects apart, the webhook's schemes. Must not know: files, the network.

mod blocks;
mod builds;
mod jobs;
mod objects;
mod pull;

use std::borrow::Cow;

use aftercast_model::Timestamp;

use crate::buildkite::objects::{Build, Hook};
use crate::envelope::Envelope;
use crate::json::Fields;
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "buildkite";

/// Buildkite as a source.
pub(crate) static BUILDKITE: Source = Source {
    name: SOURCE,
    about: "builds, jobs, retries and block steps",
    reads: "builds of the REST API with their jobs, and webhook bodies",
    tells: Tells {
        queue_time: Told::Yes,
        attempts: Told::With("yes, retries of jobs; a rebuild is a build of its own"),
        approval_asked: Told::With("taken to be the end of the jobs before the block step"),
        approval_answered: Told::Yes,
        who: Told::With("who unblocked"),
        steps: Told::No,
        failure_reason: Told::With("exit status, signal, the end of the log"),
        retention: "as the plan says; builds older than that are gone from the API",
        numbers: Numbers {
            lead_time: Told::With("with deploying jobs"),
            failed_builds: Told::Yes,
            approval_wait: Told::Yes,
            manual_steps: Told::With("block steps"),
            ..Numbers::NONE
        },
    },
    import: Import::Json(convert),
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[
        Signature::Pairs {
            header: "x-buildkite-signature",
            time: "timestamp",
            digits: "signature",
            between: ".",
        },
        Signature::Token { header: "x-buildkite-token" },
    ],
    event: Where::Header("x-buildkite-event"),
    delivery: Where::Nowhere,
    body_limit: 1024 * 1024,
    events: &[
        "build.scheduled",
        "build.running",
        "build.finished",
        "job.scheduled",
        "job.started",
        "job.finished",
        "job.activated",
    ],
    challenge: None,
};

/// Converts one record.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    if matches!(text, Cow::Owned(_)) {
        sink.note("bytes that are not UTF-8 were replaced");
    }
    let envelope = Envelope::open(&text);
    let fields = match serde_json::from_str::<Fields<'_>>(envelope.body) {
        Ok(fields) => fields,
        Err(error) => return sink.malformed(&error),
    };
    if fields.has(&["event", "build"]) {
        let (kind, at) = hook(envelope.body, &mut sink);
        return sink.keep(kind, at);
    }
    if fields.has(&["number", "state"]) {
        let build = sink.read::<Build<'_>>(envelope.body, "build");
        let at = build.and_then(|build| builds::build(&build, envelope.subject, &mut sink));
        return sink.keep("build", at);
    }
    if fields.has(&["event"]) {
        sink.nothing("webhook", "it is about no build");
    } else if fields.has(&["build_url"]) {
        sink.nothing("job", "it does not name its commit; import the build that it belongs to");
    } else {
        sink.unknown("Buildkite", &fields);
    }
    sink.keep("unknown", None);
}

/// Converts a webhook; returns its kind, and when the state was this.
fn hook(text: &str, sink: &mut Sink<'_>) -> (&'static str, Option<Timestamp>) {
    let Some(hook) = sink.read::<Hook<'_>>(text, "webhook") else { return ("unknown", None) };
    let Some(build) = hook.build.get() else {
        sink.lost("a webhook without its build");
        return ("unknown", None);
    };
    let pipeline = hook.pipeline.get().or(build.pipeline.get());
    let Some(run) = builds::told(build, pipeline, None, sink) else { return ("unknown", None) };
    let is_of_job = hook.event.text().is_some_and(|event| event.starts_with("job."));
    match hook.job.get() {
        Some(job) => ("job", jobs::job(job, &jobs::Beside::default(), build, &run, sink)),
        None if is_of_job => {
            sink.lost("a webhook about a job came without it");
            ("job", None)
        }
        None => {
            sink.facts().pipeline_runs.push(run);
            ("build", run.observed_at)
        }
    }
}
