//! An incident points at this release.

use super::{Check, Scene, finding};
use crate::history::cell;
use crate::measures::incidents::link::Judge;
use crate::measures::incidents::link_says;
use crate::review::types::{Finding, FindingSeverity};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "incident_caused",
    what: "An incident points at the release: named or confirmed, or with at least half of the score \
           of its candidates (docs/statistics/incidents.md).",
    why: "A release that users felt is the one to learn from; which one it was must be said with its \
          evidence.",
    example: "Incident `checkout down`: Caused by v1.2.0 (93 %, of 3 candidates): the same service, it \
              began 20 min after.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let facts = scene.view.history.facts();
    let columns = &facts.incidents;
    let judge = Judge::new(scene.view);
    let links = judge.of_release(scene.index);
    let own = links.iter().filter(|link| link.release() == Some(scene.index));
    own.map(|link| {
        let title = facts.text(cell(&columns.title, link.row));
        let title = if title.is_empty() { "without a title" } else { title };
        let says = format!("Incident `{title}`: {}", link_says(scene.view, link));
        let mut found = finding(FindingSeverity::Warning, None, says);
        found.evidence.push(cell(&columns.id, link.row));
        for part in link.suspects.iter().take(1).flat_map(|suspect| &suspect.parts) {
            found.evidence.extend(&part.evidence);
        }
        found.evidence.sort_unstable();
        found.evidence.dedup();
        found.confidence = link.suspects.first().map_or(1.0, |suspect| suspect.posterior);
        found.suggestion = (!link.is_told())
            .then(|| "Confirm the release, or that none caused it: the answer is kept.".to_owned());
        found
    })
    .collect()
}
