//! CloudEvents over HTTP and in files, carrying CDEvents of specifications 0.3 to 0.6 or Tekton's own
//! events.
//!
//! Owns: taking an HTTP body apart ([`receive`]), putting together what several events tell of one
//! thing ([`gather`]), and their conversion. Each event says only a part, and a row is written whole:
//! so a record is one event or a list of events, and the more of a thing's events stand in one record,
//! the more its row knows; a row that knows more counts as observed later. Must not know: HTTP servers,
//! storage. `schemaUri` is never fetched.

mod changes;
mod event;
mod gather;
mod home;
mod objects;
mod operations;
mod receive;
mod runs;
mod tekton;

use aftercast_model::{Place, Problem};

use crate::cloudevents::event::{Body, Event, Story};
use crate::envelope::Envelope;
use crate::live::webhook::{Signature, Told as Where, Webhook};
use crate::reading::json_parts;
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

pub use gather::{gather, thing};
pub use receive::{Refused, receive};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "cloudevents";
/// Fields that events and envelopes have at the top, and pages with a list inside have not.
const EVENTS_HAVE: &[&str] = &["specversion", "context", "aftercast"];

/// CloudEvents as a source.
pub(crate) static CLOUDEVENTS: Source = Source {
    name: SOURCE,
    about: "CDEvents and Tekton's events, as CloudEvents over HTTP or in files",
    reads: "CloudEvents in JSON (one, a list, one a line) or bare CDEvents",
    tells: Tells {
        queue_time: Told::With("where the events of a run come together"),
        attempts: Told::With("where `customData` says it"),
        approval_asked: Told::With("where the events of an approval come together"),
        approval_answered: Told::Yes,
        who: Told::With("who answered an approval"),
        steps: Told::With("Tekton's own events"),
        failure_reason: Told::With("the text of the event"),
        retention: "nothing: events are sent once",
        numbers: Numbers {
            lead_time: Told::With("with the commit of the artifact, and git"),
            failed_builds: Told::Yes,
            approval_wait: Told::With("where the events of an approval come together"),
            incidents: Told::Yes,
            ..Numbers::NONE
        },
    },
    import: Import::Document(convert),
    pull: None,
    webhook: Some(&Webhook {
        signatures: &[Signature::Standard, Signature::Authorization],
        event: Where::Header("ce-type"),
        delivery: Where::Nowhere,
        body_limit: 5 * 1024 * 1024,
        events: &["dev.cdevents.*", "dev.tekton.event.*"],
        challenge: None,
    }),
};

/// Converts one event or several: a file, a batch, what [`gather`] put together.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut parts = Vec::new();
    take_apart(Envelope::open(&text).body, record, 1, &mut parts, output);
    let records: Vec<Record<'_>> = parts
        .iter()
        .map(|(line, text)| Record {
            place: Place {
                file: record.place.file.clone(),
                line: Some(record.place.line.unwrap_or(1).saturating_sub(1) + line),
            },
            body: text.as_bytes(),
        })
        .collect();
    let mut events = Vec::with_capacity(records.len());
    for (record, (_, text)) in records.iter().zip(&parts) {
        let mut sink = Sink::new(SOURCE, record, context, output);
        let Some(event) = Event::read(text, record, &mut sink) else { continue };
        output.keep(SOURCE, &event.kind, event.at, record);
        events.push(event);
    }
    for event in &events {
        let mut sink = Sink::new(SOURCE, event.record, context, output);
        match &event.body {
            Body::Tekton(data) => tekton::object(data, event, &mut sink),
            Body::Cd(_) if event.words().is_some() => {
                if event.thing().is_none() {
                    sink.lost("the event has no `subject.id`");
                }
            }
            Body::Cd(_) | Body::Other => unknown(event, &mut sink),
        }
    }
    for story in Story::all(&events) {
        let Some(last) = story.last() else { continue };
        let mut sink = Sink::new(SOURCE, last.record, context, output);
        tell(&story, &mut sink);
    }
}

/// Appends the events in `text` with their lines; what stands in envelopes is taken out of them.
fn take_apart(
    text: &str,
    record: &Record<'_>,
    first: u64,
    parts: &mut Vec<(u64, String)>,
    output: &mut Output,
) {
    let mut any = false;
    for part in json_parts(text.as_bytes(), EVENTS_HAVE) {
        any = true;
        match part {
            Ok((line, bytes)) => {
                let part = String::from_utf8_lossy(&bytes).into_owned();
                let body = Envelope::open(&part).body;
                let line = first + line - 1;
                if body.len() < part.len() {
                    take_apart(body, record, line, parts, output);
                } else {
                    parts.push((line, part));
                }
            }
            Err((line, what)) => {
                let line = record.place.line.unwrap_or(1).saturating_sub(1) + first + line - 1;
                let place = Place { file: record.place.file.clone(), line: Some(line) };
                output.problems.push(Problem::lost(place, what));
            }
        }
    }
    if !any {
        output.problems.push(Problem::lost(record.place.clone(), "no events"));
    }
}

/// Keeps what the events of one thing tell.
fn tell(story: &Story<'_, '_>, sink: &mut Sink<'_>) {
    match story.subject {
        "pipelinerun" => runs::pipeline_run(story, sink),
        "taskrun" | "build" | "testsuiterun" => runs::task_run(story, sink),
        "testcaserun" => runs::test_case(story, sink),
        "change" => changes::change(story, sink),
        "approval" => changes::approval(story, sink),
        "incident" => operations::incident(story, sink),
        "service" => {
            for event in story.events() {
                match event.words() {
                    Some((_, "deployed" | "upgraded" | "rolledback")) => {
                        operations::service(event, sink);
                    }
                    Some((_, "removed" | "published")) => {
                        sink.nothing("service", "it reached no environment with this event");
                    }
                    _ => unknown(event, sink),
                }
            }
        }
        "artifact" => {
            sink.nothing("artifact", "there is no table of artifacts; deployments name them");
        }
        "environment" => sink.nothing("environment", "deployments name their environments"),
        "repository" | "branch" => sink.nothing(story.subject, "the git source reads repositories"),
        "ticket" => sink.nothing("ticket", "tickets are not read; incidents are"),
        "testoutput" => sink.nothing("testoutput", "import the report with the junit source"),
        _ => {
            for event in story.events() {
                unknown(event, sink);
            }
        }
    }
}

/// Notes that an event is kept as it is.
fn unknown(event: &Event<'_>, sink: &mut Sink<'_>) {
    let kind: String = event.kind.chars().filter(|c| !c.is_control()).take(100).collect();
    sink.note(format!("events of the type `{kind}` are kept, and not understood"));
}
