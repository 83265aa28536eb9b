//! One event, and all events of one thing in the order of its life.
//!
//! Owns: what an event is about, the order of stages, and when the state was so that several events
//! tell together. Must not know what becomes of them.

use std::cmp::Ordering;

use aftercast_model::Timestamp;

use crate::cloudevents::objects::{CdEvent, CloudEvent, Content, Extra};
use crate::json::{Fields, Shape};
use crate::sink::Sink;
use crate::{Record, words};

/// What all types of CDEvents begin with.
const PREFIX: &str = "dev.cdevents.";

/// An event.
pub(super) struct Event<'t> {
    /// The record that it stands in.
    pub(super) record: &'t Record<'t>,
    /// Its type without the version: `dev.cdevents.build.started`.
    pub(super) kind: String,
    /// Who sent it: a URI, or a part of one.
    pub(super) source: String,
    /// Names it among those of its source.
    pub(super) id: String,
    /// When it happened.
    pub(super) at: Option<Timestamp>,
    /// What it is.
    pub(super) body: Body<'t>,
}

/// What an event is.
pub(super) enum Body<'t> {
    /// A CDEvent.
    Cd(Box<CdEvent<'t>>),
    /// One of Tekton's own, with a whole object.
    Tekton(Fields<'t>),
    /// Anything else.
    Other,
}

impl<'t> Event<'t> {
    /// Reads an event; `None` where the record is none.
    pub(super) fn read(
        text: &'t str,
        record: &'t Record<'t>,
        sink: &mut Sink<'_>,
    ) -> Option<Event<'t>> {
        let fields: Fields<'t> = match serde_json::from_str(text) {
            Ok(fields) => fields,
            Err(error) => {
                sink.malformed(&error);
                return None;
            }
        };
        if fields.has(&["context", "subject"]) {
            let cd: CdEvent<'t> = sink.read(text, "event")?;
            return Some(Self::of_cdevent(&CloudEvent::default(), cd, record));
        }
        let about: CloudEvent<'t> = sink.read(text, "event")?;
        let Some(kind) = about.kind.text().filter(|_| fields.has(&["specversion"])) else {
            sink.lost("neither a CloudEvent (`specversion`, `type`) nor a CDEvent (`context`)");
            return None;
        };
        if kind.starts_with(PREFIX) {
            let raw = fields.raw("data").filter(|raw| raw.starts_with('{'));
            let Some(raw) = raw else {
                sink.lost(format!("`{}` has no `data` that is an object", words::cut(kind, 100)));
                return None;
            };
            let cd: CdEvent<'t> = sink.read(raw, "data")?;
            return Some(Self::of_cdevent(&about, cd, record));
        }
        let data = fields.raw("data").filter(|raw| raw.starts_with('{'));
        let body = match data.and_then(|raw| serde_json::from_str::<Fields<'t>>(raw).ok()) {
            Some(data) if kind.starts_with("dev.tekton.event.") => Body::Tekton(data),
            _ => Body::Other,
        };
        Some(Self::new(&about, body, record))
    }

    fn of_cdevent(about: &CloudEvent<'t>, cd: CdEvent<'t>, record: &'t Record<'t>) -> Self {
        let mut event = Self::new(about, Body::Other, record);
        if let Some(context) = cd.context.get() {
            // The CDEvent is what was said; the CloudEvent around it only carries it.
            for (own, carrier) in [
                (&context.id, &mut event.id),
                (&context.source, &mut event.source),
                (&context.kind, &mut event.kind),
            ] {
                if let Some(own) = own.text() {
                    own.clone_into(carrier);
                }
            }
            event.at = context.timestamp.copied().or(event.at);
        }
        without_version(&mut event.kind);
        event.body = Body::Cd(Box::new(cd));
        event
    }

    fn new(about: &CloudEvent<'t>, body: Body<'t>, record: &'t Record<'t>) -> Self {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            record,
            kind: text(about.kind.text()),
            source: text(about.source.text()),
            id: text(about.id.text()),
            at: about.time.copied(),
            body,
        }
    }

    /// Returns subject and predicate of a CDEvent: `build`, `started`.
    pub(super) fn words(&self) -> Option<(&str, &str)> {
        match self.body {
            Body::Cd(_) => self.kind.strip_prefix(PREFIX)?.split_once('.'),
            Body::Tekton(_) | Body::Other => None,
        }
    }

    fn cd(&self) -> Option<&CdEvent<'t>> {
        match &self.body {
            Body::Cd(cd) => Some(cd),
            Body::Tekton(_) | Body::Other => None,
        }
    }

    /// Returns how the source calls the thing, in words of its own that nobody else uses, and plainly.
    pub(super) fn thing(&self) -> Option<(String, &str)> {
        let subject = self.cd()?.subject.get()?;
        let id = subject.id.text()?;
        // Where the subject has no source, it is the context's (spec.md, source (subject)).
        let source = subject.source.text().unwrap_or(&self.source);
        Some((format!("{source}|{id}"), id))
    }

    fn content(&self) -> Option<&Content<'t>> {
        self.cd()?.subject.get()?.content.get()
    }

    fn extra(&self) -> Option<&Extra<'t>> {
        self.cd()?.custom.get()?.aftercast.get()
    }
}

/// Cuts the version off a type: the last three numbers, with what stands behind them (`-draft`).
fn without_version(kind: &mut String) {
    if let Some((end, _)) = kind.match_indices('.').nth(3) {
        kind.truncate(end);
    }
}

/// Returns the place of a stage in the life of a thing.
fn stage(predicate: &str) -> i64 {
    match predicate {
        "started" | "updated" | "reported" => 1,
        "reviewed" => 2,
        "finished" | "closed" | "skipped" | "resolved" | "abandoned" => 3,
        "merged" => 4,
        _ => 0,
    }
}

/// What several events tell of one thing, in the order of its life.
pub(super) struct Story<'e, 't> {
    events: Vec<&'e Event<'t>>,
    /// What all of them are about: `build`.
    pub(super) subject: &'e str,
    /// How the thing is called beyond doubt.
    pub(super) native_id: String,
    /// How its source calls it.
    pub(super) name: &'e str,
}

impl<'e, 't> Story<'e, 't> {
    /// Returns the stories that `events` tell, each thing once.
    pub(super) fn all(events: &'e [Event<'t>]) -> Vec<Self> {
        let mut told: Vec<Self> = events.iter().filter_map(Self::of).collect();
        told.sort_by(|one, other| {
            (one.subject, &one.native_id)
                .cmp(&(other.subject, &other.native_id))
                .then_with(|| order(one.last(), other.last()))
        });
        let mut stories: Vec<Self> = Vec::new();
        for story in told {
            match stories.last_mut() {
                Some(last)
                    if last.subject == story.subject && last.native_id == story.native_id =>
                {
                    last.events.extend(story.events);
                }
                _ => stories.push(story),
            }
        }
        stories
    }

    /// Returns what `event` tells alone.
    pub(super) fn of(event: &'e Event<'t>) -> Option<Self> {
        let (subject, _) = event.words()?;
        let (native_id, name) = event.thing()?;
        Some(Self { events: vec![event], subject, native_id, name })
    }

    /// Returns the events, the last stage last.
    pub(super) fn events(&self) -> &[&'e Event<'t>] {
        &self.events
    }

    /// Returns the event of the last stage.
    pub(super) fn last(&self) -> Option<&'e Event<'t>> {
        self.events.last().copied()
    }

    /// Returns what the last event says that happened.
    pub(super) fn predicate(&self) -> &'e str {
        self.last().and_then(Event::words).map_or("", |(_, predicate)| predicate)
    }

    /// Returns when the stage `predicate` was reached, the first time.
    pub(super) fn at(&self, predicate: &str) -> Option<Timestamp> {
        let such = self
            .events
            .iter()
            .filter(|event| event.words().is_some_and(|(_, said)| said == predicate));
        such.filter_map(|event| event.at).min()
    }

    /// Returns when the thing was in the state that the events tell together.
    ///
    /// A later stage counts as later also within one second or millisecond, and so does knowing more
    /// stages of the same state.
    pub(super) fn observed_at(&self) -> Option<Timestamp> {
        let stages = || {
            self.events
                .iter()
                .filter_map(|event| Some(stage(event.words()?.1)))
                .map(|rank| 1 << rank)
        };
        let known = i64::from(stages().fold(0_u8, |all, one: u8| all | one).count_ones());
        let rank = stage(self.predicate()) * 8 + known - 1;
        self.events.iter().filter_map(|event| event.at).max().map(|at| at.plus_millis(rank))
    }

    /// Returns what the content of the latest event says that says it.
    pub(super) fn said<'s, T: ?Sized>(
        &'s self,
        get: impl Fn(&'s Content<'t>) -> Option<&'s T>,
    ) -> Option<&'s T> {
        self.events.iter().rev().find_map(|event| event.content().and_then(&get))
    }

    /// Returns what a producer added for us, the latest.
    pub(super) fn extra<'s, T: 's>(
        &'s self,
        get: impl Fn(&'s Extra<'t>) -> Option<T>,
    ) -> Option<T> {
        self.events.iter().rev().find_map(|event| event.extra().and_then(&get))
    }

    /// Returns the address of the thing.
    pub(super) fn url(&self) -> Option<&str> {
        self.said(|content| content.uri.text().or(content.url.text()))
    }
}

/// Sorts by stage, then time; the rest only makes the order the same each time.
fn order(one: Option<&Event<'_>>, other: Option<&Event<'_>>) -> Ordering {
    let key = |event: Option<&Event<'_>>| {
        let rank = event.and_then(Event::words).map_or(0, |(_, predicate)| stage(predicate));
        (rank, event.and_then(|event| event.at))
    };
    let body = |event: Option<&Event<'_>>| event.map(|event| event.record.body.to_vec());
    key(one).cmp(&key(other)).then_with(|| body(one).cmp(&body(other)))
}

/// Reads the object in the field `name`.
pub(super) fn object_in<'t, T: Shape<'t>>(
    fields: &Fields<'t>,
    name: &str,
    sink: &mut Sink<'_>,
) -> Option<T> {
    fields.raw(name).and_then(|raw| sink.read(raw, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_cut_off_whatever_stands_behind_it() {
        for (kind, expected) in [
            ("dev.cdevents.build.started.0.1.1", "dev.cdevents.build.started"),
            ("dev.cdevents.approval.closed.0.1.0-draft", "dev.cdevents.approval.closed"),
            ("dev.cdevents.build.started", "dev.cdevents.build.started"),
            ("", ""),
        ] {
            let mut kind = kind.to_owned();
            without_version(&mut kind);
            assert_eq!(kind, expected);
        }
    }
}
