//! Changes that only their author approved.

use super::{Check, Scene, finding};
use crate::measures::{Who, approval_of_change, counted};
use crate::review::types::{Finding, FindingSeverity, Layer};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "only_author_approved",
    what: "A shipped change has no approval by another person, only its author's own.",
    why: "An approval that authors may give themselves is a gate that cannot say no; whether that is \
          right is for the team to say.",
    example: "1 of 1 change was approved only by the author; so were 31 of the last 60 releases.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let changes = scene.view.releases.changes(scene.index);
    let own: Vec<_> = changes
        .iter()
        .filter_map(|row| approval_of_change(scene.view, *row))
        .filter(|approval| approval.who == Who::Author)
        .collect();
    if own.is_empty() {
        return Vec::new();
    }
    let wait = |at: usize| scene.earlier.get(at).map(|earlier| &earlier.approval_wait);
    let alone = (0..scene.earlier.len())
        .filter_map(wait)
        .filter(|measure| measure.number.value.is_some() && !measure.comparable)
        .count();
    let before = match scene.earlier.len() {
        0 => String::new(),
        n => format!("; so were {alone} of the last {n} releases"),
    };
    let verb = if own.len() == 1 { "was" } else { "were" };
    let says = format!(
        "{} of {} {verb} approved only by the author{before}.",
        own.len(),
        counted(changes.len(), "change")
    );
    let mut found = finding(FindingSeverity::Notice, Some(Layer::Policy), says);
    found.evidence = own.iter().map(|approval| approval.evidence).collect();
    found.suggestion =
        Some("Say which changes need a second person, and let the others go without.".to_owned());
    vec![found]
}
