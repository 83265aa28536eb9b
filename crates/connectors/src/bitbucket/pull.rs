//! How Bitbucket Cloud is pulled: its lists, and what belongs to each item.
//!
//! Owns: paths and parameters of the API. Must not know what becomes of the answers.

use serde_json::Value;

use crate::live::{
    Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

/// How many items a page has; pull requests allow half.
const PAGE: usize = 100;

/// How Bitbucket Cloud is pulled.
pub(super) static PULL: Pull = Pull {
    base: Some("https://api.bitbucket.org"),
    auth: &[Auth::Bearer, Auth::Basic],
    headers: &[],
    subjects: Subjects { key: "repos", example: "acme/shop", optional: false },
    streams: STREAMS,
    concurrency: 2,
    // 1,000 an hour; more for paid workspaces, which headers tell.
    per_minute: Some(100),
};

static STREAMS: &[Stream] = &[
    Stream {
        paging: Paging::Next("/next"),
        at: "/updated_on",
        list: |place| Some(pull_requests(place)),
        details: PULL_REQUEST,
        ..stream(
            "pull requests",
            "pullrequest",
            "scope `read:pullrequest`",
            "lead time, reviews, approval wait",
        )
    },
    Stream {
        at: "/created_on",
        // Bitbucket lists pipelines by their beginning, and does not say which changed since.
        open: Some(|pipeline| state(pipeline) != Some("COMPLETED")),
        list: |place| {
            let request = page(place, "/pipelines/").with("sort", Some("-created_on".to_owned()));
            Some(request)
        },
        details: PIPELINE,
        ..stream("pipelines", "pipeline", "scope `read:pipeline`", "failed builds, manual steps")
    },
    Stream {
        at: "/last_update_time",
        order: Order::Unordered,
        open: Some(|deployment| !matches!(state(deployment), Some("COMPLETED" | "UNDEPLOYED"))),
        list: |place| Some(page(place, "/deployments/")),
        details: DEPLOYMENT,
        ..stream("deployments", "deployment", "scope `read:pipeline`", "releases, lead time")
    },
    Stream {
        optional: true,
        at: "/id",
        order: Order::Unordered,
        list: |place| Some(page(place, "/branch-restrictions")),
        ..stream(
            "branch rules",
            "restriction",
            "scope `admin:repository`",
            "gates as they are set up",
        )
    },
    Stream {
        optional: true,
        at: "/uuid",
        order: Order::Unordered,
        list: |place| Some(page(place, "/environments/")),
        ..stream("environments", "environment", "scope `read:pipeline`", "gates as they are set up")
    },
];

static PULL_REQUEST: &[Detail] = &[
    Detail {
        request: |place, item| {
            let id = item.get("id")?.as_u64()?;
            Some(Request::get(
                path(place, &format!("/pullrequests/{id}/activity")),
                [("pagelen", "50")],
            ))
        },
        paging: Paging::Next("/next"),
        ..detail(
            "activity",
            "scope `read:pullrequest`",
            "when it was approved and merged, first review",
        )
    },
    Detail {
        request: |place, item| {
            let hash = item.pointer("/merge_commit/hash")?.as_str()?;
            let request = Request::get(path(place, &format!("/commit/{}", segment(hash))), []);
            Some(request.with("fields", Some("hash".to_owned())))
        },
        answer: Answer::Json(""),
        ..detail("merge", "scope `read:repository`", "which commit a pull request became")
    },
    Detail {
        request: |place, item| {
            let id = item.get("id")?.as_u64()?;
            Some(Request::get(
                path(place, &format!("/pullrequests/{id}/statuses")),
                [("pagelen", "100")],
            ))
        },
        paging: Paging::Next("/next"),
        ..detail("statuses", "scope `read:repository`", "checks of other systems")
    },
];

static PIPELINE: &[Detail] = &[Detail {
    optional: false,
    request: |place, item| {
        let uuid = segment(item.get("uuid")?.as_str()?);
        Some(Request::get(path(place, &format!("/pipelines/{uuid}/steps/")), [("pagelen", "100")]))
    },
    paging: Paging::Number { parameter: "page", size: PAGE },
    ..detail("steps", "scope `read:pipeline`", "failed steps, manual steps")
}];

static DEPLOYMENT: &[Detail] = &[Detail {
    request: |place, item| {
        let environment = item.get("environment")?;
        if environment.get("name").is_some() {
            return None;
        }
        let uuid = segment(environment.get("uuid")?.as_str()?);
        Some(Request::get(path(place, &format!("/environments/{uuid}")), []))
    },
    answer: Answer::Json(""),
    ..detail("in_environment", "scope `read:pipeline`", "which environments are production")
}];

const fn stream(
    name: &'static str,
    kind: &'static str,
    needs: &'static str,
    gives: &'static str,
) -> Stream {
    Stream {
        name,
        kind,
        needs,
        gives,
        optional: false,
        list: |_| None,
        paging: Paging::Number { parameter: "page", size: PAGE },
        items: "/values",
        at: "",
        order: Order::NewestFirst,
        open: None,
        cap: None,
        details: &[],
    }
}

const fn detail(under: &'static str, needs: &'static str, gives: &'static str) -> Detail {
    Detail {
        under,
        needs,
        gives,
        optional: true,
        request: |_, _| None,
        paging: Paging::Single,
        answer: Answer::Json("/values"),
        details: &[],
    }
}

fn state(item: &Value) -> Option<&str> {
    item.pointer("/state/name").and_then(Value::as_str)
}

fn path(place: &Place<'_>, below: &str) -> String {
    let repo: Vec<String> = place.subject.split('/').map(segment).collect();
    format!("/2.0/repositories/{}{below}", repo.join("/"))
}

fn page(place: &Place<'_>, below: &str) -> Request {
    Request::get(path(place, below), [("pagelen", "100")])
}

/// Returns the request for pull requests of every state, newest change first.
fn pull_requests(place: &Place<'_>) -> Request {
    let mut request = Request::get(
        path(place, "/pullrequests"),
        [
            ("state", "OPEN"),
            ("state", "MERGED"),
            ("state", "DECLINED"),
            ("state", "SUPERSEDED"),
            ("sort", "-updated_on"),
            ("pagelen", "50"),
            ("fields", "+values.participants"),
        ],
    );
    let since = place.since.map(|at| format!("updated_on >= {at}"));
    let until = place.until.map(|at| format!("updated_on < {at}"));
    let limits: Vec<String> = since.into_iter().chain(until).collect();
    if !limits.is_empty() {
        request = request.with("q", Some(limits.join(" AND ")));
    }
    request
}
