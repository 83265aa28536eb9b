//! The pages of the steps that changed and of the good releases, from outside.

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{
    CandidateKind, Direction, PatternVerdict, StepPart, patterns, step_changes,
};
use aftercast_model::{GateDefinition, GateKind, Name, Outcome, Rollout};

use crate::build::{Shop, at};

const DAY: i64 = 24 * 60;

/// A change and a run of `unit` a day: ten minutes, from day 40 on fifteen, on `runner`.
fn shop(days: i64, runner: impl Fn(i64) -> &'static str) -> Shop {
    let mut shop = Shop::default();
    for day in 1..=days {
        let minute = day * DAY;
        shop.change(day, minute, minute + 60);
        let length = if day < 40 { 10 + day % 2 } else { 15 + day % 2 };
        shop.job("unit", (day, 1, 1), (minute + 10, minute + 10 + length), Outcome::Success);
        let name = shop.facts.name(runner(day));
        shop.facts.task_runs.runner.pop();
        shop.facts.task_runs.runner.push(name);
    }
    shop
}

fn found(shop: &Shop) -> aftercast_analysis::review::StepChanges {
    step_changes(&ServiceHistory::new("shop", shop.facts()), &Settings::default())
}

#[test]
fn a_step_that_got_slower_is_dated_and_its_only_candidate_is_named() {
    let mut shop = shop(60, |_| "");
    let (rollout, version) = (shop.facts.name("runner-image"), shop.facts.name("2"));
    let id = shop.id();
    shop.facts.rollouts.push(Rollout {
        id,
        rollout,
        version,
        reached_at: Some(at(39 * DAY + 600)),
        ..Rollout::default()
    });
    let page = found(&shop);
    let [change] = page.changes.as_slice() else { panic!("{page:?}") };
    assert_eq!((change.step.as_str(), change.part), ("unit", StepPart::JobRun));
    assert_eq!((change.direction, change.latest, change.shifts), (Direction::Slower, true, 1));
    assert_eq!(change.at, at(40 * DAY + 10));
    assert!(change.low <= change.at && change.at <= change.high);
    assert_eq!((change.before.points, change.after.points), (39, 21));
    // 21 runs in thirty days, of which each takes five minutes more, or half a minute less or more.
    assert!((100..=170).contains(&(change.cost_30_days_ms / 60_000)), "{}", change.cost_30_days_ms);
    assert_eq!(change.candidates.len(), 1);
    assert_eq!(change.candidates[0].kind, CandidateKind::Rollout);
    assert!(
        change.says.contains("The only recorded change in this window: rollout `runner-image` 2")
    );
    assert!(page.says[1].starts_with("What costs most"), "{:?}", page.says);
}

#[test]
fn several_candidates_are_listed_and_none_is_blamed() {
    let mut shop = shop(60, |_| "");
    for name in ["runner-image", "base-image"] {
        let (rollout, id) = (shop.facts.name(name), shop.id());
        let reached_at = Some(at(39 * DAY + 600));
        shop.facts.rollouts.push(Rollout { id, rollout, reached_at, ..Rollout::default() });
    }
    let (gate, id) = (shop.facts.name("unit"), shop.id());
    shop.facts.gate_definitions.push(GateDefinition {
        id,
        gate,
        gate_kind: GateKind::Check,
        changed_at: Some(at(39 * DAY + 700)),
        ..GateDefinition::default()
    });
    // Another gate's setting is no candidate for this step.
    let (gate, id) = (shop.facts.name("lint"), shop.id());
    shop.facts.gate_definitions.push(GateDefinition {
        id,
        gate,
        changed_at: Some(at(39 * DAY + 700)),
        ..GateDefinition::default()
    });
    let says = &found(&shop).changes[0].says;
    assert!(says.contains("nothing tells which it was: rollout `base-image`"), "{says}");
    assert!(says.contains("; gate `unit` was set up differently"), "{says}");
    assert!(!says.contains("lint"), "{says}");
}

#[test]
fn a_move_to_other_runners_is_a_candidate() {
    let moved = found(&shop(60, |day| if day < 40 { "trusty" } else { "jessie" }));
    let candidate = &moved.changes[0].candidates[0];
    assert_eq!(candidate.kind, CandidateKind::Runner);
    assert_eq!(candidate.says, "it runs on `jessie`, before on `trusty`");
    let stayed = found(&shop(60, |day| if day < 20 { "trusty" } else { "jessie" }));
    assert_eq!(stayed.changes[0].candidates, []);
}

#[test]
fn a_step_that_no_longer_runs_is_not_slower_now() {
    let mut shop = shop(60, |_| "");
    for day in 61..=160 {
        shop.change(day, day * DAY, day * DAY + 60);
        shop.job("lint", (day, 1, 1), (day * DAY, day * DAY + 2), Outcome::Success);
    }
    let page = found(&shop);
    let unit = page.changes.iter().find(|change| change.step == "unit").unwrap();
    assert!(!unit.latest);
    assert_eq!(unit.cost_30_days_ms, 0);
}

#[test]
fn three_shifts_of_one_sign_are_a_drift() {
    let mut shop = Shop::default();
    for day in 1..=100 {
        let minute = day * DAY;
        shop.change(day, minute, minute + 60);
        let length = 10 * (1 + (day - 1) / 25) + day % 2;
        shop.job("unit", (day, 1, 1), (minute, minute + length), Outcome::Success);
    }
    let page = found(&shop);
    let [change] = page.changes.as_slice() else { panic!("{page:?}") };
    assert_eq!(change.shifts, 3);
    assert!(change.says.contains("after a drift in 3 steps"), "{}", change.says);
    assert_eq!((change.before.points, change.after.points), (25, 25));
}

#[test]
fn the_medians_of_days_stand_for_many_runs() {
    let mut shop = Shop::default();
    for day in 1..=60 {
        shop.change(day, day * DAY, day * DAY + 60);
        for run in 0..10 {
            let length = if day < 40 { 10 } else { 15 } + run % 3;
            let from = day * DAY + run * 30;
            shop.job("unit", (day, 1, run + 1), (from, from + length), Outcome::Success);
        }
    }
    let page = found(&shop);
    let change = &page.changes[0];
    assert_eq!((change.before.points, change.before.runs), (39, 390));
    assert!(change.says.contains("medians of 21 days with 210 runs and 39 days with 390 runs"));
}

#[test]
fn waits_are_judged_in_order_of_their_asking() {
    // Looked at after two hours, from day 60 on after ten.
    let mut shop = Shop::default();
    for day in 1..=100 {
        let opened = day * DAY;
        let wait = if day < 60 { 120 } else { 600 } + day % 5;
        shop.change(day, opened, opened + wait + 30);
        shop.approval(day, 1, "bob", opened, opened + wait);
    }
    let page = found(&shop);
    let parts: Vec<StepPart> = page.changes.iter().map(|change| change.part).collect();
    assert!(parts.contains(&StepPart::ReviewWait) && parts.contains(&StepPart::ApprovalWait));
    assert!(page.changes.iter().all(|change| change.at == at(60 * DAY)), "{page:?}");
}

/// A change a day; of those that are small (every other) `fast` of ten take an hour, of the others
/// two of ten, the rest ten hours.
fn releases(n: i64, fast: i64) -> Shop {
    let mut shop = Shop::default();
    for day in 1..=n {
        let small = day % 2 == 0;
        let is_fast = (day / 2 * 7) % 10 < if small { fast } else { 1 };
        let merged = day * DAY + 720;
        shop.change(day, merged - if is_fast { 60 } else { 600 } - day % 7, merged);
        let lines = Some(if small { 5 } else { 500 });
        for column in
            [&mut shop.facts.change_requests.additions, &mut shop.facts.change_requests.deletions]
        {
            column.pop();
            column.push(lines);
        }
    }
    shop
}

#[test]
fn a_feature_of_good_releases_is_kept_with_its_counts() {
    let history = ServiceHistory::new("shop", releases(240, 7).facts());
    let page = patterns(&history, &Settings::default());
    assert_eq!((page.verdict, page.releases), (PatternVerdict::Kept, 240));
    let small = &page.features[0];
    assert_eq!((small.id.as_str(), small.kept), ("small_change", true), "{page:?}");
    assert_eq!(small.means, "at most 10 lines changed");
    assert_eq!((small.with.of, small.without.of), (120, 120));
    assert!(small.difference.unwrap() > 0.3, "{small:?}");
    assert!(page.says[1].contains("went together with more good releases"), "{:?}", page.says);
    assert!(!format!("{page:?}").contains("because"));
}

#[test]
fn below_thirty_releases_the_counts_are_all_there_is() {
    let history = ServiceHistory::new("shop", releases(28, 9).facts());
    let page = patterns(&history, &Settings::default());
    assert_eq!(page.verdict, PatternVerdict::TooFew);
    assert!(page.says[1].starts_with("Too few to say"));
    assert!(page.features.iter().all(|pattern| !pattern.kept && pattern.q.is_none()));
    assert!(page.features.iter().any(|pattern| pattern.with.of > 0));
}

#[test]
fn a_release_that_was_reverted_or_overruled_did_not_go_well() {
    let good = |shop: &Shop| {
        patterns(&ServiceHistory::new("shop", shop.facts()), &Settings::default()).good
    };
    let mut shop = releases(60, 5);
    shop.change(61, 61 * DAY, 61 * DAY + 600);
    let before = good(&shop);
    // Change 6 is fast; a later one takes it back.
    let reverts: Name = shop.facts.name("6");
    shop.facts.change_requests.revert_of.pop();
    shop.facts.change_requests.revert_of.push(reverts);
    assert_eq!(good(&shop), before - 1);
    // Change 20 is fast; its last build was red.
    shop.job("unit", (20, 1, 1), (20 * DAY + 710, 20 * DAY + 715), Outcome::Failure);
    assert_eq!(good(&shop), before - 2);
}

#[test]
fn nothing_known_is_said_to_be_nothing_known() {
    let history = ServiceHistory::new("shop", Shop::default().facts());
    let steps = step_changes(&history, &Settings::default());
    assert_eq!(steps.changes, []);
    assert!(steps.says[0].starts_with("No step has 10 runs yet"));
    let page = patterns(&history, &Settings::default());
    assert_eq!((page.verdict, page.releases, page.good), (PatternVerdict::TooFew, 0, 0));
}

/// A change a day for `n` days: looked at and approved after six hours or so, merged at once.
fn reviewed_daily(n: i64) -> Shop {
    let mut shop = Shop::default();
    for day in 1..=n {
        let (opened, wait) = (day * DAY, 360 + day % 7 * 20);
        shop.change(day, opened, opened + wait + 5);
        shop.approval(day, 1, "bob", opened, opened + wait);
    }
    shop
}

#[test]
fn question_seven_names_the_part_that_was_unusually_short() {
    let mut shop = reviewed_daily(60);
    // The last one waits half an hour, not six hours, for its approval.
    shop.change(61, 61 * DAY, 61 * DAY + 40);
    shop.approval(61, 1, "bob", 61 * DAY, 61 * DAY + 30);
    let answer = &crate::reviews::reviewed(shop.facts(), "61").questions[6];
    assert!(answer.answer.starts_with("Among the fastest tenth"), "{answer:?}");
    let wait = answer.details.iter().find(|line| line.contains("the shortest of the last 61"));
    assert!(wait.is_some_and(|line| line.contains("took 30 min")), "{answer:?}");
    assert_eq!(answer.findings, ["fast_release"]);
}

#[test]
fn question_seven_praises_nothing_in_a_release_like_the_others() {
    let answer = &crate::reviews::reviewed(reviewed_daily(61).facts(), "61").questions[6];
    assert_eq!(answer.answer, "Nothing stood out beside the earlier releases.");
    assert_eq!(answer.details, Vec::<String>::new());
}
