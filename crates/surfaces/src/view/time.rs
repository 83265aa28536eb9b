//! The lead time in sentences: inside of working hours, of each commit, with shorter steps.

use aftercast_analysis::review::{LeadTime, Saving};
use aftercast_model::human_duration;

use super::lanes::percent;
use super::words::category;

/// More savings than this are no help.
const MOST_SAVINGS: usize = 3;

/// Returns how much of the lead time lay inside of working hours: "10 h (21 %) inside, 1 d 14 h
/// outside; Monday to Friday 09:00-18:00 UTC". The hours are foreign text.
pub(crate) fn working(lead: &LeadTime) -> Option<String> {
    let whole = lead.to_at.since(lead.from_at);
    let working = &lead.working;
    if whole <= 0 || working.says.is_empty() {
        return None;
    }
    Some(format!(
        "{} ({}) inside, {} outside; {}",
        human_duration(working.inside_ms),
        percent(working.inside_ms, whole),
        human_duration(working.outside_ms),
        working.says
    ))
}

/// Returns the lead time of each commit, where there are several: "31 commits: 3 d 4 h on average (2 d
/// of it wait for release), half of them at most 2 d 20 h".
pub(crate) fn each(lead: &LeadTime) -> Option<String> {
    let each = lead.per_commit.as_ref().filter(|each| each.n > 1)?;
    let most = each.by_category_ms.iter().max_by_key(|(_, time)| **time);
    let most = most.filter(|(_, time)| **time > 0).map_or_else(String::new, |(kind, time)| {
        format!(" ({} of it {})", human_duration(*time), category(*kind))
    });
    Some(format!(
        "{} {}s: {} on average{most}, half of them at most {}",
        each.n,
        each.of,
        human_duration(each.mean_ms),
        human_duration(each.median.lead_time_ms)
    ))
}

/// Returns what half the time of a step would have saved: "approval: 30 min earlier with half of its
/// 1 h", the largest first.
pub(crate) fn halves(lead: &LeadTime) -> Vec<String> {
    let whole = lead.to_at.since(lead.from_at);
    // Less than a hundredth of the whole is not worth a line.
    let worth = |one: &&Saving| one.time_ms.saturating_mul(50) >= whole && whole > 0;
    lead.savings.iter().filter(worth).take(MOST_SAVINGS).map(half).collect()
}

fn half(one: &Saving) -> String {
    let (step, time) = (category(one.category), human_duration(one.time_ms));
    if one.halved_ms <= 0 {
        return format!("{step} nothing of its {time}: other work took as long");
    }
    let saved = human_duration(one.halved_ms);
    if one.halved_ms < one.time_ms / 2 - one.time_ms / 20 {
        return format!("{step} {saved} of its {time}: then other work takes as long");
    }
    format!("{step} {saved} of its {time}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercast_analysis::review::Category;

    #[test]
    fn a_saving_says_what_it_is_held_up_by() {
        let saving = |halved_ms| Saving {
            category: Category::Run,
            step: "`unit`".to_owned(),
            time_ms: 3_600_000,
            halved_ms,
            removed_ms: 3_600_000,
        };
        assert_eq!(half(&saving(1_800_000)), "build and test 30 min of its 1 h");
        assert_eq!(
            half(&saving(600_000)),
            "build and test 10 min of its 1 h: then other work takes as long"
        );
        assert_eq!(half(&saving(0)), "build and test nothing of its 1 h: other work took as long");
    }
}
