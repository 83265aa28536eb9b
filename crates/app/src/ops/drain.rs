//! From the inbox to the lake: what was received becomes facts.
//!
//! Guarantee: a body is dropped only after its facts are stored. A crash between the two repeats a
//! conversion, and the ids of the facts make repeating harmless.

use std::collections::BTreeSet;
use std::time::Duration;

use aftercast_connectors::standards::cloudevents;
use aftercast_connectors::{Context, Output, Record, Rules, Source, source_named};
use aftercast_lake::Lake;
use aftercast_ledger::{Settled, Waiting};
use aftercast_model::{PersonKey, Place, ServiceMap, Severity, Timestamp};

use super::Session;
use super::home::Store;
use super::ingest::Tally;
use super::intake::body_of;
use crate::error::Outcome;

/// Deliveries of one conversion.
const BATCH: u32 = 500;
/// How long the names of deliveries are remembered.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// The source whose records tell only a part of a thing each.
const EVENTS: &str = "cloudevents";

/// All that a conversion needs, to move to a thread of its own.
#[derive(Clone)]
pub(crate) struct Desk {
    /// Names of the settings, each with its source.
    pub(crate) sources: Vec<(String, &'static Source)>,
    /// Which service is meant.
    pub(crate) services: ServiceMap,
    /// The key for pseudonyms.
    pub(crate) people: PersonKey,
    /// What the installation says about the foreign world.
    pub(crate) rules: Rules,
}

impl Desk {
    /// Returns the desk of a session.
    pub(crate) async fn open(session: &Session, store: &Store) -> Outcome<Self> {
        Ok(Self {
            sources: session
                .config
                .sources()
                .iter()
                .map(|rule| (rule.name.clone(), rule.source))
                .collect(),
            services: session.config.services(),
            people: store.person_key(session).await?,
            rules: session.config.rules()?,
        })
    }

    /// Returns the context of conversions.
    pub(crate) fn context(&self) -> Context<'_> {
        Context { services: &self.services, people: &self.people, repo: None, rules: &self.rules }
    }

    fn source(&self, name: &str) -> Option<&'static Source> {
        let own = self.sources.iter().find(|(own, _)| own == name).map(|(_, source)| *source);
        own.or_else(|| source_named(name))
    }
}

/// What became of a batch.
#[derive(Default)]
struct Converted {
    output: Output,
    done: Vec<i64>,
    refused: Vec<i64>,
}

/// Turns everything that waits into facts; returns what it came to.
pub(crate) async fn drain(store: &Store, desk: &Desk, now: Timestamp) -> Outcome<Tally> {
    let mut tally = Tally::default();
    let mut after = i64::MIN;
    loop {
        let waiting = store.ledger.waiting(after, BATCH).await?;
        let Some(last) = waiting.last() else { break };
        after = last.id;
        let earlier = earlier_events(&store.lake, desk, &waiting).await?;
        let desk = desk.clone();
        let Converted { output, done, refused } =
            tokio::task::spawn_blocking(move || convert(&desk, &waiting, &earlier)).await?;
        tally.store(&store.lake, output).await?;
        store.ledger.settle(&done, Settled::Done).await?;
        store.ledger.settle(&refused, Settled::Refused).await?;
    }
    let before = now.millis().saturating_sub(i64::try_from(REMEMBERED.as_millis())?);
    store.ledger.forget_deliveries(Timestamp::from_millis(before)).await?;
    Ok(tally)
}

fn convert(desk: &Desk, waiting: &[Waiting], earlier: &[String]) -> Converted {
    let mut converted = Converted::default();
    let context = desk.context();
    for Waiting { id, received } in waiting {
        // A source that is named again later finds what came for it.
        let Some(source) = desk.source(&received.source) else { continue };
        let before = converted.output.problems.len();
        let sealed = body_of(received).and_then(|body| sealed(&received.kind, body));
        converted.output.records += 1;
        let Some(body) = sealed else {
            converted.refused.push(*id);
            continue;
        };
        let file = format!("{} {}", received.source, received.delivery);
        let record = Record { place: Place { file, line: None }, body: &body };
        source.convert(&record, &context, &mut converted.output);
        let problems = converted.output.problems.iter().skip(before);
        if problems.into_iter().any(|problem| problem.severity == Severity::Lost) {
            converted.refused.push(*id);
        } else {
            converted.done.push(*id);
        }
    }
    for events in cloudevents::gather(earlier) {
        let place = Place { file: EVENTS.to_owned(), line: None };
        let record = Record { place, body: events.as_bytes() };
        if let Some(source) = source_named(EVENTS) {
            source.convert(&record, &context, &mut converted.output);
        }
    }
    converted
}

/// Returns the events that wait, with those that were kept before of the same things: each tells only a
/// part of its thing, and a row is written whole.
async fn earlier_events(lake: &Lake, desk: &Desk, waiting: &[Waiting]) -> Outcome<Vec<String>> {
    let text = |one: &Waiting| String::from_utf8(body_of(&one.received)?).ok();
    let is_event = |one: &&Waiting| {
        desk.source(&one.received.source).is_some_and(|source| source.name == EVENTS)
    };
    let mut events: Vec<String> = waiting.iter().filter(is_event).filter_map(text).collect();
    let things: BTreeSet<String> =
        events.iter().filter_map(|event| cloudevents::thing(event)).collect();
    if things.is_empty() {
        return Ok(Vec::new());
    }
    let mut kept = lake.payloads(EVENTS).await?;
    while let Some(bodies) = kept.next().await? {
        let texts = bodies.into_iter().filter_map(|body| String::from_utf8(body).ok());
        let same =
            |text: &String| cloudevents::thing(text).is_some_and(|thing| things.contains(&thing));
        events.extend(texts.filter(same));
    }
    events.sort_unstable();
    events.dedup();
    Ok(events)
}

/// Puts what came around the body, as pulling does.
fn sealed(kind: &str, body: Vec<u8>) -> Option<Vec<u8>> {
    let text = String::from_utf8(body).ok()?;
    Some(aftercast_connectors::seal(kind, "", &text).into_bytes())
}
