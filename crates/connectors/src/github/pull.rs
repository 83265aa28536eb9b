//! What is asked of GitHub's REST API: the lists.
//!
//! Owns: paths, parameters, permissions (REST description 2022-11-28). Must not know what the answers
//! mean to us.

use aftercast_model::Timestamp;
use serde_json::Value;

use crate::github::details::{DEPLOYMENT, PULL_REQUEST, REPOSITORY, RULE_SUITE, RUN, is_under_way};
use crate::live::{Auth, Cap, Order, Paging, Place, Pull, Request, Stream, Subjects, segment};

pub(super) const ACTIONS: &str = "Actions: read";
const CONTENTS: &str = "Contents: read";
pub(super) const DEPLOYMENTS: &str = "Deployments: read";
pub(super) const METADATA: &str = "Metadata: read";
pub(super) const PULLS: &str = "Pull requests: read";

/// How GitHub is pulled.
pub(super) static PULL: Pull = Pull {
    base: Some("https://api.github.com"),
    auth: &[Auth::Bearer, Auth::GitHubApp],
    headers: &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")],
    subjects: Subjects { key: "repos", example: "acme/shop", optional: false },
    streams: &[
        Stream {
            name: "runs",
            kind: "run",
            needs: ACTIONS,
            gives: "failed builds, queue times, attempts",
            optional: false,
            list: runs,
            paging: Paging::Link,
            items: "/workflow_runs",
            at: "/created_at",
            order: Order::NewestFirst,
            open: Some(|run| text(run, "/status") != Some("completed")),
            cap: Some(Cap { items: 1000, total: "/total_count" }),
            details: RUN,
        },
        Stream {
            name: "pull requests",
            kind: "pull_request",
            needs: PULLS,
            gives: "lead time before the merge, waiting for review, size of changes",
            optional: false,
            list: |place| {
                list(
                    place,
                    "/pulls",
                    [("state", "all"), ("sort", "updated"), ("direction", "desc")],
                )
            },
            paging: Paging::Link,
            items: "",
            at: "/updated_at",
            order: Order::NewestFirst,
            open: None,
            cap: None,
            details: PULL_REQUEST,
        },
        Stream {
            name: "deployments",
            kind: "deployment",
            needs: DEPLOYMENTS,
            gives: "releases by deployment, lead time, approval wait of environments",
            optional: false,
            list: |place| list(place, "/deployments", []),
            paging: Paging::Link,
            items: "",
            at: "/created_at",
            order: Order::NewestFirst,
            open: Some(is_under_way),
            cap: None,
            details: DEPLOYMENT,
        },
        Stream {
            name: "releases",
            kind: "release",
            needs: CONTENTS,
            gives: "published releases, by which releases are known where nothing is deployed",
            optional: false,
            list: |place| list(place, "/releases", []),
            paging: Paging::Link,
            items: "",
            at: "/published_at",
            // By the date of the commit, not of the publication.
            order: Order::Unordered,
            open: None,
            cap: None,
            details: &[],
        },
        Stream {
            name: "gates",
            kind: "repository",
            needs: METADATA,
            gives: "the gates as they are set up",
            optional: true,
            list: |place| Some(Request::get(repository(place), [])),
            paging: Paging::Single,
            items: "",
            at: "/pushed_at",
            order: Order::Unordered,
            // A gate changes without the repository: it is read each time.
            open: Some(|_| true),
            cap: None,
            details: REPOSITORY,
        },
        Stream {
            name: "code scanning",
            kind: "analysis",
            needs: "Code scanning alerts: read",
            gives: "what scans found, and scans that check nothing",
            optional: true,
            list: |place| {
                list(place, "/code-scanning/analyses", [("sort", "created"), ("direction", "desc")])
            },
            paging: Paging::Link,
            items: "",
            at: "/created_at",
            order: Order::NewestFirst,
            open: None,
            cap: None,
            details: &[],
        },
        Stream {
            name: "rule suites",
            kind: "rule_suite",
            needs: "Administration: write (and `rule_suites = true`)",
            gives: "gates that were bypassed",
            optional: true,
            list: |place| {
                is_set(place, "rule_suites").then_some(())?;
                list(place, "/rulesets/rule-suites", [("time_period", "month")])
            },
            paging: Paging::Link,
            items: "",
            at: "/pushed_at",
            order: Order::NewestFirst,
            open: None,
            cap: None,
            details: RULE_SUITE,
        },
    ],
    // GitHub asks for requests one after the other; it refuses more than 100 at once.
    concurrency: 4,
    // 900 points a minute, of which reading costs one.
    per_minute: Some(900),
};

/// The path of the repository; the subject is `OWNER/NAME`.
fn repository(place: &Place<'_>) -> String {
    let parts: Vec<String> = place.subject.split('/').map(segment).collect();
    format!("/repos/{}", parts.join("/"))
}

pub(super) fn below<const N: usize>(
    place: &Place<'_>,
    path: &str,
    query: [(&str, &str); N],
) -> Request {
    Request::get(format!("{}{path}", repository(place)), query)
}

/// The same, for a list: pages as large as GitHub gives them.
pub(super) fn page<const N: usize>(
    place: &Place<'_>,
    path: &str,
    query: [(&str, &str); N],
) -> Request {
    below(place, path, query).with("per_page", Some("100".to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "as streams want it")]
fn list<const N: usize>(
    place: &Place<'_>,
    path: &str,
    query: [(&str, &str); N],
) -> Option<Request> {
    Some(page(place, path, query))
}

#[expect(clippy::unnecessary_wraps, reason = "as streams want it")]
fn runs(place: &Place<'_>) -> Option<Request> {
    // Both ends count, in whole seconds.
    let until = place.until.map(|until| until.plus_millis(-1));
    let created = match (place.since, until) {
        (Some(since), Some(until)) => Some(format!("{}..{}", second(since), second(until))),
        (Some(since), None) => Some(format!(">={}", second(since))),
        (None, Some(until)) => Some(format!("<={}", second(until))),
        (None, None) => None,
    };
    Some(page(place, "/actions/runs", []).with("created", created))
}

/// `2026-09-01T08:00:00Z`
fn second(at: Timestamp) -> String {
    let text = at.to_string();
    match text.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => text,
    }
}

pub(super) fn is_set(place: &Place<'_>, setting: &str) -> bool {
    (place.settings)(setting).as_deref() == Some("true")
}

pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

pub(super) fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer)?.as_i64()
}
