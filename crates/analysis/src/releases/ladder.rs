//! The ladder: the first step that the facts allow decides what a release is.

use super::{Found, deployed, merged, tagged};
use crate::Settings;
use crate::history::ServiceHistory;

/// One step of the ladder: the releases that it finds, `None` where it finds none.
type Step = fn(&ServiceHistory, &Settings) -> Option<Found>;

/// The steps, best first (design.md, section 4).
const LADDER: [Step; 6] = [
    deployed::production_deployments,
    tagged::published_releases,
    tagged::version_tags,
    tagged::release_branches,
    merged::merged_changes,
    merged::main_line,
];

/// Takes the first step that finds releases; where none does, an empty list of the last.
pub(super) fn climb(history: &ServiceHistory, settings: &Settings) -> Found {
    LADDER.iter().find_map(|step| step(history, settings)).unwrap_or_else(merged::nothing)
}
