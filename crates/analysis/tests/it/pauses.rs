//! Time between the first look and the approval is review only where somebody acts.

use aftercast_model::{Outcome, Verdict};

use crate::build::{MINUTE, Shop};
use crate::reviews::{reviewed, segments};

const DAY: i64 = 24 * 60;

/// Change 7, opened at 0, merged after 300 days; approved on revision 9 that was asked on day 299.
fn lying() -> Shop {
    let mut shop = Shop::default();
    shop.change(1, -500, -400).change(7, 0, 300 * DAY);
    shop.approval(7, 9, "bob", 299 * DAY, 300 * DAY);
    shop
}

/// Checks the segments between opening and the request that was approved, in days.
#[track_caller]
fn check(shop: &Shop, expected: &[&str]) {
    let found = reviewed(shop.facts(), "7");
    let shown: Vec<String> = segments(&found)
        .into_iter()
        .map(|line| {
            let (range, rest) = line.split_once(' ').unwrap();
            let (from, to) = range.split_once('-').unwrap();
            let days = |minutes: &str| minutes.parse::<i64>().unwrap() as f64 / DAY as f64;
            format!("{:.1}-{:.1} {}", days(from), days(to), rest.replace(" (change 7)", ""))
        })
        .collect();
    let (last, before) = shown.split_last().unwrap();
    assert_eq!(last, "299.0-300.0 ApprovalWait: waiting for `Code-Review`");
    assert_eq!(before, expected);
    let length: i64 = found.lead_time.unwrap().by_category_ms.values().sum();
    assert_eq!(length, 300 * DAY * MINUTE);
}

#[test]
fn after_an_objection_the_next_revision_is_waited_for() {
    let mut shop = lying();
    shop.vote((7, 1), "bob", (0, 60), Verdict::Fail);
    shop.vote((7, 2), "bob", (100 * DAY, 100 * DAY + 60), Verdict::Warn);
    check(
        &shop,
        &[
            "0.0-0.0 ReviewWait: nobody has looked",
            "0.0-100.0 ReworkWait: nobody acted, waiting for the next revision",
            "100.0-100.0 Review: in review",
            "100.0-299.0 ReworkWait: nobody acted, waiting for the next revision",
        ],
    );
}

#[test]
fn after_an_upload_a_reviewer_is_waited_for() {
    let mut shop = lying();
    shop.vote((7, 1), "bob", (0, 60), Verdict::Fail);
    shop.vote((7, 2), "bob", (DAY / 2, 80 * DAY), Verdict::Fail);
    shop.vote((7, 3), "bob", (80 * DAY + 9, 80 * DAY + 10), Verdict::Warn);
    check(
        &shop,
        &[
            "0.0-0.0 ReviewWait: nobody has looked",
            "0.0-0.5 Review: in review",
            "0.5-80.0 ReviewWait: nobody acted, waiting for a reviewer",
            "80.0-80.0 Review: in review",
            "80.0-299.0 ReworkWait: nobody acted, waiting for the next revision",
        ],
    );
}

#[test]
fn a_vote_that_asks_for_nothing_leaves_the_turn_untold() {
    let mut shop = lying();
    shop.vote((7, 1), "bob", (0, 60), Verdict::Warn);
    shop.vote((7, 1), "eve", (0, 90 * DAY), Verdict::Warn);
    shop.vote((7, 1), "bob", (0, 90 * DAY + 60), Verdict::Fail);
    shop.vote((7, 1), "eve", (0, 95 * DAY), Verdict::Warn);
    shop.vote((7, 1), "bob", (0, 200 * DAY), Verdict::Pass);
    check(
        &shop,
        &[
            "0.0-0.0 ReviewWait: nobody has looked",
            "0.0-90.0 Idle: no sign of work",
            "90.0-90.0 Review: in review",
            // The objection stands until the one who made it votes otherwise.
            "90.0-95.0 ReworkWait: nobody acted, waiting for the next revision",
            "95.0-200.0 ReworkWait: nobody acted, waiting for the next revision",
            "200.0-299.0 Idle: no sign of work",
        ],
    );
}

#[test]
fn what_somebody_said_and_what_machines_did_are_signs_of_work() {
    let mut shop = lying();
    shop.vote((7, 1), "bob", (0, 60), Verdict::Fail);
    shop.said(7, "recheck", 10 * DAY).said(7, "comment", 20 * DAY);
    shop.job("unit", (7, 1, 1), (40 * DAY, 40 * DAY + 30), Outcome::Success);
    // Nothing but a job tells of revision 2.
    shop.job("unit", (7, 2, 1), (50 * DAY, 50 * DAY + 30), Outcome::Success);
    check(
        &shop,
        &[
            "0.0-0.0 ReviewWait: nobody has looked",
            "0.0-10.0 ReworkWait: nobody acted, waiting for the next revision",
            "10.0-20.0 ReworkWait: nobody acted, waiting for the next revision",
            "20.0-40.0 Idle: no sign of work",
            "40.0-40.0 Review: in review",
            "40.0-50.0 Idle: no sign of work",
            "50.0-50.0 Review: in review",
            "50.0-299.0 ReviewWait: nobody acted, waiting for a reviewer",
        ],
    );
}

#[test]
fn a_pause_of_a_day_is_review_and_one_minute_more_is_not() {
    let mut shop = lying();
    for day in 1..=298 {
        shop.vote((7, 1), "bob", (0, day * DAY), Verdict::Warn);
    }
    let all = ["0.0-1.0 ReviewWait: nobody has looked", "1.0-299.0 Review: in review"];
    check(&shop, &all);
    let mut facts = shop.facts();
    facts.gate_evaluations.decided_at[150] = Some(crate::build::at(150 * DAY + 1));
    let shown = segments(&reviewed(facts, "7"));
    let pause = format!("{}-{} Idle: no sign of work (change 7)", 149 * DAY, 150 * DAY + 1);
    assert_eq!(shown[2], pause);
}

#[test]
fn revisions_before_anybody_looked_are_work_only_where_they_follow_soon() {
    let mut shop = Shop::default();
    shop.change(1, -500, -400).change(7, 0, 60 * DAY);
    shop.vote((7, 1), "ann", (0, 10), Verdict::Warn);
    shop.vote((7, 2), "ann", (60, 70), Verdict::Warn);
    shop.approval(7, 3, "bob", 50 * DAY, 60 * DAY);
    assert_eq!(
        segments(&reviewed(shop.facts(), "7")),
        [
            "0-70 Coding: further revisions before anybody looked (change 7)",
            "70-72000 ReviewWait: nobody acted, waiting for a reviewer (change 7)",
            "72000-86400 ApprovalWait: waiting for `Code-Review` (change 7)",
        ]
    );
}

#[test]
fn the_page_says_for_how_long_nobody_acted() {
    let mut shop = lying();
    shop.vote((7, 1), "bob", (0, 60), Verdict::Fail);
    shop.vote((7, 2), "bob", (100 * DAY, 100 * DAY + 60), Verdict::Pass);
    let review = reviewed(shop.facts(), "7");
    assert_eq!(
        review.questions[0].details[..3],
        [
            "Longest delay: nobody acted for 99 d 23 h, waiting for the next revision (change 7); half \
             of it would have saved 50 d.",
            "Counted as process: a hand-off between people, and it was the author's turn.",
            "Longest stretch that nothing explains: no sign of work for 198 d 23 h, and nothing \
             tells whose turn it was (change 7).",
        ]
    );
    let revision = review.candidates.iter().find(|one| one.id == "revision-wait").unwrap();
    assert_eq!(
        revision.why,
        "Waiting more than 1 d for the next revision took time in 1 of the last 2 releases, 99 d 23 h \
         where it did (median); 99 d 23 h in this release; half of it would have made 1 of them earlier \
         by 50 d (median)"
    );
    assert!(review.candidates.iter().all(|one| one.id != "rework"));
}
