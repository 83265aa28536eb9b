//! Question 7: what went better than expected, and what went together with it.

use aftercast_model::human_duration;

use super::questions::{Said, from_number, of_checks};
use super::types::{Basis, Category, Finding};
use crate::findings::Scene;
use crate::measures::{Better, Way, better_parts, counted};

/// Checks whose findings are good news, the best first.
const GOOD_NEWS: [&str; 4] =
    ["fast_release", "step_got_faster", "pattern_kept", "red_before_green"];

/// At most this many details; people have fifteen minutes.
const SHOWN: usize = 3;

/// What it takes for a kept pattern to be shown.
const WENT_WELL: &str = "It went well: in the fastest third of its month, and as far as is known \
                         nothing was undone, overruled or followed by an incident.";

/// Returns the answer: what was fast, which parts of it, which steps got faster, what it has in common
/// with good releases, what was held back in time.
pub(super) fn went_well(scene: &Scene<'_>, findings: &[Finding], way: Option<&Way>) -> Said {
    let parts = way
        .map(|way| better_parts(scene.view, scene.index, &way.lead_time))
        .unwrap_or_default()
        .into_iter()
        .map(|part| (part_says(part), None));
    let of = |check: &'static str| of_checks(findings, &[check]).into_iter();
    let lines = |check| of(check).map(|finding| (finding.says.clone(), Some(finding)));
    let [fast, faster, kept, held] = GOOD_NEWS;
    let well = of(kept).next().map(|_| (WENT_WELL.to_owned(), None));
    let all: Vec<(String, Option<&Finding>)> = lines(fast)
        .chain(parts)
        .chain(lines(faster))
        .chain(well)
        .chain(lines(kept))
        .chain(lines(held))
        .collect();
    let Some(((first, _), others)) = all.split_first() else { return nothing(scene) };
    let found = || all.iter().filter_map(|(_, finding)| *finding);
    let mut evidence: Vec<_> = found().flat_map(|finding| finding.evidence.clone()).collect();
    if evidence.is_empty() {
        evidence.clone_from(&scene.numbers.lead_time_ms.evidence);
    }
    let mut details: Vec<String> = others.iter().map(|(says, _)| says.clone()).collect();
    if SHOWN < details.len() {
        let more = details.len() - SHOWN;
        details.truncate(SHOWN);
        details.push(format!("And {more} more of this kind among the findings."));
    }
    if !found().any(|finding| finding.check == held) {
        details.extend(nothing_failed(scene));
    }
    Said {
        answer: first.clone(),
        details,
        basis: Basis::Inferred,
        findings: found().map(|finding| finding.id.clone()).collect(),
        evidence,
    }
}

/// "Waiting for a reviewer took 12 min, the shortest of the last 45; usually 5 h."
fn part_says(part: Better) -> String {
    let what = match part.category {
        Category::ReviewWait => "Waiting for a reviewer",
        Category::Review => "The review",
        Category::MergeWait => "Waiting after the approval for the merge",
        Category::Queue => "Waiting for a machine",
        Category::Run => "What machines did",
        Category::ApprovalWait => "Waiting for an approval",
        Category::Rework => "Work done again",
        Category::ReworkWait => "Waiting for the next attempt",
        Category::Batching => "Waiting for the next release",
        Category::Deploy => "The deployment",
        _ => "A part",
    };
    let rank = match part.rank {
        1 => "the shortest".to_owned(),
        rank => format!("number {rank} from the shortest"),
    };
    format!(
        "{what} took {}, {rank} of the last {}; usually {}.",
        human_duration(part.value_ms),
        part.of,
        human_duration(part.usual_ms)
    )
}

/// "Nothing failed on the way: 2 builds, all passed (so in 40 of the last 55 releases)."
fn nothing_failed(scene: &Scene<'_>) -> Option<String> {
    let builds = &scene.numbers.failed_builds;
    if builds.value != Some(0) {
        return None;
    }
    let values = scene.earlier.iter().filter_map(|earlier| earlier.failed_builds.number.value);
    let (mut none, mut n) = (0_usize, 0_usize);
    for value in values {
        none += usize::from(value == 0);
        n += 1;
    }
    let often = match n {
        0 => String::new(),
        _ => format!(" (so in {none} of {} before)", counted(n, "release")),
    };
    Some(format!("Nothing failed on the way: {}, all passed{often}.", counted(builds.n, "build")))
}

fn nothing(scene: &Scene<'_>) -> Said {
    if let Some(says) = nothing_failed(scene) {
        return from_number(&scene.numbers.failed_builds, says);
    }
    let known = scene.numbers.lead_time_ms.compared.as_ref().is_some_and(|c| c.unusual.is_some());
    let (answer, basis) = if known {
        ("Nothing stood out beside the earlier releases.", Basis::Inferred)
    } else {
        ("Not known: too few earlier releases to compare with.", Basis::Missing)
    };
    Said {
        answer: answer.to_owned(),
        details: Vec::new(),
        basis,
        findings: Vec::new(),
        evidence: Vec::new(),
    }
}
