//! A fake SonarQube: an analysis of the main branch after each run.

use serde_json::{Value, json};

use super::world::{Ended, Run, rfc3339};
use super::{Asked, Hook, Reply, Vendor, World};

/// SonarQube.
pub static SONARQUBE: Vendor = Vendor {
    source: "sonarqube",
    subject: "shop",
    secret: "sonar-token",
    settings: &[],
    answer,
    hooks,
    truth,
};

fn status(run: &Run) -> &'static str {
    if run.ended == Ended::Failed { "ERROR" } else { "OK" }
}

/// `2026-09-01T08:00:00+0000`, as SonarQube writes times.
fn date(run: &Run) -> String {
    rfc3339(run.finished_at).replace('Z', "+0000")
}

fn answer(world: &World, asked: &Asked, visible: usize) -> Reply {
    let now = world.runs.iter().take(visible);
    match asked.path.as_str() {
        "/api/project_analyses/search" if asked.parameter("project") == Some("shop") => {
            let (page, size) = (asked.number("p", 1).max(1), asked.number("ps", 100).min(500));
            let from = asked.parameter("from").unwrap_or_default().to_owned();
            let mut found: Vec<&Run> = now.filter(|run| date(run) >= from).collect();
            found.sort_by_key(|run| std::cmp::Reverse((run.finished_at, run.number)));
            let shown = found.iter().skip((page - 1) * size).take(size);
            let one = |run: &&Run| json!({"key": format!("A{}", run.number), "date": date(run), "revision": run.sha, "events": [], "projectVersion": "1.0"});
            let analyses: Vec<Value> = shown.map(one).collect();
            let paging = json!({"pageIndex": page, "pageSize": size, "total": found.len()});
            Reply::json(&json!({"paging": paging, "analyses": analyses}))
        }
        "/api/qualitygates/project_status" => {
            let id = asked.parameter("analysisId").unwrap_or_default();
            let run = { now }.find(|run| format!("A{}", run.number) == id);
            let Some(run) = run else { return Reply::status(404) };
            let condition = json!({"status": status(run), "metricKey": "new_coverage", "comparator": "LT", "errorThreshold": "80", "actualValue": "75.4"});
            Reply::json(
                &json!({"projectStatus": {"status": status(run), "conditions": [condition], "ignoredConditions": false}}),
            )
        }
        _ => Reply::status(404),
    }
}

fn hooks(world: &World) -> Vec<Hook> {
    let hook = |run: &Run| {
        let condition = json!({"metric": "new_coverage", "operator": "LESS_THAN", "value": "75.4", "status": status(run), "errorThreshold": "80"});
        let body = json!({"serverUrl": "http://sonar", "taskId": format!("T{}", run.number), "status": "SUCCESS", "analysedAt": date(run), "revision": run.sha,
            "project": {"key": "shop", "name": "Shop"}, "branch": {"name": "main", "type": "BRANCH", "isMain": true},
            "qualityGate": {"name": "Sonar way", "status": status(run), "conditions": [condition]}, "properties": {}});
        Hook { headers: Vec::new(), body: body.to_string().into_bytes() }
    };
    world.runs.iter().map(hook).collect()
}

fn truth(world: &World) -> Vec<Value> {
    let row = |run: &Run| {
        let failed = run.ended == Ended::Failed;
        json!({
            "table": "gate_evaluations",
            "gate": "quality gate",
            "gate_kind": "quality",
            "subject": run.sha,
            "sha": run.sha,
            "decided_at": run.finished_at,
            "verdict": if failed { "fail" } else { "pass" },
            "native_status": if failed { "ERROR: new_coverage 75.4 < 80" } else { "OK" },
            "could_fail": true,
        })
    };
    world.runs.iter().map(row).collect()
}
