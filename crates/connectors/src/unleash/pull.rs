//! How Unleash is pulled: its events, newest first.

use aftercast_model::Timestamp;

use crate::live::{Auth, Order, Paging, Place, Pull, Request, Stream, Subjects};

const SIZE: usize = 200;

/// Unleash as an API.
pub(super) static PULL: Pull = Pull {
    base: None,
    auth: &[Auth::Prefixed("")],
    headers: &[],
    subjects: Subjects { key: "projects", example: "default", optional: true },
    streams: &[Stream {
        name: "events",
        kind: "event",
        needs: "a personal access token or admin token that may read events",
        gives: "changes of flags in production",
        optional: false,
        list: events,
        paging: Paging::Offset { parameter: "offset", size: SIZE, more: "" },
        items: "/events",
        at: "/createdAt",
        order: Order::NewestFirst,
        open: None,
        cap: None,
        details: &[],
    }],
    concurrency: 2,
    per_minute: None,
};

#[expect(clippy::unnecessary_wraps, reason = "the type of the first request of every list")]
fn events(place: &Place<'_>) -> Option<Request> {
    let project = Some(place.subject).filter(|subject| !subject.is_empty());
    let request = Request::get("/api/admin/search/events", [("limit", "200")]);
    // Days only, both inclusive.
    Some(
        request
            .with("project", project.map(|project| format!("IS:{project}")))
            .with("from", place.since.and_then(day))
            .with("to", place.until.and_then(day)),
    )
}

/// Returns `IS:2026-09-01`.
fn day(at: Timestamp) -> Option<String> {
    let text = at.to_string();
    Some(format!("IS:{}", text.get(..10)?))
}
