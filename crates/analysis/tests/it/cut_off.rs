//! Data that end: releases that are seen only because they were slow.

use aftercast_analysis::Settings;
use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{Review, review};

use crate::build::Shop;
use crate::reviews::reviewed;

const DAY: i64 = 24 * 60;

/// A change a day for 100 days, most merged after an hour, each tenth (from the sixth on) after as
/// many days as its number: all changes that were opened until day 100 are known, none after it.
fn cut_off() -> Shop {
    let mut shop = Shop::default();
    for number in 1..=100 {
        let opened = number * DAY;
        let length = if number % 10 == 6 { number * DAY } else { 60 + number % 7 };
        shop.change(number, opened, opened + length);
    }
    shop
}

const NOTE: &str = "No change opened after 9 Jun 2024 is known here: releases since then are only \
                    those that took long, so the comparison leaves them out.";

fn notes(review: &Review) -> Vec<&str> {
    review.notes.iter().map(String::as_str).filter(|note| note.starts_with("No change")).collect()
}

#[test]
fn a_release_after_the_last_known_change_is_compared_with_those_before_it() {
    // Change 96 was merged on day 192, after 86 (172), 76 (152), 66 (132), 56 (112).
    let last = reviewed(cut_off().facts(), "96");
    assert_eq!(notes(&last), [NOTE]);
    let compared = last.numbers.lead_time_ms.compared.unwrap();
    // 95 releases were merged by day 100; without the rule the slow ones after it would count.
    assert_eq!(compared.n, 60);
    assert_eq!(compared.unusual, Some(true));
    assert!(compared.median < 3.0 * 3_600_000.0, "{}", compared.median);
    assert!(compared.says.ends_with("; compared up to 9 Jun 2024"), "{}", compared.says);
    assert!(last.questions[0].answer.contains("compared up to 9 Jun 2024"));
    let window = Settings { comparison_window: 4, ..Settings::default() };
    let history = ServiceHistory::new("shop", cut_off().facts());
    let narrow = review(&history, Some("96"), &window).unwrap();
    // The four before it took 56 to 86 days; the four that are compared took an hour or two.
    let compared = narrow.numbers.lead_time_ms.compared.unwrap();
    assert!(compared.high < 3.0 * 3_600_000.0, "{}", compared.high);
}

#[test]
fn a_release_within_a_week_of_the_last_known_change_is_compared_as_usual() {
    let mut shop = cut_off();
    shop.change(101, 99 * DAY, 107 * DAY).change(102, 99 * DAY, 107 * DAY + 1);
    let in_time = reviewed(shop.facts(), "101");
    assert_eq!(notes(&in_time), Vec::<&str>::new());
    assert!(!in_time.numbers.lead_time_ms.compared.unwrap().says.contains("compared up to"));
    assert_eq!(notes(&reviewed(shop.facts(), "102")), [NOTE]);
}

#[test]
fn a_pause_as_long_as_others_before_it_ends_nothing() {
    let mut shop = Shop::default();
    for number in 1..=20 {
        let opened = number * 30 * DAY;
        shop.change(number, opened, opened + 10 * DAY + number);
    }
    assert_eq!(notes(&reviewed(shop.facts(), "20")), Vec::<&str>::new());
}

#[test]
fn releases_that_are_no_changes_are_compared_as_usual() {
    let mut shop = cut_off();
    shop.commit("a", "", 0).tag("v1.0.0", "a", 10);
    shop.commit("b", "a", 190 * DAY).tag("v1.1.0", "b", 200 * DAY);
    assert_eq!(notes(&reviewed(shop.facts(), "v1.1.0")), Vec::<&str>::new());
}
