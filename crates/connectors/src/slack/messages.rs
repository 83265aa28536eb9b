//! Slack's messages as what chat has everywhere.
//!
//! Owns: times, addresses of messages, what is a program's, which messages people wrote. Must not
//! know: where messages came from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aftercast_model::Timestamp;

use crate::chat::{Channel, ChatRules, Message as Written, Reaction, Thread};
use crate::slack::objects::Message;

/// Where messages were written.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) channel: Channel<'a>,
    pub(super) rules: &'a ChatRules,
}

/// Kinds of messages that people and programs write; all others tell of the channel.
const WRITTEN: &[&str] = &["bot_message", "thread_broadcast", "file_share", "me_message"];

/// Returns a message with what was answered to it.
pub(super) fn thread<'a>(first: &'a Message<'a>, place: Place<'a>) -> Thread<'a> {
    let answers = first.thread.items();
    let messages = std::iter::once(first).chain(answers).filter_map(|one| written(one, place));
    Thread { channel: place.channel, messages: messages.collect() }
}

/// Returns the threads in `messages`; those without answers are threads of one.
pub(super) fn threads<'a>(messages: &'a [Message<'a>], place: Place<'a>) -> Vec<Thread<'a>> {
    let mut threads: BTreeMap<&str, Vec<Written<'a>>> = BTreeMap::new();
    for message in messages {
        for written in thread(message, place).messages {
            threads.entry(written.thread).or_default().push(written);
        }
    }
    let threads = threads.into_values();
    threads.map(|messages| Thread { channel: place.channel, messages }).collect()
}

fn written<'a>(message: &'a Message<'a>, place: Place<'a>) -> Option<Written<'a>> {
    if message.subtype.text().is_some_and(|subtype| !WRITTEN.contains(&subtype)) {
        return None;
    }
    let ts = message.ts.text()?;
    let thread = message.thread_ts.text().unwrap_or(ts);
    let by_program =
        message.bot_id.text().is_some() || message.subtype.text() == Some("bot_message");
    let profile = message.bot_profile.get().and_then(|profile| profile.name.text());
    let program = profile.or(message.username.text()).or(message.bot_id.text()).unwrap_or_default();
    Some(Written {
        id: ts,
        thread,
        at: Some(time(ts)?),
        edited_at: message.edited.get().and_then(|edited| time(edited.ts.text()?)),
        author: message.user.text().filter(|_| !by_program),
        by_program,
        program: if by_program { program } else { "" },
        text: text(message),
        url: permalink(ts, thread, place),
        reactions: reactions(message),
    })
}

/// Returns what a message says; programs often say it in attachments only.
fn text<'a>(message: &'a Message<'a>) -> Cow<'a, str> {
    if let Some(text) = message.text.text() {
        return Cow::Borrowed(text);
    }
    let said = message.attachments.items().flat_map(|attachment| {
        let title = attachment.title.text().or(attachment.fallback.text());
        title.into_iter().chain(attachment.text.text())
    });
    Cow::Owned(said.collect::<Vec<_>>().join("\n"))
}

fn reactions<'a>(message: &'a Message<'a>) -> Vec<Reaction<'a>> {
    let of_one = |name: &'a str, users: &'a crate::json::List<Cow<'a, str>>| {
        users.items().map(move |by| Reaction { name, by, at: None })
    };
    let known = message.reactions.items().filter_map(|one| Some((one.name.text()?, &one.users)));
    known.flat_map(|(name, users)| of_one(name, users)).collect()
}

/// Returns the time in a `ts`: seconds and microseconds, `1788249600.000100`.
pub(super) fn time(ts: &str) -> Option<Timestamp> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.is_empty() || seconds.len() > 11 || !digits(seconds) || !digits(fraction) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(Timestamp::from_millis(seconds.parse::<i64>().ok()? * 1000 + millis))
}

/// Returns where a person can look at a message.
fn permalink(ts: &str, thread: &str, place: Place<'_>) -> Option<String> {
    let workspace = place.rules.workspace.as_deref()?.trim_end_matches('/');
    let id = place.channel.id?;
    let digits: String = ts.chars().filter(char::is_ascii_digit).collect();
    let mut url = format!("{workspace}/archives/{id}/p{digits}");
    if thread != ts {
        url = format!("{url}?thread_ts={thread}&cid={id}");
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_seconds_and_microseconds() {
        for (ts, expected) in [
            ("1788249600.123456", Some(1_788_249_600_123)),
            ("1788249600", Some(1_788_249_600_000)),
            ("1788249600.1", Some(1_788_249_600_100)),
            ("x", None),
            ("", None),
            ("178824960000000000000000.1", None),
            ("1788249600.äöü", None),
        ] {
            assert_eq!(time(ts).map(Timestamp::millis), expected, "{ts}");
        }
    }
}
