//! The webhooks that GitHub sends about the world, in the order of time.

use serde_json::{Value, json};

use super::{
    REPO, attempt_times, deployment, first_jobs, job_object, opened, person, pull, reviews,
    run_object, statuses,
};
use crate::vendors::Hook;
use crate::vendors::world::{Deployment, Run, World, rfc3339};

pub fn hooks(world: &World) -> Vec<Hook> {
    let mut sent: Vec<(i64, &str, Value)> = Vec::new();
    for run in &world.runs {
        for attempt in 1..=run.attempts {
            run_hooks(run, attempt, &mut sent);
        }
    }
    for change in &world.changes {
        let hook = |action: &str, pull: Value| json!({"action": action, "number": change.number, "pull_request": pull});
        sent.push((change.opened_at, "pull_request", hook("opened", opened(change))));
        let mut asked = hook("review_requested", opened(change));
        asked["requested_reviewer"] = person("bo");
        sent.push((change.opened_at, "pull_request", asked));
        for (review, at) in
            reviews(change).into_iter().zip([change.reviewed_at, change.approved_at])
        {
            let mut body = hook("submitted", opened(change));
            body["review"] = review;
            body["review"]["state"] =
                json!(body["review"]["state"].as_str().unwrap().to_lowercase());
            sent.push((at, "pull_request_review", body));
        }
        sent.push((change.merged_at, "pull_request", hook("closed", pull(change, true))));
    }
    for one in &world.deployments {
        deployment_hooks(world, one, &mut sent);
    }
    sent.sort_by_key(|(at, ..)| *at);
    sent.into_iter().enumerate().map(|(index, (_, event, body))| hook(index, event, body)).collect()
}

fn hook(index: usize, event: &str, mut body: Value) -> Hook {
    body["repository"] = json!({"id": 1, "full_name": REPO, "pushed_at": 1_788_249_600});
    body["sender"] = person("ann");
    let headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-github-event".to_owned(), event.to_owned()),
        ("x-github-delivery".to_owned(), format!("00000000-0000-4000-8000-{index:012}")),
    ];
    Hook { headers, body: body.to_string().into_bytes() }
}

fn run_hooks(run: &Run, attempt: usize, sent: &mut Vec<(i64, &str, Value)>) {
    let (started_at, finished_at, _) = attempt_times(run, attempt);
    let done = run_object(run, attempt, "https://api.github.com");
    let mut begun = done.clone();
    begun["status"] = json!("in_progress");
    begun["conclusion"] = Value::Null;
    begun["updated_at"] = json!(rfc3339(started_at));
    sent.push((
        started_at,
        "workflow_run",
        json!({"action": "in_progress", "workflow_run": begun}),
    ));
    sent.push((finished_at, "workflow_run", json!({"action": "completed", "workflow_run": done})));
    let first = first_jobs(run);
    let jobs = if attempt == run.attempts { &run.jobs } else { &first };
    for job in jobs {
        let done = job_object(run, attempt, job);
        let mut queued = done.clone();
        queued["status"] = json!("queued");
        queued["started_at"] = queued["created_at"].clone();
        queued["steps"] = json!([]);
        for empty in ["conclusion", "completed_at"] {
            queued[empty] = Value::Null;
        }
        sent.push((
            job.queued_at,
            "workflow_job",
            json!({"action": "queued", "workflow_job": queued}),
        ));
        sent.push((
            job.finished_at,
            "workflow_job",
            json!({"action": "completed", "workflow_job": done}),
        ));
    }
}

fn deployment_hooks(world: &World, one: &Deployment, sent: &mut Vec<(i64, &str, Value)>) {
    let run = &world.runs[one.run - 1];
    let run_body = run_object(run, run.attempts, "https://api.github.com");
    let body =
        json!({"action": "created", "deployment": deployment(one), "workflow_run": run_body});
    sent.push((one.asked_at, "deployment", body.clone()));
    let times = [one.asked_at, one.approved_at, one.started_at, one.finished_at];
    for (status, at) in statuses(world, one).into_iter().zip(times) {
        let mut body = body.clone();
        body["deployment_status"] = status;
        sent.push((at, "deployment_status", body));
    }
    let review = |action: &str, at: i64| {
        json!({
            "action": action, "since": rfc3339(at), "environment": "production",
            "approver": person("cy"), "comment": "", "workflow_run": run_body,
            "workflow_job_runs": [{"id": run.jobs[2].number, "environment": "production",
                "created_at": rfc3339(one.asked_at), "updated_at": rfc3339(at)}],
        })
    };
    sent.push((one.asked_at, "deployment_review", review("requested", one.asked_at)));
    sent.push((one.approved_at, "deployment_review", review("approved", one.approved_at)));
}
