//! What tells the rows of a table apart where they have no id.

use std::fmt::Write;

use aftercast_model::{FactId, Kind, TableSpec};

use crate::facts::cell::{Cell, Row};
use crate::facts::{NAME, repo_of};
use crate::source::Context;

/// For each table: columns that must be there, groups of which one must be there, and columns that
/// count where they are there.
type Key =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const KEYS: &[Key] = &[
    ("commits", &["repo", "sha"], &[], &[]),
    ("change_requests", &["repo", "number"], &[], &[]),
    ("pipeline_runs", &["run_id"], &[], &["repo", "attempt"]),
    ("task_runs", &["name"], &["task_id", "run_id"], &["repo", "attempt", "task_id", "run_id"]),
    ("step_runs", &["task_id"], &["number", "name"], &["number", "name"]),
    (
        "gate_evaluations",
        &["gate", "subject"],
        &["decided_at", "asked_at"],
        &["repo", "decided_at", "asked_at", "decider_key"],
    ),
    (
        "deployments",
        &["environment"],
        &["created_at", "started_at", "finished_at"],
        &["repo", "service", "sha", "version", "created_at", "started_at"],
    ),
    ("release_tags", &["repo", "tag"], &[], &["kind"]),
    (
        "incidents",
        &["title"],
        &["started_at", "detected_at"],
        &["service", "started_at", "detected_at"],
    ),
    ("test_results", &["name", "run_id"], &[], &["suite", "class", "parameters"]),
    ("signals", &["kind", "said_at"], &[], &["channel", "thread", "author_key"]),
    ("rollouts", &["rollout", "service"], &[], &["version"]),
    ("gate_definitions", &["gate"], &[], &["repo", "applies_to"]),
];

/// Returns the id that follows from the row's natural key, or what is missing and what to do.
pub(super) fn computed_id(
    row: &Row<'_>,
    spec: &TableSpec,
    context: &Context<'_>,
) -> Result<FactId, (String, String)> {
    let Some((_, must, either, also)) = KEYS.iter().find(|(table, ..)| *table == spec.name) else {
        return Err((format!("a row of `{}` without an id", spec.name), "add an `id`".to_owned()));
    };
    let missing = must.iter().find(|name| value(row, spec, name, context).is_none());
    if let Some(name) = missing {
        return Err(without(spec, &format!("`{name}`")));
    }
    if !either.is_empty() && either.iter().all(|name| value(row, spec, name, context).is_none()) {
        let names: Vec<_> = either.iter().map(|name| format!("`{name}`")).collect();
        return Err(without(spec, &names.join(" or ")));
    }
    let mut native = String::new();
    for name in must.iter().chain(*also) {
        if let Some(value) = value(row, spec, name, context) {
            // Lengths keep ("a", "bc") and ("ab", "c") apart.
            let _ = write!(native, "{name}={}:{value};", value.len());
        }
    }
    let source = row.get("source").and_then(Cell::text);
    let source = source.as_deref().filter(|source| !source.is_empty()).unwrap_or(NAME);
    Ok(FactId::new(source, spec.name, &native, 0))
}

fn without(spec: &TableSpec, names: &str) -> (String, String) {
    let what = format!("a row of `{}` without an id and without {names}", spec.name);
    (what, format!("add an `id`, or {names}, from which it is computed"))
}

/// Returns the value as it counts for the id: the same however it was written.
fn value(row: &Row<'_>, spec: &TableSpec, name: &str, context: &Context<'_>) -> Option<String> {
    let given = row.get(name).filter(|cell| !cell.is_missing());
    let Some(cell) = given else {
        let repo = repo_of(row, context)?;
        return match name {
            "repo" => Some(repo.to_owned()),
            "service" => Some(context.services.of_repo(repo).to_owned()),
            _ => None,
        };
    };
    let kind = spec.position(name).and_then(|at| spec.columns.get(at)).map(|column| column.kind)?;
    match kind {
        Kind::Time => cell.time().map(|time| time.millis().to_string()),
        Kind::Count => cell.count().map(|count| count.to_string()),
        Kind::Flag => cell.flag().map(|flag| flag.to_string()),
        Kind::Id | Kind::Text | Kind::Word => cell.text().map(String::from),
    }
}
