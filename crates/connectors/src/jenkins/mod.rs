//! Jenkins: builds with their stages, pauses, tests and the end of their logs, as facts.
//!
//! Owns: telling what a record is, and the job that a build belongs to. A build is one record with
//! everything in it; what is fetched beside it stands in its fields `wfapi`, `testReport` and
//! `console`. Must not know: files, the network.

mod builds;
mod objects;
mod pull;
mod stages;
mod tests;

use std::borrow::Cow;

use crate::envelope::Envelope;
use crate::jenkins::objects::Build;
use crate::json::Fields;
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "jenkins";

/// Jenkins as a source.
pub(crate) static JENKINS: Source = Source {
    name: SOURCE,
    about: "builds, pipeline stages, input steps and tests",
    reads: "builds of the REST API, one, a list or a job with its builds, with `wfapi/describe` inside",
    tells: Tells {
        queue_time: Told::With("wait for an executor; wait in the queue with the metrics plugin"),
        attempts: Told::With("no: a replay or rebuild is a build of its own"),
        approval_asked: Told::With("taken to be the start of the stage that paused"),
        approval_answered: Told::With("from the pause of the stage"),
        who: Told::With("who started it, who answered an input"),
        steps: Told::With("stages"),
        failure_reason: Told::With("the stage's error, the end of the log"),
        retention: "what the job's `Discard old builds` leaves",
        numbers: Numbers {
            lead_time: Told::With("with deploying stages"),
            failed_builds: Told::Yes,
            approval_wait: Told::Yes,
            manual_steps: Told::With("stages that only wait"),
            ..Numbers::NONE
        },
    },
    import: Import::Json(convert),
    pull: Some(&pull::PULL),
    webhook: None,
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
    let list = ["allBuilds", "builds"].iter().find_map(|name| fields.raw(name));
    if fields.has(&["number"]) {
        let observed_at = build(envelope.body, envelope.subject, &mut sink);
        return sink.keep("build", observed_at);
    }
    if let Some(list) = list {
        match serde_json::from_str::<Vec<&serde_json::value::RawValue>>(list) {
            Ok(items) => {
                let builds =
                    items.iter().map(|item| build(item.get(), envelope.subject, &mut sink));
                let observed_at = builds.flatten().max();
                sink.keep("job", observed_at);
            }
            Err(error) => sink.lost(format!("the list of builds cannot be read: {error}")),
        }
        return;
    }
    if fields.has(&["stages", "status"]) {
        sink.nothing(
            "wfapi/describe",
            "it does not name its commit; put it into its build as the field `wfapi`",
        );
    } else if fields.has(&["suites"]) {
        sink.nothing(
            "testReport",
            "it does not name its build; put it into its build as the field `testReport`",
        );
    } else {
        let names: Vec<&str> = fields.names().take(12).collect();
        sink.lost(format!("not a build of Jenkins (its fields: {})", names.join(", ")));
    }
    sink.keep("unknown", None);
}

/// Converts a build and returns when its state was this.
fn build(
    text: &str,
    subject: Option<&str>,
    sink: &mut Sink<'_>,
) -> Option<aftercast_model::Timestamp> {
    let build = sink.read::<Build<'_>>(text, "build")?;
    builds::build(&build, subject, sink)
}

/// Returns the job that the build at `url` belongs to: `team/shop/main` of
/// `https://ci/job/team/job/shop/job/main/7/`.
fn job_of(url: &str) -> Option<String> {
    let mut names = url.split("/job/").skip(1).map(|name| name.split('/').next().unwrap_or(name));
    let mut job = unescaped(names.next().filter(|name| !name.is_empty())?);
    for name in names {
        job.push('/');
        job.push_str(&unescaped(name));
    }
    Some(job)
}

/// Returns a segment of an address as it was before it was escaped.
fn unescaped(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(escaped) = escaped.filter(|_| *byte == b'%') {
            bytes.push(escaped);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_address_names_the_job() {
        for (url, expected) in [
            ("https://ci.example/job/shop/7/", Some("shop")),
            (
                "https://ci.example/jenkins/job/team/job/shop/job/feature%252Fx/7/",
                Some("team/shop/feature%2Fx"),
            ),
            ("https://ci.example/view/all/job/a%20b/7/", Some("a b")),
            ("https://ci.example/", None),
        ] {
            assert_eq!(job_of(url).as_deref(), expected, "{url}");
        }
    }
}
