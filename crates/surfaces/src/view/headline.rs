//! The finding of the page in one sentence.

use std::fmt::Write as _;

use aftercast_analysis::review::{Category, LeadTime, Review};
use aftercast_model::human_duration;

use super::lanes::{lanes, percent};

/// Returns the sentence that the page is about: how long it took, and what took the most.
pub(crate) fn headline(review: &Review) -> String {
    let Some(lead) = &review.lead_time else {
        return match review.numbers.lead_time_ms.value {
            Some(millis) => {
                format!("{} to production", human_duration(millis))
            }
            None => "how long this release took is not known".to_owned(),
        };
    };
    let whole = lead.to_at.since(lead.from_at);
    let total = human_duration(whole);
    let Some(most) = lanes(lead).into_iter().max_by_key(|lane| lane.total_ms) else {
        return format!("{total} to production");
    };
    let share = human_duration(most.total_ms);
    let spent = match most.category {
        Category::Idle => format!("nothing tells what happened in {share} of it"),
        Category::Coding => format!("{share} of it coding"),
        Category::ReviewWait => format!("{share} of it waiting for a review"),
        Category::Review => format!("{share} of it in review"),
        Category::MergeWait => format!("{share} of it approved but not merged"),
        Category::Queue => format!("{share} of it waiting for a machine"),
        Category::Run => format!("{share} of it building and testing"),
        Category::ApprovalWait => format!("{share} of it waiting for approval"),
        Category::Manual => format!("{share} of it steps by hand"),
        Category::Rework => format!("{share} of it work done again"),
        Category::ReworkWait => format!("{share} of it waiting for a re-run"),
        Category::Batching => format!("{share} of it waiting for the release to leave"),
        Category::Deploy => format!("{share} of it going to production"),
    };
    format!("{total} to production, {spent}")
}

/// Returns where the time went in one sentence.
pub(crate) fn time_went(lead: &LeadTime) -> String {
    let whole = lead.to_at.since(lead.from_at);
    let sums = lead.by_layer_ms;
    let total = human_duration(whole);
    if whole <= 0 {
        return "No time passed between the beginning and production".to_owned();
    }
    if sums.unexplained * 2 > whole {
        let share = percent(sums.unexplained, whole);
        return format!("Where the {total} went: nothing explains {share} of it");
    }
    let share = percent(sums.work, whole);
    format!("Where the {total} went: {share} was work")
}

/// Returns what the release holds: changes, commits, neighbours, position.
pub(crate) fn release_line(review: &Review) -> String {
    let release = &review.release;
    let plural = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let mut holds = Vec::new();
    if let Some(changes) = release.changes {
        holds.push(plural(changes, "change"));
    }
    if !release.commits.is_empty() {
        holds.push(plural(release.commits.len(), "commit"));
    }
    let mut line = if holds.is_empty() { "commits not known".to_owned() } else { holds.join(", ") };
    match &release.previous {
        Some(previous) => _ = write!(line, " since {previous}"),
        None => line.push_str(", the first release that is known"),
    }
    format!("{line}; release {} of {}", release.position, release.total)
}
