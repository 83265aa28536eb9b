//! How Teams is pulled: the conversations of a channel with their replies.

use serde_json::Value;

use crate::chat::{Channel, asks_without_answer};
use crate::json::Lenient;
use crate::live::{Auth, Order, Paging, Place, Pull, Request, Stream, Subjects, segment};
use crate::teams::{Message, THREAD, thread};

/// Graph as an API.
pub(super) static PULL: Pull = Pull {
    base: Some("https://graph.microsoft.com/v1.0"),
    auth: &[Auth::Bearer],
    headers: &[],
    subjects: Subjects {
        key: "channels",
        example: "TEAM_ID/19:abc@thread.tacv2:deploys",
        optional: false,
    },
    streams: &[Stream {
        name: "messages",
        kind: THREAD,
        needs: "ChannelMessage.Read.Group",
        gives: "what people say of approvals, manual steps, rollbacks, incidents and freezes",
        optional: false,
        list: messages,
        paging: Paging::Next("/@odata.nextLink"),
        items: "/value",
        at: "/createdDateTime",
        order: Order::NewestFirst,
        open: Some(is_open),
        cap: None,
        details: &[],
    }],
    concurrency: 2,
    per_minute: Some(120),
};

fn messages(place: &Place<'_>) -> Option<Request> {
    let whole = Channel::named(place.subject).id.unwrap_or(place.subject);
    let (team, channel) = whole.split_once('/')?;
    let path = format!("/teams/{}/channels/{}/messages", segment(team), segment(channel));
    // Graph does not let this list be asked for by time.
    Some(Request::get(path, [("$top", "50"), ("$expand", "replies")]))
}

/// Returns whether a message asks for an approval that nobody gave yet.
fn is_open(message: &Value) -> bool {
    let text = message.to_string();
    let Ok(message) = serde_json::from_str::<Lenient<Message<'_>>>(&text) else { return false };
    let channel = Channel { id: None, name: "" };
    message.get().is_some_and(|message| asks_without_answer(thread(message, channel)))
}
