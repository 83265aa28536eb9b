//! Unusually many builds failed.

use super::{Check, Scene, finding};
use crate::history::cell;
use crate::measures::{Measure, red_jobs, share_says};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "many_failed_builds",
    what: "More builds failed on the way than chance gives once in 200 releases like the last ones.",
    why: "Each failed build stops somebody, and a cluster of them has a cause.",
    example: "7 of 31 builds failed on the way; usually 0 (24 releases). Most often `phpunit`.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let number = &scene.numbers.failed_builds;
    let (Some(value), Some(compared)) = (number.value, &number.compared) else {
        return Vec::new();
    };
    if compared.unusual != Some(true) {
        return Vec::new();
    }
    let facts = scene.view.history.facts();
    let red = red_jobs(scene.view, scene.index);
    let mut names: Vec<&str> =
        red.iter().map(|row| facts.text(cell(&facts.task_runs.name, *row))).collect();
    names.sort_unstable();
    let most = names.chunk_by(|a, b| a == b).max_by_key(|same| same.len());
    let most = most
        .and_then(<[&str]>::first)
        .map(|name| format!(" Most often `{name}`."))
        .unwrap_or_default();
    let earlier: Vec<&Measure> = scene
        .earlier
        .iter()
        .map(|measures| &measures.failed_builds)
        .filter(|measure| measure.number.basis == number.basis)
        .collect();
    let share = share_says(number, &earlier).map(|says| sentence(&says)).unwrap_or_default();
    let says = format!(
        "{value} of {} builds failed on the way; usually {:.0} ({} releases).{share}{most}",
        number.n, compared.median, compared.n
    );
    let mut found = finding(FindingSeverity::Warning, Some(Layer::Platform), says);
    found.evidence.clone_from(&number.evidence);
    found.confidence = 0.995;
    found.suggestion = Some("Run the job that failed most before the change is pushed.".to_owned());
    vec![found]
}

/// " The share is as before."
fn sentence(says: &str) -> String {
    let mut letters = says.chars();
    let first: String = letters.next().map(char::to_uppercase).into_iter().flatten().collect();
    format!(" {first}{}.", letters.as_str())
}
