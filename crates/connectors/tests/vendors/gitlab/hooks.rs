//! The webhooks of the fake GitLab.

use serde_json::{Value, json};

use super::super::Hook;
use super::super::world::{Change, Deployment, Run, World, rfc3339};
use super::{
    DEV, KEEPER, REVIEWER, WEB, deployment_of, end, job, release_job, run_of_change, tries, user,
    word,
};

/// `2026-09-01 08:00:00 UTC`, as most webhooks write times.
fn utc(millis: i64) -> String {
    rfc3339(millis).replace('T', " ").replace('Z', " UTC")
}

fn project() -> Value {
    json!({"id": 42, "name": "Shop", "path_with_namespace": "acme/shop", "web_url": WEB, "default_branch": "main"})
}

fn hook(event: &str, body: &Value) -> Hook {
    let id = format!(
        "{event}-{:x}",
        body.to_string()
            .bytes()
            .fold(7_u64, |hash, byte| { hash.wrapping_mul(31).wrapping_add(u64::from(byte)) })
    );
    let headers =
        [("x-gitlab-event", event), ("idempotency-key", &id), ("x-gitlab-event-uuid", &id)];
    let headers = headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Hook { headers: headers.collect(), body: body.to_string().into_bytes() }
}

pub(super) fn hooks(world: &World) -> Vec<Hook> {
    let mut hooks = Vec::new();
    for run in &world.runs {
        if let Some(change) =
            world.changes.iter().find(|change| run_of_change(change) == run.number)
        {
            for (action, state, at) in [
                ("open", "opened", change.opened_at),
                ("approved", "opened", change.approved_at),
                ("merge", "merged", change.merged_at),
            ] {
                hooks.push(hook(
                    "Merge Request Hook",
                    &merge_request_hook(change, action, state, at),
                ));
            }
        }
        hooks.push(hook("Pipeline Hook", &pipeline_hook(world, run, true)));
        for one in tries(run) {
            hooks.push(hook(
                "Job Hook",
                &job_hook(&job(run, one), usize::from(one.2 != run.queued_at)),
            ));
        }
        if let Some(deployment) = deployment_of(world, run) {
            hooks.push(hook("Job Hook", &job_hook(&release_job(run, deployment), 0)));
            for (status, at) in [
                ("running", deployment.started_at),
                (word(deployment.ended), deployment.finished_at),
            ] {
                hooks.push(hook("Deployment Hook", &deployment_hook(deployment, status, at)));
            }
        }
        hooks.push(hook("Pipeline Hook", &pipeline_hook(world, run, false)));
    }
    hooks
}

fn merge_request_hook(change: &Change, action: &str, state: &str, at: i64) -> Value {
    json!({
        "object_kind": "merge_request", "event_type": "merge_request", "project": project(),
        "user": user(if action == "approved" { REVIEWER } else { DEV }),
        "object_attributes": {
            "id": 5000 + change.number, "iid": change.number, "author_id": DEV.0, "state": state,
            "action": action, "title": format!("Change {}", change.number), "description": "",
            "draft": false, "created_at": utc(change.opened_at), "updated_at": utc(at),
            "target_branch": "main", "source_branch": "topic",
            "merge_commit_sha": if state == "merged" { Some(&change.sha) } else { None },
            "last_commit": {"id": format!("{:040x}", change.number)},
            "url": format!("{WEB}/-/merge_requests/{}", change.number),
        },
    })
}

fn pipeline_hook(world: &World, run: &Run, is_begin: bool) -> Value {
    let (finished_at, ended) = end(world, run);
    let mut builds = Vec::new();
    if !is_begin {
        let last = tries(run).into_iter().filter(|one| !one.3).map(|one| job(run, one));
        builds.extend(last);
        builds.extend(deployment_of(world, run).map(|one| release_job(run, one)));
        for build in &mut builds {
            build["manual"] = (build["name"] == "go-live").into();
            for time in ["created_at", "started_at", "finished_at"] {
                build[time] =
                    build[time].as_str().unwrap().replace('T', " ").replace('Z', " UTC").into();
            }
            build["pipeline"] = Value::Null;
        }
    }
    json!({
        "object_kind": "pipeline", "project": project(), "user": user(DEV), "merge_request": null,
        "object_attributes": {
            "id": run.number, "iid": run.number, "name": null, "ref": "main", "tag": false, "sha": run.sha,
            "source": "push", "status": if is_begin { "running" } else { word(ended) },
            "stages": ["build", "test", "deploy", "release"], "created_at": utc(run.queued_at),
            "finished_at": if is_begin { None } else { Some(utc(finished_at)) },
            "duration": 100, "queued_duration": 30,
            "url": format!("{WEB}/-/pipelines/{}", run.number),
        },
        "builds": builds,
    })
}

fn job_hook(job: &Value, retries: usize) -> Value {
    let mut hook = json!({
        "object_kind": "build", "ref": "main", "tag": false, "sha": job["pipeline"]["sha"],
        "pipeline_id": job["pipeline"]["id"], "project_id": 42, "retries_count": retries,
        "user": job["user"], "project": project(), "commit": {"id": job["pipeline"]["id"]},
        "runner": {"id": 1, "description": "runner-1", "tags": ["linux"]},
    });
    for field in [
        "id",
        "name",
        "stage",
        "status",
        "created_at",
        "started_at",
        "finished_at",
        "queued_duration",
        "allow_failure",
        "failure_reason",
    ] {
        hook[format!("build_{field}")] = job[field].clone();
    }
    hook
}

fn deployment_hook(deployment: &Deployment, status: &str, at: i64) -> Value {
    json!({
        "object_kind": "deployment", "status": status,
        "status_changed_at": utc(at).replace("UTC", "+0000"),
        "deployment_id": 70_000 + deployment.number, "deployable_id": 1_000_000 + deployment.number,
        "deployable_url": format!("{WEB}/-/jobs/{}", 1_000_000 + deployment.number),
        "environment": "production", "environment_tier": "production", "project": project(),
        "short_sha": &deployment.sha[..8], "commit_url": format!("{WEB}/-/commit/{}", deployment.sha),
        "user": user(KEEPER),
    })
}
