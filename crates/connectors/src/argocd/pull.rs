//! How applications are pulled: all of them at once, without what may hold secrets.
//!
//! Must not know what becomes of them.

use crate::live::{Auth, Order, Paging, Pull, Request, Stream, Subjects};

/// The fields that are asked for; values of charts are none of them.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "metadata.labels",
    "spec.project",
    "spec.destination",
    "spec.source.repoURL",
    "spec.source.targetRevision",
    "spec.source.chart",
    "spec.sources",
    "status.history",
    "status.operationState",
    "status.summary.images",
    "status.sync.status",
    "status.sync.revision",
];

/// How Argo CD is pulled.
pub(super) static PULL: Pull = Pull {
    base: None,
    auth: &[Auth::Bearer],
    headers: &[],
    subjects: Subjects { key: "projects", example: "shop", optional: true },
    streams: &[Stream {
        name: "applications",
        kind: "application",
        needs: "applications, get",
        gives: "deployments, manual syncs",
        optional: false,
        list: |place| {
            let fields: Vec<String> = FIELDS.iter().map(|field| format!("items.{field}")).collect();
            let project = Some(place.subject.to_owned()).filter(|project| !project.is_empty());
            let request = Request::get("/api/v1/applications", [("fields", &fields.join(","))]);
            Some(request.with("projects", project))
        },
        paging: Paging::Single,
        items: "/items",
        // An application is one object that lives for years: each is looked at each time.
        at: "/status/none",
        order: Order::Unordered,
        open: None,
        cap: None,
        details: &[],
    }],
    concurrency: 2,
    per_minute: None,
};
