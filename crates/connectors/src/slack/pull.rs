//! How Slack is pulled: the messages of a channel, newest first, each with its thread.

use serde_json::Value;

use crate::chat::{Channel, ChatRules, asks_without_answer};
use crate::live::{Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects};
use crate::slack::THREAD;
use crate::slack::messages::{self, thread};
use crate::slack::objects::Message;

const PAGING: Paging =
    Paging::Token { parameter: "cursor", from: "/response_metadata/next_cursor" };

/// Slack as an API. An app of one's own has "tier 3": more than 50 requests a minute and method.
pub(super) static PULL: Pull = Pull {
    base: Some("https://slack.com/api"),
    auth: &[Auth::Bearer],
    headers: &[],
    subjects: Subjects { key: "channels", example: "C024BE91L:deploys", optional: false },
    streams: &[Stream {
        name: "messages",
        kind: THREAD,
        needs: "channels:history",
        gives: "what people say of approvals, manual steps, rollbacks, incidents and freezes",
        optional: false,
        list: history,
        paging: PAGING,
        items: "/messages",
        at: "/ts",
        order: Order::NewestFirst,
        open: Some(is_open),
        cap: None,
        details: &[Detail {
            under: "thread",
            needs: "channels:history",
            gives: "answers to questions for approval",
            optional: true,
            request: replies,
            paging: PAGING,
            answer: Answer::Json("/messages"),
            details: &[],
        }],
    }],
    concurrency: 2,
    per_minute: Some(50),
};

/// Returns the id of a channel as the settings name it.
fn id<'a>(place: &Place<'a>) -> &'a str {
    Channel::named(place.subject).id.unwrap_or(place.subject)
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the first request of every list")]
fn history(place: &Place<'_>) -> Option<Request> {
    let seconds = |at: Option<aftercast_model::Timestamp>| {
        at.map(|at| {
            format!("{}.{:03}000", at.millis().div_euclid(1000), at.millis().rem_euclid(1000))
        })
    };
    let query = [("channel", id(place)), ("limit", "200"), ("inclusive", "true")];
    let request = Request::get("/conversations.history", query);
    Some(request.with("oldest", seconds(place.since)).with("latest", seconds(place.until)))
}

fn replies(place: &Place<'_>, message: &Value) -> Option<Request> {
    message.get("reply_count")?.as_u64().filter(|count| *count > 0)?;
    let ts = message.get("ts")?.as_str()?;
    Some(Request::get(
        "/conversations.replies",
        [("channel", id(place)), ("ts", ts), ("limit", "200")],
    ))
}

/// Returns whether a message asks for an approval that nobody gave yet.
fn is_open(message: &Value) -> bool {
    let text = message.to_string();
    let Ok(message) = serde_json::from_str::<crate::json::Lenient<Message<'_>>>(&text) else {
        return false;
    };
    let rules = ChatRules::default();
    let place = messages::Place { channel: Channel { id: None, name: "" }, rules: &rules };
    message.get().is_some_and(|message| asks_without_answer(thread(message, place)))
}
