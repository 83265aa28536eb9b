//! A fake Buildkite: a pipeline with a block step before its deployment, which retries jobs.

use serde_json::{Value, json};

use super::world::{Deployment, Ended, Run, World, rfc3339};
use super::{Asked, Hook, Reply, Vendor};

pub static BUILDKITE: Vendor = Vendor {
    source: "buildkite",
    subject: "acme/shop",
    secret: "bkua_token_of_tests",
    settings: &[],
    answer,
    hooks,
    truth,
};

const PIPELINE: &str = "/organizations/acme/pipelines/shop";

/// A job, as truth and answers need it.
struct Job {
    id: String,
    name: &'static str,
    attempt: i64,
    ended: Ended,
    queued_at: i64,
    started_at: i64,
    finished_at: i64,
    retried_in: Option<String>,
}

fn deployment_of<'w>(world: &'w World, run: &Run) -> Option<&'w Deployment> {
    world.deployments.iter().find(|deployment| deployment.run == run.number)
}

fn end(world: &World, run: &Run) -> (i64, Ended) {
    match deployment_of(world, run) {
        Some(deployment) => (deployment.finished_at, deployment.ended),
        None => (run.finished_at, run.ended),
    }
}

/// The jobs of a build; `None` stands for its block step.
fn jobs(world: &World, run: &Run) -> Vec<Option<Job>> {
    let mut jobs = Vec::new();
    for job in &run.jobs {
        let again = run.attempts > 1 && job.name == "build";
        if again {
            jobs.push(Some(Job {
                id: format!("first-{}", job.number),
                name: job.name,
                attempt: 1,
                ended: Ended::Failed,
                queued_at: run.queued_at,
                started_at: run.queued_at + 1_000,
                finished_at: run.queued_at + 20_000,
                retried_in: Some(format!("job-{}", job.number)),
            }));
        }
        jobs.push(Some(Job {
            id: format!("job-{}", job.number),
            name: job.name,
            attempt: if again { 2 } else { 1 },
            ended: job.ended,
            queued_at: job.queued_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            retried_in: None,
        }));
    }
    if let Some(deployment) = deployment_of(world, run) {
        jobs.push(None);
        jobs.push(Some(Job {
            id: format!("deploy-{}", deployment.number),
            name: "Deploy to production",
            attempt: 1,
            ended: deployment.ended,
            queued_at: deployment.approved_at,
            started_at: deployment.started_at,
            finished_at: deployment.finished_at,
            retried_in: None,
        }));
    }
    jobs
}

fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "passed",
        Ended::Failed => "failed",
        Ended::Cancelled => "canceled",
    }
}

fn outcome(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "success",
        Ended::Failed => "failure",
        Ended::Cancelled => "cancelled",
    }
}

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let runs = &world.runs[..visible.min(world.runs.len())];
    let Some(path) = asked.path.strip_prefix(PIPELINE) else { return Reply::status(404) };
    if path == "/builds" {
        let (page, size) = (asked.number("page", 1), asked.number("per_page", 30));
        let since = asked.parameter("created_from").unwrap_or_default().to_owned();
        let known = runs.iter().rev().filter(|run| rfc3339(run.queued_at) >= since);
        let known: Vec<&Run> = known.collect();
        let builds = known.iter().skip((page - 1) * size).take(size);
        let builds: Vec<Value> = builds
            .map(|run| {
                let mut build = build(world, run);
                build["jobs"] = jobs_shown(world, run);
                build
            })
            .collect();
        let reply = Reply::json(&json!(builds));
        if known.len() <= page * size {
            return reply;
        }
        let mut query = vec![format!("page={}", page + 1)];
        query.extend(
            asked.query.iter().filter(|(key, _)| key != "page").map(|(k, v)| format!("{k}={v}")),
        );
        let next = format!("{}{PIPELINE}/builds?{}", asked.origin, query.join("&"));
        return reply.with("link", format!("<{next}>; rel=\"next\""));
    }
    if path.ends_with("/log") {
        let body = b"$ make\nmake: *** [all] Error 2\n".to_vec();
        return Reply {
            status: 200,
            headers: vec![("content-type".into(), "text/plain".into())],
            body,
        };
    }
    Reply::status(404)
}

fn pipeline() -> Value {
    json!({"id": "p-1", "slug": "shop", "name": "Shop", "repository": "git@forge.example:acme/shop.git"})
}

/// A build without its jobs, as webhooks have it.
fn build(world: &World, run: &Run) -> Value {
    let (finished_at, ended) = end(world, run);
    json!({
        "id": format!("build-{}", run.number), "number": run.number, "state": word(ended), "blocked": false,
        "web_url": format!("https://buildkite.com/acme/shop/builds/{}", run.number), "commit": run.sha,
        "branch": "main", "tag": null, "source": "webhook", "message": "change", "env": {},
        "creator": {"id": "u-1", "name": "Carol", "email": "carol@acme.example"}, "pull_request": null,
        "created_at": rfc3339(run.queued_at), "scheduled_at": rfc3339(run.queued_at),
        "started_at": rfc3339(run.started_at), "finished_at": rfc3339(finished_at), "pipeline": pipeline(),
    })
}

fn script(job: &Job, of: &Run) -> Value {
    let url = format!("https://buildkite.com/acme/shop/builds/{}#{}", of.number, job.id);
    json!({
        "id": job.id, "type": "script", "name": job.name, "state": word(job.ended), "web_url": url,
        "soft_failed": false, "exit_status": if job.ended == Ended::Failed { json!(2) } else { json!(0) },
        "agent": {"id": "a-1", "name": "agent-1"}, "created_at": rfc3339(of.queued_at),
        "scheduled_at": rfc3339(of.queued_at), "runnable_at": rfc3339(job.queued_at),
        "started_at": rfc3339(job.started_at), "finished_at": rfc3339(job.finished_at),
        "retried": job.retried_in.is_some(), "retried_in_job_id": job.retried_in,
        "retries_count": job.attempt - 1,
    })
}

fn jobs_shown(world: &World, run: &Run) -> Value {
    let mut shown = Vec::new();
    for job in jobs(world, run) {
        match job {
            Some(job) => shown.push(script(&job, run)),
            None => shown.push(block(deployment_of(world, run).unwrap())),
        }
        shown.push(
            json!({"id": format!("wait-{}", shown.len()), "type": "waiter", "state": "finished"}),
        );
    }
    json!(shown)
}

fn block(deployment: &Deployment) -> Value {
    json!({
        "id": format!("block-{}", deployment.number), "type": "manual", "label": "Release", "state": "unblocked",
        "web_url": format!("https://buildkite.com/acme/shop/builds/{}#block", deployment.run), "unblockable": false,
        "unblocked_by": {"id": "u-2", "name": "Dave"}, "unblocked_at": rfc3339(deployment.approved_at),
    })
}

fn hooks(world: &World) -> Vec<Hook> {
    let mut hooks = Vec::new();
    for run in &world.runs {
        let whole = build(world, run);
        let mut running = whole.clone();
        running["state"] = json!("running");
        running["finished_at"] = json!(null);
        let mut hook = |event: &str, build: &Value, job: Option<Value>| {
            let mut body = json!({"event": event, "build": build, "pipeline": pipeline(), "sender": {"id": "u", "name": "C"}});
            if let Some(job) = job {
                body["job"] = job;
            }
            let headers = vec![("x-buildkite-event".to_owned(), event.to_owned())];
            hooks.push(Hook { headers, body: body.to_string().into_bytes() });
        };
        hook("build.running", &running, None);
        for job in jobs(world, run) {
            match job {
                Some(job) => hook("job.finished", &running, Some(script(&job, run))),
                None => {
                    hook(
                        "job.activated",
                        &running,
                        Some(block(deployment_of(world, run).unwrap())),
                    );
                }
            }
        }
        hook("build.finished", &whole, None);
    }
    hooks
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for run in &world.runs {
        let (finished_at, ended) = end(world, run);
        let run_id = format!("build-{}", run.number);
        rows.push(json!({
            "table": "pipeline_runs", "run_id": run_id, "attempt": 1, "repo": "acme/shop", "sha": run.sha,
            "ref": "main", "trigger": "webhook", "actor_kind": "human", "queued_at": run.queued_at,
            "started_at": run.started_at, "finished_at": finished_at, "outcome": outcome(ended),
        }));
        for job in jobs(world, run) {
            let Some(job) = job else {
                let deployment = deployment_of(world, run).unwrap();
                let (asked, approved) = (deployment.asked_at, deployment.approved_at);
                rows.push(json!({
                    "table": "task_runs", "run_id": run_id, "attempt": 1, "name": "Release", "kind": "manual",
                    "queued_at": null, "started_at": asked, "finished_at": approved, "outcome": "success",
                    "failure_text": null,
                }));
                rows.push(json!({
                    "table": "gate_evaluations", "gate": "Release", "gate_kind": "approval", "subject": run_id,
                    "asked_at": asked, "decided_at": approved, "verdict": "pass", "decided_by_kind": "human",
                    "confidence": 80,
                }));
                continue;
            };
            let is_deployment = job.name == "Deploy to production";
            // Only the log of the job that failed in the end is fetched.
            let text = match (job.ended, &job.retried_in) {
                (Ended::Failed, None) => Some("make: *** [all] Error 2"),
                (Ended::Failed, Some(_)) => Some("exit status 2"),
                _ => None,
            };
            rows.push(json!({
                "table": "task_runs", "run_id": run_id, "attempt": job.attempt, "name": job.name,
                "kind": if is_deployment { "deploy" } else { job.name }, "queued_at": job.queued_at,
                "started_at": job.started_at, "finished_at": job.finished_at, "outcome": outcome(job.ended),
                "failure_text": text,
            }));
            if is_deployment {
                rows.push(json!({
                    "table": "deployments", "environment": "production", "production": true, "sha": run.sha,
                    "run_id": run_id, "created_at": job.queued_at, "started_at": job.started_at,
                    "finished_at": job.finished_at, "outcome": outcome(job.ended),
                }));
            }
        }
    }
    rows
}
