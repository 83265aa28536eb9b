//! How incident.io is pulled: incidents by their last change, each with updates and attachments.

use serde_json::Value;

use crate::live::{Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects};

/// incident.io as an API.
pub(super) static PULL: Pull = Pull {
    base: Some("https://api.incident.io"),
    auth: &[Auth::Bearer],
    headers: &[],
    subjects: Subjects {
        key: "incident_types",
        example: "01FCNDV6P870EA6S7TK1DSYDG0",
        optional: true,
    },
    streams: &[Stream {
        name: "incidents",
        kind: "incident",
        needs: "view incidents",
        gives: "incidents",
        optional: false,
        list: |place| Some(incidents(place)),
        paging: PAGING,
        items: "/incidents",
        at: "/updated_at",
        order: Order::Unordered,
        open: None,
        cap: None,
        details: DETAILS,
    }],
    concurrency: 4,
    per_minute: Some(1000),
};

const PAGING: Paging = Paging::Token { parameter: "after", from: "/pagination_meta/after" };

const DETAILS: &[Detail] = &[
    Detail {
        under: "updates",
        needs: "view incidents",
        gives: "when an incident ended, where the team keeps no time of it; addresses in updates",
        optional: true,
        request: |_, incident| about("/v2/incident_updates", incident),
        paging: PAGING,
        answer: Answer::Json("/incident_updates"),
        details: &[],
    },
    Detail {
        under: "attachments",
        needs: "view incidents",
        gives: "addresses of attached changes",
        optional: true,
        request: |_, incident| {
            let id = incident.get("id")?.as_str()?;
            Some(Request::get("/v1/incident_attachments", [("incident_id", id)]))
        },
        paging: Paging::Single,
        answer: Answer::Json("/incident_attachments"),
        details: &[],
    },
];

fn incidents(place: &Place<'_>) -> Request {
    let kind = Some(place.subject).filter(|subject| !subject.is_empty());
    // The filter knows days only.
    let day = place.since.map(|since| since.to_string().chars().take(10).collect());
    let request = Request::get("/v2/incidents", [("page_size", "250")]);
    request.with("updated_at[gte]", day).with("incident_type[one_of]", kind.map(str::to_owned))
}

fn about(path: &str, incident: &Value) -> Option<Request> {
    let id = incident.get("id")?.as_str()?;
    Some(Request::get(path, [("incident_id", id), ("page_size", "250")]))
}
