//! Findings about gates that pass without checking: a mechanism, shown by its cases.

use super::{Scene, finding};
use crate::measures::gates;
use crate::review::types::{Finding, FindingSeverity, Layer, Mechanism, VacuousCase};

/// Returns a finding for each gate that the release met and that passes by `mechanism`.
pub(super) fn by(scene: &Scene<'_>, mechanism: Mechanism, suggestion: &str) -> Vec<Finding> {
    let history = scene.view.history;
    let steps_known = !history.facts().step_runs.is_empty();
    gates::cases(history, scene.gates, steps_known)
        .into_iter()
        .filter(|case| case.mechanism == mechanism)
        .map(|case| found(case, suggestion))
        .collect()
}

/// Returns the finding of a case; `{gate}` in the suggestion stands for the gate.
pub(super) fn found(case: VacuousCase, suggestion: &str) -> Finding {
    let severity =
        if case.confidence < 0.6 { FindingSeverity::Notice } else { FindingSeverity::Warning };
    let mut found = finding(severity, Some(Layer::Policy), case.says);
    found.confidence = case.confidence;
    found.evidence = case.evidence;
    found.suggestion = Some(suggestion.replace("{gate}", &case.gate.unwrap_or_default()));
    found
}
