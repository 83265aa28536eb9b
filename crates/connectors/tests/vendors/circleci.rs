//! A fake `CircleCI`: a project whose workflow asks before it deploys, and which runs again when it
//! failed.

use serde_json::{Value, json};

use super::world::{BEGIN, Deployment, Ended, Run, World, rfc3339};
use super::{Asked, Hook, Reply, Vendor};

pub static CIRCLECI: Vendor = Vendor {
    source: "circleci",
    subject: "gh/acme/shop",
    secret: "circle-token-of-tests",
    settings: &[],
    answer,
    hooks,
    truth,
};

const PAGE: usize = 20;

/// A workflow: an attempt of a run, with its jobs.
struct Workflow<'w> {
    run: &'w Run,
    attempt: i64,
    created_at: i64,
    stopped_at: i64,
    ended: Ended,
    jobs: Vec<Job>,
}

struct Job {
    id: String,
    number: Option<usize>,
    name: &'static str,
    ended: Ended,
    queued_at: i64,
    started_at: i64,
    stopped_at: i64,
}

impl Workflow<'_> {
    fn id(&self) -> String {
        format!("wf-{}-{}", self.run.number, self.attempt)
    }
}

fn deployment_of<'w>(world: &'w World, run: &Run) -> Option<&'w Deployment> {
    world.deployments.iter().find(|deployment| deployment.run == run.number)
}

fn workflows<'w>(world: &'w World, run: &'w Run) -> Vec<Workflow<'w>> {
    let mut workflows = Vec::new();
    if run.attempts > 1 {
        let created_at = run.queued_at - 600_000;
        workflows.push(Workflow {
            run,
            attempt: 1,
            created_at,
            stopped_at: created_at + 300_000,
            ended: Ended::Failed,
            jobs: vec![Job {
                id: format!("first-{}", run.number),
                number: Some(200_000 + run.number),
                name: "build",
                ended: Ended::Failed,
                queued_at: created_at,
                started_at: created_at + 10_000,
                stopped_at: created_at + 300_000,
            }],
        });
    }
    let mut jobs: Vec<Job> = run
        .jobs
        .iter()
        .map(|job| Job {
            id: format!("job-{}", job.number),
            number: Some(job.number),
            name: job.name,
            ended: job.ended,
            queued_at: job.queued_at,
            started_at: job.started_at,
            stopped_at: job.finished_at,
        })
        .collect();
    let (mut stopped_at, mut ended) = (run.finished_at, run.ended);
    if let Some(deployment) = deployment_of(world, run) {
        jobs.push(Job {
            id: format!("hold-{}", deployment.number),
            number: None,
            name: "hold",
            ended: Ended::Well,
            queued_at: deployment.asked_at,
            started_at: deployment.asked_at,
            stopped_at: deployment.approved_at,
        });
        jobs.push(Job {
            id: format!("deploy-{}", deployment.number),
            number: Some(100_000 + deployment.number),
            name: "deploy-production",
            ended: deployment.ended,
            queued_at: deployment.approved_at,
            started_at: deployment.started_at,
            stopped_at: deployment.finished_at,
        });
        (stopped_at, ended) = (deployment.finished_at, deployment.ended);
    }
    let attempt = i64::try_from(run.attempts).unwrap();
    workflows.push(Workflow { run, attempt, created_at: run.queued_at, stopped_at, ended, jobs });
    workflows
}

fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "success",
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
    let path: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
    let all = || runs.iter().flat_map(|run| workflows(world, run));
    match path.as_slice() {
        ["v2", "project", "gh", "acme", "shop", "pipeline"] => {
            // A token names the pipeline where the page begins: new ones do not move it.
            let newest = runs.len();
            let from =
                asked.parameter("page-token").and_then(|token| token.strip_prefix("before-"));
            let from: usize = from.map_or(newest, |from| from.parse().unwrap());
            let page = runs.iter().rev().filter(|run| run.number <= from).take(PAGE);
            let items: Vec<Value> = page.map(pipeline).collect();
            let next = (from > PAGE).then(|| format!("before-{}", from - PAGE));
            Reply::json(&json!({"items": items, "next_page_token": next}))
        }
        ["v2", "pipeline", id, "workflow"] => {
            let run = runs.iter().find(|run| format!("pipe-{}", run.number) == *id);
            let Some(run) = run else { return Reply::status(404) };
            let workflows = workflows(world, run);
            let items: Vec<Value> = workflows.iter().rev().map(workflow).collect();
            Reply::json(&json!({"items": items, "next_page_token": null}))
        }
        ["v2", "workflow", id, "job"] => {
            let Some(workflow) = all().find(|workflow| workflow.id() == *id) else {
                return Reply::status(404);
            };
            let items: Vec<Value> = workflow.jobs.iter().map(job).collect();
            Reply::json(&json!({"items": items, "next_page_token": null}))
        }
        [version, "project", "gh", "acme", "shop", rest @ ..] => {
            let number = rest.last().and_then(|number| number.parse().ok());
            // By its number alone, so that a question costs the work of one run, not of all.
            let run = number.and_then(|number: usize| match number {
                0 => None,
                200_000.. => Some(number - 200_000),
                100_000.. => world.deployments.get(number - 100_001).map(|one| one.run),
                _ => Some(number.div_ceil(3)),
            });
            let run = run.and_then(|run| runs.get(run.checked_sub(1)?));
            let workflows = run.into_iter().flat_map(|run| workflows(world, run));
            let jobs: Vec<Job> = workflows.flat_map(|workflow| workflow.jobs).collect();
            let job = jobs.iter().find(|job| number.is_some() && job.number == number);
            match (job, *version) {
                (Some(job), "v2") => Reply::json(&detail(job)),
                (Some(job), "v1.1") => Reply::json(&steps(job)),
                _ => Reply::status(404),
            }
        }
        _ => Reply::status(404),
    }
}

fn vcs(run: &Run) -> Value {
    json!({"provider_name": "GitHub", "target_repository_url": "https://github.com/acme/shop",
        "origin_repository_url": "https://github.com/acme/shop", "revision": run.sha, "branch": "main"})
}

fn pipeline(run: &Run) -> Value {
    json!({
        "id": format!("pipe-{}", run.number), "number": run.number, "project_slug": "gh/acme/shop",
        "state": "created", "errors": [], "created_at": rfc3339(run.queued_at - 700_000),
        "updated_at": rfc3339(run.queued_at - 700_000), "vcs": vcs(run),
        "trigger": {"type": "webhook", "received_at": rfc3339(BEGIN), "actor": {"login": "carol", "avatar_url": null}},
    })
}

fn workflow(workflow: &Workflow<'_>) -> Value {
    json!({
        "id": workflow.id(), "name": "main", "status": word(workflow.ended), "project_slug": "gh/acme/shop",
        "pipeline_id": format!("pipe-{}", workflow.run.number), "pipeline_number": workflow.run.number,
        "created_at": rfc3339(workflow.created_at), "stopped_at": rfc3339(workflow.stopped_at), "started_by": "a-uuid",
    })
}

fn job(job: &Job) -> Value {
    let mut value = json!({
        "id": job.id, "name": job.name, "type": if job.number.is_some() { "build" } else { "approval" },
        "status": word(job.ended), "project_slug": "gh/acme/shop", "dependencies": [],
        "started_at": rfc3339(job.started_at), "stopped_at": rfc3339(job.stopped_at),
    });
    match job.number {
        Some(number) => value["job_number"] = json!(number),
        None => value["approved_by"] = json!("dave-uuid"),
    }
    value
}

fn detail(job: &Job) -> Value {
    json!({
        "number": job.number, "name": job.name, "status": word(job.ended), "messages": [],
        "web_url": format!("https://circleci.com/gh/acme/shop/{}", job.number.unwrap()),
        "created_at": rfc3339(job.queued_at), "queued_at": rfc3339(job.queued_at),
        "started_at": rfc3339(job.started_at), "stopped_at": rfc3339(job.stopped_at),
        "duration": job.stopped_at - job.started_at,
        "executor": {"type": "docker", "resource_class": "medium"},
    })
}

fn steps(job: &Job) -> Value {
    let times = |status: &str, code: Option<i64>| {
        json!([{"index": 0, "status": status, "exit_code": code, "start_time": rfc3339(job.started_at),
            "end_time": rfc3339(job.stopped_at)}])
    };
    json!({"build_num": job.number, "steps": [
        {"name": "Checkout code", "actions": times("success", None)},
        {"name": "make", "actions": times("failed", Some(2))},
    ]})
}

fn hooks(world: &World) -> Vec<Hook> {
    let mut hooks = Vec::new();
    for run in &world.runs {
        for one in workflows(world, run) {
            for job in &one.jobs {
                let told = json!({"id": job.id, "name": job.name, "status": word(job.ended), "number": job.number,
                    "started_at": rfc3339(job.started_at), "stopped_at": rfc3339(job.stopped_at)});
                hooks.push(hook("job-completed", &job.id, &one, Some(told)));
            }
            hooks.push(hook("workflow-completed", &one.id(), &one, None));
        }
    }
    hooks
}

fn hook(kind: &str, id: &str, of: &Workflow<'_>, job: Option<Value>) -> Hook {
    let run = of.run;
    let url = format!(
        "https://app.circleci.com/pipelines/gh/acme/shop/{}/workflows/{}",
        run.number,
        of.id()
    );
    let mut body = json!({
        "id": format!("hook-{id}-{kind}"), "type": kind, "happened_at": rfc3339(of.stopped_at),
        "webhook": {"id": "w", "name": "aftercast"}, "project": {"id": "p", "name": "shop", "slug": "gh/acme/shop"},
        "organization": {"id": "o", "name": "acme"},
        "workflow": {"id": of.id(), "name": "main", "created_at": rfc3339(of.created_at), "url": url,
            "stopped_at": if job.is_none() { json!(rfc3339(of.stopped_at)) } else { json!(null) }},
        "pipeline": {"id": format!("pipe-{}", run.number), "number": run.number, "trigger": {"type": "webhook"},
            "created_at": rfc3339(run.queued_at - 700_000), "vcs": vcs(run)},
    });
    match job {
        Some(job) => body["job"] = job,
        None => body["workflow"]["status"] = json!(word(of.ended)),
    }
    Hook {
        headers: vec![("circleci-event-type".to_owned(), kind.to_owned())],
        body: body.to_string().into_bytes(),
    }
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for run in &world.runs {
        let run_id = format!("pipe-{}/main", run.number);
        for workflow in workflows(world, run) {
            rows.push(json!({
                "table": "pipeline_runs", "run_id": run_id, "attempt": workflow.attempt, "repo": "acme/shop",
                "sha": run.sha, "ref": "main", "trigger": "webhook", "actor_kind": "human",
                "queued_at": workflow.created_at, "started_at": workflow.jobs[0].started_at,
                "finished_at": workflow.stopped_at, "outcome": outcome(workflow.ended),
            }));
            for job in &workflow.jobs {
                let kind = match job.name {
                    "hold" => "manual",
                    "deploy-production" => "deploy",
                    name => name,
                };
                let failed = job.ended == Ended::Failed;
                rows.push(json!({
                    "table": "task_runs", "run_id": run_id, "attempt": workflow.attempt, "name": job.name,
                    "kind": kind, "queued_at": job.number.map(|_| job.queued_at), "started_at": job.started_at,
                    "finished_at": job.stopped_at, "outcome": outcome(job.ended), "sha": run.sha,
                    "failure_text": failed.then_some("step `make` failed with exit code 2"),
                }));
                if job.number.is_none() {
                    rows.push(json!({
                        "table": "gate_evaluations", "gate": "hold", "gate_kind": "approval", "subject": run_id,
                        "asked_at": job.started_at, "decided_at": job.stopped_at, "verdict": "pass",
                        "decided_by_kind": "human",
                    }));
                }
                if job.name == "deploy-production" {
                    rows.push(json!({
                        "table": "deployments", "environment": "production", "production": true, "sha": run.sha,
                        "run_id": run_id, "created_at": job.queued_at, "started_at": job.started_at,
                        "finished_at": job.stopped_at, "outcome": outcome(job.ended),
                    }));
                }
            }
        }
    }
    rows
}
