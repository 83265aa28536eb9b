//! A fake GitLab: one project whose production deployments are manual jobs that need an approval.

mod hooks;

use serde_json::{Value, json};

use super::world::{Change, Deployment, Ended, Job, Run, World, rfc3339};
use super::{Asked, Reply, Vendor};

pub static GITLAB: Vendor = Vendor {
    source: "gitlab",
    subject: "acme/shop",
    secret: "glpat-aftercast-token",
    settings: &[],
    answer,
    hooks: hooks::hooks,
    truth,
};

const PROJECT: &str = "/api/v4/projects/acme/shop";
const WEB: &str = "https://gitlab.example/acme/shop";
/// Who opens merge requests and pushes, who reviews, who lets things go to production.
const DEV: (i64, &str) = (3, "dev");
const REVIEWER: (i64, &str) = (7, "ann");
const KEEPER: (i64, &str) = (9, "carol");

fn user((id, username): (i64, &str)) -> Value {
    json!({"id": id, "username": username, "name": username, "state": "active"})
}

fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "success",
        Ended::Failed => "failed",
        Ended::Cancelled => "canceled",
    }
}

fn deployment_of<'w>(world: &'w World, run: &Run) -> Option<&'w Deployment> {
    world.deployments.iter().find(|deployment| deployment.run == run.number)
}

/// A pipeline ends with its deployment, where it deploys.
fn end(world: &World, run: &Run) -> (i64, Ended) {
    match deployment_of(world, run) {
        Some(deployment) => (deployment.finished_at, deployment.ended),
        None => (run.finished_at, run.ended),
    }
}

/// The run that a change was merged for.
fn run_of_change(change: &Change) -> usize {
    change.number * 3
}

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    if asked.path == "/api/graphql" {
        return Reply::json(&by_hand(world, &asked.body));
    }
    let Some(path) = asked.path.strip_prefix(PROJECT) else { return Reply::status(404) };
    let runs = &world.runs[..visible.min(world.runs.len())];
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let number = |at: usize| parts.get(at).and_then(|part| part.parse::<usize>().ok()).unwrap_or(0);
    match (parts[0], parts.len(), parts.get(2).copied()) {
        ("", 1, _) => Reply::json(&json!({
            "id": 42, "path_with_namespace": "acme/shop", "default_branch": "main", "web_url": WEB,
            "only_allow_merge_if_pipeline_succeeds": true,
            "only_allow_merge_if_all_discussions_are_resolved": false,
        })),
        ("merge_requests", 1, _) => {
            let changes = world.changes.iter().filter(|change| run_of_change(change) <= runs.len());
            list(asked, changes.map(|change| (change.merged_at, merge_request(change))).collect())
        }
        ("merge_requests", 3, what) => {
            let Some(change) = world.changes.iter().find(|change| change.number == number(1))
            else {
                return Reply::status(404);
            };
            match what {
                Some("approvals") => Reply::json(&approvals(change)),
                Some("notes") => plain_list(asked, &notes(change)),
                _ => Reply::status(404),
            }
        }
        ("pipelines", 1, _) if asked.parameter("source") == Some("parent_pipeline") => {
            Reply::json(&json!([]))
        }
        ("pipelines", 1, _) => list(
            asked,
            runs.iter().map(|run| (end(world, run).0, pipeline(world, run, false))).collect(),
        ),
        ("pipelines", _, what) => {
            let Some(run) = runs.iter().find(|run| run.number == number(1)) else {
                return Reply::status(404);
            };
            match what {
                None => Reply::json(&pipeline(world, run, true)),
                Some("jobs") => plain_list(asked, &jobs(world, run)),
                Some("bridges") => Reply::json(&json!([])),
                _ => Reply::status(404),
            }
        }
        ("jobs", 3, Some("trace")) => Reply {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: b"$ make\nERROR: Job failed: exit code 1\n".to_vec(),
        },
        ("deployments", 1, _) => {
            let deployments = world.deployments.iter().filter(|one| one.run <= runs.len());
            list(asked, deployments.map(|one| (one.finished_at, deployment(world, one))).collect())
        }
        ("deployments", 2, _) => {
            match world.deployments.iter().find(|one| one.number == number(1)) {
                Some(one) => Reply::json(&deployment(world, one)),
                None => Reply::status(404),
            }
        }
        ("releases" | "protected_branches" | "freeze_periods" | "feature_flags", 1, _) => {
            Reply::json(&json!([]))
        }
        ("protected_environments", 1, _) => Reply::json(&json!([{
            "name": "production", "deploy_access_levels": [{"access_level": 40}],
            "approval_rules": [{"id": 1, "required_approvals": 1}],
        }])),
        // Paid tiers answer like this to others.
        _ => Reply::status(404),
    }
}

/// A list by time of change, as `updated_after` and `sort` ask for it.
fn list(asked: &Asked, mut items: Vec<(i64, Value)>) -> Reply {
    let millis = |name: &str| {
        let text = asked.parameter(name)?;
        Some(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    };
    let (after, before) = (millis("updated_after"), millis("updated_before"));
    items.retain(|(at, _)| after.is_none_or(|after| *at >= after));
    items.retain(|(at, _)| before.is_none_or(|before| *at < before));
    items.sort_by_key(|(at, _)| *at);
    if asked.parameter("sort") != Some("asc") {
        items.reverse();
    }
    let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
    plain_list(asked, &items)
}

fn plain_list(asked: &Asked, items: &[Value]) -> Reply {
    let size = asked.number("per_page", 20).min(100);
    let page = asked.number("page", 1);
    let shown: Vec<Value> = items.iter().skip((page - 1) * size).take(size).cloned().collect();
    let reply = Reply::json(&Value::Array(shown));
    if items.len() <= page * size {
        return reply;
    }
    let path = asked.path.replace("acme/shop", "acme%2Fshop");
    let query = asked.query.iter().filter(|(key, _)| key != "page");
    let query: Vec<String> = query.map(|(key, value)| format!("{key}={value}")).collect();
    let query = query.join("&");
    let next = format!("<{}{path}?{query}&page={}>; rel=\"next\"", asked.origin, page + 1);
    reply.with("link", next)
}

fn merge_request(change: &Change) -> Value {
    json!({
        "id": 5000 + change.number, "iid": change.number, "project_id": 42, "state": "merged",
        "title": format!("Change {}", change.number), "description": "", "draft": false,
        "author": user(DEV), "created_at": rfc3339(change.opened_at),
        "updated_at": rfc3339(change.merged_at), "merged_at": rfc3339(change.merged_at),
        "closed_at": null, "sha": format!("{:040x}", change.number), "merge_commit_sha": change.sha,
        "squash_commit_sha": null, "target_branch": "main", "source_branch": "topic",
        "web_url": format!("{WEB}/-/merge_requests/{}", change.number),
    })
}

fn approvals(change: &Change) -> Value {
    json!({"iid": change.number, "approved": true, "approved_by": [
        {"user": user(REVIEWER), "approved_at": rfc3339(change.approved_at)}]})
}

fn notes(change: &Change) -> Vec<Value> {
    let note = |index: usize, system: bool, who: (i64, &str), at: i64, body: &str| {
        json!({"id": change.number * 10 + index, "system": system, "author": user(who),
            "created_at": rfc3339(at), "body": body, "noteable_type": "MergeRequest"})
    };
    vec![
        note(1, true, DEV, change.opened_at, "requested review from @ann"),
        note(2, false, REVIEWER, change.reviewed_at, "Why so?"),
        note(3, true, REVIEWER, change.approved_at, "approved this merge request"),
    ]
}

fn pipeline(world: &World, run: &Run, whole: bool) -> Value {
    let (finished_at, ended) = end(world, run);
    let mut pipeline = json!({
        "id": run.number, "iid": run.number, "project_id": 42, "sha": run.sha, "ref": "main",
        "status": word(ended), "source": "push", "created_at": rfc3339(run.queued_at),
        "updated_at": rfc3339(finished_at), "web_url": format!("{WEB}/-/pipelines/{}", run.number),
        "name": null,
    });
    if whole {
        pipeline["started_at"] = rfc3339(run.started_at).into();
        pipeline["finished_at"] = rfc3339(finished_at).into();
        pipeline["queued_duration"] = 30.into();
        pipeline["user"] = user(DEV);
    }
    pipeline
}

/// A try of a job: its number, the job, when it was made, whether it is not the last.
type Try<'r> = (usize, &'r Job, i64, bool);

fn tries<'r>(run: &'r Run) -> Vec<Try<'r>> {
    let mut tries: Vec<Try<'r>> = Vec::new();
    for job in &run.jobs {
        let mut made_at = run.queued_at;
        if run.attempts > 1 && job.name == "deploy" {
            tries.push((job.number * 10 - 5, job, made_at, true));
            made_at = job.queued_at + 2_000;
        }
        tries.push((job.number * 10, job, made_at, false));
    }
    tries
}

fn jobs(world: &World, run: &Run) -> Vec<Value> {
    let mut list: Vec<Value> = tries(run).into_iter().map(|one| job(run, one)).collect();
    if let Some(deployment) = deployment_of(world, run) {
        list.push(release_job(run, deployment));
    }
    list.reverse();
    list
}

fn job(run: &Run, (id, job, made_at, is_earlier): Try<'_>) -> Value {
    let (from, to) = times(job, is_earlier);
    let ended = if is_earlier { Ended::Failed } else { job.ended };
    let queued_at = if is_earlier { from } else { made_at.max(job.queued_at) };
    let seconds = f64::from(i32::try_from(from - queued_at).unwrap()) / 1000.0;
    json!({
        "id": id, "name": job.name, "stage": job.name, "status": word(ended), "ref": "main",
        "created_at": rfc3339(made_at), "started_at": rfc3339(from), "finished_at": rfc3339(to),
        "queued_duration": seconds, "allow_failure": false, "user": user(DEV),
        "failure_reason": if ended == Ended::Failed { "script_failure" } else { "unknown_failure" },
        "tag_list": ["linux"], "web_url": format!("{WEB}/-/jobs/{id}"),
        "pipeline": {"id": run.number, "sha": run.sha, "ref": "main", "status": "success"},
    })
}

fn times(job: &Job, is_earlier: bool) -> (i64, i64) {
    if is_earlier {
        (job.queued_at, job.queued_at + 1_000)
    } else {
        (job.started_at, job.finished_at)
    }
}

/// The manual job that deploys to production.
fn release_job(run: &Run, deployment: &Deployment) -> Value {
    let id = 1_000_000 + deployment.number;
    json!({
        "id": id, "name": "go-live", "stage": "release", "status": word(deployment.ended), "ref": "main",
        "created_at": rfc3339(run.queued_at), "started_at": rfc3339(deployment.started_at),
        "finished_at": rfc3339(deployment.finished_at), "queued_duration": 2.0, "allow_failure": false,
        "failure_reason": if deployment.ended == Ended::Failed { "script_failure" } else { "unknown_failure" },
        "user": user(KEEPER), "tag_list": [], "web_url": format!("{WEB}/-/jobs/{id}"),
        "pipeline": {"id": run.number, "sha": run.sha, "ref": "main", "status": "success"},
    })
}

fn deployment(world: &World, deployment: &Deployment) -> Value {
    let run = &world.runs[deployment.run - 1];
    json!({
        "id": 70_000 + deployment.number, "iid": deployment.number, "sha": deployment.sha, "ref": "main",
        "status": word(deployment.ended), "created_at": rfc3339(run.queued_at),
        "updated_at": rfc3339(deployment.finished_at), "user": user(KEEPER),
        "environment": {"id": 4, "name": "production", "slug": "production"},
        "deployable": release_job(run, deployment), "pending_approval_count": 0,
        "approvals": [{"user": user(KEEPER), "status": "approved",
            "created_at": rfc3339(deployment.approved_at), "comment": ""}],
    })
}

/// GraphQL's answer which jobs a person starts.
fn by_hand(world: &World, body: &[u8]) -> Value {
    let asked: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(asked["variables"]["path"], "acme/shop");
    let iid: usize = asked["variables"]["iid"].as_str().unwrap().parse().unwrap();
    let run = world.runs.get(iid - 1);
    let deployment = run.and_then(|run| deployment_of(world, run));
    let nodes: Vec<Value> = deployment
        .map(|one| json!({"id": format!("gid://gitlab/Ci::Build/{}", 1_000_000 + one.number)}))
        .into_iter()
        .collect();
    json!({"data": {"project": {"pipeline": {"jobs": {"nodes": nodes}}}}})
}

fn outcome(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "success",
        Ended::Failed => "failure",
        Ended::Cancelled => "cancelled",
    }
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for run in &world.runs {
        truth_of_run(world, run, &mut rows);
    }
    for change in &world.changes {
        rows.push(json!({
            "table": "change_requests", "repo": "acme/shop", "number": change.number, "state": "merged",
            "opened_at": change.opened_at, "ready_at": change.opened_at,
            "first_review_at": change.reviewed_at, "approved_at": change.approved_at,
            "merged_at": change.merged_at, "closed_at": change.merged_at, "merge_sha": change.sha,
            "head_sha": format!("{:040x}", change.number), "target": "main",
        }));
        rows.push(json!({
            "table": "gate_evaluations", "gate": "approval", "gate_kind": "approval", "repo": "acme/shop",
            "subject_kind": "change", "subject": change.number.to_string(), "verdict": "pass",
            "asked_at": change.opened_at, "decided_at": change.approved_at, "decided_by_kind": "human",
            "method": "approved_at; review request", "confidence": 95,
        }));
    }
    rows
}

fn truth_of_run(world: &World, run: &Run, rows: &mut Vec<Value>) {
    let (finished_at, ended) = end(world, run);
    let run_id = run.number.to_string();
    let again = run.jobs[2].queued_at + 2_000;
    let attempts = run.attempts;
    let (queued_at, started_at) = match attempts {
        1 => (run.queued_at, run.started_at),
        _ => (again, run.jobs[2].started_at),
    };
    let run_row =
        |attempt: usize, queued_at: i64, started_at: i64, finished_at: i64, outcome: &str| {
            json!({
                "table": "pipeline_runs", "run_id": run_id, "attempt": attempt, "repo": "acme/shop",
                "sha": run.sha, "ref": "main", "trigger": "push", "actor_kind": "human",
                "queued_at": queued_at, "started_at": started_at, "finished_at": finished_at,
                "outcome": outcome,
            })
        };
    rows.push(run_row(attempts, queued_at, started_at, finished_at, outcome(ended)));
    let mut task = |id: usize,
                    name: &str,
                    kind: &str,
                    attempt: usize,
                    times: [i64; 3],
                    ended: Ended| {
        rows.push(json!({
            "table": "task_runs", "run_id": run_id, "task_id": id.to_string(), "name": name,
            "kind": kind, "attempt": attempt, "required": true, "sha": run.sha, "queued_at": times[0],
            "started_at": times[1], "finished_at": times[2], "outcome": outcome(ended),
        }));
    };
    for (id, job, _, is_earlier) in tries(run) {
        let (from, to) = times(job, is_earlier);
        let is_retry = attempts > 1 && job.name == "deploy" && !is_earlier;
        let queued_at = if is_retry { again } else { job.queued_at };
        let ended = if is_earlier { Ended::Failed } else { job.ended };
        task(id, job.name, job.name, 1 + usize::from(is_retry), [queued_at, from, to], ended);
    }
    if attempts > 1 {
        let red = run.jobs[2].queued_at + 1_000;
        rows.push(run_row(1, run.queued_at, run.started_at, red, "failure"));
    }
    let Some(deployment) = deployment_of(world, run) else { return };
    let times = [deployment.approved_at, deployment.started_at, deployment.finished_at];
    rows.push(json!({
        "table": "task_runs", "run_id": run_id, "task_id": (1_000_000 + deployment.number).to_string(),
        "name": "go-live", "kind": "manual", "attempt": 1, "required": true, "sha": run.sha,
        "queued_at": times[0], "started_at": times[1], "finished_at": times[2],
        "outcome": outcome(deployment.ended),
    }));
    rows.push(json!({
        "table": "deployments", "repo": "acme/shop", "environment": "production", "production": true,
        "sha": deployment.sha, "ref": "main", "run_id": run_id, "created_at": run.queued_at,
        "started_at": times[1], "finished_at": times[2], "outcome": outcome(deployment.ended),
    }));
    for (gate, method, confidence) in [
        ("go-live", "manual job, from the end of the stages before", 85),
        ("production approval", "end of the stages before; approval times", 90),
    ] {
        rows.push(json!({
            "table": "gate_evaluations", "gate": gate, "gate_kind": "approval", "repo": "acme/shop",
            "subject_kind": "run", "subject": run_id, "verdict": "pass",
            "asked_at": deployment.asked_at, "decided_at": deployment.approved_at,
            "decided_by_kind": "human", "method": method, "confidence": confidence,
        }));
    }
}
