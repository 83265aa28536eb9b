//! How builds are pulled: newest first, with their jobs inside, and the log of the job that failed.
//!
//! Must not know what becomes of them.

use serde_json::Value;

use crate::live::{
    Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

/// How much of a log is kept.
const LOG_TAIL: usize = 16 * 1024;

/// How Buildkite is pulled.
pub(super) static PULL: Pull = Pull {
    base: Some("https://api.buildkite.com/v2"),
    auth: &[Auth::Bearer],
    headers: &[],
    subjects: Subjects { key: "pipelines", example: "acme/shop", optional: false },
    streams: &[Stream {
        name: "builds",
        kind: "build",
        needs: "read_builds",
        gives: "builds, failed builds, approval wait, deployments",
        optional: false,
        list: |place| {
            let query = [("include_retried_jobs", "true"), ("per_page", "100")];
            let since = place.since.map(|since| since.to_string());
            Some(Request::get(pipeline(place)? + "/builds", query).with("created_from", since))
        },
        paging: Paging::Link,
        items: "",
        at: "/created_at",
        order: Order::NewestFirst,
        open: Some(is_open),
        cap: None,
        details: &[Detail {
            under: "log",
            needs: "read_build_logs",
            gives: "why a build failed",
            optional: true,
            request: log,
            paging: Paging::Single,
            answer: Answer::TextTail(LOG_TAIL),
            details: &[],
        }],
    }],
    concurrency: 4,
    per_minute: Some(200),
};

/// Returns `/organizations/acme/pipelines/shop`.
fn pipeline(place: &Place<'_>) -> Option<String> {
    let (organization, pipeline) = place.subject.split_once('/')?;
    Some(format!("/organizations/{}/pipelines/{}", segment(organization), segment(pipeline)))
}

/// Returns the request for the log of the job that failed.
fn log(place: &Place<'_>, build: &Value) -> Option<Request> {
    let number = build.get("number")?.as_i64()?;
    let text = |job: &Value, name: &str| job.get(name).and_then(Value::as_str).map(str::to_owned);
    let is = |job: &Value, name: &str| job.get(name).and_then(Value::as_bool) == Some(true);
    let job = build.get("jobs")?.as_array()?.iter().find(|job| {
        text(job, "type").as_deref() == Some("script")
            && matches!(text(job, "state").as_deref(), Some("failed" | "timed_out"))
            && !is(job, "soft_failed")
            && !is(job, "retried")
    })?;
    let path =
        format!("{}/builds/{number}/jobs/{}/log", pipeline(place)?, segment(&text(job, "id")?));
    Some(Request { path, accept: Some("text/plain"), ..Request::default() })
}

fn is_open(build: &Value) -> bool {
    let state = build.get("state").and_then(Value::as_str);
    build.get("blocked").and_then(Value::as_bool) == Some(true)
        || matches!(
            state,
            Some(
                "creating"
                    | "scheduled"
                    | "running"
                    | "failing"
                    | "blocked"
                    | "canceling"
                    | "waiting"
            )
        )
}
