//! Whole reviews of small histories: the five numbers, the partition, the answers.

use std::collections::BTreeMap;

use aftercast_analysis::Settings;
use aftercast_analysis::findings::FINDINGS;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{Basis, Category, Review, review};
use aftercast_model::{Facts, Outcome};

use crate::build::{MINUTE, Shop};

pub(crate) fn reviewed(facts: Facts, release: &str) -> Review {
    let history = ServiceHistory::new("shop", facts);
    review(&history, Some(release), &Settings::default()).unwrap()
}

/// Shows the segments in minutes of the lead time: `from-to category: step`.
pub(crate) fn segments(review: &Review) -> Vec<String> {
    let lead_time = review.lead_time.as_ref().unwrap();
    let minute = |at: aftercast_model::Timestamp| at.since(lead_time.from_at) / MINUTE;
    lead_time
        .segments
        .iter()
        .map(|segment| {
            let (from, to) = (minute(segment.from_at), minute(segment.to_at));
            format!("{from}-{to} {:?}: {}", segment.category, segment.step)
        })
        .collect()
}

/// A change with a failed build, a fix, a recheck of a flaky build, an approval and a gate run.
fn eventful() -> Shop {
    let mut shop = Shop::default();
    shop.change(1, -500, -400).change(7, 0, 200);
    shop.job("lint", (7, 1, 1), (1, 2), Outcome::Success);
    shop.job("unit", (7, 1, 1), (1, 6), Outcome::Failure);
    shop.job("unit", (7, 2, 1), (30, 35), Outcome::Failure);
    shop.job("unit", (7, 2, 2), (50, 55), Outcome::Success);
    shop.approval(7, 2, "bob", 30, 180).approval(7, 1, "ann", 0, 5);
    shop.job("unit", (7, 2, 3), (190, 199), Outcome::Success);
    shop.job("lint", (7, 2, 3), (190, 192), Outcome::Cancelled);
    shop
}

#[test]
fn the_way_of_a_change_is_cut_exactly() {
    let review = reviewed(eventful().facts(), "7");
    assert_eq!(
        segments(&review),
        [
            "0-1 Coding: further revisions before anybody looked (change 7)",
            "1-6 Rework: `unit` failed",
            "6-30 ReworkWait: until the next build after the failure",
            "30-35 Rework: `unit` failed, then passed on the same revision",
            "35-50 ReworkWait: before the build that passed",
            "50-180 ApprovalWait: waiting for `Code-Review` (change 7)",
            "180-190 MergeWait: approved, not merged (change 7)",
            "190-199 Run: `unit`",
            "199-200 MergeWait: approved, not merged (change 7)",
        ]
    );
    let lead_time = review.lead_time.unwrap();
    let minutes: BTreeMap<Category, i64> =
        lead_time.by_category_ms.iter().map(|(at, sum)| (*at, sum / MINUTE)).collect();
    assert_eq!(minutes[&Category::ApprovalWait], 130);
    let by = lead_time.by_layer_ms;
    // Policy: half of the approval wait. Platform: the flaky build. Process: the rest but work.
    assert_eq!(by.policy, 65 * MINUTE);
    assert_eq!(by.platform, 20 * MINUTE);
    assert_eq!(by.work, 10 * MINUTE);
    assert_eq!(by.process, (65 + 29 + 11) * MINUTE);
    assert_eq!(by.unexplained, 0);
}

#[test]
fn work_beside_the_path_and_the_order_of_rows_change_nothing() {
    let before = segments(&reviewed(eventful().facts(), "7"));
    let mut shop = eventful();
    shop.job("docs", (7, 2, 3), (191, 198), Outcome::Success);
    shop.job("unit", (8, 1, 1), (10, 300), Outcome::Failure);
    shop.job("docs", (7, 2, 2), (50, 54), Outcome::Success);
    assert_eq!(segments(&reviewed(shop.facts(), "7")), before);

    let facts = eventful().facts();
    let mut turned = facts.clone();
    turned.task_runs = aftercast_model::TaskRuns::default();
    for row in (0..facts.task_runs.len()).rev() {
        turned.task_runs.push(facts.task_runs.row(row));
    }
    let mut one = reviewed(facts, "7");
    let mut other = reviewed(turned, "7");
    assert_eq!(segments(&other), before);
    one.evidence.clear();
    other.evidence.clear();
    assert_eq!(one, other);
}

#[test]
fn the_five_numbers_say_what_they_rest_on() {
    let review = reviewed(eventful().facts(), "7");
    let numbers = &review.numbers;
    assert_eq!(numbers.lead_time_ms.value, Some(200 * MINUTE));
    assert_eq!(numbers.lead_time_ms.basis, Basis::Proxy);
    assert_eq!(
        numbers.lead_time_ms.why,
        "from change 7 opened (stands for its first commit) to merged (stands for production)"
    );
    // Jobs without runs: builds are revision and attempt. Cancelled is not failed.
    assert_eq!((numbers.failed_builds.value, numbers.failed_builds.n), (Some(2), 4));
    assert_eq!(numbers.failed_builds.evidence.len(), 2);
    assert_eq!(numbers.approval_wait_ms.value, Some(150 * MINUTE));
    assert_eq!(
        numbers.approval_wait_ms.why,
        "`Code-Review` of change 7 waited 2 h 30 min (asked: as the source says)"
    );
    assert_eq!(numbers.manual_steps.value, None);
    assert_eq!(numbers.incidents.why, "not known: connect an incident source");
    for number in [&numbers.lead_time_ms, &numbers.failed_builds, &numbers.approval_wait_ms] {
        for id in &number.evidence {
            assert!(review.evidence.contains_key(&id.to_string()));
        }
    }
    let answers: Vec<u8> = review.questions.iter().map(|answer| answer.id).collect();
    assert_eq!(answers, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(review.questions[5].answer, "Not known: connect an incident source.");
    assert_eq!(review.questions[5].basis, Basis::Missing);
    assert!(review.candidates.len() <= 3 && !review.candidates.is_empty());
    let checks: Vec<&str> = review.findings.iter().map(|found| found.check.as_str()).collect();
    assert_eq!(checks, ["flaky_job", "red_before_green"]);
}

#[test]
fn without_sources_nothing_is_zero() {
    let mut shop = Shop::default();
    shop.commit("a", "", 0).commit("b", "a", 10).tag("v1.0.0", "a", 5).tag("v1.1.0", "b", 30);
    let review = reviewed(shop.facts(), "v1.1.0");
    let numbers = &review.numbers;
    for number in [
        &numbers.failed_builds,
        &numbers.approval_wait_ms,
        &numbers.manual_steps,
        &numbers.incidents,
    ] {
        assert_eq!((number.value, number.basis), (None, Basis::Missing));
        assert!(number.why.starts_with("not known: "), "{}", number.why);
    }
    assert_eq!(review.release.changes, None);
    assert_eq!(segments(&review), ["0-20 Batching: on the main line, waiting for the release"]);
}

#[test]
fn the_first_release_has_no_lead_time_but_a_reason() {
    let mut shop = Shop::default();
    shop.commit("a", "", 0).commit("b", "a", 10).tag("v1.0.0", "b", 30);
    let review = reviewed(shop.facts(), "v1.0.0");
    assert_eq!(review.numbers.lead_time_ms.value, None);
    assert_eq!(
        review.numbers.lead_time_ms.why,
        "history starts here: what this release shipped first cannot be told"
    );
    assert_eq!(review.lead_time, None);
    assert_eq!(review.findings[0].check, "history_starts");
}

#[test]
fn a_commit_that_lay_around_for_years_is_said() {
    const DAY: i64 = 24 * 60;
    let mut shop = Shop::default();
    shop.commit("a", "", 0).commit("old", "a", DAY).commit("x", "a", 1_000 * DAY);
    shop.commit("y", "x", 1_001 * DAY).commit("z", "y old", 1_002 * DAY);
    shop.tag("v1.0.0", "a", 10).tag("v1.1.0", "z", 1_003 * DAY);
    let review = reviewed(shop.facts(), "v1.1.0");
    assert_eq!(review.numbers.lead_time_ms.value, Some(1_002 * DAY * MINUTE));
    let found = &review.findings[0];
    assert_eq!(
        found.says,
        "The oldest commit waited 1002 d before it shipped; half of the 4 commits waited less \
         than 3 d."
    );
    assert_eq!(
        segments(&review),
        [
            "0-1441440 Coding: written and reviewed (git alone cannot tell which)",
            "1441440-1442880 Batching: on the main line, waiting for the release"
        ]
    );
    // Git cannot tell writing from waiting: not work, not a delay.
    let by = review.lead_time.unwrap().by_layer_ms;
    assert_eq!((by.work, by.unexplained), (0, 1_001 * DAY * MINUTE));
    assert_eq!(by.process + by.policy, DAY * MINUTE);
}

#[test]
fn only_the_author_approved_is_no_wait_and_stays_out_of_the_comparison() {
    let mut shop = Shop::default();
    for number in 1..=20 {
        let opened = number * 1_000;
        shop.change(number, opened, opened + 60);
        let who = if number % 2 == 0 { "ann" } else { "bob" };
        shop.approval(number, 1, who, opened, opened + 40 + number);
    }
    let own = reviewed(shop.facts(), "20");
    assert_eq!(own.numbers.approval_wait_ms.value, Some(0));
    assert_eq!(own.numbers.approval_wait_ms.compared, None);
    assert_eq!(
        own.numbers.approval_wait_ms.why,
        "only its author approved (1 approval): there was no other person to wait for"
    );
    assert_eq!(
        own.findings[0].says,
        "1 of 1 change was approved only by the author; so were 9 of the last 19 releases."
    );
    let other = reviewed(shop.facts(), "19");
    let compared = other.numbers.approval_wait_ms.compared.unwrap();
    assert_eq!((compared.n, compared.unusual), (9, Some(false)));
}

#[test]
fn a_slow_release_is_called_unusual_from_eight_earlier_ones_on() {
    let mut shop = Shop::default();
    for number in 1..=8 {
        shop.change(number, number * 1_000, number * 1_000 + 50 + number);
    }
    shop.change(9, 9_000, 19_000);
    let slow = reviewed(shop.facts(), "9");
    let compared = slow.numbers.lead_time_ms.compared.unwrap();
    assert_eq!(compared.unusual, Some(true));
    assert!(compared.says.starts_with("unusual: 183.5 times the median, slowest of the last 9"));
    assert_eq!(slow.findings[0].check, "slow_lead_time");
    let eighth = reviewed(shop.facts(), "8");
    let compared = eighth.numbers.lead_time_ms.compared.unwrap();
    assert_eq!(compared.unusual, None);
    assert_eq!(compared.says, "slowest of the last 8; too few releases to judge (7; 8 are needed)");
}

#[test]
fn a_gate_that_never_failed_says_its_bound() {
    let mut shop = Shop::default();
    for number in 1..=60 {
        shop.change(number, number * 100, number * 100 + 50);
        shop.job("lint", (number, 1, 1), (number * 100 + 1, number * 100 + 3), Outcome::Success);
    }
    let review = reviewed(shop.facts(), "60");
    let found = review.findings.iter().find(|found| found.check == "gate_never_fails").unwrap();
    assert_eq!(
        found.says,
        "`lint` never failed in 60 changes: with 95 % confidence it finds something in fewer than \
         4.9 % of changes."
    );
    let gate = &review.gates[0];
    assert_eq!((gate.runs, gate.caught, gate.verdict.as_str()), (60, Some(0), "not_enough_yet"));
    let early = reviewed(shop.facts(), "10");
    assert_eq!(early.gates[0].verdict, "not_enough_yet");
    assert!(early.gates[0].why.ends_with("5980 more changes are needed to judge"));
}

#[test]
fn incidents_count_until_the_next_release() {
    let mut shop = Shop::default();
    shop.change(1, 0, 10).change(2, 20, 100).incident(50).incident(60).incident(200);
    let review = reviewed(shop.facts(), "1");
    assert_eq!(review.numbers.incidents.value, Some(2));
    assert_eq!(review.numbers.incidents.basis, Basis::Inferred);
    let quiet = {
        let mut shop = Shop::default();
        shop.change(1, 0, 10).change(2, 20, 100).incident(200);
        reviewed(shop.facts(), "1")
    };
    assert_eq!(quiet.numbers.incidents.value, Some(0));
}

#[test]
fn silence_after_the_last_known_incident_is_not_zero() {
    let mut shop = Shop::default();
    shop.change(1, 0, 10).change(2, 20, 100).incident(50);
    let silent = reviewed(shop.facts(), "2");
    assert_eq!(silent.numbers.incidents.value, None);
    assert_eq!(silent.numbers.incidents.basis, Basis::Missing);
    // Unless somebody looked at the source later and found nothing.
    let later = aftercast_model::Timestamp::from_millis(4_000_000_000_000);
    let settings = Settings { incidents_known_until: Some(later), ..Settings::default() };
    let history = ServiceHistory::new("shop", shop.facts());
    let looked = review(&history, Some("2"), &settings).unwrap();
    assert_eq!(looked.numbers.incidents.value, Some(0));
    // Who never had one may not be in that source at all.
    let mut other = Shop::default();
    other.change(1, 0, 10).change(2, 20, 100);
    let history = ServiceHistory::new("shop", other.facts());
    let never = review(&history, Some("2"), &settings).unwrap();
    assert_eq!(never.numbers.incidents.value, None);
}

#[test]
fn a_revert_names_both_sides() {
    let mut shop = Shop::default();
    shop.change(1, 0, 10).change(2, 20, 30);
    let mut facts = shop.facts();
    let one = facts.name("1");
    facts.change_requests.revert_of[1] = one;
    let reverted = reviewed(facts.clone(), "1");
    let says = "A later change (2) reverted something that this release shipped.";
    assert!(reverted.findings.iter().any(|found| found.says == says));
    assert_eq!(reverted.questions[3].answer, says);
    let revert = reviewed(facts, "2");
    assert_eq!(revert.findings[0].says, "This release ships a revert: change 2 reverts change 1.");
}

#[test]
fn a_check_is_bypassed_only_when_it_failed_on_the_last_revision() {
    let checks = |shop: &Shop| -> Vec<String> {
        let found = reviewed(shop.facts(), "1").findings;
        found.into_iter().map(|finding| finding.check).collect()
    };
    let mut shop = Shop::default();
    shop.change(1, 0, 100).job("lint", (1, 1, 1), (1, 2), Outcome::Failure);
    assert_eq!(checks(&shop), ["bypassed_check", "history_starts"]);
    shop.job("unit", (1, 2, 1), (11, 12), Outcome::Success);
    assert_eq!(checks(&shop), ["history_starts"]);
}

#[test]
fn every_check_says_what_it_is() {
    let mut names: Vec<&str> = FINDINGS.iter().map(|check| check.name).collect();
    for check in FINDINGS {
        for text in [check.what, check.why, check.example] {
            assert!(text.ends_with('.') && text.len() > 30, "{}: {text}", check.name);
        }
    }
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}
