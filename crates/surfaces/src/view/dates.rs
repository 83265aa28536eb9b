//! Moments in UTC as people write them.

use aftercast_model::Timestamp;

/// Returns `Tue 14 Jul 2026, 14:32 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(moment) => moment.strftime("%a %-d %b %Y, %H:%M UTC").to_string(),
        Err(_) => at.to_string(),
    }
}

/// Returns `14 Jul 2026`, for lists.
pub(crate) fn day(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(moment) => moment.strftime("%-d %b %Y").to_string(),
        Err(_) => at.to_string(),
    }
}

/// Returns `3 days ago`; nothing where `at` is yet to come.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> Option<String> {
    let minutes = now.since(at) / 60_000;
    let count = |n: i64, unit: &str| format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" });
    match minutes {
        ..0 => None,
        0 => Some("just now".to_owned()),
        1..60 => Some(count(minutes, "minute")),
        60..1_440 => Some(count(minutes / 60, "hour")),
        1_440..86_400 => Some(count(minutes / 1_440, "day")),
        86_400..1_051_200 => Some(count(minutes / 43_830, "month")),
        _ => Some(count(minutes / 525_960, "year")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        let at = Timestamp::parse("2026-07-14T14:32:09Z").unwrap();
        assert_eq!(moment(at), "Tue 14 Jul 2026, 14:32 UTC");
        assert_eq!(day(at), "14 Jul 2026");
    }

    #[test]
    fn distances_use_one_unit() {
        let at = Timestamp::from_millis(0);
        for (minutes, expected) in [
            (-1, None),
            (0, Some("just now")),
            (1, Some("1 minute ago")),
            (150, Some("2 hours ago")),
            (1_440 * 3, Some("3 days ago")),
            (1_440 * 59, Some("59 days ago")),
            (1_440 * 70, Some("2 months ago")),
            (525_960 * 11, Some("11 years ago")),
        ] {
            let now = at.plus_millis(minutes * 60_000);
            assert_eq!(ago(at, now).as_deref(), expected, "{minutes}");
        }
    }
}
