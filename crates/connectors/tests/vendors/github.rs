//! GitHub: REST API with pages by `Link`, run lists cut at 1,000, webhooks.

mod rows;
mod sent;

use serde_json::{Value, json};

use super::world::{Change, Deployment, Ended, Job, Run, World, rfc3339};
use super::{Asked, Reply, Vendor};

pub static GITHUB: Vendor = Vendor {
    source: "github",
    subject: "acme/shop",
    secret: "ghp_of_a_test",
    settings: &[],
    answer,
    hooks: sent::hooks,
    truth: rows::truth,
};

const REPO: &str = "acme/shop";
const ROOT: &str = "/repos/acme/shop";
const WEB: &str = "https://github.com/acme/shop";
/// Job ids of first attempts lie behind those of the world.
const FIRST: usize = 1_000_000;
/// How long before the last attempt the first was asked for.
const EARLIER: i64 = 600_000;
/// The most items of a filtered run list.
const CAP: usize = 1000;
const ERROR: &str = "error: the shelf is empty";

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let runs = &world.runs[..visible.min(world.runs.len())];
    let Some(path) = asked.path.strip_prefix(ROOT) else { return not_found() };
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let run = |id: &str| runs.iter().find(|run| run.number.to_string() == id);
    let change = |id: &str| changes(world, visible).find(|change| change.number.to_string() == id);
    let found = match parts.as_slice() {
        [] => Some(Reply::json(&repository())),
        ["actions", "runs"] => Some(run_list(runs, asked)),
        ["actions", "runs", id, "jobs"] => run(id).map(|run| {
            let jobs = jobs(run);
            paged(asked, &jobs, |page| json!({"total_count": jobs.len(), "jobs": page}))
        }),
        ["actions", "runs", id, "attempts", attempt] => run(id).and_then(|run| {
            let attempt = attempt.parse().ok().filter(|attempt| *attempt <= run.attempts)?;
            Some(Reply::json(&run_object(run, attempt, &asked.origin)))
        }),
        ["actions", "runs", id, "approvals"] => {
            run(id).map(|run| Reply::json(&approvals(world, run)))
        }
        ["actions", "jobs", id] => id.parse().ok().and_then(|id: usize| {
            // Only the jobs of one run are written out.
            let run = runs.iter().find(|run| {
                run.jobs.iter().any(|job| job.number == id || FIRST + job.number == id)
            })?;
            let job = jobs(run).into_iter().find(|job| job["id"] == json!(id))?;
            Some(Reply::json(&job))
        }),
        ["check-runs", _, "annotations"] => Some(Reply::json(&json!([
            {"path": ".github", "annotation_level": "warning", "message": "old image"},
            {"path": "src/shelf.rs", "annotation_level": "failure", "title": "", "message": ERROR},
            {"path": ".github", "annotation_level": "failure",
             "message": "Process completed with exit code 1."},
        ]))),
        ["pulls"] => {
            let mut list: Vec<&Change> = changes(world, visible).collect();
            list.sort_by_key(|change| std::cmp::Reverse(change.merged_at));
            let list: Vec<Value> = list.into_iter().map(|change| pull(change, false)).collect();
            Some(list_page(asked, &list))
        }
        ["pulls", id] => change(id).map(|change| Reply::json(&pull(change, true))),
        ["pulls", id, "reviews"] => change(id).map(|change| list_page(asked, &reviews(change))),
        ["issues", id, "timeline"] => change(id).map(|change| list_page(asked, &timeline(change))),
        ["deployments"] => {
            let list: Vec<Value> = deployments(world, visible).rev().map(deployment).collect();
            Some(list_page(asked, &list))
        }
        ["deployments", id, "statuses"] => {
            deployments(world, visible).find(|one| one.number.to_string() == *id).map(|one| {
                let mut list = statuses(world, one);
                list.reverse();
                list_page(asked, &list)
            })
        }
        ["commits", _, "check-runs"] => {
            Some(Reply::json(&json!({"total_count": 0, "check_runs": []})))
        }
        ["releases"] => Some(list_page(asked, &[])),
        ["rules", "branches", "main"] => Some(list_page(asked, &[rule()])),
        ["rulesets"] => {
            let mut short = ruleset();
            short.as_object_mut().unwrap().remove("rules");
            Some(list_page(asked, &[short]))
        }
        ["rulesets", "77"] => Some(Reply::json(&ruleset())),
        ["environments"] => {
            Some(Reply::json(&json!({"total_count": 1, "environments": [environment()]})))
        }
        ["environments", "production"] => Some(Reply::json(&environment())),
        _ => None,
    };
    found.unwrap_or_else(not_found)
}

fn not_found() -> Reply {
    let body = json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"});
    Reply { status: 404, ..Reply::json(&body) }
}

fn changes(world: &World, visible: usize) -> impl Iterator<Item = &Change> {
    world.changes.iter().filter(move |change| change.number * 3 <= visible)
}

fn deployments(world: &World, visible: usize) -> impl DoubleEndedIterator<Item = &Deployment> {
    world.deployments.iter().filter(move |deployment| deployment.run <= visible)
}

/// One page, with the address of the next.
fn paged(asked: &Asked, items: &[Value], body: impl Fn(&[Value]) -> Value) -> Reply {
    let (size, page) = (asked.number("per_page", 30).min(100), asked.number("page", 1).max(1));
    let from = ((page - 1) * size).min(items.len());
    let to = (from + size).min(items.len());
    let reply = Reply::json(&body(&items[from..to]));
    if to >= items.len() {
        return reply;
    }
    let query: Vec<String> = asked
        .query
        .iter()
        .filter(|(key, _)| key != "page")
        .map(|(key, value)| format!("{key}={}", value.replace('>', "%3E").replace('<', "%3C")))
        .chain([format!("page={}", page + 1)])
        .collect();
    let next = format!("{}{}?{}", asked.origin, asked.path, query.join("&"));
    reply.with("link", format!("<{next}>; rel=\"next\", <{next}>; rel=\"last\""))
}

fn list_page(asked: &Asked, items: &[Value]) -> Reply {
    paged(asked, items, |page| Value::Array(page.to_vec()))
}

fn run_list(runs: &[Run], asked: &Asked) -> Reply {
    let created = asked.parameter("created").unwrap_or_default();
    let (from, to) = match created.split_once("..") {
        Some((from, to)) => (from, to),
        None => (
            created.strip_prefix(">=").unwrap_or_default(),
            created.strip_prefix("<=").unwrap_or_default(),
        ),
    };
    let to = if to.is_empty() { "9" } else { to };
    let found: Vec<Value> = runs
        .iter()
        .rev()
        .filter(|run| {
            let at = rfc3339(created_at(run));
            from <= at.as_str() && at.as_str() <= to
        })
        .map(|run| run_object(run, run.attempts, &asked.origin))
        .collect();
    let total = found.len();
    let capped = if created.is_empty() { total } else { total.min(CAP) };
    paged(asked, &found[..capped], |page| json!({"total_count": total, "workflow_runs": page}))
}

fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Well => "success",
        Ended::Failed => "failure",
        Ended::Cancelled => "cancelled",
    }
}

fn person(login: &str) -> Value {
    json!({"login": login, "id": login.len(), "type": "User"})
}

fn created_at(run: &Run) -> i64 {
    run.queued_at - if run.attempts > 1 { EARLIER } else { 0 }
}

/// From when until when an attempt ran, and how it ended.
fn attempt_times(run: &Run, attempt: usize) -> (i64, i64, Ended) {
    if attempt == run.attempts {
        (run.started_at, run.finished_at, run.ended)
    } else {
        (created_at(run) + 10_000, created_at(run) + 300_000, Ended::Failed)
    }
}

fn run_object(run: &Run, attempt: usize, origin: &str) -> Value {
    let (started_at, finished_at, ended) = attempt_times(run, attempt);
    let id = run.number;
    let previous =
        (attempt > 1).then(|| format!("{origin}{ROOT}/actions/runs/{id}/attempts/{}", attempt - 1));
    json!({
        "id": id, "name": "CI", "path": ".github/workflows/ci.yml", "run_number": id, "event": "push",
        "run_attempt": attempt, "status": "completed", "conclusion": word(ended),
        "head_branch": "main", "head_sha": run.sha, "html_url": format!("{WEB}/actions/runs/{id}"),
        "created_at": rfc3339(created_at(run)), "run_started_at": rfc3339(started_at),
        "updated_at": rfc3339(finished_at), "previous_attempt_url": previous,
        "actor": person("ann"), "triggering_actor": person("ann"), "pull_requests": [],
        "repository": {"full_name": REPO},
    })
}

/// The jobs of all attempts; of a first attempt the build went well and the test did not.
fn jobs(run: &Run) -> Vec<Value> {
    let mut list: Vec<Value> =
        run.jobs.iter().map(|job| job_object(run, run.attempts, job)).collect();
    if run.attempts > 1 {
        list.extend(first_jobs(run).iter().map(|job| job_object(run, 1, job)));
    }
    list
}

fn first_jobs(run: &Run) -> Vec<Job> {
    let at = created_at(run);
    let first = |index: usize, ended, from: i64| Job {
        number: FIRST + run.jobs[index].number,
        name: run.jobs[index].name,
        ended,
        queued_at: at + from,
        started_at: at + from + 5_000,
        finished_at: at + from + 100_000,
    };
    vec![first(0, Ended::Well, 10_000), first(1, Ended::Failed, 120_000)]
}

fn job_object(run: &Run, attempt: usize, job: &Job) -> Value {
    let (id, conclusion) = (job.number, word(job.ended));
    json!({
        "id": id, "run_id": run.number, "run_attempt": attempt, "workflow_name": "CI",
        "name": job.name, "head_sha": run.sha, "status": "completed", "conclusion": conclusion,
        "created_at": rfc3339(job.queued_at), "started_at": rfc3339(job.started_at),
        "completed_at": rfc3339(job.finished_at), "labels": ["ubuntu-24.04"],
        "url": format!("https://api.github.com{ROOT}/actions/jobs/{id}"),
        "html_url": format!("{WEB}/actions/runs/{}/job/{id}", run.number),
        "steps": [{"number": 1, "name": format!("make {}", job.name), "status": "completed",
                   "conclusion": conclusion, "started_at": rfc3339(job.started_at),
                   "completed_at": rfc3339(job.finished_at)}],
    })
}

fn pull(change: &Change, complete: bool) -> Value {
    let number = change.number;
    let mut pull = json!({
        "id": 5000 + number, "number": number, "state": "closed", "title": format!("Change {number}"),
        "body": null, "draft": false, "user": person("ann"), "created_at": rfc3339(change.opened_at),
        "updated_at": rfc3339(change.merged_at), "closed_at": rfc3339(change.merged_at),
        "merged_at": rfc3339(change.merged_at), "merge_commit_sha": change.sha,
        "head": {"sha": format!("{number:040x}"), "ref": "topic"},
        "base": {"ref": "main", "sha": "c0", "repo": {"full_name": REPO}},
        "url": format!("https://api.github.com{ROOT}/pulls/{number}"),
        "html_url": format!("{WEB}/pull/{number}"),
    });
    if complete {
        let fields = pull.as_object_mut().unwrap();
        fields.insert("merged".into(), json!(true));
        fields.insert("additions".into(), json!(number * 3));
        fields.insert("deletions".into(), json!(number));
        fields.insert("changed_files".into(), json!(2));
    }
    pull
}

/// As it was when it was opened.
fn opened(change: &Change) -> Value {
    let mut pull = pull(change, true);
    let fields = pull.as_object_mut().unwrap();
    fields.insert("state".into(), json!("open"));
    fields.insert("updated_at".into(), json!(rfc3339(change.opened_at)));
    fields.insert("merged".into(), json!(false));
    for empty in ["closed_at", "merged_at", "merge_commit_sha"] {
        fields.insert(empty.into(), Value::Null);
    }
    pull
}

fn reviews(change: &Change) -> Vec<Value> {
    let number = change.number;
    let review = |id: usize, state: &str, at: i64| {
        json!({
            "id": id, "user": person("bo"), "state": state, "submitted_at": rfc3339(at),
            "commit_id": format!("{number:040x}"),
            "html_url": format!("{WEB}/pull/{number}#pullrequestreview-{id}"),
            "pull_request_url": format!("https://api.github.com{ROOT}/pulls/{number}"),
        })
    };
    vec![
        review(number * 10 + 1, "COMMENTED", change.reviewed_at),
        review(number * 10 + 2, "APPROVED", change.approved_at),
    ]
}

fn timeline(change: &Change) -> Vec<Value> {
    let event = |word: &str, at: i64| json!({"id": change.number * 100, "event": word, "created_at": rfc3339(at), "actor": person("ann")});
    let mut asked = event("review_requested", change.opened_at);
    asked["requested_reviewer"] = person("bo");
    let mut comment = event("commented", change.reviewed_at + 1000);
    comment["actor"] = person("di");
    vec![asked, comment, event("merged", change.merged_at), event("closed", change.merged_at)]
}

fn deployment(one: &Deployment) -> Value {
    json!({
        "id": one.number, "sha": one.sha, "ref": "main", "task": "deploy",
        "environment": "production", "original_environment": "production",
        "production_environment": true, "transient_environment": false,
        "created_at": rfc3339(one.asked_at), "updated_at": rfc3339(one.finished_at),
        "url": format!("https://api.github.com{ROOT}/deployments/{}", one.number),
    })
}

/// The states of a deployment, oldest first.
fn statuses(world: &World, one: &Deployment) -> Vec<Value> {
    let job = world.runs[one.run - 1].jobs[2].number;
    let log = format!("{WEB}/actions/runs/{}/job/{job}", one.run);
    let states = [
        ("waiting", one.asked_at),
        ("queued", one.approved_at),
        ("in_progress", one.started_at),
        (word(one.ended), one.finished_at),
    ];
    states
        .iter()
        .enumerate()
        .map(|(index, (state, at))| {
            json!({"id": one.number * 10 + index, "state": state, "environment": "production",
                   "created_at": rfc3339(*at), "updated_at": rfc3339(*at), "log_url": log, "target_url": log})
        })
        .collect()
}

fn approvals(world: &World, run: &Run) -> Value {
    let deployed = world.deployments.iter().any(|one| one.run == run.number);
    let approval = json!({"state": "approved", "comment": "", "user": person("cy"),
                          "environments": [{"id": 1, "name": "production"}]});
    if deployed { json!([approval]) } else { json!([]) }
}

fn repository() -> Value {
    json!({"id": 1, "full_name": REPO, "default_branch": "main", "pushed_at": "2026-09-01T00:00:00Z",
           "html_url": WEB})
}

fn environment() -> Value {
    json!({
        "id": 1, "name": "production", "can_admins_bypass": true, "html_url": format!("{WEB}/deployments"),
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-02-01T00:00:00Z",
        "protection_rules": [
            {"id": 3, "type": "required_reviewers", "prevent_self_review": false,
             "reviewers": [{"type": "User", "reviewer": person("cy")}]},
            {"id": 4, "type": "branch_policy"},
        ],
    })
}

fn rule() -> Value {
    json!({"type": "pull_request", "ruleset_source_type": "Repository", "ruleset_source": REPO,
           "ruleset_id": 77, "parameters": {"required_approving_review_count": 1}})
}

fn ruleset() -> Value {
    json!({
        "id": 77, "name": "main", "target": "branch", "source_type": "Repository", "source": REPO,
        "enforcement": "active", "bypass_actors": [], "updated_at": "2026-03-01T00:00:00Z",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [{"type": "pull_request", "parameters": {"required_approving_review_count": 1}}],
    })
}
