//! The five keys, by our definition and by those of other tools: docs/statistics/keys.md, "A worked
//! example".

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{Basis, DeliveryKeys, Key, KeysWindow, delivery_keys};
use aftercast_model::{Facts, Outcome};

use crate::build::{Shop, at};

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// Four releases in fifteen days, one rolled back, one deployed twice; two incidents.
fn shop() -> Shop {
    let mut shop = Shop::default();
    let sha = |letter: &str| letter.repeat(12);
    let [one, two, three, four, five] = ["a", "b", "c", "d", "e"].map(sha);
    shop.commit(&one, "", -DAY)
        .commit(&two, &one, 5 * DAY)
        .commit(&three, &two, 6 * DAY)
        .commit(&four, &three, 10 * DAY - 12 * HOUR)
        .commit(&five, &four, 13 * DAY);
    shop.deployment(&one, 0, Outcome::Success)
        .deployment(&three, 7 * DAY, Outcome::Success)
        .deployment(&four, 10 * DAY, Outcome::Success)
        .deployment(&three, 10 * DAY + 2 * HOUR, Outcome::Success)
        .deployment(&five, 14 * DAY, Outcome::Success)
        .deployment(&five, 15 * DAY, Outcome::Success);
    shop.incident(10 * DAY + 30).incident(14 * DAY + 20 * HOUR);
    shop.facts.incidents.resolved_at[0] = Some(at(10 * DAY + 130));
    shop.facts.incidents.resolved_at[1] = Some(at(14 * DAY + 21 * HOUR));
    shop
}

fn keys(facts: Facts) -> DeliveryKeys {
    let history = ServiceHistory::new("shop", facts);
    delivery_keys(&history, &Settings::default(), KeysWindow::default())
}

fn value(page: &DeliveryKeys, name: &str, key: Key) -> Option<f64> {
    let definition = page.definition(name).unwrap();
    definition.keys.iter().find(|line| line.key == key).unwrap().value
}

#[test]
fn each_definition_counts_the_same_releases_in_its_own_way() {
    let page = keys(shop().facts());
    let minutes = |minutes: f64| Some(minutes * 60_000.0);
    let day = minutes(1_440.0);
    let third = Some(1.0 / 3.0);
    for (name, frequency, lead, failed, recovery, rework) in [
        ("aftercast", Some(4.0 / 15.0), day, third, minutes(130.0), Some(0.2)),
        ("devlake", Some(1.0), None, third, minutes(130.0), None),
        ("gitlab", Some(6.0 / 15.0), None, third, minutes(80.0), None),
        ("datadog", Some(6.0 / 15.0), day, Some(0.2), minutes(120.0), None),
        ("fourkeys", Some(1.0), day, Some(0.0), minutes(60.0), None),
    ] {
        assert_eq!(value(&page, name, Key::DeploymentFrequency), frequency, "{name}");
        assert_eq!(value(&page, name, Key::LeadTime), lead, "{name}");
        assert_eq!(value(&page, name, Key::ChangeFailRate), failed, "{name}");
        assert_eq!(value(&page, name, Key::RecoveryTime), recovery, "{name}");
        assert_eq!(value(&page, name, Key::ReworkRate), rework, "{name}");
    }
    assert_eq!(DeliveryKeys::DEFINITIONS.len(), page.definitions.len());
}

#[test]
fn what_is_counted_differently_is_named_row_by_row() {
    let facts = shop().facts();
    let page = keys(facts.clone());
    let gitlab = page.definition("gitlab").unwrap();
    let rollback_and_repetition = [facts.deployments.id[3], facts.deployments.id[5]];
    let mut expected = rollback_and_repetition.to_vec();
    expected.sort_unstable();
    assert_eq!(gitlab.keys[0].only_here, expected);
    assert!(gitlab.keys[0].only_ours.is_empty());
    // GitLab counts incidents, we count releases.
    assert_eq!(gitlab.keys[2].only_ours, [facts.deployments.id[2]]);
    assert_eq!(gitlab.keys[2].only_here.len(), 2);
}

#[test]
fn without_a_source_of_problems_their_keys_are_missing() {
    let mut shop = Shop::default();
    shop.deployment("aaaaaaaaaaaa", 0, Outcome::Success);
    shop.deployment("bbbbbbbbbbbb", 7 * DAY, Outcome::Success);
    let page = keys(shop.facts());
    let ours = page.definition("aftercast").unwrap();
    for line in &ours.keys[1..] {
        assert_eq!((line.value, line.basis), (None, Basis::Missing), "{:?}", line.key);
        assert!(line.why.contains("connect"), "{}", line.why);
    }
    assert_eq!(ours.keys[0].value, Some(2.0 / 7.0));
}

#[test]
fn no_release_gives_no_keys() {
    let page = keys(Facts::new());
    assert!(page.definitions.is_empty());
    assert!(page.says[0].starts_with("Not known"), "{:?}", page.says);
}

#[test]
fn reverts_that_name_nothing_are_no_reason_to_say_that_nothing_failed() {
    let mut shop = Shop::default();
    shop.change(1, 0, 10).change(2, DAY, DAY + 10).change(3, 2 * DAY, 2 * DAY + 10);
    shop.facts.change_requests.revert_of[2] = shop.facts.name("yes");
    let page = keys(shop.facts());
    for name in ["aftercast", "datadog"] {
        let line = &page.definition(name).unwrap().keys[2];
        assert_eq!(line.value, None, "{name}");
        assert!(line.why.starts_with("not known: 1 revert"), "{}", line.why);
    }
    // Whatever it reverts, the release that ships it was not planned.
    assert_eq!(value(&page, "aftercast", Key::ReworkRate), Some(1.0 / 3.0));
}
