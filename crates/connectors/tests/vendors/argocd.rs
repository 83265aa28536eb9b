//! A fake Argo CD: an application in production that keeps ten syncs and tells each by notification.

use serde_json::{Value, json};

use super::world::{Deployment, Ended, World, rfc3339};
use super::{Asked, Hook, Reply, Vendor};

pub static ARGOCD: Vendor = Vendor {
    source: "argocd",
    subject: "web",
    secret: "argocd-token-of-tests",
    settings: &[],
    answer,
    hooks,
    truth,
};

/// `revisionHistoryLimit`.
const KEPT: usize = 10;

fn is_manual(deployment: &Deployment) -> bool {
    deployment.number % 2 == 1
}

fn by(deployment: &Deployment) -> Value {
    if is_manual(deployment) { json!({"username": "carol"}) } else { json!({"automated": true}) }
}

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    if asked.path != "/api/v1/applications" {
        return Reply::status(404);
    }
    let known: Vec<&Deployment> =
        world.deployments.iter().filter(|deployment| deployment.run <= visible).collect();
    let apps = if asked.parameter("projects").is_none_or(|project| project == "web") {
        vec![application(&known)]
    } else {
        Vec::new()
    };
    Reply::json(&json!({"metadata": {"resourceVersion": "7"}, "items": apps}))
}

/// The application after the last of `known`.
fn application(known: &[&Deployment]) -> Value {
    let source = json!({"repoURL": "https://forge.example/acme/shop.git", "path": "deploy", "targetRevision": "main"});
    let mut status = json!({"sync": {"status": "OutOfSync"}, "summary": {"images": []}, "health": {"status": "Healthy"}});
    let good: Vec<&&Deployment> = known.iter().filter(|known| known.ended == Ended::Well).collect();
    let history: Vec<Value> = good
        .iter()
        .skip(good.len().saturating_sub(KEPT))
        .map(|sync| {
            json!({"id": sync.number, "revision": sync.sha, "source": source, "initiatedBy": by(sync),
                "deployStartedAt": rfc3339(sync.started_at), "deployedAt": rfc3339(sync.finished_at)})
        })
        .collect();
    status["history"] = json!(history);
    if let Some(last) = known.last() {
        let well = last.ended == Ended::Well;
        status["operationState"] = json!({
            "operation": {"sync": {"revision": last.sha}, "initiatedBy": by(last)},
            "phase": if well { "Succeeded" } else { "Failed" },
            "message": if well { "successfully synced" } else { "one or more objects failed to apply" },
            "syncResult": {"revision": last.sha, "source": source},
            "startedAt": rfc3339(last.started_at), "finishedAt": rfc3339(last.finished_at),
        });
    }
    json!({
        "metadata": {"name": "shop-eu", "namespace": "argocd", "uid": "app-1", "labels": {"environment": "production"}},
        "spec": {"project": "web", "source": source, "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"}},
        "status": status,
    })
}

fn hooks(world: &World) -> Vec<Hook> {
    let all: Vec<&Deployment> = world.deployments.iter().collect();
    let hook = |index: usize| {
        let trigger =
            if all[index].ended == Ended::Well { "on-deployed" } else { "on-sync-failed" };
        let body = json!({"trigger": trigger, "app": application(&all[..=index])});
        Hook { headers: Vec::new(), body: body.to_string().into_bytes() }
    };
    (0..all.len()).map(hook).collect()
}

fn truth(world: &World) -> Vec<Value> {
    let mut rows = Vec::new();
    for sync in &world.deployments {
        let well = sync.ended == Ended::Well;
        let outcome = if well { "success" } else { "failure" };
        rows.push(json!({
            "table": "deployments", "service": "shop-eu", "repo": "acme/shop", "environment": "production",
            "production": true, "sha": sync.sha, "ref": "main", "started_at": sync.started_at,
            "finished_at": sync.finished_at, "outcome": outcome,
        }));
        if is_manual(sync) || !well {
            let words = (!well).then_some("one or more objects failed to apply");
            rows.push(json!({
                "table": "task_runs", "name": "sync shop-eu", "sha": sync.sha, "started_at": sync.started_at,
                "kind": if is_manual(sync) { "manual" } else { "deploy" }, "finished_at": sync.finished_at,
                "outcome": outcome, "failure_text": words,
            }));
        }
    }
    rows
}
