//! Which release an incident points at, and what gates let through: docs/statistics/incidents.md.

use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{Basis, IncidentLinks, LinkVerdict, incident_links};
use aftercast_analysis::{Confirmation, IncidentSettings, Settings};
use aftercast_model::{Facts, Outcome};

use crate::build::{Shop, at};

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

fn links(facts: Facts) -> IncidentLinks {
    incident_links(&ServiceHistory::new("shop", facts), &Settings::default())
}

/// Releases at 0, 40 and 46 h, and an incident at 48 h.
fn shop() -> Shop {
    let mut shop = Shop::default();
    for (letter, hour) in [("a", 0), ("b", 40), ("c", 46)] {
        shop.deployment(&letter.repeat(12), hour * HOUR, Outcome::Success);
    }
    shop.incident(48 * HOUR);
    shop.facts.incidents.service[0] = shop.facts.name("shop");
    shop
}

#[test]
fn the_posterior_is_the_one_of_the_worked_example() {
    let page = links(shop().facts());
    let line = &page.incidents[0];
    let found: Vec<(&str, f64, f64)> = line
        .candidates
        .iter()
        .map(|other| (other.release.as_str(), other.score, other.posterior))
        .collect();
    let expected =
        [("cccccccccc", 3.161, 0.826), ("bbbbbbbbbb", 1.347, 0.135), ("aaaaaaaaaa", -2.262, 0.004)];
    for ((name, score, posterior), (own, own_score, own_posterior)) in expected.iter().zip(found) {
        assert_eq!(*name, own);
        assert!((score - own_score).abs() < 0.001, "{own}: {own_score}");
        assert!((posterior - own_posterior).abs() < 0.001, "{own}: {own_posterior}");
    }
    assert!((line.no_release - 0.035).abs() < 0.001, "{}", line.no_release);
    assert_eq!(line.verdict, LinkVerdict::CausedBy);
}

#[test]
fn people_win_over_the_score_and_may_say_that_no_release_did_it() {
    let shop = shop();
    let incident = shop.facts.incidents.id[0];
    let said = |release: Option<&str>| {
        let confirmed = vec![Confirmation { incident, release: release.map(str::to_owned) }];
        let incidents = IncidentSettings { confirmed, ..IncidentSettings::default() };
        let settings = Settings { incidents, ..Settings::default() };
        let page = incident_links(&ServiceHistory::new("shop", shop.facts()), &settings);
        let line = page.incidents.into_iter().next().unwrap();
        let release = line.candidates.first().map(|other| other.release.clone());
        (line.verdict, release, line.no_release)
    };
    let of_a = (LinkVerdict::Confirmed, Some("aaaaaaaaaa".to_owned()), 0.0);
    assert_eq!(said(Some("aaaaaaaaaa")), of_a);
    assert_eq!(said(None), (LinkVerdict::Confirmed, None, 1.0));
    // A release that nobody knows leaves it to the score.
    assert_eq!(said(Some("v9")).0, LinkVerdict::CausedBy);
}

#[test]
fn two_candidates_within_a_factor_of_two_are_both_listed() {
    let mut shop = Shop::default();
    shop.deployment(&"a".repeat(12), 0, Outcome::Success);
    shop.deployment(&"b".repeat(12), 30, Outcome::Success);
    shop.incident(60);
    let line = &links(shop.facts()).incidents[0];
    assert!(line.says.contains("aaaaaaaaaa") && line.says.contains("bbbbbbbbbb"), "{}", line.says);
}

#[test]
fn more_candidates_make_each_of_them_less_likely() {
    let posterior = |releases: i64| {
        let mut shop = Shop::default();
        for release in 0..releases {
            shop.deployment(&format!("{release:012}"), release * 20, Outcome::Success);
        }
        shop.incident(releases * 20);
        links(shop.facts()).incidents[0].candidates[0].posterior
    };
    let found: Vec<f64> = [1, 5, 50].into_iter().map(posterior).collect();
    assert!(found[0] > found[1] && found[1] > found[2], "{found:?}");
}

#[test]
fn a_rollback_undoes_what_was_live() {
    let mut shop = shop();
    shop.facts.incidents = Facts::new().incidents;
    shop.deployment(&"b".repeat(12), 47 * HOUR, Outcome::Success);
    let page = links(shop.facts());
    let line = &page.undone[0];
    assert_eq!((line.kind.as_str(), line.release.as_deref()), ("rollback", Some("cccccccccc")));
    assert_eq!((line.basis, line.got_through), (Basis::Exact, Some(true)));
    assert_eq!(line.lag_ms, Some(3_600_000));
}

/// Changes of which some are reverted by others that do not say what they revert.
#[test]
fn a_revert_that_names_nothing_is_found_by_its_size_turned_around() {
    let mut shop = Shop::default();
    for number in 1..=30 {
        shop.change(number, number * HOUR, number * HOUR + 10);
    }
    shop.change(40, 40 * HOUR, 40 * HOUR + 10);
    let rows = shop.facts.change_requests.len();
    let size = |row: usize| i64::try_from(row).unwrap() + 1;
    let yes = shop.facts.name("yes");
    let columns = &mut shop.facts.change_requests;
    columns.additions = (0..rows).map(|row| Some(size(row))).collect();
    columns.deletions = vec![Some(0); rows];
    (columns.additions[30], columns.deletions[30]) = (Some(0), Some(12));
    columns.revert_of[30] = yes;
    let line = &links(shop.facts()).undone[0];
    assert_eq!(line.what.as_deref(), Some("change 12"));
    assert_eq!((line.basis, line.got_through), (Basis::Inferred, Some(true)));
}

#[test]
fn the_gate_that_said_no_to_the_fix_could_have_caught_it() {
    let mut shop = Shop::default();
    shop.change(7, 0, 3 * HOUR).change(8, DAY, DAY + 3 * HOUR).change(9, 2 * DAY, 2 * DAY + HOUR);
    shop.facts.change_requests.revert_of[1] = shop.facts.name("7");
    shop.job("lint", (7, 1, 1), (10, 11), Outcome::Success);
    shop.job("unit", (7, 1, 1), (10, 20), Outcome::Success);
    shop.job("unit", (8, 1, 1), (DAY + 10, DAY + 20), Outcome::Failure);
    shop.job("unit", (8, 2, 1), (DAY + 30, DAY + 40), Outcome::Success);
    let page = links(shop.facts());
    let gate = page.undone[0].gate.as_ref().unwrap();
    assert_eq!((gate.gate.as_deref(), gate.at), (Some("unit"), Some(at(20))));
    assert_eq!(gate.passed.len(), 2);
    let counts: Vec<(&str, usize, usize)> = page
        .gates
        .iter()
        .map(|line| (line.gate.as_str(), line.passed, line.looked_there))
        .collect();
    assert_eq!(counts, [("unit", 1, 1), ("lint", 1, 0)]);
}
