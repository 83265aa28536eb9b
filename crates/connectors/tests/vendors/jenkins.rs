//! A fake Jenkins: one pipeline job, whose deploying builds wait at an input step.

use serde_json::{Value, json};

use super::world::{Deployment, Ended, Run, World};
use super::{Asked, Reply, Vendor};

pub static JENKINS: Vendor = Vendor {
    source: "jenkins",
    subject: "team/shop",
    secret: "aftercast:jenkins-api-token",
    settings: &[],
    answer,
    hooks: |_| Vec::new(),
    truth,
};

const JOB: &str = "/job/team/job/shop";

fn word(ended: Ended, well: &str, failed: &str) -> String {
    match ended {
        Ended::Well => well,
        Ended::Failed => failed,
        Ended::Cancelled => "ABORTED",
    }
    .to_owned()
}

fn deployment_of<'w>(world: &'w World, run: &Run) -> Option<&'w Deployment> {
    world.deployments.iter().find(|deployment| deployment.run == run.number)
}

/// A build ends with its deployment, where it deploys.
fn end(world: &World, run: &Run) -> (i64, Ended) {
    match deployment_of(world, run) {
        Some(deployment) => (deployment.finished_at, deployment.ended),
        None => (run.finished_at, run.ended),
    }
}

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let runs = &world.runs[..visible.min(world.runs.len())];
    let Some(path) = asked.path.strip_prefix(JOB) else { return Reply::status(404) };
    if path == "/api/json" {
        let tree = asked.parameter("tree").unwrap_or_default();
        if !tree.starts_with("allBuilds") {
            return Reply::json(
                &json!({"_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob"}),
            );
        }
        let range = tree.rsplit_once('{').and_then(|(_, range)| range.strip_suffix('}'));
        let (from, to) = range.and_then(|range| range.split_once(',')).unwrap_or(("0", "100"));
        let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
        let builds = runs.iter().rev().skip(from).take(to.saturating_sub(from));
        let builds: Vec<Value> = builds.map(|run| build(world, run, &asked.origin)).collect();
        return Reply::json(
            &json!({"_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "allBuilds": builds}),
        );
    }
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let number: usize = parts.next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let Some(run) = runs.iter().find(|run| run.number == number) else {
        return Reply::status(404);
    };
    match parts.next() {
        Some("wfapi/describe") => Reply::json(&describe(world, run)),
        Some("consoleText") => Reply {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: format!("Started\nsay {number}\nERROR: script returned exit code 1\n")
                .into_bytes(),
        },
        _ => Reply::status(404),
    }
}

fn build(world: &World, run: &Run, origin: &str) -> Value {
    let (finished_at, ended) = end(world, run);
    let mut actions = vec![
        json!({"_class": "hudson.model.CauseAction", "causes": [
            {"_class": "hudson.triggers.SCMTrigger$SCMTriggerCause"}]}),
        json!({"_class": "hudson.plugins.git.util.BuildData", "remoteUrls": ["git@forge.example:acme/shop.git"],
            "lastBuiltRevision": {"SHA1": run.sha, "branch": [{"name": "refs/remotes/origin/main"}]}}),
        json!({}),
    ];
    if deployment_of(world, run).is_some() {
        let class = "org.jenkinsci.plugins.workflow.support.steps.input.ApproverAction";
        actions.push(json!({"_class": class, "userId": "carol"}));
    }
    json!({
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": run.number,
        "url": format!("{origin}{JOB}/{}/", run.number), "timestamp": run.queued_at,
        "duration": finished_at - run.queued_at, "result": word(ended, "SUCCESS", "FAILURE"),
        "building": false, "actions": actions, "changeSets": [],
    })
}

fn stage(id: usize, name: &str, status: &str, from: i64, to: i64, paused: i64) -> Value {
    json!({"id": id.to_string(), "name": name, "execNode": "", "status": status, "startTimeMillis": from,
        "durationMillis": to - from, "pauseDurationMillis": paused})
}

fn describe(world: &World, run: &Run) -> Value {
    let mut stages = Vec::new();
    for (index, job) in run.jobs.iter().enumerate() {
        let status = word(job.ended, "SUCCESS", "FAILED");
        let id = 6 + index * 10;
        stages.push(stage(id, job.name, &status, job.started_at, job.finished_at, 0));
    }
    if let Some(deployment) = deployment_of(world, run) {
        let (asked, approved) = (deployment.asked_at, deployment.approved_at);
        stages.push(stage(40, "Approve", "SUCCESS", asked, approved, approved - asked));
        let status = word(deployment.ended, "SUCCESS", "FAILED");
        let name = "Deploy to production";
        let (from, to) = (deployment.started_at, deployment.finished_at);
        stages.push(stage(50, name, &status, from, to, 0));
    }
    let (_, ended) = end(world, run);
    json!({
        "id": run.number.to_string(), "name": format!("#{}", run.number),
        "status": word(ended, "SUCCESS", "FAILED"), "startTimeMillis": run.queued_at,
        "queueDurationMillis": run.jobs[0].started_at - run.queued_at, "pauseDurationMillis": 0,
        "stages": stages,
    })
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
        let (finished_at, ended) = end(world, run);
        let run_id = format!("team/shop#{}", run.number);
        rows.push(json!({
            "table": "pipeline_runs", "run_id": run_id, "attempt": 1, "repo": "acme/shop", "sha": run.sha,
            "ref": "main", "trigger": "SCMTrigger", "actor_kind": "system", "queued_at": run.queued_at,
            "started_at": run.jobs[0].started_at, "finished_at": finished_at, "outcome": outcome(ended),
        }));
        let mut task = |name: &str, kind: Option<&str>, from: i64, to: i64, ended: Ended| {
            rows.push(json!({
                "table": "task_runs", "run_id": run_id, "name": name, "kind": kind, "sha": run.sha,
                "started_at": from, "finished_at": to, "outcome": outcome(ended),
            }));
        };
        for job in &run.jobs {
            task(job.name, Some(job.name), job.started_at, job.finished_at, job.ended);
        }
        let Some(deployment) = deployment_of(world, run) else { continue };
        let (asked, approved) = (deployment.asked_at, deployment.approved_at);
        task("Approve", Some("manual"), asked, approved, Ended::Well);
        let (from, to) = (deployment.started_at, deployment.finished_at);
        task("Deploy to production", Some("deploy"), from, to, deployment.ended);
        rows.push(json!({
            "table": "gate_evaluations", "gate": "Approve", "gate_kind": "approval", "subject": run_id,
            "asked_at": asked, "decided_at": approved, "verdict": "pass", "decided_by_kind": "human",
            "confidence": 90,
        }));
        rows.push(json!({
            "table": "deployments", "environment": "production", "production": true, "sha": run.sha,
            "run_id": run_id, "created_at": from, "started_at": from, "finished_at": to,
            "outcome": outcome(deployment.ended),
        }));
    }
    rows
}
