//! The fields of Slack's objects that are read.

use crate::json::{Lenient, List, Text, object};

object! { 'a:
    /// A message, as in history, replies, exports and events.
    Message {
        kind as "type": Text<'a>,
        subtype: Text<'a>,
        ts: Text<'a>,
        thread_ts: Text<'a>,
        user: Text<'a>,
        bot_id: Text<'a>,
        bot_profile: Lenient<BotProfile<'a>>,
        username: Text<'a>,
        text: Text<'a>,
        attachments: List<Attachment<'a>>,
        edited: Lenient<Edited<'a>>,
        reactions: List<Reacted<'a>>,
        thread: List<Message<'a>>,
    }
    /// The program that wrote a message.
    BotProfile {
        name: Text<'a>,
    }
    /// What programs write beside the text.
    Attachment {
        fallback: Text<'a>,
        title: Text<'a>,
        text: Text<'a>,
    }
    /// When a message was changed.
    Edited {
        ts: Text<'a>,
    }
    /// A reaction and who gave it.
    Reacted {
        name: Text<'a>,
        users: List<std::borrow::Cow<'a, str>>,
    }
    /// The event in a body of the Events API.
    Event {
        kind as "type": Text<'a>,
        channel: Text<'a>,
        message: Lenient<Message<'a>>,
    }
    /// A page of an API.
    Page {
        messages: List<Message<'a>>,
    }
}
