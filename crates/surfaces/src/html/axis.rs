//! An axis of time: where its ticks stand and what they are called.

use aftercast_model::Timestamp;
use jiff::civil::Date;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// More ticks than this run into each other on a telephone.
const MOST_TICKS: i64 = 5;

/// A tick.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// From 0 to 1 along the axis.
    pub(super) position: f64,
    pub(super) says: String,
}

/// Returns the ticks between two moments: whole minutes, hours, days, months or years in UTC.
pub(super) fn ticks(from: Timestamp, to: Timestamp) -> Vec<Tick> {
    let whole = to.since(from);
    if whole <= 0 {
        return Vec::new();
    }
    let even = [
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        14 * DAY,
    ];
    let at: Vec<Timestamp> = match even.into_iter().find(|step| whole / step <= MOST_TICKS) {
        Some(step) => {
            let first = (from.millis().div_euclid(step) + 1).saturating_mul(step);
            (0..=MOST_TICKS)
                .map(|n| Timestamp::from_millis(first.saturating_add(n * step)))
                .collect()
        }
        None => months(from, whole),
    };
    at.into_iter()
        .filter(|at| *at < to)
        .map(|at| Tick { position: at.since(from) as f64 / whole as f64, says: name(at, whole) })
        .collect()
}

/// Returns the first days of months or years, as far apart as the whole asks for.
fn months(from: Timestamp, whole: i64) -> Vec<Timestamp> {
    let Ok(start) = jiff::Timestamp::from_millisecond(from.millis()) else { return Vec::new() };
    let start = start.to_zoned(jiff::tz::TimeZone::UTC).date();
    let step = [1_i64, 2, 3, 6, 12, 24, 60, 120]
        .into_iter()
        .find(|months| whole / (months * 30 * DAY) <= MOST_TICKS)
        .unwrap_or(1_200);
    let first = i64::from(start.year()) * 12 + i64::from(start.month()) - 1;
    let first = (first.div_euclid(step) + 1) * step;
    (0..=MOST_TICKS)
        .filter_map(|n| {
            let month = first + n * step;
            let year = i16::try_from(month.div_euclid(12)).ok()?;
            let month = i8::try_from(month.rem_euclid(12)).ok()? + 1;
            let date = Date::new(year, month, 1).ok()?;
            let at = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            Some(Timestamp::from_millis(at.timestamp().as_millisecond()))
        })
        .collect()
}

/// Returns what a tick is called: the time within days, the day within months, else the month.
fn name(at: Timestamp, whole: i64) -> String {
    let midnight = at.millis().rem_euclid(DAY) == 0;
    let format = match whole {
        _ if whole > 300 * DAY => "%b %Y",
        _ if whole > 6 * DAY => "%-d %b",
        _ if midnight => "%a %-d",
        _ if whole > 3 * DAY => "%a %H:%M",
        _ => "%H:%M",
    };
    jiff::Timestamp::from_millisecond(at.millis())
        .map(|moment| moment.strftime(format).to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(from: &str, to: &str, expected: &[&str]) {
        let moment = |text| Timestamp::parse(text).unwrap();
        let says: Vec<String> =
            ticks(moment(from), moment(to)).into_iter().map(|tick| tick.says).collect();
        assert_eq!(says, expected);
    }

    #[test]
    fn ticks_stand_at_round_times() {
        check("2026-07-14T14:02:30Z", "2026-07-14T14:06:00Z", &["14:03", "14:04", "14:05"]);
        check(
            "2026-07-14T14:02:00Z",
            "2026-07-14T18:10:00Z",
            &["15:00", "16:00", "17:00", "18:00"],
        );
        check("2026-07-11T10:32:00Z", "2026-07-14T14:32:00Z", &["Sun 12", "Mon 13", "Tue 14"]);
        check(
            "2025-05-23T07:00:00Z",
            "2025-11-02T09:00:00Z",
            &["1 Jun", "1 Jul", "1 Aug", "1 Sep", "1 Oct", "1 Nov"],
        );
        check(
            "2015-03-01T00:00:01Z",
            "2026-01-02T00:00:00Z",
            &["Jan 2016", "Jan 2018", "Jan 2020", "Jan 2022", "Jan 2024", "Jan 2026"],
        );
    }

    proptest! {
        #[test]
        fn any_two_moments_have_few_ticks_between_them(
            from in -60_000_000_000_000_i64..200_000_000_000_000,
            whole in 1_i64..40_000_000_000_000,
        ) {
            let from = Timestamp::from_millis(from);
            let ticks = ticks(from, from.plus_millis(whole));
            prop_assert!(ticks.len() <= 6);
            prop_assert!(ticks.iter().all(|tick| tick.position > 0.0 && tick.position < 1.0));
        }
    }
}
