//! A vendor that nobody has: small, but with everything that the loop must be able to do.

use aftercast_connectors::live::{
    Answer, Auth, Cap, Detail, Order, Paging, Place, Pull, Request, Stream, Subjects,
};
use aftercast_connectors::{Context, Import, Numbers, Output, Record, Source, Tells, Told};
use aftercast_model::{Deployment, FactId, Incident, Outcome, PipelineRun, TaskRun, Timestamp};
use serde_json::{Value, json};

use crate::vendors::world::{Ended, Run};
use crate::vendors::{Asked, Reply, Vendor, World};

pub static SOURCE: Source = Source {
    name: "demo",
    about: "",
    reads: "",
    tells: Tells {
        queue_time: Told::No,
        attempts: Told::No,
        approval_asked: Told::No,
        approval_answered: Told::No,
        who: Told::No,
        steps: Told::No,
        failure_reason: Told::No,
        retention: "",
        numbers: Numbers::NONE,
    },
    import: Import::Json(convert),
    pull: Some(&PULL),
    webhook: None,
};

static PULL: Pull = Pull {
    base: None,
    auth: &[Auth::Prefixed("Demo token=")],
    headers: &[("x-demo-version", "7")],
    subjects: Subjects { key: "repos", example: "acme/shop", optional: false },
    streams: &[RUNS, DEPLOYMENTS, INCIDENTS, SECRETS],
    concurrency: 6,
    per_minute: None,
};

const RUNS: Stream = Stream {
    name: "runs",
    kind: "run",
    needs: "runs:read",
    gives: "builds",
    optional: false,
    list: |_| Some(Request::get("/runs", [("per_page", "50")])),
    paging: Paging::Number { parameter: "page", size: 50 },
    items: "/runs",
    at: "/at",
    order: Order::NewestFirst,
    open: Some(|run| run.get("finished_at").is_none()),
    cap: None,
    details: &[
        Detail {
            under: "jobs",
            needs: "jobs:read",
            gives: "jobs",
            optional: false,
            request: |_, run| Some(Request::get(format!("/runs/{}/jobs", run.get("id")?), [])),
            paging: Paging::Link,
            answer: Answer::Json("/jobs"),
            details: &[Detail {
                under: "log",
                needs: "logs:read",
                gives: "why a job failed",
                optional: true,
                request: |_, job| {
                    let failed = job.get("ended")?.as_str()? == "failed";
                    failed.then(|| Some(Request::get(format!("/logs/{}", job.get("id")?), [])))?
                },
                paging: Paging::Single,
                answer: Answer::TextTail(20),
                details: &[],
            }],
        },
        Detail {
            under: "cost",
            needs: "billing:read",
            gives: "what a run costs",
            optional: true,
            request: |_, run| Some(Request::get(format!("/runs/{}/cost", run.get("id")?), [])),
            paging: Paging::Single,
            answer: Answer::Json(""),
            details: &[],
        },
    ],
};

const DEPLOYMENTS: Stream = Stream {
    name: "deployments",
    kind: "deployment",
    needs: "deployments:read",
    gives: "deployments",
    list: |place: &Place<'_>| {
        let time = |at: Option<Timestamp>| at.map(|at| at.millis().to_string());
        let request = Request::get("/deployments", [("limit", "20")]);
        Some(request.with("from", time(place.since)).with("to", time(place.until)))
    },
    paging: Paging::Offset { parameter: "offset", size: 20, more: "/more" },
    items: "/list",
    at: "/at",
    order: Order::OldestFirst,
    open: None,
    cap: Some(Cap { items: 60, total: "/total" }),
    details: &[],
    ..RUNS
};

const INCIDENTS: Stream = Stream {
    name: "incidents",
    kind: "incident",
    needs: "incidents:read",
    gives: "incidents",
    list: |_| Some(Request::get("/incidents", [])),
    paging: Paging::Token { parameter: "after", from: "/next" },
    items: "/list",
    at: "/at",
    order: Order::Unordered,
    open: Some(|incident| incident.get("resolved_at").is_none_or(Value::is_null)),
    cap: None,
    details: &[],
    ..RUNS
};

const SECRETS: Stream = Stream {
    name: "audit",
    kind: "audit",
    needs: "audit:read",
    gives: "who did what",
    optional: true,
    list: |_| Some(Request::get("/audit", [])),
    paging: Paging::Single,
    items: "",
    open: None,
    cap: None,
    details: &[],
    ..RUNS
};

pub static VENDOR: Vendor = Vendor {
    source: "demo",
    subject: "acme/shop",
    secret: "hush",
    settings: &[],
    answer,
    hooks: |_| Vec::new(),
    truth,
};

pub fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let runs = &world.runs[..visible];
    let parts: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["runs"] => {
            let (page, size) = (asked.number("page", 1), asked.number("per_page", 30));
            let list = runs.iter().rev().skip((page - 1) * size).take(size);
            let list: Vec<Value> = list.map(run).collect();
            let tag = format!("\"{visible}\"");
            Reply::json(&json!({"total": runs.len(), "runs": list})).with("etag", tag)
        }
        ["runs", id, "jobs"] => {
            let Some(run) = runs.iter().find(|run| run.number.to_string() == *id) else {
                return Reply::status(404);
            };
            let page = asked.number("page", 1);
            let jobs: Vec<Value> = run.jobs.iter().skip((page - 1) * 2).take(2).map(job).collect();
            let reply = Reply::json(&json!({"jobs": jobs}));
            if page * 2 < run.jobs.len() {
                let Asked { origin, path, .. } = asked;
                let next = format!(
                    "<{origin}{path}?page=1>; rel=\"prev\", <{origin}{path}?page={}>; rel=\"next\"",
                    page + 1
                );
                reply.with("link", next)
            } else {
                reply
            }
        }
        ["logs", id] => Reply {
            status: 200,
            headers: Vec::new(),
            body: format!("{}é end of {id}", "x".repeat(100)).into_bytes(),
        },
        ["deployments"] => {
            let (from, to) = (asked.number("from", 0), asked.number("to", usize::MAX));
            let all: Vec<Value> = world
                .deployments
                .iter()
                .filter(|deployment| deployment.run <= visible)
                .filter(|deployment| {
                    (from..to).contains(&usize::try_from(deployment.asked_at).unwrap())
                })
                .map(|deployment| json!({"id": deployment.number, "at": deployment.asked_at, "sha": deployment.sha}))
                .collect();
            let (offset, limit) = (asked.number("offset", 0), asked.number("limit", 10));
            let total = if all.len() > 99 { "99+".to_owned() } else { all.len().to_string() };
            let more = offset + limit < all.len();
            let list: Vec<Value> = all.into_iter().take(60).skip(offset).take(limit).collect();
            Reply::json(&json!({"total": total, "more": more, "list": list}))
        }
        ["incidents"] => {
            let after = asked.number("after", 0);
            let list = world.incidents.iter();
            let list = list.filter(|one| world.deployments[one.deployment - 1].run <= visible);
            let all: Vec<Value> = list.map(|one| json!({"id": one.number, "title": one.title, "at": one.detected_at, "resolved_at": one.resolved_at})).collect();
            let next = (after + 7 < all.len()).then(|| (after + 7).to_string());
            let list: Vec<Value> = all.into_iter().skip(after).take(7).collect();
            Reply::json(&json!({"list": list, "next": next}))
        }
        _ => Reply::status(403),
    }
}

fn run(run: &Run) -> Value {
    json!({"id": run.number, "at": run.queued_at, "finished_at": run.finished_at, "sha": run.sha,
        "ended": word(run.ended), "text": "quotes \" and {braces}"})
}

fn job(job: &crate::vendors::world::Job) -> Value {
    json!({"id": job.number, "name": job.name, "ended": word(job.ended), "at": job.started_at})
}

fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "well",
        Ended::Failed => "failed",
        Ended::Cancelled => "dropped",
    }
}

fn outcome(word: Option<&str>) -> Outcome {
    match word {
        Some("well") => Outcome::Success,
        Some("failed") => Outcome::Failure,
        _ => Outcome::Unknown,
    }
}

/// The truth, row for row.
pub fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    let outcome = |ended| match ended {
        Ended::Well => Some("success"),
        Ended::Failed => Some("failure"),
        Ended::Cancelled => None,
    };
    for run in &world.runs {
        rows.push(json!({"table": "pipeline_runs", "repo": "acme/shop", "run_id": run.number.to_string(),
            "sha": run.sha, "finished_at": run.finished_at, "outcome": outcome(run.ended), "native_status": word(run.ended)}));
        for job in &run.jobs {
            let text = (job.ended == Ended::Failed).then(|| {
                let end = format!("é end of {}", job.number);
                format!("{}{end}", "x".repeat(20 - end.len()))
            });
            rows.push(json!({"table": "task_runs", "run_id": run.number.to_string(), "task_id": job.number.to_string(),
                "name": job.name, "started_at": job.started_at, "failure_text": text}));
        }
    }
    for deployment in &world.deployments {
        rows.push(json!({"table": "deployments", "sha": deployment.sha, "created_at": deployment.asked_at}));
    }
    for incident in &world.incidents {
        rows.push(json!({"table": "incidents", "title": incident.title, "resolved_at": incident.resolved_at}));
    }
    rows
}

pub fn convert(record: &Record<'_>, _: &Context<'_>, output: &mut Output) {
    let Ok(record) = serde_json::from_slice::<Value>(record.body) else { return };
    let (about, body) = (&record["aftercast"], &record["body"]);
    let facts = &mut output.facts;
    let source = facts.name("demo");
    let repo = facts.name_option(about["subject"].as_str());
    let at = |value: &Value| value.as_i64().map(Timestamp::from_millis);
    let native_id = body["id"].to_string();
    let observed_at = at(&body["at"]);
    let sha = facts.name_option(body["sha"].as_str());
    match about["kind"].as_str() {
        Some("run") => {
            let run_id = facts.name(&native_id);
            let native_status = facts.name_option(body["ended"].as_str());
            facts.pipeline_runs.push(PipelineRun {
                id: FactId::new("demo", "pipeline_runs", &native_id, 1),
                source,
                observed_at,
                native_status,
                repo,
                run_id,
                sha,
                finished_at: at(&body["finished_at"]),
                outcome: outcome(body["ended"].as_str()),
                ..PipelineRun::default()
            });
            for job in body["jobs"].as_array().into_iter().flatten() {
                let task = job["id"].to_string();
                let row = TaskRun {
                    id: FactId::new("demo", "task_runs", &task, 1),
                    source,
                    observed_at,
                    run_id,
                    task_id: facts.name(&task),
                    name: facts.name_option(job["name"].as_str()),
                    started_at: at(&job["at"]),
                    failure_text: facts.name_option(job["log"].as_str()),
                    ..TaskRun::default()
                };
                facts.task_runs.push(row);
            }
        }
        Some("deployment") => facts.deployments.push(Deployment {
            id: FactId::new("demo", "deployments", &native_id, 1),
            source,
            observed_at,
            sha,
            created_at: observed_at,
            ..Deployment::default()
        }),
        Some("incident") => {
            let title = facts.name_option(body["title"].as_str());
            facts.incidents.push(Incident {
                id: FactId::new("demo", "incidents", &native_id, 1),
                source,
                observed_at,
                title,
                resolved_at: at(&body["resolved_at"]),
                ..Incident::default()
            });
        }
        _ => {}
    }
}
