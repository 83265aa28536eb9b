//! How Statuspage is pulled: the pages of an account by its API, or one public page without a token.

use serde_json::Value;

use crate::live::{Auth, Order, Paging, Place, Pull, Request, Stream, Subjects, segment};

/// Statuspage as an API.
pub(super) static PULL: Pull = Pull {
    base: Some("https://api.statuspage.io"),
    auth: &[Auth::Prefixed("OAuth ")],
    headers: &[],
    subjects: Subjects { key: "pages", example: "kctbh9vrtdwd", optional: true },
    streams: &[
        Stream {
            name: "incidents",
            kind: "incident",
            needs: "an API key of the account",
            gives: "incidents",
            optional: false,
            list: |place| {
                let page = named(place)?;
                Some(Request::get(format!("/v1/pages/{page}/incidents"), [("limit", "100")]))
            },
            paging: Paging::Number { parameter: "page", size: 100 },
            items: "",
            at: "/created_at",
            order: Order::NewestFirst,
            open: Some(is_open),
            cap: None,
            details: &[],
        },
        Stream {
            name: "public incidents",
            kind: "incident",
            needs: "the address of the public page as `url`",
            gives: "the last 50 incidents",
            optional: false,
            list: |place| match named(place) {
                Some(_) => None,
                None => Some(Request::get("/api/v2/incidents.json", [])),
            },
            paging: Paging::Single,
            items: "/incidents",
            at: "/created_at",
            order: Order::NewestFirst,
            open: Some(is_open),
            cap: None,
            details: &[],
        },
    ],
    concurrency: 1,
    per_minute: Some(60),
};

fn named(place: &Place<'_>) -> Option<String> {
    Some(place.subject).filter(|page| !page.is_empty()).map(segment)
}

fn is_open(incident: &Value) -> bool {
    let status = incident.pointer("/status").and_then(Value::as_str);
    !matches!(status, Some("resolved" | "postmortem" | "completed"))
}
