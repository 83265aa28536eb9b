//! Working hours: how much of a stretch lies inside them, how many nights it spans. Formulas:
//! docs/statistics/time.md.

use crate::{SummerTime, WorkingHours};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// Returns how many milliseconds of `[from, to)` lie inside working hours; from zero to all.
pub(super) fn inside(hours: &WorkingHours, from: i64, to: i64) -> i64 {
    let length = to.saturating_sub(from).max(0);
    let worked = worked_until(hours, local(hours, to))
        .saturating_sub(worked_until(hours, local(hours, from)));
    // Clocks that go forward inside working hours would count an hour that was not.
    worked.clamp(0, length)
}

/// Returns how many nights before a working day lie between two moments: from Friday to Monday it
/// is one.
pub(super) fn nights(hours: &WorkingHours, from: i64, to: i64) -> i64 {
    let days = |at: i64| {
        let (weeks, weekday) = week(local(hours, at).div_euclid(DAY_MS));
        let before = hours.days.iter().take(weekday + 1).filter(|works| **works).count();
        weeks.saturating_mul(working_days(hours)).saturating_add(i64::try_from(before).unwrap_or(0))
    };
    days(to).saturating_sub(days(from)).max(0)
}

/// Returns the hours for people: "Monday to Friday 09:00-18:00 UTC".
pub(super) fn says(hours: &WorkingHours) -> String {
    const NAMES: [&str; 7] =
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let on: Vec<usize> =
        hours.days.iter().enumerate().filter(|(_, works)| **works).map(|(day, _)| day).collect();
    let name = |day: usize| NAMES.get(day).copied().unwrap_or_default();
    let in_a_row = on.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b));
    let days = match on.as_slice() {
        [] => return "no working hours".to_owned(),
        [first, .., last] if in_a_row && on.len() > 2 => {
            format!("{} to {}", name(*first), name(*last))
        }
        on => on.iter().map(|day| name(*day)).collect::<Vec<_>>().join(", "),
    };
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let offset = i32::from(hours.utc_offset_minutes);
    let zone = match offset {
        0 => "UTC".to_owned(),
        _ => format!(
            "UTC{}{:02}:{:02}",
            if offset < 0 { '-' } else { '+' },
            offset.abs() / 60,
            offset.abs() % 60
        ),
    };
    let summer = match hours.summer_time {
        SummerTime::None => "",
        SummerTime::Eu => " with European summer time",
        SummerTime::Us => " with American summer time",
    };
    format!("{days} {}-{} {zone}{summer}", clock(hours.from_minute), clock(hours.to_minute))
}

/// Returns the working time from the beginning of the calendar to a local moment.
fn worked_until(hours: &WorkingHours, local: i64) -> i64 {
    let from = i64::from(hours.from_minute.min(1440)) * MINUTE_MS;
    let length = (i64::from(hours.to_minute.min(1440)) * MINUTE_MS - from).max(0);
    let (weeks, weekday) = week(local.div_euclid(DAY_MS));
    let whole = hours.days.iter().take(weekday).filter(|works| **works).count();
    let today = match hours.days.get(weekday) {
        Some(true) => (local.rem_euclid(DAY_MS) - from).clamp(0, length),
        _ => 0,
    };
    weeks
        .saturating_mul(working_days(hours).saturating_mul(length))
        .saturating_add(i64::try_from(whole).unwrap_or(0) * length + today)
}

fn working_days(hours: &WorkingHours) -> i64 {
    i64::try_from(hours.days.iter().filter(|works| **works).count()).unwrap_or(0)
}

/// Returns the week and the day of it, Monday first, of a day since 1970-01-01, a Thursday.
fn week(day: i64) -> (i64, usize) {
    let since_monday = day.saturating_add(3);
    (since_monday.div_euclid(7), usize::try_from(since_monday.rem_euclid(7)).unwrap_or(0))
}

/// Returns what the clock on the wall shows at a moment, as milliseconds.
fn local(hours: &WorkingHours, at: i64) -> i64 {
    let offset = i64::from(hours.utc_offset_minutes) * MINUTE_MS;
    let summer = match hours.summer_time {
        SummerTime::None => false,
        SummerTime::Eu => {
            let year = year_of(at);
            let begin = last_sunday(year, 3) * DAY_MS + HOUR_MS;
            let end = last_sunday(year, 10) * DAY_MS + HOUR_MS;
            begin <= at && at < end
        }
        SummerTime::Us => {
            let year = year_of(at.saturating_add(offset));
            let begin = nth_sunday(year, 3, 2) * DAY_MS + 2 * HOUR_MS - offset;
            let end = nth_sunday(year, 11, 1) * DAY_MS + HOUR_MS - offset;
            begin <= at && at < end
        }
    };
    at.saturating_add(offset).saturating_add(if summer { HOUR_MS } else { 0 })
}

/// Returns the days from 1970-01-01 to the first of a month of the proleptic Gregorian calendar.
fn first_of(year: i64, month: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn year_of(at: i64) -> i64 {
    let day = at.div_euclid(DAY_MS);
    // A year is at least 365 days long: the guess is never too small, and off by little.
    let mut year = 1970 + day.div_euclid(146_097) * 400 + day.rem_euclid(146_097) / 365;
    while first_of(year, 1) > day {
        year -= 1;
    }
    year
}

fn nth_sunday(year: i64, month: i64, nth: i64) -> i64 {
    let first = first_of(year, month);
    first + (6 - (first + 3).rem_euclid(7)) + 7 * (nth - 1)
}

fn last_sunday(year: i64, month: i64) -> i64 {
    let last = first_of(year, month + 1) - 1;
    last - (last + 4).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercast_model::Timestamp;
    use proptest::prelude::*;

    fn at(text: &str) -> i64 {
        Timestamp::parse(text).unwrap().millis()
    }

    #[track_caller]
    fn check(hours: &WorkingHours, from: &str, to: &str, minutes: i64, over: i64) {
        assert_eq!(inside(hours, at(from), at(to)) / MINUTE_MS, minutes, "{from} to {to}");
        assert_eq!(nights(hours, at(from), at(to)), over, "nights {from} to {to}");
    }

    #[test]
    fn a_weekend_is_one_night_and_no_working_time() {
        let usual = WorkingHours::default();
        // 4 March 2024 is a Monday.
        check(&usual, "2024-03-04T16:00:00Z", "2024-03-06T09:30:00Z", 120 + 540 + 30, 2);
        check(&usual, "2024-03-08T17:00:00Z", "2024-03-11T10:00:00Z", 120, 1);
        check(&usual, "2024-03-09T10:00:00Z", "2024-03-10T20:00:00Z", 0, 0);
        check(&usual, "2024-03-04T00:00:00Z", "2024-03-11T00:00:00Z", 5 * 540, 5);
        check(&usual, "1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z", 5 * 540, 5);
        check(&usual, "2024-03-04T12:00:00Z", "2024-03-04T11:00:00Z", 0, 0);
    }

    #[test]
    fn clocks_of_other_places_go_their_own_way() {
        let berlin = WorkingHours {
            utc_offset_minutes: 60,
            summer_time: SummerTime::Eu,
            ..WorkingHours::default()
        };
        check(&berlin, "2024-03-29T08:00:00Z", "2024-03-29T09:00:00Z", 60, 0);
        check(&berlin, "2024-04-01T07:00:00Z", "2024-04-01T08:00:00Z", 60, 0);
        check(&berlin, "2024-10-25T16:00:00Z", "2024-10-28T08:00:00Z", 0, 1);
        check(&berlin, "2024-10-28T08:00:00Z", "2024-10-28T17:30:00Z", 540, 0);
        let new_york = WorkingHours {
            utc_offset_minutes: -300,
            summer_time: SummerTime::Us,
            ..WorkingHours::default()
        };
        check(&new_york, "2024-03-08T14:00:00Z", "2024-03-08T23:00:00Z", 540, 0);
        check(&new_york, "2024-03-11T13:00:00Z", "2024-03-11T22:00:00Z", 540, 0);
        check(&new_york, "2024-11-04T13:00:00Z", "2024-11-04T14:00:00Z", 0, 0);
        assert_eq!(says(&WorkingHours::default()), "Monday to Friday 09:00-18:00 UTC");
        assert_eq!(
            says(&new_york),
            "Monday to Friday 09:00-18:00 UTC-05:00 with American summer time"
        );
    }

    #[test]
    fn sundays_are_found_in_any_year() {
        let day = |text: &str| at(text) / DAY_MS;
        for (year, spring, autumn) in
            [(2024, "2024-03-31", "2024-10-27"), (2023, "2023-03-26", "2023-10-29")]
        {
            assert_eq!(last_sunday(year, 3), day(&format!("{spring}T00:00:00Z")));
            assert_eq!(last_sunday(year, 10), day(&format!("{autumn}T00:00:00Z")));
        }
        assert_eq!(nth_sunday(2024, 3, 2), day("2024-03-10T00:00:00Z"));
        assert_eq!(nth_sunday(2024, 11, 1), day("2024-11-03T00:00:00Z"));
        for year in 1600..2400 {
            assert_eq!(year_of(first_of(year, 1) * DAY_MS), year);
            assert_eq!(year_of(first_of(year + 1, 1) * DAY_MS - 1), year);
        }
    }

    proptest! {
        #[test]
        fn parts_of_a_stretch_add_up(
            days in any::<[bool; 7]>(), from in 0_u16..1500, length in 0_u16..1500,
            offset in -720_i16..720, begin in any::<i64>(), first in 0_i64..40_000_000_000,
            second in 0_i64..40_000_000_000
        ) {
            let hours = WorkingHours {
                days,
                from_minute: from,
                to_minute: from.saturating_add(length),
                utc_offset_minutes: offset,
                summer_time: SummerTime::None,
            };
            let begin = begin / 4;
            let (middle, end) = (begin + first, begin + first + second);
            let whole = inside(&hours, begin, end);
            prop_assert_eq!(inside(&hours, begin, middle) + inside(&hours, middle, end), whole);
            prop_assert!((0..=first + second).contains(&whole));
            prop_assert!(nights(&hours, begin, end) >= 0);
        }
    }
}
