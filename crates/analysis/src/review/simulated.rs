//! The label of what never happened.

use crate::history::ServiceHistory;

/// The source of simulated facts, as `aftercast-simulation` writes it.
const SOURCE: &str = "simulation";

/// Returns the note that the facts of a service are simulated, where one of them is.
pub(super) fn note(history: &ServiceHistory) -> Option<String> {
    let facts = history.facts();
    // No other batch has the name: real facts are not looked through.
    let source = facts.names.find(SOURCE)?;
    let tables = [
        &facts.task_runs.source,
        &facts.deployments.source,
        &facts.change_requests.source,
        &facts.commits.source,
        &facts.release_tags.source,
    ];
    tables.into_iter().any(|sources| sources.contains(&source)).then(|| {
        format!("Simulated: the facts come from the source `{SOURCE}`, and none of this happened.")
    })
}

/// Puts the note before the others.
pub(super) fn labelled(history: &ServiceHistory, notes: Vec<String>) -> Vec<String> {
    note(history).into_iter().chain(notes).collect()
}
