//! What the lake must hold of the world, as GitHub tells it.

use serde_json::{Value, json};

use super::{ERROR, attempt_times, created_at, first_jobs, word};
use crate::vendors::world::{Ended, World};

pub fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for run in &world.runs {
        for attempt in 1..=run.attempts {
            let (started_at, finished_at, ended) = attempt_times(run, attempt);
            rows.push(json!({
                "table": "pipeline_runs", "run_id": run.number.to_string(), "attempt": attempt,
                "sha": run.sha, "ref": "main",
                // GitHub does not tell when a later attempt was asked for.
                "queued_at": if attempt == 1 { created_at(run) } else { started_at },
                "started_at": started_at, "finished_at": finished_at, "outcome": word(ended),
            }));
            let first = first_jobs(run);
            let jobs = if attempt == run.attempts { &run.jobs } else { &first };
            for job in jobs {
                let text = (job.ended == Ended::Failed)
                    .then(|| format!("step `make {}` failed: {ERROR}", job.name));
                let text = match job.ended {
                    Ended::Cancelled => Some(ERROR.to_owned()),
                    _ => text,
                };
                rows.push(json!({
                    "table": "task_runs", "run_id": run.number.to_string(), "attempt": attempt,
                    "task_id": job.number.to_string(), "name": job.name, "sha": run.sha,
                    "queued_at": job.queued_at, "started_at": job.started_at,
                    "finished_at": job.finished_at, "outcome": word(job.ended), "failure_text": text,
                }));
            }
        }
    }
    for change in &world.changes {
        rows.push(json!({
            "table": "change_requests", "number": change.number, "state": "merged",
            "merge_sha": change.sha, "opened_at": change.opened_at, "ready_at": change.opened_at,
            "first_review_at": change.reviewed_at, "approved_at": change.approved_at,
            "merged_at": change.merged_at, "additions": change.number * 3,
        }));
        for (verdict, at) in [("warn", change.reviewed_at), ("pass", change.approved_at)] {
            rows.push(json!({
                "table": "gate_evaluations", "gate": "review", "gate_kind": "approval",
                "subject": change.number.to_string(), "asked_at": change.opened_at,
                "decided_at": at, "verdict": verdict,
            }));
        }
    }
    for one in &world.deployments {
        rows.push(json!({
            "table": "deployments", "environment": "production", "production": true, "sha": one.sha,
            "run_id": one.run.to_string(), "created_at": one.asked_at, "started_at": one.started_at,
            "finished_at": one.finished_at, "outcome": word(one.ended),
        }));
        rows.push(json!({
            "table": "gate_evaluations", "gate": "production approval", "gate_kind": "approval",
            "subject": one.run.to_string(), "asked_at": one.asked_at, "decided_at": one.approved_at,
            "verdict": "pass",
        }));
    }
    for (gate, kind, applies_to, approvals) in [
        ("production approval", "approval", "production", Some(1)),
        ("production branch policy", "policy", "production", None),
        ("review", "approval", "main", Some(1)),
    ] {
        rows.push(json!({"table": "gate_definitions", "gate": gate, "gate_kind": kind,
                         "applies_to": applies_to, "approvals": approvals, "blocking": true}));
    }
    rows
}
