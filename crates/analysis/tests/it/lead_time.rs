//! Where the time went: deployment pipelines, gates on the way, layers, working hours, each commit,
//! savings. The worked examples of docs/statistics/time.md.

use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{Category, LeadTime, Review, review};
use aftercast_analysis::{Layers, Settings, Shares};
use aftercast_model::{
    ActorKind, Deployment, Facts, FailureClass, GateDefinition, GateEvaluation, GateKind, Outcome,
    SubjectKind, TaskRun, Verdict,
};
use proptest::prelude::*;

use crate::build::{MINUTE, Shop, at};
use crate::reviews::{reviewed, segments};

/// A shop whose releases are deployments: `a` went out at 5, `b` is written at 10 and merged at 20.
fn deploying() -> Shop {
    let mut shop = Shop::default();
    shop.commit("a", "", 0).commit("b", "a", 20);
    shop.facts.commits.authored_at[1] = Some(at(10));
    shop.deployment("a", 5, Outcome::Success);
    shop
}

/// A job of the run `main` on `b`.
fn main_job(shop: &mut Shop, name: &str, attempt: i64, times: (i64, i64, i64), outcome: Outcome) {
    let (queued, from, to) = times;
    let row = TaskRun {
        id: shop.id(),
        name: shop.facts.name(name),
        run_id: shop.facts.name("main"),
        sha: shop.facts.name("b"),
        attempt: Some(attempt),
        queued_at: Some(at(queued)),
        started_at: Some(at(from)),
        finished_at: Some(at(to)),
        outcome,
        ..TaskRun::default()
    };
    shop.facts.task_runs.push(row);
}

/// The deployment of `b` by the run `main`.
fn deploy(shop: &mut Shop, (created, from, to): (i64, i64, i64), outcome: Outcome) {
    let row = Deployment {
        id: shop.id(),
        environment: shop.facts.name("prod"),
        production: Some(true),
        sha: shop.facts.name("b"),
        run_id: shop.facts.name("main"),
        created_at: Some(at(created)),
        started_at: Some(at(from)),
        finished_at: Some(at(to)),
        outcome,
        ..Deployment::default()
    };
    shop.facts.deployments.push(row);
}

fn gate(shop: &mut Shop, name: &str, kind: GateKind, (asked, decided): (i64, i64)) {
    let row = GateEvaluation {
        id: shop.id(),
        gate: shop.facts.name(name),
        gate_kind: kind,
        subject_kind: SubjectKind::Deployment,
        subject: shop.facts.name("main"),
        asked_at: Some(at(asked)),
        decided_at: Some(at(decided)),
        verdict: Verdict::Pass,
        decided_by_kind: ActorKind::Human,
        ..GateEvaluation::default()
    };
    shop.facts.gate_evaluations.push(row);
}

/// Build, two suites side by side, a timer, an approval, the deployment.
fn pipeline() -> Shop {
    let mut shop = deploying();
    main_job(&mut shop, "build", 1, (20, 22, 30), Outcome::Success);
    main_job(&mut shop, "unit", 1, (30, 31, 60), Outcome::Success);
    main_job(&mut shop, "lint", 1, (30, 31, 55), Outcome::Success);
    gate(&mut shop, "soak", GateKind::Timer, (60, 75));
    gate(&mut shop, "production", GateKind::Approval, (20, 120));
    deploy(&mut shop, (60, 122, 130), Outcome::Success);
    shop
}

fn lead_time(facts: Facts, settings: &Settings) -> LeadTime {
    let history = ServiceHistory::new("shop", facts);
    review(&history, None, settings).unwrap().lead_time.unwrap()
}

fn latest(facts: Facts) -> Review {
    let history = ServiceHistory::new("shop", facts);
    review(&history, None, &Settings::default()).unwrap()
}

fn rules(lead_time: &LeadTime) -> Vec<(i64, &'static str)> {
    let minutes = |segment: &aftercast_analysis::review::Segment| {
        segment.to_at.since(segment.from_at) / MINUTE
    };
    lead_time.segments.iter().map(|segment| (minutes(segment), segment.rule)).collect()
}

#[test]
fn the_way_to_production_leads_through_jobs_timers_and_approvals() {
    let review = latest(pipeline().facts());
    assert_eq!(
        segments(&review),
        [
            "0-10 Coding: written and reviewed (git alone cannot tell which)",
            "10-12 Queue: waiting for a machine: `build`",
            "12-20 Run: `build`",
            "20-21 Queue: waiting for a machine: `unit`",
            "21-50 Run: `unit`",
            "50-65 ApprovalWait: waiting for `soak` of the deployment",
            "65-110 ApprovalWait: waiting for `production` of the deployment",
            "110-112 Queue: deployment queued",
            "112-120 Deploy: deployment",
        ]
    );
    let lead = review.lead_time.unwrap();
    assert_eq!(
        rules(&lead),
        [
            (10, "git-alone"),
            (2, "queue"),
            (8, "work"),
            (1, "queue"),
            (29, "work"),
            (15, "timer"),
            (45, "approval"),
            (2, "queue"),
            (8, "work")
        ]
    );
    // Timer 15 and half of the approval's 45.
    assert_eq!(lead.by_layer_ms.policy, 15 * MINUTE + 45 * MINUTE / 2);
    // Half of `unit` and `build` (14.5 + 4): `lint` takes 24 of the 29 of `unit`.
    let run = lead.savings.iter().find(|saving| saving.category == Category::Run).unwrap();
    assert_eq!((run.time_ms, run.halved_ms), (37 * MINUTE, (4 + 5) * MINUTE));
    let wait =
        lead.savings.iter().find(|saving| saving.category == Category::ApprovalWait).unwrap();
    assert_eq!((wait.halved_ms, wait.removed_ms), (30 * MINUTE, 60 * MINUTE));
    assert!(lead.savings[0].category == Category::ApprovalWait);
}

#[test]
fn a_job_that_is_run_again_is_rework_and_the_time_between_is_the_wait_for_it() {
    let mut shop = deploying();
    main_job(&mut shop, "build", 1, (20, 20, 30), Outcome::Success);
    main_job(&mut shop, "unit", 1, (30, 32, 40), Outcome::Failure);
    main_job(&mut shop, "lint", 1, (30, 30, 45), Outcome::Success);
    main_job(&mut shop, "unit", 2, (70, 72, 80), Outcome::Success);
    deploy(&mut shop, (80, 80, 90), Outcome::Success);
    let review = latest(shop.facts());
    assert_eq!(
        segments(&review)[1..],
        [
            "10-20 Run: `build`",
            "20-30 Rework: `unit` failed, then passed on the same revision",
            "30-60 ReworkWait: until `unit` was run again",
            "60-62 Queue: waiting for a machine: `unit`",
            "62-70 Run: `unit`",
            "70-80 Deploy: deployment",
        ]
    );
    let mut facts = shop.facts();
    assert_eq!(rules(&latest(facts.clone()).lead_time.unwrap())[2], (10, "flaky"));
    facts.task_runs.failure_class[1] = FailureClass::Infrastructure;
    assert_eq!(rules(&latest(facts).lead_time.unwrap())[2], (10, "machinery-failed"));
}

#[test]
fn a_failed_deployment_is_rework_and_what_was_built_since_is_told() {
    let mut shop = deploying();
    deploy(&mut shop, (25, 25, 30), Outcome::Failure);
    main_job(&mut shop, "build", 1, (40, 40, 50), Outcome::Success);
    deploy(&mut shop, (60, 60, 70), Outcome::Success);
    assert_eq!(
        segments(&latest(shop.facts()))[1..],
        [
            "10-15 Batching: on the main line, waiting for the release",
            "15-20 Rework: failed deployment",
            "20-30 ReworkWait: until the next deployment after the failure",
            "30-40 Run: `build`",
            "40-50 ReworkWait: until the next deployment after the failure",
            "50-60 Deploy: deployment",
        ]
    );
}

#[test]
fn steps_by_hand_freezes_locks_and_timers_that_are_only_set_up_are_told_apart() {
    let mut shop = deploying();
    main_job(&mut shop, "build", 1, (20, 20, 30), Outcome::Success);
    main_job(&mut shop, "migrate", 1, (50, 50, 60), Outcome::Success);
    shop.facts.task_runs.kind[1] = shop.facts.name("manual");
    gate(&mut shop, "winter", GateKind::Freeze, (60, 90));
    gate(&mut shop, "one at a time", GateKind::Lock, (90, 95));
    deploy(&mut shop, (60, 95, 100), Outcome::Success);
    let lead = lead_time(shop.facts(), &Settings::default());
    assert_eq!(
        rules(&lead)[1..],
        [(10, "work"), (20, "unstarted"), (10, "manual"), (30, "freeze"), (5, "lock"), (5, "work")]
    );

    let mut timer = deploying();
    deploy(&mut timer, (30, 50, 60), Outcome::Success);
    let row = GateDefinition {
        id: timer.id(),
        gate: timer.facts.name("prod wait timer"),
        gate_kind: GateKind::Timer,
        applies_to: timer.facts.name("prod"),
        wait_ms: Some(15 * MINUTE),
        ..GateDefinition::default()
    };
    timer.facts.gate_definitions.push(row);
    let lead = lead_time(timer.facts(), &Settings::default());
    assert_eq!(rules(&lead)[1..], [(10, "batching"), (15, "timer"), (5, "queue"), (10, "work")]);
    // It did not wait as long: the timer was set later, or overruled.
    let mut short = timer.facts();
    short.gate_definitions.wait_ms[0] = Some(40 * MINUTE);
    let lead = lead_time(short, &Settings::default());
    assert_eq!(rules(&lead)[1..], [(10, "batching"), (20, "queue"), (10, "work")]);
}

#[test]
fn an_approval_is_judged_by_its_nights_and_by_its_noes() {
    const DAY: i64 = 24 * 60;
    // 1 March 2024, the first day, is a Friday.
    let rule_of = |asked: i64, decided: i64, yes: i64, no: bool| {
        let mut shop = Shop::default();
        for number in 0..yes {
            shop.approval(1_000 + number, 1, "bob", -100, -90);
        }
        if no {
            shop.vote((999, 1), "bob", (-100, -95), Verdict::Fail);
        }
        shop.change(7, asked, decided).approval(7, 1, "bob", asked, decided);
        let review = reviewed(shop.facts(), "7");
        review.lead_time.unwrap().segments[0].rule
    };
    assert_eq!(rule_of(0, 600, 0, false), "approval");
    assert_eq!(rule_of(17 * 60, 3 * DAY + 600, 0, false), "approval", "a weekend is one night");
    assert_eq!(rule_of(17 * 60, 4 * DAY + 600, 0, false), "approval-late");
    assert_eq!(rule_of(0, 600, 57, false), "approval", "58 answers with its own");
    assert_eq!(rule_of(0, 600, 58, false), "approval-never-no");
    assert_eq!(rule_of(0, 600, 58, true), "approval");
    assert_eq!(rule_of(17 * 60, 4 * DAY, 58, false), "approval-late-and-never-no");
}

#[test]
fn a_job_is_slow_from_twice_its_usual_time_on() {
    let slow = |earlier: i64, minutes: i64| {
        let mut shop = deploying();
        for run in 0..earlier {
            let from = -1_000 + run * 10;
            shop.job("build", (run + 50, 1, 1), (from, from + 4), Outcome::Success);
        }
        main_job(&mut shop, "build", 1, (20, 20, 20 + minutes), Outcome::Success);
        deploy(&mut shop, (20 + minutes, 20 + minutes, 60), Outcome::Success);
        rules(&lead_time(shop.facts(), &Settings::default()))
    };
    assert_eq!(slow(8, 10)[1..3], [(4, "work"), (6, "slow-run")]);
    assert_eq!(slow(8, 7)[1..3], [(7, "work"), (33, "work")]);
    assert_eq!(slow(7, 10)[1..3], [(10, "work"), (30, "work")]);
}

#[test]
fn settings_say_whose_a_delay_is() {
    let mut settings = Settings::default();
    let shares = Shares { process: 100, platform: 0, policy: 0 };
    settings.layers = Layers { shares: [("timer".to_owned(), shares)].into() };
    let before = lead_time(pipeline().facts(), &Settings::default());
    let after = lead_time(pipeline().facts(), &settings);
    assert_eq!(after.by_layer_ms.process - before.by_layer_ms.process, 15 * MINUTE);
    assert_eq!(before.by_layer_ms.policy - after.by_layer_ms.policy, 15 * MINUTE);
}

#[test]
fn each_commit_has_its_own_lead_time_and_the_columns_add_up() {
    let mut shop = Shop::default();
    shop.commit("a", "", 0).commit("b", "a", 10).commit("c", "b", 40).commit("d", "c", 41);
    shop.tag("v1.0.0", "a", 5).tag("v1.1.0", "d", 110);
    let lead = lead_time(shop.facts(), &Settings::default());
    // `b` came to the main line when it was written: 100 min of waiting for the release; `c` 70, `d` 69.
    let each = lead.per_commit.unwrap();
    assert_eq!((each.of, each.n, each.mean_ms), ("commit", 3, 239 * MINUTE / 3));
    assert_eq!(each.median.lead_time_ms, 70 * MINUTE);
    assert_eq!(each.by_category_ms[&Category::Batching], each.mean_ms);
    // 239 min are 14,340,000 ms: a third is 4,780,000, half of that 2,390,000 each.
    assert_eq!((each.by_layer_ms.process, each.by_layer_ms.policy), (2_390_000, 2_390_000));
}

#[test]
fn a_release_that_waited_for_another_change_is_not_earlier_by_a_faster_one() {
    let mut shop = Shop::default();
    shop.commit("a", "", 0).commit("m7", "a", 100).commit("m8", "m7", 190);
    shop.facts.commits.authored_at[1] = Some(at(20));
    shop.facts.commits.authored_at[2] = Some(at(150));
    shop.change(7, 20, 100).change(8, 150, 190).approval(7, 1, "bob", 20, 90);
    for (row, sha) in [(0, "m7"), (1, "m8")] {
        shop.facts.change_requests.merge_sha[row] = shop.facts.name(sha);
    }
    shop.tag("v1.0.0", "a", 5).tag("v1.1.0", "m8", 200);
    let lead = lead_time(shop.facts(), &Settings::default());
    let saved = |category: Category| {
        let saving = lead.savings.iter().find(|saving| saving.category == category).unwrap();
        (saving.time_ms / MINUTE, saving.halved_ms / MINUTE)
    };
    // Its approval took 70 min of the 180; change 8 was merged 10 min before the release.
    assert_eq!(saved(Category::ApprovalWait), (70, 10));
    // Change 7 lay 100 min on the main line; releasing more often does not wait for change 8.
    assert_eq!(saved(Category::Batching), (100, 50));
}

proptest! {
    #[test]
    fn what_is_off_the_path_changes_nothing(
        from in 31_i64..58, length in 1_i64..28, queued in 0_i64..9, red in any::<bool>()
    ) {
        let before = latest(pipeline().facts()).lead_time.unwrap();
        let mut shop = pipeline();
        // Within `unit`, which is on the way, and over before it.
        let to = (from + length).min(59);
        let outcome = if red { Outcome::Failure } else { Outcome::Success };
        main_job(&mut shop, "docs", 1, (from - queued, from, to), outcome);
        let after = latest(shop.facts()).lead_time.unwrap();
        prop_assert_eq!(&after.segments, &before.segments);
        prop_assert_eq!(after.working, before.working);
        // Longer by less than its slack of a minute: the same.
        let mut longer = shop.facts();
        let last = longer.task_runs.len() - 1;
        longer.task_runs.finished_at[last] = Some(at(to).plus_millis(MINUTE - 1));
        prop_assert_eq!(latest(longer).lead_time.unwrap().segments, before.segments);
    }
}
