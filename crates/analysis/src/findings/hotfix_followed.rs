//! A hotfix went out to mend this release.

use aftercast_model::human_duration;

use super::{Check, Scene, finding};
use crate::measures::incidents::called;
use crate::measures::incidents::undone::{Sign, undone};
use crate::review::types::{Finding, FindingSeverity};

/// The check.
pub(super) const CHECK: Check = Check {
    name: "hotfix_followed",
    what: "A change went to production beside the usual way (a hotfix branch, a pick to a release \
           branch) while the release was live.",
    why: "A hotfix says that a release could not wait for the next one to be mended.",
    example: "A hotfix (change 12) followed this release after 3 h.",
    run,
};

fn run(scene: &Scene<'_>) -> Vec<Finding> {
    let undone = undone(scene.view);
    let own = undone
        .iter()
        .filter(|undone| undone.sign == Sign::Hotfix && undone.release == Some(scene.index));
    let own: Vec<_> = own.collect();
    let (Some(first), Some(release)) = (own.first(), scene.view.releases.list.get(scene.index))
    else {
        return Vec::new();
    };
    let (what, after) =
        (called(scene.view, first.fix), human_duration(first.at.since(release.at).max(0)));
    let says = match own.len() {
        1 => format!("A hotfix ({what}) followed this release after {after}."),
        n => format!("{n} hotfixes followed this release, the first ({what}) after {after}."),
    };
    let mut found = finding(FindingSeverity::Warning, None, says);
    found.evidence = own.iter().map(|undone| undone.fact).collect();
    found.confidence = 0.7;
    found.suggestion = Some("Ask what would have shown it before the release.".to_owned());
    vec![found]
}
