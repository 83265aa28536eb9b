//! `CircleCI`: pipelines with their workflows and jobs, and webhooks, as facts.
//!
//! Owns: telling the objects apart, the webhook's scheme. A pipeline is one record with everything in
//! it. Must not know: files, the network.

mod jobs;
mod objects;
mod pull;
mod workflows;

use std::borrow::Cow;

use aftercast_model::Timestamp;

use crate::circleci::objects::{Hook, Pipeline};
use crate::envelope::Envelope;
use crate::json::Fields;
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "circleci";

/// `CircleCI` as a source.
pub(crate) static CIRCLECI: Source = Source {
    name: SOURCE,
    about: "workflows, jobs and approval jobs",
    reads: "pipelines of API v2 with `workflows` and their `jobs` inside, and webhook bodies",
    tells: Tells {
        queue_time: Told::Yes,
        attempts: Told::With("yes, re-runs of workflows"),
        approval_asked: Told::Yes,
        approval_answered: Told::Yes,
        who: Told::With("approver"),
        steps: Told::With("of failed jobs"),
        failure_reason: Told::With("the step that failed and its exit code"),
        retention: "as long as the plan keeps workflows; insights 90 days",
        numbers: Numbers {
            lead_time: Told::With("with deploying jobs"),
            failed_builds: Told::Yes,
            approval_wait: Told::Yes,
            manual_steps: Told::With("approval jobs"),
            ..Numbers::NONE
        },
    },
    import: Import::JsonRecords {
        records_have: &["workflows", "project_slug", "webhook"],
        convert,
    },
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Hex { header: "circleci-signature", prefix: "v1=" }],
    event: Where::Header("circleci-event-type"),
    delivery: Where::Field("/id"),
    body_limit: 1024 * 1024,
    events: &["workflow-completed", "job-completed"],
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
    if fields.has(&["pipeline", "workflow"]) {
        let (kind, at) = hook(envelope.body, &mut sink);
        return sink.keep(kind, at);
    }
    if fields.has(&["id", "vcs"]) || fields.has(&["id", "workflows"]) {
        let at = sink
            .read::<Pipeline<'_>>(envelope.body, "pipeline")
            .and_then(|pipeline| workflows::pipeline(&pipeline, envelope.subject, &mut sink));
        return sink.keep("pipeline", at);
    }
    let alone = [("pipeline_id", "workflow", "workflows"), ("dependencies", "job", "jobs")];
    if let Some((_, what, field)) = alone.iter().find(|(mark, _, _)| fields.has(&[mark])) {
        let why = format!("it does not name its commit; put it into its parent's `{field}`");
        sink.nothing(what, &why);
    } else {
        sink.unknown("CircleCI", &fields);
    }
    sink.keep("unknown", None);
}

/// Converts a webhook; returns its kind, and when the state was this.
fn hook(text: &str, sink: &mut Sink<'_>) -> (&'static str, Option<Timestamp>) {
    let Some(hook) = sink.read::<Hook<'_>>(text, "webhook") else { return ("unknown", None) };
    let (Some(pipeline), Some(workflow)) = (hook.pipeline.get(), hook.workflow.get()) else {
        sink.lost("a webhook without its pipeline or workflow");
        return ("unknown", None);
    };
    let slug = hook.project.get().and_then(|project| project.slug.text());
    let Some(run) = workflows::told(pipeline, workflow, slug, sink) else {
        return ("unknown", None);
    };
    if hook.kind.text() == Some("job-completed") || hook.job.get().is_some() {
        let at = hook.job.get().and_then(|job| jobs::job(job, &run, sink));
        return ("job-completed", at);
    }
    sink.facts().pipeline_runs.push(run.row);
    ("workflow-completed", run.row.observed_at)
}
