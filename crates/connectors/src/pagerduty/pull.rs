//! How PagerDuty is pulled: incidents by the time of their creation, each with its log entries.

use serde_json::Value;

use crate::live::{
    Answer, Auth, Cap, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

/// The widest range of time of one question: six months.
const WIDEST_MS: i64 = 180 * 86_400_000;
const SIZE: usize = 100;

/// PagerDuty as an API.
pub(super) static PULL: Pull = Pull {
    base: Some("https://api.pagerduty.com"),
    auth: &[Auth::Prefixed("Token token="), Auth::Bearer],
    headers: &[("accept", "application/vnd.pagerduty+json;version=2")],
    subjects: Subjects { key: "services", example: "PSHOP01", optional: true },
    streams: &[Stream {
        name: "incidents",
        kind: "incident",
        needs: "a read-only API key, or the scope `incidents.read`",
        gives: "incidents",
        optional: false,
        list: |place| Some(incidents(place)),
        paging: PAGING,
        items: "/incidents",
        at: "/created_at",
        order: Order::NewestFirst,
        open: Some(is_open),
        cap: Some(Cap { items: 10_000, total: "/total" }),
        details: DETAILS,
    }],
    concurrency: 4,
    per_minute: Some(900),
};

const PAGING: Paging = Paging::Offset { parameter: "offset", size: SIZE, more: "/more" };

const DETAILS: &[Detail] = &[
    Detail {
        under: "log_entries",
        needs: "a read-only API key, or the scope `incidents.read`",
        gives: "when somebody took an incident",
        optional: false,
        request: |_, incident| about(incident, "log_entries", &[("include[]", "channels")]),
        paging: PAGING,
        answer: Answer::Json("/log_entries"),
        details: &[],
    },
    Detail {
        under: "custom_fields",
        needs: "custom fields on incidents",
        gives: "which version or change an incident says caused it",
        optional: true,
        request: |_, incident| about(incident, "custom_fields/values", &[]),
        paging: Paging::Single,
        answer: Answer::Json("/custom_fields"),
        details: &[],
    },
    Detail {
        under: "related_change_events",
        needs: "change events",
        gives: "addresses of what changed shortly before an incident",
        optional: true,
        request: |_, incident| about(incident, "related_change_events", &[]),
        paging: Paging::Single,
        answer: Answer::Json("/change_events"),
        details: &[],
    },
];

fn incidents(place: &Place<'_>) -> Request {
    let request = Request::get("/incidents", [("limit", "100"), ("total", "true")])
        .with("sort_by", Some("created_at:desc".to_owned()));
    let service = Some(place.subject).filter(|subject| !subject.is_empty());
    let request = request.with("service_ids[]", service.map(str::to_owned));
    // A longer range is refused; then everything is asked for, and the cap divides it where that is
    // too much, until the ranges are short enough.
    match (place.since, place.until) {
        (Some(since), Some(until)) if until.since(since) <= WIDEST_MS => {
            request.with("since", Some(since.to_string())).with("until", Some(until.to_string()))
        }
        _ => request.with("date_range", Some("all".to_owned())),
    }
}

fn is_open(incident: &Value) -> bool {
    incident.pointer("/status").and_then(Value::as_str) != Some("resolved")
}

fn about(incident: &Value, what: &str, query: &[(&str, &str)]) -> Option<Request> {
    let id = segment(incident.get("id")?.as_str()?);
    let mut request = Request::get(format!("/incidents/{id}/{what}"), []);
    for (key, value) in query {
        request = request.with(key, Some((*value).to_owned()));
    }
    if what == "log_entries" {
        request = request.with("limit", Some(SIZE.to_string()));
    }
    Some(request)
}
