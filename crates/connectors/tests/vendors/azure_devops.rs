//! A fake Azure DevOps: a project with a pipeline of two stages, of which the second asks for an
//! approval and deploys to an environment; pull requests with votes.

use serde_json::{Value, json};

use super::world::{Change, Deployment, Ended, Run, World, rfc3339};
use super::{Asked, Hook, Reply, Vendor};

pub static AZURE_DEVOPS: Vendor = Vendor {
    source: "azure_devops",
    subject: "acme/web",
    secret: "aftercast:personal-access-token",
    settings: &[],
    answer,
    hooks,
    truth,
};

const API: &str = "/acme/web/_apis/";
const PAGE: usize = 20;

/// A job, with the stage attempt that it belongs to.
struct Job {
    id: String,
    name: &'static str,
    stage: &'static str,
    attempt: i64,
    ended: Ended,
    queued_at: i64,
    started_at: i64,
    finished_at: i64,
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

/// The jobs of attempts before the last.
fn earlier(run: &Run) -> Option<Job> {
    (run.attempts > 1).then(|| Job {
        id: format!("first-{}", run.number),
        name: "build",
        stage: "CI",
        attempt: 1,
        ended: Ended::Failed,
        queued_at: run.queued_at,
        started_at: run.queued_at + 1_000,
        finished_at: run.queued_at + 20_000,
    })
}

fn jobs(world: &World, run: &Run) -> Vec<Job> {
    let attempt = i64::try_from(run.attempts).unwrap();
    let mut jobs: Vec<Job> = run
        .jobs
        .iter()
        .map(|job| Job {
            id: format!("job-{}", job.number),
            name: job.name,
            stage: "CI",
            attempt,
            ended: job.ended,
            queued_at: job.queued_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        })
        .collect();
    if let Some(deployment) = deployment_of(world, run) {
        jobs.push(Job {
            id: format!("deploy-{}", deployment.number),
            name: "Deploy",
            stage: "Deploy to production",
            attempt: 1,
            ended: deployment.ended,
            queued_at: deployment.approved_at,
            started_at: deployment.started_at,
            finished_at: deployment.finished_at,
        });
    }
    jobs
}

fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "succeeded",
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
    let Some(path) = asked.path.strip_prefix(API) else { return Reply::status(404) };
    let parts: Vec<&str> = path.split('/').collect();
    let run = |id: &str| runs.iter().find(|run| run.number.to_string() == id);
    match parts.as_slice() {
        ["build", "builds"] => {
            let since = asked.parameter("minTime").unwrap_or_default().to_owned();
            // A token names the build where the page begins: new ones do not move it.
            let from = asked.number("continuationToken", runs.len());
            let known = runs.iter().rev().filter(|run| run.number <= from);
            let known: Vec<&Run> = known.filter(|run| rfc3339(run.queued_at) >= since).collect();
            let items: Vec<Value> = known.iter().take(PAGE).map(|run| build(world, run)).collect();
            page(&items, known.get(PAGE).map(|run| run.number))
        }
        ["build", "builds", id] => match run(id) {
            Some(run) => Reply::json(&build(world, run)),
            None => Reply::status(404),
        },
        ["build", "builds", id, "timeline", rest @ ..] => match (run(id), rest) {
            (Some(run), []) => Reply::json(&json!({"id": "tl", "records": timeline(world, run)})),
            (Some(run), _) => {
                let records = earlier(run).map(|job| stage("CI", "CI", 1, &[job], Vec::new()));
                Reply::json(&json!({"id": rest[0], "records": records.unwrap_or_default()}))
            }
            _ => Reply::status(404),
        },
        ["pipelines", "approvals"] => {
            let ids: Vec<&str> =
                asked.parameter("approvalIds").unwrap_or_default().split(',').collect();
            let known = world.deployments.iter().filter(|deployment| deployment.run <= visible);
            let asked =
                known.filter(|known| ids.contains(&format!("approval-{}", known.number).as_str()));
            page(&asked.map(approval).collect::<Vec<_>>(), None)
        }
        ["git", "pullrequests"] => {
            let known: Vec<&Change> =
                world.changes.iter().rev().filter(|change| change.number * 3 <= visible).collect();
            let (skip, top) = (asked.number("$skip", 0), asked.number("$top", 100));
            page(
                &known.iter().skip(skip).take(top).map(|change| pull(change)).collect::<Vec<_>>(),
                None,
            )
        }
        ["git", "repositories", "repo-1", "pullRequests", number, "threads"] => {
            let change = world.changes.iter().find(|change| change.number.to_string() == *number);
            page(&change.map(threads).unwrap_or_default(), None)
        }
        ["distributedtask", "environments"] => {
            page(&[json!({"id": 4, "name": "production", "project": {"id": "p-1"}})], None)
        }
        ["distributedtask", "environments", "4", "environmentdeploymentrecords"] => {
            let from = asked.number("continuationToken", usize::MAX);
            let known = world.deployments.iter().rev().filter(|known| known.run <= visible);
            let known: Vec<&Deployment> = known.filter(|known| known.number <= from).collect();
            let items: Vec<Value> =
                known.iter().take(PAGE).map(|known| deployment(known)).collect();
            page(&items, known.get(PAGE).map(|next| next.number))
        }
        _ => Reply::status(404),
    }
}

fn page(items: &[Value], next: Option<usize>) -> Reply {
    let reply = Reply::json(&json!({"count": items.len(), "value": items}));
    match next {
        Some(next) => reply.with("x-ms-continuationtoken", next.to_string()),
        None => reply,
    }
}

fn build(world: &World, run: &Run) -> Value {
    let (finished_at, ended) = end(world, run);
    json!({
        "id": run.number, "buildNumber": format!("20260901.{}", run.number), "status": "completed",
        "result": word(ended), "reason": "individualCI", "queueTime": rfc3339(run.queued_at),
        "startTime": rfc3339(run.started_at), "finishTime": rfc3339(finished_at),
        "lastChangedDate": rfc3339(finished_at), "sourceBranch": "refs/heads/main", "sourceVersion": run.sha,
        "definition": {"id": 1, "name": "shop"}, "project": {"id": "p-1", "name": "web"},
        "repository": {"id": "repo-1", "name": "shop", "type": "TfsGit"},
        "requestedFor": {"id": "u-1", "displayName": "Carol", "uniqueName": "carol@acme.example"},
        "triggerInfo": {"ci.sourceSha": run.sha},
        "_links": {"web": {"href": format!("https://dev.azure.com/acme/web/_build/results?buildId={}", run.number)}},
    })
}

/// A stage with its phases, jobs and what stands before it.
fn stage(id: &str, name: &str, attempt: i64, jobs: &[Job], mut before: Vec<Value>) -> Vec<Value> {
    let begun = jobs.iter().map(|job| job.queued_at).min().unwrap();
    let begun =
        before.iter().filter_map(|check| check["startMillis"].as_i64()).fold(begun, i64::min);
    let ended = jobs.iter().map(|job| job.finished_at).max().unwrap();
    let stage_id = format!("stage-{id}-{attempt}-{}", jobs[0].id);
    let last = jobs.last().unwrap().ended;
    let mut records = vec![json!({
        "id": stage_id, "parentId": null, "type": "Stage", "name": name, "identifier": id, "attempt": attempt,
        "startTime": rfc3339(begun), "finishTime": rfc3339(ended), "state": "completed", "result": word(last),
        "previousAttempts": [],
    })];
    for check in &mut before {
        check["parentId"] = json!(stage_id);
    }
    records.extend(before);
    for job in jobs {
        let phase = format!("phase-{}", job.id);
        let times = |from: i64| (rfc3339(from), rfc3339(job.finished_at), word(job.ended));
        let (start, finish, result) = times(job.queued_at);
        records.push(json!({
            "id": phase, "parentId": stage_id, "type": "Phase", "name": job.name, "startTime": start,
            "finishTime": finish, "state": "completed", "result": result, "attempt": attempt,
        }));
        let (start, finish, result) = times(job.started_at);
        records.push(json!({
            "id": job.id, "parentId": phase, "type": "Job", "name": job.name, "startTime": start,
            "finishTime": finish, "state": "completed", "result": result, "attempt": attempt,
            "workerName": "agent-1", "issues": [], "previousAttempts": [],
        }));
        let failed = job.ended == Ended::Failed;
        let issues = json!([{"type": "error", "category": "General", "message": "Bash exited with code '1'."}]);
        let (start, finish, result) = times(job.started_at);
        records.push(json!({
            "id": format!("task-{}", job.id), "parentId": job.id, "type": "Task", "name": "make", "order": 1,
            "startTime": start, "finishTime": finish, "state": "completed", "result": result,
            "issues": if failed { issues } else { json!([]) }, "task": {"id": "t", "name": "Bash", "version": "3"},
        }));
    }
    records
}

fn timeline(world: &World, run: &Run) -> Vec<Value> {
    let all = jobs(world, run);
    let (ci, deploy): (Vec<Job>, Vec<Job>) = all.into_iter().partition(|job| job.stage == "CI");
    let attempt = i64::try_from(run.attempts).unwrap();
    let mut records = stage("CI", "CI", attempt, &ci, Vec::new());
    if run.attempts > 1 {
        records[0]["previousAttempts"] = json!([{"attempt": 1, "timelineId": format!("tl-first-{}", run.number), "recordId": "stage"}]);
    }
    if let Some(deployment) = deployment_of(world, run) {
        let check = format!("checkpoint-{}", deployment.number);
        let times = |id: &str, kind: &str, parent: &str| {
            json!({"id": id, "parentId": parent, "type": kind, "name": kind, "state": "completed",
                "result": "succeeded", "startTime": rfc3339(deployment.asked_at),
                "finishTime": rfc3339(deployment.approved_at), "startMillis": deployment.asked_at})
        };
        let before = vec![times(&check, "Checkpoint", "")];
        records.extend(stage("DeployProd", "Deploy to production", 1, &deploy, before));
        let id = format!("approval-{}", deployment.number);
        records.push(times(&id, "Checkpoint.Approval", &check));
    }
    records
}

fn approval(deployment: &Deployment) -> Value {
    json!({
        "id": format!("approval-{}", deployment.number), "status": "approved", "executionOrder": "anyOrder",
        "createdOn": rfc3339(deployment.asked_at), "lastModifiedOn": rfc3339(deployment.approved_at),
        "minRequiredApprovers": 1, "instructions": "",
        "steps": [{"assignedApprover": {"id": "group-1", "displayName": "Release managers"},
            "actualApprover": {"id": "u-2", "displayName": "Dave", "uniqueName": "dave@acme.example"},
            "status": "approved", "comment": "", "initiatedOn": rfc3339(deployment.asked_at),
            "lastModifiedOn": rfc3339(deployment.approved_at)}],
    })
}

fn deployment(deployment: &Deployment) -> Value {
    json!({
        "id": deployment.number, "environmentId": 4, "requestIdentifier": "r", "stageName": "DeployProd",
        "jobName": "Deploy", "stageAttempt": 1, "jobAttempt": 1, "result": word(deployment.ended),
        "queueTime": rfc3339(deployment.approved_at), "startTime": rfc3339(deployment.started_at),
        "finishTime": rfc3339(deployment.finished_at), "owner": {"id": deployment.run, "name": "20260901"},
        "definition": {"id": 1, "name": "shop"}, "planType": "Build",
    })
}

fn pull(change: &Change) -> Value {
    json!({
        "pullRequestId": change.number, "status": "completed", "title": "change", "isDraft": false,
        "repository": {"id": "repo-1", "name": "shop", "project": {"id": "p-1", "name": "web"}},
        "createdBy": {"id": "u-1", "displayName": "Carol", "uniqueName": "carol@acme.example"},
        "creationDate": rfc3339(change.opened_at), "closedDate": rfc3339(change.merged_at),
        "sourceRefName": "refs/heads/topic", "targetRefName": "refs/heads/main",
        "lastMergeSourceCommit": {"commitId": "cafe"}, "lastMergeCommit": {"commitId": change.sha},
        "reviewers": [{"id": "u-2", "displayName": "Dave", "vote": 10, "isRequired": true}],
        "url": format!("https://dev.azure.com/acme/_apis/git/repositories/repo-1/pullRequests/{}", change.number),
    })
}

fn threads(change: &Change) -> Vec<Value> {
    let dave = json!({"id": "u-2", "displayName": "Dave"});
    let value = |text: &str| json!({"$type": "System.String", "$value": text});
    vec![
        json!({"id": 1, "publishedDate": rfc3339(change.reviewed_at), "properties": null,
            "comments": [{"id": 1, "author": dave, "commentType": "text", "publishedDate": rfc3339(change.reviewed_at)}]}),
        json!({"id": 2, "publishedDate": rfc3339(change.approved_at),
            "properties": {"CodeReviewThreadType": value("VoteUpdate"), "CodeReviewVoteResult": value("10")},
            "comments": [{"id": 1, "author": dave, "commentType": "system", "publishedDate": rfc3339(change.approved_at)}]}),
    ]
}

fn hooks(world: &World) -> Vec<Hook> {
    let mut hooks = Vec::new();
    let mut hook = |event: &str, id: String, at: i64, resource: Value| {
        let body = json!({"subscriptionId": "s", "notificationId": 1, "id": id, "eventType": event,
            "publisherId": "tfs", "resource": resource, "resourceVersion": "2.0", "createdDate": rfc3339(at)});
        hooks.push(Hook { headers: Vec::new(), body: body.to_string().into_bytes() });
    };
    for change in &world.changes {
        let mut open = pull(change);
        open["status"] = json!("active");
        open.as_object_mut().unwrap().remove("closedDate");
        let id = |what: &str| format!("pr-{}-{what}", change.number);
        hook("git.pullrequest.created", id("created"), change.opened_at, open);
        hook("git.pullrequest.merged", id("merged"), change.merged_at, pull(change));
    }
    for run in &world.runs {
        if let Some(deployment) = deployment_of(world, run) {
            let event = "ms.vss-pipelinechecks-events.approval-completed";
            let id = format!("approval-{}", deployment.number);
            let resource = json!({"approval": approval(deployment), "stage": {"name": "DeployProd"}, "projectId": "p-1"});
            hook(event, id, deployment.approved_at, resource);
        }
        let (finished_at, _) = end(world, run);
        hook("build.complete", format!("build-{}", run.number), finished_at, build(world, run));
    }
    hooks
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for run in &world.runs {
        let (finished_at, ended) = end(world, run);
        let run_id = format!("web/{}", run.number);
        rows.push(json!({
            "table": "pipeline_runs", "run_id": run_id, "attempt": 1, "repo": "web/shop", "sha": run.sha,
            "ref": "main", "trigger": "individualCI", "actor_kind": "human", "queued_at": run.queued_at,
            "started_at": run.started_at, "finished_at": finished_at, "outcome": outcome(ended),
        }));
        for job in earlier(run).into_iter().chain(jobs(world, run)) {
            let failed = job.ended == Ended::Failed;
            rows.push(json!({
                "table": "task_runs", "run_id": run_id, "attempt": job.attempt, "name": job.name,
                "stage": job.stage, "kind": job.name.to_lowercase(), "queued_at": job.queued_at,
                "started_at": job.started_at, "finished_at": job.finished_at, "sha": run.sha,
                "outcome": outcome(job.ended), "failure_text": failed.then_some("Bash exited with code '1'."),
            }));
        }
        let Some(deployment) = deployment_of(world, run) else { continue };
        rows.push(json!({
            "table": "gate_evaluations", "gate": "Deploy to production approval", "gate_kind": "approval",
            "subject": run_id, "asked_at": deployment.asked_at, "decided_at": deployment.approved_at,
            "verdict": "pass", "decided_by_kind": "human", "method": "approval steps", "sha": run.sha,
        }));
        rows.push(json!({
            "table": "deployments", "environment": "production", "production": true, "sha": run.sha,
            "run_id": run_id, "created_at": deployment.approved_at, "started_at": deployment.started_at,
            "finished_at": deployment.finished_at, "outcome": outcome(deployment.ended), "repo": "web/shop",
        }));
    }
    for change in world.changes.iter().filter(|change| change.number * 3 <= world.runs.len()) {
        rows.push(json!({
            "table": "change_requests", "repo": "web/shop", "number": change.number, "state": "merged",
            "opened_at": change.opened_at, "first_review_at": change.reviewed_at,
            "approved_at": change.approved_at, "merged_at": change.merged_at, "merge_sha": change.sha,
            "target": "main",
        }));
        rows.push(json!({
            "table": "gate_evaluations", "gate": "review", "gate_kind": "approval",
            "subject": change.number.to_string(), "asked_at": change.opened_at, "decided_at": change.approved_at,
            "verdict": "pass", "decided_by_kind": "human", "method": "vote thread", "sha": null,
        }));
    }
    rows
}
