//! The gate ledger over small facts: what is counted once, what is told apart, what is not known.

use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{GateAccount, GateLedger, GateVerdict, gate_ledger};
use aftercast_analysis::{GateSettings, Settings};
use aftercast_model::{Facts, Outcome, Verdict};
use proptest::prelude::*;

use crate::build::Shop;

fn ledger(facts: Facts) -> GateLedger {
    gate_ledger(&ServiceHistory::new("shop", facts), &Settings::default())
}

fn gate<'a>(ledger: &'a GateLedger, name: &str) -> &'a GateAccount {
    ledger.gates.iter().find(|gate| gate.gate == name).unwrap()
}

#[test]
fn changes_are_counted_and_not_runs() {
    let mut shop = Shop::default();
    shop.change(1, 0, 100).change(2, 200, 300);
    // Ten runs of one red revision, and then a green one: one problem held back.
    for attempt in 1..=10 {
        shop.job("unit", (1, 1, attempt), (attempt, attempt + 1), Outcome::Failure);
    }
    shop.job("unit", (1, 2, 1), (20, 21), Outcome::Success);
    shop.job("unit", (2, 1, 1), (210, 211), Outcome::Success);
    let ledger = ledger(shop.facts());
    let unit = gate(&ledger, "unit");
    assert_eq!((unit.runs, unit.changes, unit.refused, unit.caught), (12, 2, 1, 1));
    assert_eq!((unit.flaky, unit.infra, unit.bypassed, unit.unknown), (Some(0), Some(0), 0, 0));
    assert_eq!((unit.caught_alone, ledger.changes), (Some(1), 2));
}

#[test]
fn what_two_jobs_found_neither_found_alone() {
    let mut shop = Shop::default();
    for number in 1..=25 {
        let at = number * 100;
        shop.change(number, at, at + 50);
        for name in ["mysql", "sqlite"] {
            shop.job(name, (number, 1, 1), (at + 1, at + 9), Outcome::Failure);
            shop.job(name, (number, 2, 1), (at + 20, at + 29), Outcome::Success);
        }
        let red = if number == 1 { Outcome::Failure } else { Outcome::Success };
        shop.job("lint", (number, 3, 1), (at + 30, at + 31), red);
        shop.job("lint", (number, 4, 1), (at + 40, at + 41), Outcome::Success);
    }
    let ledger = ledger(shop.facts());
    for name in ["mysql", "sqlite"] {
        assert_eq!((gate(&ledger, name).caught, gate(&ledger, name).caught_alone), (25, Some(0)));
    }
    assert_eq!(gate(&ledger, "lint").caught_alone, Some(1));
    let [twins] = ledger.twins.as_slice() else { panic!("{:?}", ledger.twins) };
    assert_eq!((twins.both, twins.either), (25, 25));
    assert!(ledger.take_home.iter().any(|says| says.contains("say no together")));
}

#[test]
fn a_flip_costs_its_delay_which_jobs_that_flip_together_share() {
    let mut shop = Shop::default();
    shop.change(1, 0, 1_000);
    for name in ["e2e", "unit"] {
        shop.job(name, (1, 1, 1), (0, 10), Outcome::Failure);
        shop.job(name, (1, 1, 2), (60, 70), Outcome::Success);
    }
    let ledger = ledger(shop.facts());
    assert_eq!(ledger.flaky_pairs_total, 2);
    for pair in &ledger.flaky_pairs {
        assert_eq!((pair.revision.as_str(), pair.failed, pair.passed), ("1/1", 1, 1));
        assert_eq!((pair.together_with, pair.delay_ms), (1, 3_600_000));
        // docs/statistics/gates.md: 10 · 0.02 + (60 · 0.1 + 15) / 2.
        assert!((pair.cost - 10.7).abs() < 1e-9, "{}", pair.cost);
    }
    assert_eq!(ledger.flaky_gates.len(), 2);
}

#[test]
fn a_flip_that_took_longer_than_a_pause_kept_nobody_waiting() {
    let mut shop = Shop::default();
    shop.change(1, 0, 9_000);
    shop.job("e2e", (1, 1, 1), (0, 10), Outcome::Failure);
    shop.job("e2e", (1, 1, 2), (8_000, 8_010), Outcome::Success);
    assert_eq!(ledger(shop.facts()).flaky_pairs[0].delay_ms, 0);
}

#[test]
fn what_fails_after_the_merge_bypasses_nothing_and_keeps_nobody_waiting() {
    let mut shop = Shop::default();
    shop.change(1, 0, 50);
    shop.job("unit", (1, 1, 1), (1, 11), Outcome::Success);
    shop.job("publish", (1, 1, 1), (60, 90), Outcome::Failure);
    let ledger = ledger(shop.facts());
    let publish = gate(&ledger, "publish");
    assert_eq!((publish.bypassed, publish.unknown, publish.runs_after_merge), (0, 1, 1));
    assert_eq!((publish.alone_ms, publish.machine_ms), (0, Some(30 * 60_000)));
    assert_eq!(gate(&ledger, "unit").alone_ms, 10 * 60_000);
}

#[test]
fn approvals_stand_by_gate_and_branch_and_never_by_person() {
    let mut shop = Shop::default();
    shop.change(1, 0, 100).change(2, 200, 300).change(3, 400, 500).change(4, 600, 700);
    // Another person after ten minutes; the author alone; an objection that changed something.
    shop.approval(1, 1, "bob", 10, 20);
    shop.approval(2, 1, "ann", 210, 220);
    shop.vote((3, 1), "bob", (410, 415), Verdict::Fail);
    shop.approval(3, 2, "cid", 450, 470);
    shop.approval(4, 1, "cid", 610, 610);
    let ledger = ledger(shop.facts());
    let [group] = ledger.approvals.as_slice() else { panic!("{:?}", ledger.approvals) };
    assert_eq!((group.gate.as_str(), group.before.as_str()), ("Code-Review", "master"));
    assert_eq!((group.approved, group.by_another, group.by_author_only), (4, 3, 1));
    assert_eq!((group.objected, group.objected_and_changed, group.within_a_minute), (1, 1, 1));
    assert_eq!((group.waits_known, group.wait_median_ms), (3, Some(10 * 60_000)));
    let text = serde_json::to_string(&ledger).unwrap();
    for person in ["ann", "bob", "cid"] {
        assert!(!text.contains(&format!("\"{person}\"")), "{text}");
    }
}

#[test]
fn a_label_that_is_set_when_jobs_end_sums_them_up() {
    let mut shop = Shop::default();
    for number in 1..=20 {
        let at = number * 100;
        shop.change(number, at, at + 50);
        shop.job("unit", (number, 1, 1), (at + 1, at + 10), Outcome::Success);
        shop.vote((number, 1), "", (at + 1, at + 10), Verdict::Pass);
    }
    for (kind, by) in shop
        .facts
        .gate_evaluations
        .gate_kind
        .iter_mut()
        .zip(&mut shop.facts.gate_evaluations.decided_by_kind)
    {
        *kind = aftercast_model::GateKind::Check;
        *by = aftercast_model::ActorKind::Bot;
    }
    let ledger = ledger(shop.facts());
    assert!(gate(&ledger, "Code-Review").sums_up);
    assert!(!gate(&ledger, "unit").sums_up);
}

#[test]
fn a_revert_shows_which_gates_had_passed_what_it_takes_back() {
    let mut shop = Shop::default();
    shop.change(1, 0, 100).change(2, 200, 300).change(3, 310, 330);
    shop.job("unit", (1, 1, 1), (1, 5), Outcome::Success);
    shop.job("unit", (2, 1, 1), (201, 205), Outcome::Success);
    shop.job("lint", (2, 1, 1), (201, 202), Outcome::Failure);
    shop.approval(2, 1, "ann", 210, 220);
    let yes = shop.facts.name("yes");
    shop.facts.change_requests.revert_of[2] = yes;
    // It does not say what: the change merged last before it was opened stands in.
    let back = ledger(shop.facts()).taken_back.unwrap();
    assert_eq!((back.reverts, back.named, back.changes), (1, 0, 1));
    assert_eq!((back.by_author_only, back.all_green, back.nothing_ran), (1, 0, 0));
    assert_eq!(back.after_median_ms, Some(30 * 60_000));
    let passed: Vec<_> = back.passed_by.iter().map(|by| (by.gate.as_str(), by.passed)).collect();
    assert_eq!(passed, [("unit", 1)]);
    // It says what.
    let first = shop.facts.name("1");
    shop.facts.change_requests.revert_of[2] = first;
    let named = ledger(shop.facts());
    let back = named.taken_back.as_ref().unwrap();
    assert_eq!((back.named, back.changes, back.all_green), (1, 1, 1));
    assert_eq!(gate(&named, "unit").passed_then_reverted, Some(1));
    assert_eq!(gate(&named, "lint").passed_then_reverted, Some(0));
}

#[test]
fn nothing_known_is_said_so() {
    let ledger = ledger(Facts::new());
    assert_eq!(ledger.take_home, ["No gate is known: connect a CI source and the code review."]);
    assert!(ledger.gates.is_empty() && ledger.taken_back.is_none() && ledger.again.is_none());
}

#[test]
fn a_window_leaves_out_what_is_old() {
    let mut shop = Shop::default();
    shop.change(1, 0, 100).change(2, 100_000, 100_100);
    shop.job("unit", (1, 1, 1), (1, 5), Outcome::Success);
    shop.job("unit", (2, 1, 1), (100_001, 100_005), Outcome::Success);
    let gates = GateSettings { window_days: Some(7), ..GateSettings::default() };
    let settings = Settings { gates, ..Settings::default() };
    let recent = gate_ledger(&ServiceHistory::new("shop", shop.facts()), &settings);
    assert_eq!((gate(&recent, "unit").runs, recent.changes), (1, 1));
    assert_eq!(gate(&ledger(shop.facts()), "unit").runs, 2);
}

/// What one job said on one revision of one of a few changes, in order of time.
type Run = (i64, i64, u8);

fn shop(runs: &[Run]) -> Shop {
    let mut shop = Shop::default();
    for number in 0..6 {
        shop.change(number, 0, 100_000 + number);
    }
    for (at, (number, revision, how)) in (0_i64..).zip(runs) {
        let outcome = match how {
            0 | 1 => Outcome::Success,
            2 => Outcome::Failure,
            3 => Outcome::Error,
            _ => Outcome::Cancelled,
        };
        shop.job("unit", (*number, *revision, at), (at * 10, at * 10 + 5), outcome);
    }
    shop
}

fn runs() -> impl Strategy<Value = Vec<Run>> {
    prop::collection::vec((0_i64..6, 1_i64..4, 0_u8..5), 1..40)
}

proptest! {
    #[test]
    fn the_classes_fit_the_changes(runs in runs()) {
        let ledger = ledger(shop(&runs).facts());
        for gate in &ledger.gates {
            prop_assert!(gate.caught.max(gate.bypassed).max(gate.unknown) <= gate.refused);
            prop_assert!(gate.flaky.unwrap_or(0).max(gate.infra.unwrap_or(0)) <= gate.refused);
            prop_assert!(gate.refused <= gate.changes && gate.changes <= gate.runs);
            prop_assert!(gate.caught_alone.unwrap_or(0) <= gate.caught);
            // Every refusal has a reason, or is said to have none.
            let classes = gate.caught + gate.flaky.unwrap_or(0) + gate.infra.unwrap_or(0);
            prop_assert!(classes + gate.bypassed + gate.unknown >= gate.refused);
            prop_assert!(gate.alone_ms <= gate.machine_ms.unwrap_or(0));
        }
    }

    #[test]
    fn a_green_run_again_on_a_green_revision_changes_no_class(runs in runs()) {
        let before = ledger(shop(&runs).facts());
        let again: Vec<Run> = runs
            .iter()
            .copied()
            .filter(|(.., how)| *how < 2)
            .take(1)
            .collect();
        let classes = |ledger: &GateLedger| {
            ledger.gates.iter().map(|gate| (gate.changes, gate.caught, gate.flaky, gate.infra)).next()
        };
        let twice: Vec<Run> = runs
            .iter()
            .copied()
            .flat_map(|run| if Some(&run) == again.first() { vec![run, run] } else { vec![run] })
            .collect();
        prop_assert_eq!(classes(&before), classes(&ledger(shop(&twice).facts())));
    }

    #[test]
    fn more_clean_changes_never_turn_a_gate_that_costs_too_much_into_one_to_keep(n in 59_i64..300) {
        let mut shop = Shop::default();
        for number in 0..n {
            let at = number * 1_000;
            shop.change(number, at, at + 900);
            shop.job("e2e", (number, 1, 1), (at + 1, at + 600), Outcome::Success);
        }
        let verdict = gate(&ledger(shop.facts()), "e2e").verdict;
        prop_assert_ne!(verdict, GateVerdict::Keep);
        prop_assert!(n < 100 || verdict == GateVerdict::MoveOrSample);
    }
}
