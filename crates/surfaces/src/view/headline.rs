//! The finding of the page in one sentence.

use std::fmt::Write as _;

use aftercast_analysis::review::{Category, LeadTime, Review};
use aftercast_model::human_duration;

use super::lanes::{lanes, percent};
use super::words::{Activity, activity};

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
        category => format!("{share} of it {}", spent(category)),
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
    let Some(most) = lanes(lead).into_iter().max_by_key(|lane| lane.total_ms) else {
        return format!("Where the {total} went");
    };
    let went = format!("{} {}", percent(most.total_ms, whole), spent(most.category));
    // Without a minute of work on record, its share is not zero: it is not known.
    if activity(most.category) == Activity::Work || sums.work == 0 {
        return format!("Where the {total} went: {went}");
    }
    format!("Where the {total} went: {went}, {} work", percent(sums.work, whole))
}

/// Returns how time of a category was spent, behind "3 h of it".
fn spent(category: Category) -> &'static str {
    match category {
        Category::Coding => "coding",
        Category::ReviewWait => "waiting for a review",
        Category::Review => "in review",
        Category::MergeWait => "approved but not merged",
        Category::Queue => "waiting for a machine",
        Category::Run => "building and testing",
        Category::ApprovalWait => "waiting for approval",
        Category::Manual => "steps by hand",
        Category::Rework => "work done again",
        Category::ReworkWait => "waiting for rework",
        Category::Batching => "waiting for the release to leave",
        Category::Deploy => "going to production",
        Category::Idle => "of which nothing is known",
    }
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
