//! How builds, pull requests and environments are pulled.
//!
//! Must not know what becomes of them.

use serde_json::Value;

use crate::live::{
    Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

const VERSION: (&str, &str) = ("api-version", "7.1");
const TOKEN: Paging =
    Paging::HeaderToken { parameter: "continuationToken", header: "x-ms-continuationtoken" };

/// How Azure DevOps is pulled.
pub(super) static PULL: Pull = Pull {
    base: Some("https://dev.azure.com"),
    auth: &[Auth::Basic, Auth::Bearer],
    headers: &[],
    subjects: Subjects { key: "projects", example: "acme/shop", optional: false },
    streams: &[
        Stream {
            name: "builds",
            kind: "build",
            needs: "Build: Read",
            gives: "builds, failed builds, queue times",
            optional: false,
            list: |place| {
                let query = [VERSION, ("queryOrder", "queueTimeDescending"), ("$top", "100")];
                let since = place.since.map(|since| since.to_string());
                Some(Request::get(path(place, "build/builds")?, query).with("minTime", since))
            },
            paging: TOKEN,
            items: "/value",
            at: "/queueTime",
            order: Order::NewestFirst,
            open: Some(|build| {
                let status = build.get("status").and_then(Value::as_str);
                matches!(status, Some("inProgress" | "notStarted" | "postponed" | "cancelling"))
            }),
            cap: None,
            details: BUILD,
        },
        Stream {
            name: "pull_requests",
            kind: "pull_request",
            needs: "Code: Read",
            gives: "pull requests, review times",
            optional: true,
            list: |place| {
                let query = [VERSION, ("searchCriteria.status", "all"), ("$top", "100")];
                Some(Request::get(path(place, "git/pullrequests")?, query))
            },
            paging: Paging::Offset { parameter: "$skip", size: 100, more: "" },
            items: "/value",
            at: "/creationDate",
            order: Order::NewestFirst,
            open: Some(|change| change.get("status").and_then(Value::as_str) == Some("active")),
            cap: None,
            details: &[Detail {
                under: "threads",
                needs: "Code: Read",
                gives: "when reviewers voted",
                optional: true,
                request: |place, change| {
                    let repository = change.pointer("/repository/id")?.as_str()?;
                    let number = change.get("pullRequestId")?.as_i64()?;
                    let below = format!(
                        "git/repositories/{}/pullRequests/{number}/threads",
                        segment(repository)
                    );
                    Some(Request::get(path(place, &below)?, [VERSION]))
                },
                paging: Paging::Single,
                answer: Answer::Json("/value"),
                details: &[],
            }],
        },
        Stream {
            name: "environments",
            kind: "environment",
            needs: "Environment: Read & manage",
            gives: "deployments by environment",
            optional: true,
            list: |place| {
                let query = [VERSION, ("$top", "100")];
                Some(Request::get(path(place, "distributedtask/environments")?, query))
            },
            paging: TOKEN,
            items: "/value",
            // An environment does not change when something is deployed to it.
            at: "/deployedAt",
            order: Order::Unordered,
            open: None,
            cap: None,
            details: ENVIRONMENT,
        },
    ],
    concurrency: 6,
    per_minute: None,
};

/// The timelines of earlier attempts stand apart; three of them are asked for.
static BUILD: &[Detail] = &[
    Detail {
        under: "timeline",
        needs: "Build: Read",
        gives: "jobs, failed jobs, checks",
        optional: false,
        request: |place, build| timeline(place, build, ""),
        paging: Paging::Single,
        answer: Answer::Json("/records"),
        details: &[],
    },
    earlier("earlier1", |place, build| timeline(place, build, &before(build, 0)?)),
    earlier("earlier2", |place, build| timeline(place, build, &before(build, 1)?)),
    earlier("earlier3", |place, build| timeline(place, build, &before(build, 2)?)),
    Detail {
        under: "approvals",
        needs: "Pipeline Resources: Use (or Build: Read)",
        gives: "who approved, and when it was asked",
        optional: true,
        request: |place, build| {
            let records = build.get("timeline")?.as_array()?.iter();
            let asks = |record: &&Value| {
                record.get("type").and_then(Value::as_str) == Some("Checkpoint.Approval")
            };
            let ids: Vec<&str> =
                records.filter(asks).filter_map(|record| record.get("id")?.as_str()).collect();
            let query = [VERSION, ("approvalIds", &ids.join(",")), ("$expand", "steps")];
            let request = Request::get(path(place, "pipelines/approvals")?, query);
            (!ids.is_empty()).then_some(request)
        },
        paging: Paging::Single,
        answer: Answer::Json("/value"),
        details: &[],
    },
];

static ENVIRONMENT: &[Detail] = &[Detail {
    under: "records",
    needs: "Environment: Read & manage",
    gives: "deployments by environment",
    optional: false,
    request: |place, environment| {
        let id = environment.get("id")?.as_i64()?;
        let below = format!("distributedtask/environments/{id}/environmentdeploymentrecords");
        Some(Request::get(path(place, &below)?, [VERSION, ("top", "100")]))
    },
    paging: TOKEN,
    answer: Answer::Json("/value"),
    details: &[Detail {
        under: "build",
        needs: "Build: Read",
        gives: "the commit of a deployment",
        optional: true,
        request: |place, record| {
            let id = record.pointer("/owner/id")?.as_i64()?;
            Some(Request::get(path(place, &format!("build/builds/{id}"))?, [VERSION]))
        },
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    }],
}];

/// Returns the detail for the timeline of an earlier attempt.
const fn earlier(
    under: &'static str,
    request: fn(&Place<'_>, &Value) -> Option<Request>,
) -> Detail {
    Detail {
        under,
        needs: "Build: Read",
        gives: "attempts before the last",
        optional: true,
        request,
        paging: Paging::Single,
        answer: Answer::Json("/records"),
        details: &[],
    }
}

/// Returns `/acme/shop/_apis/BELOW`.
fn path(place: &Place<'_>, below: &str) -> Option<String> {
    let (organization, project) = place.subject.split_once('/')?;
    Some(format!("/{}/{}/_apis/{below}", segment(organization), segment(project)))
}

fn timeline(place: &Place<'_>, build: &Value, id: &str) -> Option<Request> {
    let build = build.get("id")?.as_i64()?;
    let below = match id {
        "" => format!("build/builds/{build}/timeline"),
        id => format!("build/builds/{build}/timeline/{}", segment(id)),
    };
    Some(Request::get(path(place, &below)?, [VERSION]))
}

/// Returns the `nth` timeline of attempts before the last.
fn before(build: &Value, nth: usize) -> Option<String> {
    let records = build.get("timeline")?.as_array()?.iter();
    let attempts =
        records.filter_map(|record| record.get("previousAttempts")?.as_array()).flatten();
    let mut ids: Vec<&str> =
        attempts.filter_map(|attempt| attempt.get("timelineId")?.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.get(nth).map(|id| (*id).to_owned())
}
