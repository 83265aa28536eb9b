//! `[hours]`: times of day and distances from UTC as people write them.

use aftercast_analysis::{SummerTime, WorkingHours};

/// The days of a week, Monday first, as settings name them.
pub(super) const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// When clocks go forward, as settings name it.
pub(super) const SUMMER: &[&str] = &["none", "eu", "us"];

/// Reads `09:00`; `24:00` is the end of a day.
pub(super) fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two(hours) || !two(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 24 * 60).then_some(minute)
}

/// Reads `+01:00`, `-05:30`.
pub(super) fn offset_minutes(text: &str) -> Option<i16> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let minutes = i16::try_from(minute_of_day(text.get(1..)?)?).ok()?;
    (minutes <= 14 * 60).then_some(sign * minutes)
}

/// Returns the working hours that the texts say; what is missing keeps its default.
pub(super) fn hours<'a>(
    days: impl Iterator<Item = &'a str>,
    from: Option<&str>,
    to: Option<&str>,
    offset: Option<&str>,
    summer: Option<&str>,
) -> WorkingHours {
    let usual = WorkingHours::default();
    let mut set = [false; 7];
    for day in days {
        let slots = set.iter_mut().zip(DAYS).filter(|(_, name)| **name == day);
        slots.for_each(|(slot, _)| *slot = true);
    }
    WorkingHours {
        days: if set.contains(&true) { set } else { usual.days },
        from_minute: from.and_then(minute_of_day).unwrap_or(usual.from_minute),
        to_minute: to.and_then(minute_of_day).unwrap_or(usual.to_minute),
        utc_offset_minutes: offset.and_then(offset_minutes).unwrap_or(usual.utc_offset_minutes),
        summer_time: match summer {
            Some("eu") => SummerTime::Eu,
            Some("us") => SummerTime::Us,
            _ => SummerTime::None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_and_offsets_are_read() {
        for (text, expected) in [
            ("09:00", Some(540)),
            ("24:00", Some(1440)),
            ("24:01", None),
            ("9:00", None),
            ("09:60", None),
            ("0900", None),
        ] {
            assert_eq!(minute_of_day(text), expected, "{text}");
        }
        for (text, expected) in
            [("+01:00", Some(60)), ("-05:30", Some(-330)), ("01:00", None), ("+15:00", None)]
        {
            assert_eq!(offset_minutes(text), expected, "{text}");
        }
    }
}
