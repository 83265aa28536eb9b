//! Candidates for the one change: what they save, how they are ranked, what they should move.

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{Candidate, ProposalKind, review};
use aftercast_model::{Outcome, Verdict};

use crate::build::Shop;

const HOUR: i64 = 60;
const DAY: i64 = 1_440;

/// The candidates of the latest release.
fn candidates(shop: &Shop) -> Vec<Candidate> {
    let history = ServiceHistory::new("shop", shop.facts());
    review(&history, None, &Settings::default()).unwrap().candidates
}

/// Twelve changes, one a week: so long nobody looks, so long the second look takes, so long the
/// approved change lies there, in minutes.
fn weekly(waits: (i64, i64, i64)) -> Shop {
    let (look, review, merge) = waits;
    let mut shop = Shop::default();
    for week in 0..12 {
        let (number, opened) = (week + 1, week * 7 * DAY);
        let looked = opened + look;
        let approved = looked + review;
        shop.change(number, opened, approved + merge);
        shop.vote((number, 1), "bob", (opened, looked), Verdict::Warn);
        shop.approval(number, 1, "bob", looked, approved);
    }
    shop
}

fn ids(candidates: &[Candidate]) -> Vec<&str> {
    candidates.iter().map(|candidate| candidate.id.as_str()).collect()
}

#[test]
fn the_largest_saving_for_the_effort_comes_first() {
    // Halving the wait for the merge saves less than halving the review, but costs a third of it.
    let found = candidates(&weekly((10, 8 * HOUR, 6 * HOUR)));
    assert_eq!(ids(&found)[0], "merge-wait");
    let best = &found[0];
    assert_eq!(best.expected_saving_ms, Some(3 * 3_600_000));
    // 12 releases: 12 / (12 + 8).
    assert!((best.confidence - 0.6).abs() < 1e-9, "{}", best.confidence);
    assert_eq!(best.confidence_why, "measured over 12 releases");
    assert_eq!((best.effort.as_str(), best.kind), ("small", ProposalKind::Change));
    assert_eq!(
        best.why,
        "Waiting after the approval for the merge took time in 12 of the last 12 releases, 6 h where it \
         did (median); 6 h in this release; half of it would have made 12 of them earlier by 3 h (median)"
    );
    // Ten times as much back and forth is worth three times the effort.
    let found = candidates(&weekly((10, 60 * HOUR, 6 * HOUR)));
    assert_ne!(ids(&found)[0], "merge-wait");
}

#[test]
fn every_candidate_names_the_stage_that_it_should_move() {
    let found = candidates(&weekly((5 * HOUR, 8 * HOUR, 6 * HOUR)));
    assert_eq!(found.len(), 3);
    let mut metrics: Vec<&str> = found.iter().map(|one| one.target_metric.as_str()).collect();
    assert!(metrics.iter().all(|metric| *metric != "lead_time_ms"), "{metrics:?}");
    metrics.dedup();
    assert_eq!(metrics.len(), 3);
    for candidate in &found {
        assert!(!candidate.stage.is_empty() && (0.0..=1.0).contains(&candidate.confidence));
    }
}

#[test]
fn what_took_less_than_two_minutes_is_not_worth_a_change() {
    assert_eq!(candidates(&weekly((1, 1, 1))), []);
}

#[test]
fn two_releases_make_nothing_sure() {
    let mut shop = Shop::default();
    shop.change(1, 0, 10).change(2, 0, DAY);
    shop.approval(2, 1, "bob", 10, 60);
    let found = candidates(&shop);
    assert!(!found.is_empty());
    assert!(found.iter().all(|candidate| candidate.confidence <= 0.2), "{found:#?}");
}

#[test]
fn the_last_question_says_the_best_one_with_its_stage() {
    let history = ServiceHistory::new("shop", weekly((10, 8 * HOUR, 6 * HOUR)).facts());
    let review = review(&history, None, &Settings::default()).unwrap();
    let answer = &review.questions[7].answer;
    assert!(
        answer.starts_with(
            "Merge as soon as a change is approved (automatically, where the checks pass) (about 3 h a \
             release, small effort, 60 % sure, measured over 12 releases). Waiting after"
        ) && answer.ends_with("It should move: waiting for the merge."),
        "{answer}"
    );
}

/// Two hundred changes, four a day; three hours of each go by with `e2e`, which never finds anything.
fn slow_gate(beside: bool) -> Shop {
    let mut shop = Shop::default();
    for change in 0..200 {
        let (number, opened) = (change + 1, change * 6 * HOUR);
        shop.change(number, opened, opened + 6 * HOUR);
        shop.approval(number, 1, "bob", opened, opened + HOUR);
        let (from, to) = (opened + 2 * HOUR, opened + 5 * HOUR);
        shop.job("e2e", (number, 1, 1), (from, to), Outcome::Success);
        if beside {
            shop.job("unit", (number, 1, 1), (from, to - 1), Outcome::Success);
        }
    }
    shop
}

#[test]
fn a_gate_that_costs_more_than_it_catches_is_moved_not_deleted() {
    let found = candidates(&slow_gate(false));
    let gate = found.iter().find(|one| one.kind == ProposalKind::Remove).unwrap();
    assert_eq!(gate.title, "Let `e2e` run after the merge, nightly, or on one change in ten");
    assert_eq!(gate.target_metric, "gate:e2e wait_ms");
    assert_eq!((gate.id.as_str(), gate.effort.as_str()), ("move-gate-e2e", "small"));
    assert_eq!(gate.expected_saving_ms, Some(3 * 3_600_000));
    assert!(found.iter().all(|one| !one.title.to_lowercase().contains("delete")));
}

#[test]
fn a_gate_that_others_take_as_long_as_saves_no_release_a_minute() {
    let found = candidates(&slow_gate(true));
    assert!(found.iter().all(|one| one.target_metric != "gate:e2e wait_ms"
        || one.expected_saving_ms.is_none_or(|saving| saving <= 60_000)));
}
