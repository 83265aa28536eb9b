//! Microsoft Teams: what is said in the channels that the settings name, from Graph and from exports in
//! its form.
//!
//! Owns: Graph's messages. Guarantees: of a message nothing is kept but the signals in it; a channel
//! that is not named is not read. Must not know: what words mean.

mod html;
mod pull;

use std::borrow::Cow;

use crate::chat::{
    Channel, ChatRules, KEPT, Message as Written, Reaction, Thread, convert as listen, restore,
};
use crate::envelope::Envelope;
use crate::json::{Fields, Lenient, List, Text, Time, object};
use crate::sink::Sink;
use crate::{Context, Import, Numbers, Output, Record, Source, Tells, Told};

/// The name of the source, also in its facts' ids.
const SOURCE: &str = "teams";
/// The kind of what is pulled: a message with its replies.
const THREAD: &str = "thread";

/// Teams as a source.
pub(crate) static TEAMS: Source = Source {
    name: SOURCE,
    about: "approvals, manual steps, rollbacks, incidents and freezes that people tell in named channels",
    reads: "channel messages of Microsoft Graph with their replies, as objects or pages",
    tells: Tells {
        approval_asked: Told::With("questions in named channels, by their words"),
        approval_answered: Told::With(
            "answers in the thread of the question, or reactions (confidence 70, 60)",
        ),
        who: Told::With("author, as a pseudonym"),
        retention: "as the tenant's retention policy says",
        numbers: Numbers {
            approval_wait: Told::With("where it is asked and answered in a thread"),
            manual_steps: Told::With("where people tell them"),
            ..Numbers::NONE
        },
        ..Tells::NOTHING
    },
    import: Import::Json(convert),
    pull: Some(&pull::PULL),
    webhook: None,
};

object! { 'a:
    /// A message of a channel.
    Message {
        id: Text<'a>,
        reply_to_id as "replyToId": Text<'a>,
        message_type as "messageType": Text<'a>,
        created_at as "createdDateTime": Time,
        edited_at as "lastEditedDateTime": Time,
        deleted_at as "deletedDateTime": Time,
        url as "webUrl": Text<'a>,
        from: Lenient<From<'a>>,
        body: Lenient<Body<'a>>,
        channel as "channelIdentity": Lenient<Identity<'a>>,
        reactions: List<Reacted<'a>>,
        replies: List<Message<'a>>,
    }
    /// Who wrote it.
    From {
        user: Lenient<Account<'a>>,
        application: Lenient<Account<'a>>,
    }
    /// A person or a program.
    Account {
        id: Text<'a>,
        display_name as "displayName": Text<'a>,
    }
    /// What it says.
    Body {
        content_type as "contentType": Text<'a>,
        content: Text<'a>,
    }
    /// Where it was written.
    Identity {
        team_id as "teamId": Text<'a>,
        channel_id as "channelId": Text<'a>,
    }
    /// A reaction.
    Reacted {
        kind as "reactionType": Text<'a>,
        created_at as "createdDateTime": Time,
        user: Lenient<From<'a>>,
    }
}

/// Converts one record.
fn convert(record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
    let text = String::from_utf8_lossy(record.body);
    let mut sink = Sink::new(SOURCE, record, context, output);
    let envelope = Envelope::open(&text);
    if envelope.kind == Some(KEPT) {
        return restore(envelope.body, &mut sink);
    }
    match serde_json::from_str::<Fields<'_>>(envelope.body) {
        Ok(fields) if fields.has(&["createdDateTime", "body"]) => {}
        Ok(fields) => {
            let names: Vec<&str> = fields.names().take(6).collect();
            return sink.lost(format!("no message: an object with `{}`", names.join("`, `")));
        }
        Err(error) => return sink.malformed(&error),
    }
    let Some(message) = sink.read::<Message<'_>>(envelope.body, "message") else { return };
    let subject = envelope.subject.filter(|_| envelope.kind == Some(THREAD));
    let rules = &sink.context().rules.chat;
    let file = file_name(&record.place.file);
    let channel = match subject {
        // What is pulled is pulled because the settings name it.
        Some(subject) => Some(Channel::named(subject)),
        None => named(&message, file, rules),
    };
    match channel {
        Some(channel) => listen(thread(&message, channel), &mut sink),
        None if rules.channels.is_empty() => sink.refuse(
            "no channel is named, so none is read",
            "name those that tell of deliveries: `channels = [\"TEAM_ID/CHANNEL_ID:deploys\"]` for the source \
             `teams` (`*` reads all)",
        ),
        None => sink.nothing("message", "its channel is not among `channels`"),
    }
}

/// Returns the channel of a message that was not pulled, if it may be read.
fn named<'a>(message: &Message<'_>, file: &'a str, rules: &'a ChatRules) -> Option<Channel<'a>> {
    let Some(identity) = message.channel.get() else { return rules.channel(file) };
    let id = identity.channel_id.text().unwrap_or_default();
    let whole = format!("{}/{id}", identity.team_id.text().unwrap_or_default());
    // `*` alone gives no name: the file's does as well as any.
    rules.channel_named(&whole).or_else(|| rules.channel_named(id)).or_else(|| rules.channel(file))
}

/// Returns a message with its replies.
fn thread<'a>(first: &'a Message<'a>, channel: Channel<'a>) -> Thread<'a> {
    let messages = std::iter::once(first).chain(first.replies.items());
    Thread { channel, messages: messages.filter_map(written).collect() }
}

fn written<'a>(message: &'a Message<'a>) -> Option<Written<'a>> {
    if message.message_type.text().is_some_and(|kind| kind != "message")
        || message.deleted_at.get().is_some()
    {
        return None;
    }
    let id = message.id.text()?;
    let from = message.from.get();
    let user = from.and_then(|from| from.user.get());
    let application = from.and_then(|from| from.application.get());
    let body = message.body.get()?;
    let content = body.content.text()?;
    let is_html = body.content_type.text() != Some("text");
    Some(Written {
        id,
        thread: message.reply_to_id.text().unwrap_or(id),
        at: Some(message.created_at.copied()?),
        edited_at: message.edited_at.copied(),
        author: user.and_then(|user| user.id.text()),
        by_program: user.is_none() && application.is_some(),
        program: application
            .and_then(|app| app.display_name.text().or(app.id.text()))
            .unwrap_or_default(),
        text: if is_html { Cow::Owned(html::text(content)) } else { Cow::Borrowed(content) },
        url: message.url.text().map(str::to_owned),
        reactions: message.reactions.items().filter_map(reaction).collect(),
    })
}

fn reaction<'a>(reacted: &'a Reacted<'a>) -> Option<Reaction<'a>> {
    let by = reacted.user.get()?.user.get()?.id.text()?;
    Some(Reaction { name: reacted.kind.text()?, by, at: reacted.created_at.copied() })
}

/// Returns the name of a file without folder and ending.
fn file_name(path: &str) -> &str {
    let file = path.rsplit(['/', '\\', ':']).next().unwrap_or_default();
    file.split_once('.').map_or(file, |(stem, _)| stem)
}
