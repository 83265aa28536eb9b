//! How LaunchDarkly is pulled: the audit log, newest first.

use crate::live::{Auth, Order, Paging, Place, Pull, Request, Stream, Subjects};

/// LaunchDarkly as an API.
pub(super) static PULL: Pull = Pull {
    base: Some("https://app.launchdarkly.com"),
    auth: &[Auth::Prefixed("")],
    headers: &[("ld-api-version", "20240415")],
    subjects: Subjects { key: "projects", example: "shop", optional: true },
    streams: &[Stream {
        name: "auditlog",
        kind: "audit_log_entry",
        needs: "the role `Reader`",
        gives: "changes of flags in production",
        optional: false,
        list: entries,
        paging: Paging::Next("/_links/next/href"),
        items: "/items",
        at: "/date",
        order: Order::NewestFirst,
        open: None,
        cap: None,
        details: &[],
    }],
    concurrency: 2,
    per_minute: None,
};

#[expect(clippy::unnecessary_wraps, reason = "the type of the first request of every list")]
fn entries(place: &Place<'_>) -> Option<Request> {
    let project = Some(place.subject).filter(|subject| !subject.is_empty()).unwrap_or("*");
    let spec = format!("proj/{project}:env/*:flag/*");
    // Both ends are exclusive.
    let after = place.since.map(|since| (since.millis() - 1).to_string());
    let before = place.until.map(|until| until.millis().to_string());
    let request = Request::get("/api/v2/auditlog", [("limit", "20"), ("spec", &spec)]);
    Some(request.with("after", after).with("before", before))
}
