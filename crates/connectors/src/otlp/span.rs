//! What a span is: a run, a task, a step, a gate, a wait in a queue.
//!
//! Owns: looking attributes up under all of their names, in the span and in its resource. Must not
//! know tables.

use std::collections::HashMap;

use aftercast_model::Timestamp;

use crate::otlp::conventions as names;
use crate::otlp::conventions::{Names, tells, tells_of_all};
use crate::otlp::objects::{KeyValue, Nanos, Resource, ScopeSpans, Span};

/// What a span tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A run of a pipeline.
    Run,
    /// A task of it.
    Task,
    /// A step of a task.
    Step,
    /// A verdict of a gate.
    Gate,
    /// A person was asked (Jenkins' `input`).
    Input,
    /// A deployment outside of a pipeline.
    Deployment,
    /// A wait of a task for a worker, told beside the task.
    Queue,
}

/// What is known around a span.
pub(super) struct Known<'k> {
    resource: Option<&'k Resource<'k>>,
    /// Whether all spans of the resource tell of a delivery.
    all: bool,
    /// When the task whose span this is left the queue, by the id of its span.
    left_queue: HashMap<&'k str, Timestamp>,
}

impl<'k> Known<'k> {
    /// Returns what is known around the spans of a resource.
    pub(super) fn new(
        resource: Option<&'k Resource<'k>>,
        scopes: impl Iterator<Item = &'k ScopeSpans<'k>>,
    ) -> Self {
        let all = attributes(resource).any(|one| one.key.text().is_some_and(tells_of_all));
        let mut known = Self { resource, all, left_queue: HashMap::new() };
        for span in scopes.flat_map(|scope| scope.spans.items()) {
            if known.kind(span) == Some(Kind::Queue)
                && let (Some(of), Some(at)) = (span.parent_span_id.text(), end(span))
            {
                known.left_queue.insert(of, at);
            }
        }
        known
    }

    /// Returns what `span` tells of; `None` where it is no part of a delivery.
    pub(super) fn kind(&self, span: &Span<'_>) -> Option<Kind> {
        let own = |names: Names| has(span.attributes.items(), names);
        if !self.all && !span.attributes.items().any(|one| one.key.text().is_some_and(tells)) {
            return None;
        }
        let step = text_of(span.attributes.items(), names::STEP_TYPE);
        Some(match step {
            _ if own(names::GATE) => Kind::Gate,
            _ if own(names::QUEUED) => Kind::Queue,
            Some("input") => Kind::Input,
            Some("stage") => Kind::Task,
            Some(_) => Kind::Step,
            None if own(names::TASK_ID) => Kind::Task,
            None if own(names::TASK_NAME) => Kind::Step,
            None if own(names::RUN_RESULT) || own(names::RUN_STATE) || own(names::PIPELINE) => {
                Kind::Run
            }
            None if own(names::DEPLOYMENT_ID) || own(names::DEPLOYMENT_NAME) => Kind::Deployment,
            // The collector's receivers tell everything in the resource.
            None if self.all && self.resource_text(names::TASK_RESULT).is_some() => Kind::Task,
            None if self.all => Kind::Run,
            None => return None,
        })
    }

    /// Returns the attribute of the span or of its resource.
    pub(super) fn text<'s>(&self, span: &'s Span<'_>, names: Names) -> Option<&'s str>
    where
        'k: 's,
    {
        text_of(span.attributes.items(), names).or(self.resource_text(names))
    }

    /// Returns the attribute of the span; that of its resource only where it is about the span.
    pub(super) fn about<'s>(&self, span: &'s Span<'_>, names: Names) -> Option<&'s str>
    where
        'k: 's,
    {
        let own = text_of(span.attributes.items(), names);
        own.or_else(|| self.resource_text(names).filter(|_| self.all))
    }

    fn resource_text(&self, names: Names) -> Option<&'k str> {
        text_of(attributes(self.resource), names)
    }

    /// Returns the id in the attribute of the span or of its resource, also where it is a number.
    pub(super) fn id(&self, span: &Span<'_>, names: Names) -> Option<String> {
        let own = || number_of(span.attributes.items(), names).map(|number| number.to_string());
        let around =
            || number_of(attributes(self.resource), names).map(|number| number.to_string());
        let text = |text: Option<&str>| text.map(str::to_owned);
        text(text_of(span.attributes.items(), names))
            .or_else(own)
            .or_else(|| text(self.resource_text(names)))
            .or_else(around)
    }

    /// Returns the number in the attribute.
    pub(super) fn number(&self, span: &Span<'_>, names: Names) -> Option<i64> {
        number_of(span.attributes.items(), names)
            .or_else(|| number_of(attributes(self.resource), names))
    }

    /// Returns when the task of `span` left the queue.
    pub(super) fn left_queue(&self, span: &Span<'_>) -> Option<Timestamp> {
        self.left_queue.get(span.span_id.text()?).copied()
    }
}

fn attributes<'k>(resource: Option<&'k Resource<'k>>) -> impl Iterator<Item = &'k KeyValue<'k>> {
    resource.into_iter().flat_map(|resource| resource.attributes.items())
}

fn has<'s, 'd: 's>(attributes: impl Iterator<Item = &'s KeyValue<'d>>, names: Names) -> bool {
    let mut attributes = attributes;
    attributes.any(|one| one.key.text().is_some_and(|key| names.contains(&key)))
}

/// Returns the text under the first of `names` that is there.
fn text_of<'s, 'd: 's>(
    attributes: impl Iterator<Item = &'s KeyValue<'d>>,
    names: Names,
) -> Option<&'s str> {
    let found = attributes.filter_map(|one| {
        let rank = names.iter().position(|name| one.key.text() == Some(name))?;
        Some((rank, one.value.get()?.string.text()?))
    });
    found.min_by_key(|(rank, _)| *rank).map(|(_, text)| text)
}

fn number_of<'s, 'd: 's>(
    attributes: impl Iterator<Item = &'s KeyValue<'d>>,
    names: Names,
) -> Option<i64> {
    let found = attributes.filter_map(|one| {
        let rank = names.iter().position(|name| one.key.text() == Some(name))?;
        let value = one.value.get()?;
        let number = value.int.copied().map(|number| number.0);
        Some((
            rank,
            number.or_else(|| value.string.text()?.trim_start_matches(['#', '!']).parse().ok())?,
        ))
    });
    found.min_by_key(|(rank, _)| *rank).map(|(_, number)| number)
}

/// Returns the flag of the span's own attribute.
pub(super) fn flag(span: &Span<'_>, names: Names) -> Option<bool> {
    let found =
        span.attributes.items().find(|one| one.key.text().is_some_and(|key| names.contains(&key)));
    found?.value.get()?.bool.copied()
}

/// Returns when a span began.
pub(super) fn start(span: &Span<'_>) -> Option<Timestamp> {
    span.start.copied().and_then(|Nanos(at)| at)
}

/// Returns when a span ended.
pub(super) fn end(span: &Span<'_>) -> Option<Timestamp> {
    span.end.copied().and_then(|Nanos(at)| at)
}
