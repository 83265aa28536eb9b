//! How pipelines are pulled: newest first, each with its workflows, their jobs, and what belongs to
//! each job.
//!
//! Must not know what becomes of them.

use serde_json::Value;

use crate::live::{
    Answer, Auth, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects, segment,
};

const TOKEN: Paging = Paging::Token { parameter: "page-token", from: "/next_page_token" };

/// How `CircleCI` is pulled.
pub(super) static PULL: Pull = Pull {
    base: Some("https://circleci.com/api"),
    auth: &[Auth::Header("Circle-Token")],
    headers: &[],
    subjects: Subjects { key: "projects", example: "gh/acme/shop", optional: false },
    streams: &[Stream {
        name: "pipelines",
        kind: "pipeline",
        needs: "a personal API token of somebody who sees the project",
        gives: "workflows, failed builds, approval wait, deployments",
        optional: false,
        list: |place| {
            Some(Request::get(format!("/v2/project/{}/pipeline", slug(place.subject)), []))
        },
        paging: TOKEN,
        items: "/items",
        at: "/created_at",
        order: Order::NewestFirst,
        open: Some(is_open),
        cap: None,
        details: WORKFLOWS,
    }],
    concurrency: 6,
    per_minute: None,
};

static WORKFLOWS: &[Detail] = &[Detail {
    under: "workflows",
    needs: "a personal API token",
    gives: "failed builds, attempts",
    optional: false,
    request: |_, pipeline| {
        let id = pipeline.get("id")?.as_str()?;
        Some(Request::get(format!("/v2/pipeline/{}/workflow", segment(id)), []))
    },
    paging: TOKEN,
    answer: Answer::Json("/items"),
    details: &[Detail {
        under: "jobs",
        needs: "a personal API token",
        gives: "jobs, approval wait, deployments",
        optional: false,
        request: |_, workflow| {
            let id = workflow.get("id")?.as_str()?;
            Some(Request::get(format!("/v2/workflow/{}/job", segment(id)), []))
        },
        paging: TOKEN,
        answer: Answer::Json("/items"),
        details: JOB,
    }],
}];

static JOB: &[Detail] = &[
    Detail {
        under: "detail",
        needs: "a personal API token",
        gives: "queue times",
        optional: true,
        request: |place, job| job_request("/v2/project", "/job", place, job),
        paging: Paging::Single,
        answer: Answer::Json(""),
        details: &[],
    },
    Detail {
        under: "steps",
        needs: "a personal API token",
        gives: "why a job failed",
        optional: true,
        request: |place, job| {
            let status = job.get("status")?.as_str()?;
            let failed = matches!(status, "failed" | "timedout" | "infrastructure_fail");
            failed.then(|| job_request("/v1.1/project", "", place, job)).flatten()
        },
        paging: Paging::Single,
        answer: Answer::Json("/steps"),
        details: &[],
    },
];

/// Returns the request for a job by its number; approval jobs have none.
fn job_request(before: &str, after: &str, place: &Place<'_>, job: &Value) -> Option<Request> {
    let number = job.get("job_number")?.as_i64()?;
    Some(Request::get(format!("{before}/{}{after}/{number}", slug(place.subject)), []))
}

/// Returns the project for a path: `gh/acme/shop`.
fn slug(project: &str) -> String {
    project.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Returns whether a workflow still runs or waits, or none was made yet.
fn is_open(pipeline: &Value) -> bool {
    let workflows = pipeline.get("workflows").and_then(Value::as_array);
    if workflows.is_none_or(Vec::is_empty) {
        let state = pipeline.get("state").and_then(Value::as_str);
        return matches!(state, Some("pending" | "setup-pending" | "setup"));
    }
    workflows.into_iter().flatten().any(|workflow| {
        let status = workflow.get("status").and_then(Value::as_str);
        matches!(status, Some("running" | "on_hold" | "failing"))
    })
}
