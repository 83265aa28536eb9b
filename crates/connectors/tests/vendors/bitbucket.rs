//! A fake Bitbucket Cloud: one repository whose production deployments are manual steps.

use serde_json::{Value, json};

use super::world::{Change, Deployment, Ended, Run, World, rfc3339};
use super::{Asked, Hook, Reply, Vendor};

pub static BITBUCKET: Vendor = Vendor {
    source: "bitbucket",
    subject: "acme/shop",
    secret: "bitbucket-access-token",
    settings: &[],
    answer,
    hooks,
    truth,
};

const REPO: &str = "/2.0/repositories/acme/shop";
const WEB: &str = "https://bitbucket.org/acme/shop";

fn user(name: &str) -> Value {
    json!({"type": "user", "uuid": format!("{{{name}}}"), "account_id": name, "nickname": name})
}

fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "SUCCESSFUL",
        Ended::Failed => "FAILED",
        Ended::Cancelled => "STOPPED",
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

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let Some(path) = asked.path.strip_prefix(REPO) else { return Reply::status(404) };
    let runs = &world.runs[..visible.min(world.runs.len())];
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let change = |number: &str| world.changes.iter().find(|one| one.number.to_string() == number);
    let run = |uuid: &str| runs.iter().find(|run| format!("{{run-{}}}", run.number) == uuid);
    match parts.as_slice() {
        ["pullrequests"] => {
            let changes = world.changes.iter().filter(|change| change.number * 3 <= runs.len());
            let changes = changes.filter(|change| is_asked_for(asked, change.merged_at));
            page(asked, &changes.rev().map(pull_request).collect::<Vec<_>>())
        }
        ["pullrequests", number, what] => match (change(number), *what) {
            (Some(change), "activity") => page(asked, &activity(change)),
            (Some(change), "statuses") => page(asked, &[status(change)]),
            _ => Reply::status(404),
        },
        ["commit", hash] => match world.changes.iter().find(|one| one.sha.ends_with(hash)) {
            Some(change) => Reply::json(&json!({"type": "commit", "hash": change.sha})),
            None => Reply::status(404),
        },
        ["pipelines"] => {
            page(asked, &runs.iter().rev().map(|run| pipeline(world, run)).collect::<Vec<_>>())
        }
        ["pipelines", uuid, "steps"] => match run(uuid) {
            Some(run) => page(asked, &steps(world, run)),
            None => Reply::status(404),
        },
        ["deployments"] => {
            let deployments = world.deployments.iter().filter(|one| one.run <= runs.len());
            page(asked, &deployments.map(deployment).collect::<Vec<_>>())
        }
        ["environments", "{env-1}"] => Reply::json(&environment()),
        ["environments"] => page(asked, &[environment()]),
        ["branch-restrictions"] => Reply::status(403),
        _ => Reply::status(404),
    }
}

/// Returns whether `q` asks for what changed `at`.
fn is_asked_for(asked: &Asked, at: i64) -> bool {
    let limits = asked.parameter("q").unwrap_or_default();
    limits.split(" AND ").filter(|limit| !limit.is_empty()).all(|limit| {
        let mut words = limit.split(' ');
        let (field, sign, time) = (words.next(), words.next(), words.next().unwrap());
        let time = time.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        assert_eq!(field, Some("updated_on"));
        if sign == Some(">=") { at >= time } else { at < time }
    })
}

fn page(asked: &Asked, items: &[Value]) -> Reply {
    let (size, number) = (asked.number("pagelen", 10), asked.number("page", 1));
    let shown: Vec<Value> = items.iter().skip((number - 1) * size).take(size).cloned().collect();
    let mut page = json!({"page": number, "pagelen": size, "size": items.len(), "values": shown});
    // The list of pipelines tells no next page.
    if items.len() > number * size && !asked.path.ends_with("/pipelines/") {
        let query = asked.query.iter().filter(|(key, _)| key != "page");
        let escaped = |value: &str| value.replace(' ', "%20").replace('+', "%2B");
        let query: Vec<String> =
            query.map(|(key, value)| format!("{key}={}", escaped(value))).collect();
        let query = query.join("&");
        let next = format!("{}{}?{query}&page={}", asked.origin, asked.path, number + 1);
        page["next"] = next.into();
    }
    Reply::json(&page)
}

fn pull_request(change: &Change) -> Value {
    json!({
        "type": "pullrequest", "id": change.number, "title": format!("Change {}", change.number),
        "description": "", "state": "MERGED", "draft": false, "author": user("dev"),
        "created_on": rfc3339(change.opened_at), "updated_on": rfc3339(change.merged_at),
        // Made-up hashes begin with zeros: what is left of them is their end.
        "merge_commit": {"hash": &change.sha[28..]},
        "source": {"branch": {"name": "topic"}, "commit": {"hash": head(change)}},
        "destination": {"branch": {"name": "main"}, "repository": {"full_name": "acme/shop"}},
        "participants": [{"user": user("ann"), "approved": true, "state": "approved"}],
        "links": {"html": {"href": format!("{WEB}/pull-requests/{}", change.number)}},
    })
}

fn head(change: &Change) -> String {
    format!("{:012x}", change.number)
}

fn activity(change: &Change) -> Vec<Value> {
    let update = |state: &str, at: i64| json!({"update": {"state": state, "date": rfc3339(at)}});
    vec![
        update("MERGED", change.merged_at),
        json!({"approval": {"date": rfc3339(change.approved_at), "user": user("ann")}}),
        json!({"comment": {"created_on": rfc3339(change.reviewed_at), "user": user("ann"), "deleted": false}}),
        update("OPEN", change.opened_at),
    ]
}

fn status(change: &Change) -> Value {
    json!({
        "type": "build", "key": "sonar", "name": "Quality gate", "state": "SUCCESSFUL",
        "url": "https://sonar.example/1", "created_on": rfc3339(change.opened_at),
        "updated_on": rfc3339(change.opened_at + 60_000),
        "links": {"commit": {"href": format!("https://api.bitbucket.org{REPO}/commit/{}", full_head(change))}},
    })
}

fn full_head(change: &Change) -> String {
    format!("{}{:028x}", head(change), 0)
}

fn pipeline(world: &World, run: &Run) -> Value {
    let (finished_at, ended) = end(world, run);
    json!({
        "type": "pipeline", "uuid": format!("{{run-{}}}", run.number), "build_number": run.number,
        "run_number": run.attempts, "run_creation_date": rfc3339(run.queued_at),
        "created_on": rfc3339(run.queued_at), "completed_on": rfc3339(finished_at),
        "creator": user("dev"), "repository": {"full_name": "acme/shop"},
        "state": {"name": "COMPLETED", "result": {"name": word(ended)}},
        "trigger": {"name": "PUSH", "type": "pipeline_trigger_push"},
        "target": {"type": "pipeline_ref_target", "ref_type": "branch", "ref_name": "main",
            "selector": {"type": "branches", "pattern": "main"}, "commit": {"hash": run.sha}},
    })
}

fn steps(world: &World, run: &Run) -> Vec<Value> {
    let step = |uuid: String, name: &str, trigger: &str, times: (i64, i64), ended: Ended| {
        json!({
            "uuid": uuid, "name": name, "run_number": run.attempts, "started_on": rfc3339(times.0),
            "completed_on": rfc3339(times.1), "state": {"name": "COMPLETED", "result": {"name": word(ended)}},
            "trigger": {"type": format!("pipeline_step_trigger_{trigger}")}, "script_commands": [],
        })
    };
    let mut list: Vec<Value> = Vec::new();
    for job in &run.jobs {
        let times = (job.started_at, job.finished_at);
        list.push(step(
            format!("{{step-{}}}", job.number),
            job.name,
            "automatic",
            times,
            job.ended,
        ));
    }
    if let Some(one) = deployment_of(world, run) {
        let times = (one.started_at, one.finished_at);
        let mut step =
            step(format!("{{live-{}}}", one.number), "go-live", "manual", times, one.ended);
        // Only the steps that failed ran again.
        step["run_number"] = 1.into();
        list.push(step);
    }
    list
}

fn deployment(deployment: &Deployment) -> Value {
    json!({
        "type": "deployment", "uuid": format!("{{deployment-{}}}", deployment.number),
        "environment": {"type": "deployment_environment", "uuid": "{env-1}"},
        "release": {"type": "deployment_release", "name": format!("#{}", deployment.run),
            "commit": {"hash": deployment.sha}, "created_on": rfc3339(deployment.asked_at)},
        "state": {"name": "COMPLETED", "status": {"name": word(deployment.ended)},
            "start_date": rfc3339(deployment.started_at), "completion_date": rfc3339(deployment.finished_at),
            "url": format!("{WEB}/pipelines/results/{}", deployment.run)},
        "last_update_time": rfc3339(deployment.finished_at),
    })
}

fn environment() -> Value {
    json!({
        "type": "deployment_environment", "uuid": "{env-1}", "name": "Live-EU",
        "environment_type": {"name": "Production", "rank": 2}, "restrictions": {"admin_only": true},
    })
}

fn hook(event: &str, body: &Value) -> Hook {
    let id = body
        .to_string()
        .bytes()
        .fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let headers =
        [("x-event-key", event.to_owned()), ("x-request-uuid", format!("{event}-{id:x}"))];
    let headers = headers.into_iter().map(|(key, value)| (key.to_owned(), value));
    Hook { headers: headers.collect(), body: body.to_string().into_bytes() }
}

fn hooks(world: &World) -> Vec<Hook> {
    let mut hooks = Vec::new();
    let repository = json!({"type": "repository", "full_name": "acme/shop"});
    for change in &world.changes {
        for (event, state, at) in [
            ("pullrequest:created", "OPEN", change.opened_at),
            ("pullrequest:approved", "OPEN", change.approved_at),
            ("pullrequest:fulfilled", "MERGED", change.merged_at),
        ] {
            let mut pull = pull_request(change);
            pull["state"] = state.into();
            pull["updated_on"] = rfc3339(at).into();
            if state == "OPEN" {
                pull["merge_commit"] = Value::Null;
                pull["participants"] = json!([]);
            }
            let mut body =
                json!({"actor": user("ann"), "repository": repository, "pullrequest": pull});
            if event == "pullrequest:approved" {
                body["approval"] = json!({"date": rfc3339(at), "user": user("ann")});
            }
            hooks.push(hook(event, &body));
        }
        let body = json!({"actor": user("ann"), "repository": repository, "commit_status": status(change)});
        hooks.push(hook("repo:commit_status_updated", &body));
    }
    hooks
}

fn outcome(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "success",
        Ended::Failed => "failure",
        Ended::Cancelled => "cancelled",
    }
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = vec![json!({
        "table": "gate_definitions", "gate": "deploy to Live-EU", "gate_kind": "policy",
        "applies_to": "Live-EU", "blocking": true,
    })];
    for run in &world.runs {
        truth_of_run(world, run, &mut rows);
    }
    for change in &world.changes {
        rows.push(json!({
            "table": "change_requests", "repo": "acme/shop", "number": change.number, "state": "merged",
            "opened_at": change.opened_at, "first_review_at": change.reviewed_at,
            "approved_at": change.approved_at, "merged_at": change.merged_at,
            "closed_at": change.merged_at, "merge_sha": change.sha, "target": "main",
        }));
        let gate = |gate: &str,
                    kind: &str,
                    subject: (&str, String),
                    by: &str,
                    asked: i64,
                    decided: i64| {
            json!({
                "table": "gate_evaluations", "gate": gate, "gate_kind": kind, "repo": "acme/shop",
                "subject_kind": subject.0, "subject": subject.1, "verdict": "pass",
                "asked_at": asked, "decided_at": decided, "decided_by_kind": by,
            })
        };
        let subject = ("change", change.number.to_string());
        rows.push(gate(
            "approval",
            "approval",
            subject,
            "human",
            change.opened_at,
            change.approved_at,
        ));
        let (subject, decided) = (("sha", full_head(change)), change.opened_at + 60_000);
        rows.push(gate("Quality gate", "check", subject, "bot", change.opened_at, decided));
    }
    rows
}

fn truth_of_run(world: &World, run: &Run, rows: &mut Vec<Value>) {
    let (finished_at, ended) = end(world, run);
    let run_id = format!("acme/shop#{}", run.number);
    rows.push(json!({
        "table": "pipeline_runs", "run_id": run_id, "attempt": run.attempts, "repo": "acme/shop",
        "pipeline": "branches: main", "sha": run.sha, "ref": "main", "trigger": "PUSH",
        "actor_kind": "human", "queued_at": run.queued_at, "started_at": run.jobs[0].started_at,
        "finished_at": finished_at, "outcome": outcome(ended),
    }));
    let mut task = |name: &str, kind: &str, attempt: usize, from: i64, to: i64, ended: Ended| {
        rows.push(json!({
            "table": "task_runs", "run_id": run_id, "name": name, "kind": kind, "sha": run.sha,
            "attempt": attempt, "started_at": from, "finished_at": to, "outcome": outcome(ended),
        }));
    };
    for job in &run.jobs {
        task(job.name, job.name, run.attempts, job.started_at, job.finished_at, job.ended);
    }
    let Some(deployment) = deployment_of(world, run) else { return };
    let (from, to) = (deployment.started_at, deployment.finished_at);
    task("go-live", "manual", 1, from, to, deployment.ended);
    rows.push(json!({
        "table": "deployments", "repo": "acme/shop", "environment": "Live-EU", "production": true,
        "sha": deployment.sha, "run_id": run_id, "created_at": deployment.asked_at,
        "started_at": from, "finished_at": to, "outcome": outcome(deployment.ended),
    }));
    rows.push(json!({
        "table": "gate_evaluations", "gate": "go-live", "gate_kind": "approval", "repo": "acme/shop",
        "subject_kind": "run", "subject": run_id, "verdict": "pass", "asked_at": deployment.asked_at,
        "decided_at": from, "decided_by_kind": null,
    }));
}
