//! A fake Gerrit: one project, whose CI writes under its changes.

use serde_json::{Value, json};

use super::world::{Change, Ended, Run, World, rfc3339};
use super::{Asked, Reply, Vendor};

pub static GERRIT: Vendor = Vendor {
    source: "gerrit",
    subject: "acme/shop",
    secret: "aftercast:gerrit-http-password",
    settings: &[],
    answer,
    hooks: |_| Vec::new(),
    truth,
};

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    if asked.path != "/a/changes/" {
        return Reply::status(404);
    }
    let query = asked.parameter("q").unwrap_or_default();
    let Some(limits) = query.strip_prefix("project:\"acme/shop\"") else {
        return Reply::json(&json!([]));
    };
    let limit = |name: &str| {
        let text = limits.split_once(&format!("{name}:\""))?.1.split_once('"')?.0;
        let text = format!("{}Z", text.replace(' ', "T"));
        Some(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    };
    let (after, before) = (limit("after"), limit("before"));
    let runs = world.runs.len().min(visible);
    let changes = world.changes.iter().filter(|change| change.number * 3 <= runs);
    let changes = changes.filter(|change| after.is_none_or(|after| change.merged_at >= after));
    let changes = changes.filter(|change| before.is_none_or(|before| change.merged_at <= before));
    let changes: Vec<&Change> = changes.rev().collect();
    let (skip, size) = (asked.number("S", 0), asked.number("n", 25).min(100));
    let mut page: Vec<Value> =
        changes.iter().skip(skip).take(size).map(|change| info(world, change)).collect();
    if changes.len() > skip + size
        && let Some(last) = page.last_mut()
    {
        last["_more_changes"] = true.into();
    }
    let mut reply = Reply::json(&Value::Array(page));
    reply.body.splice(0..0, *b")]}'\n");
    reply
}

/// `2026-09-01 08:00:00.000000000`, as Gerrit writes times.
fn moment(millis: i64) -> String {
    format!("{}.000000000", rfc3339(millis).replace('T', " ").trim_end_matches('Z'))
}

fn info(world: &World, change: &Change) -> Value {
    let number = 1000 + change.number;
    let run = &world.runs[change.number * 3 - 1];
    let message = |index: usize, who: Value, at: i64, text: &str| {
        json!({"id": format!("{number}-{index}"), "author": who, "date": moment(at), "message": text,
            "_revision_number": 1})
    };
    let person = |id: i64| json!({"_account_id": id});
    let robot = json!({"_account_id": 99, "name": "Zuul", "tags": ["SERVICE_USER"]});
    let (dev, reviewer) = (person(3), person(7));
    json!({
        "id": format!("acme%2Fshop~{number}"), "project": "acme/shop", "branch": "main",
        "change_id": format!("I{:040x}", change.number), "subject": format!("Change {number}"),
        "status": "MERGED", "created": moment(change.opened_at), "updated": moment(change.merged_at),
        "submitted": moment(change.merged_at), "_number": number, "owner": dev, "insertions": 4,
        "deletions": 1, "current_revision": change.sha,
        "revisions": {&change.sha: {"_number": 1, "created": moment(change.opened_at)}},
        "labels": {"Code-Review": {"values": {"-2": "", "-1": "", " 0": "", "+1": "", "+2": ""}}},
        "messages": [
            message(1, dev, change.opened_at, "Uploaded patch set 1."),
            message(2, robot.clone(), change.opened_at + 600_000, &report(run)),
            message(3, reviewer.clone(), change.reviewed_at, "Patch Set 1: Code-Review-1\n\n(1 comment)"),
            message(4, reviewer, change.approved_at, "Patch Set 1: Code-Review+2"),
            message(5, robot, change.merged_at, "Change has been successfully merged by Zuul"),
        ],
    })
}

/// What CI writes about a run.
fn report(run: &Run) -> String {
    let (vote, word) = verdict(run);
    let job = if run.ended == Ended::Well { "SUCCESS" } else { "FAILURE" };
    format!("Patch Set 1: Verified{vote}\n\nMain test build {word}.\n\n- unit : {job} in 3m 00s")
}

fn verdict(run: &Run) -> (&'static str, &'static str) {
    if run.ended == Ended::Well { ("+1", "succeeded") } else { ("-1", "failed") }
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for change in &world.changes {
        let number = 1000 + change.number;
        let run = &world.runs[change.number * 3 - 1];
        rows.push(json!({
            "table": "change_requests", "repo": "acme/shop", "number": number, "state": "merged",
            "opened_at": change.opened_at, "first_review_at": change.reviewed_at,
            "approved_at": change.approved_at, "merged_at": change.merged_at,
            "closed_at": change.merged_at, "merge_sha": change.sha, "head_sha": change.sha,
            "target": "main", "additions": 4, "deletions": 1,
        }));
        let passed = run.ended == Ended::Well;
        for (gate, kind, by, verdict, at) in [
            (
                "Verified",
                "check",
                "bot",
                if passed { "pass" } else { "fail" },
                change.opened_at + 600_000,
            ),
            ("Code-Review", "approval", "human", "fail", change.reviewed_at),
            ("Code-Review", "approval", "human", "pass", change.approved_at),
        ] {
            rows.push(json!({
                "table": "gate_evaluations", "gate": gate, "gate_kind": kind, "repo": "acme/shop",
                "subject_kind": "change", "subject": format!("{number}/1"), "verdict": verdict,
                "asked_at": change.opened_at, "decided_at": at, "decided_by_kind": by,
            }));
        }
        rows.push(json!({
            "table": "task_runs", "repo": "acme/shop", "name": "unit", "change_number": number,
            "revision": 1, "started_at": change.opened_at + 420_000,
            "finished_at": change.opened_at + 600_000, "outcome": if passed { "success" } else { "failure" },
        }));
    }
    rows
}
