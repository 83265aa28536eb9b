//! Slack: what is said in the channels that the settings name, from the Web API, the Events API and
//! exports.
//!
//! Owns: Slack's formats. Guarantees: of a message nothing is kept but the signals in it; a channel
//! that is not named is not read; a message gives the same signals however it arrived. Must not know:
//! what words mean.

mod messages;
mod objects;
mod pull;

use serde_json::value::RawValue;

use crate::chat::{Channel, KEPT, convert as listen, restore};
use crate::envelope::{Envelope, MARK};
use crate::json::Fields;
use crate::live::webhook::{Signature, Told as Said, Webhook};
use crate::sink::Sink;
use crate::slack::messages::{Place, thread, threads};
use crate::slack::objects::{Event, Message, Page};
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "slack";
/// The kind of what is pulled: a message with its thread.
const THREAD: &str = "thread";

/// Slack as a source.
pub(crate) static SLACK: Source = Source {
    name: SOURCE,
    about: "approvals, manual steps, rollbacks, incidents and freezes that people tell in named channels",
    reads: "an export (ZIP or folder), or messages of `conversations.history` and `conversations.replies`",
    tells: Tells {
        approval_asked: Told::With("questions in named channels, by their words"),
        approval_answered: Told::With(
            "answers in the thread of the question (confidence 70); reactions have no time",
        ),
        who: Told::With("author, as a pseudonym"),
        retention: "as the workspace's plan and retention policy say; 90 days on the free plan",
        numbers: Numbers {
            approval_wait: Told::With("where it is asked and answered in a thread"),
            manual_steps: Told::With("where people tell them"),
            ..Numbers::NONE
        },
        ..Tells::NOTHING
    },
    import: Import::Document(convert),
    pull: Some(&pull::PULL),
    webhook: Some(&WEBHOOK),
};

/// The Events API.
static WEBHOOK: Webhook = Webhook {
    signatures: &[Signature::Slack],
    event: Said::Field("/event/type"),
    delivery: Said::Field("/event_id"),
    body_limit: 1024 * 1024,
    events: &["message.channels", "reaction_added"],
    challenge: Some("/challenge"),
};

/// Files of an export that hold people and settings: nothing of them is kept.
const DIRECTORIES: &[&str] = &[
    "users",
    "channels",
    "groups",
    "dms",
    "mpims",
    "integration_logs",
    "canvases",
    "file_conversations",
    "huddle_transcripts",
    "org_users",
    "lists",
];

/// Converts one file, page, message or event.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    let (folder, file) = folder_and_file(&record.place.file);
    if DIRECTORIES.contains(&file) {
        return sink.nothing(
            &format!("{file}.json"),
            "people and settings of the workspace are not stored",
        );
    }
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>();
    let mut loose: Vec<&str> = Vec::new();
    for value in values.by_ref() {
        match value {
            Ok(raw) if raw.get().starts_with('[') => loose.extend(elements(raw.get())),
            Ok(raw) => loose.push(raw.get()),
            Err(error) => {
                sink.malformed(&error);
                break;
            }
        }
    }
    let mut messages: Vec<Message<'_>> = Vec::new();
    for raw in loose {
        match one(raw, &mut sink) {
            Found::Done => {}
            Found::Messages(found) => messages.extend(found),
        }
    }
    if !messages.is_empty() {
        let name = if is_day(file) { folder } else { file };
        exported(name, &messages, &mut sink);
    }
}

/// What one object was.
enum Found<'a> {
    /// Something that knows its channel, converted.
    Done,
    /// Messages of the file's channel.
    Messages(Vec<Message<'a>>),
}

/// Converts one object, or returns its messages.
fn one<'a>(raw: &'a str, sink: &mut Sink<'_>) -> Found<'a> {
    let envelope = Envelope::open(raw);
    let subject = envelope.subject.unwrap_or_default();
    if envelope.kind == Some(KEPT) {
        restore(envelope.body, sink);
        return Found::Done;
    }
    let Ok(fields) = serde_json::from_str::<Fields<'_>>(envelope.body) else {
        sink.note("a value that is no object was left out");
        return Found::Done;
    };
    if fields.has(&["event"]) {
        event(fields.raw("event").unwrap_or_default(), sink);
        return Found::Done;
    }
    if fields.has(&["messages"]) {
        let page: Option<Page<'a>> = sink.read(envelope.body, "page");
        let found = page.map(|page| page.messages).unwrap_or_default();
        return Found::Messages(found.into_items());
    }
    if !fields.has(&["ts"]) {
        let known: Vec<&str> = fields.names().filter(|name| *name != MARK).take(6).collect();
        sink.lost(format!("no message: an object with `{}`", known.join("`, `")));
        return Found::Done;
    }
    let Some(message) = sink.read::<Message<'a>>(envelope.body, "message") else {
        return Found::Done;
    };
    if envelope.kind == Some(THREAD) && !subject.is_empty() {
        // What is pulled is pulled because the settings name it.
        let place = Place { channel: Channel::named(subject), rules: &sink.context().rules.chat };
        listen(thread(&message, place), sink);
        return Found::Done;
    }
    Found::Messages(vec![message])
}

/// Converts an event of the Events API.
fn event(raw: &str, sink: &mut Sink<'_>) {
    let Some(event) = sink.read::<Event<'_>>(raw, "event") else { return };
    let rules = &sink.context().rules.chat;
    let Some(channel) = event.channel.text().and_then(|id| rules.channel(id)) else {
        // Reactions name their channel elsewhere, and are nothing without their message.
        return match event.kind.text() {
            Some("reaction_added" | "reaction_removed") => {
                sink.note("a reaction is read with its message, by the next pull");
            }
            _ => sink.nothing("event", "its channel is not among `channels`"),
        };
    };
    let place = Place { channel, rules };
    if let Some(changed) = event.message.get() {
        return listen(thread(changed, place), sink);
    }
    let Some(message) = sink.read::<Message<'_>>(raw, "event") else { return };
    listen(thread(&message, place), sink);
}

/// Converts the messages of a file, if its channel may be read.
fn exported(name: &str, messages: &[Message<'_>], sink: &mut Sink<'_>) {
    let rules = &sink.context().rules.chat;
    if rules.channels.is_empty() {
        sink.refuse(
            "no channel is named, so none is read",
            "name those that tell of deliveries: `channels = [\"deploys\"]` for the source `slack` (`*` reads all)",
        );
        return;
    }
    let Some(channel) = rules.channel(name) else {
        return sink.nothing("messages", "their channel is not among `channels`");
    };
    for thread in threads(messages, Place { channel, rules }) {
        listen(thread, sink);
    }
}

/// Returns the elements of a list.
fn elements(list: &str) -> Vec<&str> {
    let elements: Vec<&RawValue> = serde_json::from_str(list).unwrap_or_default();
    elements.into_iter().map(RawValue::get).filter(|raw| raw.starts_with('{')).collect()
}

/// Returns the folder that a file lies in and its name without ending: `export.zip:general/users.json`.
fn folder_and_file(path: &str) -> (&str, &str) {
    let (rest, file) = path.rsplit_once(['/', '\\', ':']).unwrap_or(("", path));
    let folder = rest.rsplit(['/', '\\', ':']).next().unwrap_or_default();
    (folder, file.split_once('.').map_or(file, |(stem, _)| stem))
}

/// Returns whether a file is one of a day: `2026-01-02`.
fn is_day(file: &str) -> bool {
    file.len() == 10 && file.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_of_an_export_is_its_folder() {
        for (path, expected) in [
            ("export.zip:general/2026-01-02.json", ("general", "2026-01-02")),
            ("a/b/deploys/2026-01-02.json", ("deploys", "2026-01-02")),
            ("export.zip:users.json", ("export.zip", "users")),
            ("deploys.ndjson.gz", ("", "deploys")),
        ] {
            assert_eq!(folder_and_file(path), expected);
        }
        assert!(is_day("2026-01-02") && !is_day("deploys"));
    }
}
