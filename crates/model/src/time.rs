//! Time: UTC milliseconds, whose missing value costs no extra memory.

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroI64;

/// Milliseconds in a day.
const DAY_MS: i64 = 86_400_000;

/// A moment in UTC, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// `Option<Timestamp>` takes eight bytes, so that columns of times stay dense.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timestamp(NonZeroI64);

/// A text that is no moment that we can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampError {
    /// The text as it was given, cut to 64 characters.
    pub text: String,
}

impl Timestamp {
    /// Returns the moment `millis` milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// `i64::MIN`, 292 million years ago, becomes the millisecond after it.
    pub fn from_millis(millis: i64) -> Self {
        // Stored with the sign bit flipped: only i64::MIN would be zero, the niche.
        let flipped = millis ^ i64::MIN;
        Self(NonZeroI64::new(flipped).unwrap_or(NonZeroI64::MIN))
    }

    /// Returns the moment `seconds` seconds after 1970-01-01T00:00:00Z, clamped to what fits.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Returns the milliseconds since 1970-01-01T00:00:00Z.
    pub fn millis(self) -> i64 {
        self.0.get() ^ i64::MIN
    }

    /// Returns the days since 1970-01-01, the `day` column of the lake.
    pub fn day(self) -> i32 {
        i32::try_from(self.millis().div_euclid(DAY_MS)).unwrap_or(i32::MAX)
    }

    /// Returns the milliseconds from `earlier` to `self`, negative where `self` is earlier.
    pub fn since(self, earlier: Self) -> i64 {
        self.millis().saturating_sub(earlier.millis())
    }

    /// Returns the moment `millis` later.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.millis().saturating_add(millis))
    }

    /// Reads a date and time: RFC 3339, with a blank for the `T`, with any fraction, with `Z`, an
    /// offset (`+02:00`, `+0200`, ` +0200`, ` UTC`) or none, which is UTC.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        if let Some(millis) = plain_utc(text.as_bytes()) {
            return Ok(Self::from_millis(millis));
        }
        let error = || TimestampError { text: text.chars().take(64).collect() };
        let trimmed = text.trim();
        let (civil, offset_ms) = split_offset(trimmed).ok_or_else(error)?;
        let parsed: jiff::civil::DateTime = civil.parse().map_err(|_| error())?;
        let utc = parsed.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| error())?;
        Ok(Self::from_millis(utc.timestamp().as_millisecond() - offset_ms))
    }
}

/// Reads the one form that most systems write, `2020-01-02T03:04:05.678Z` (a blank for the `T`, any
/// fraction, the `Z` optional), ten times as fast as the general way; `None` for everything else.
fn plain_utc(text: &[u8]) -> Option<i64> {
    let (head, tail) = text.split_at_checked(19)?;
    let &[
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T' | b' ',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
    ] = head
    else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let two = |tens: u8, ones: u8| Some(digit(tens)? * 10 + digit(ones)?);
    let (year, month, day) = (two(y1, y2)? * 100 + two(y3, y4)?, two(m1, m2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
    // The ends of months, leap seconds and times before 1970 are the general way's.
    if !(1..=12).contains(&month) || !(1..=28).contains(&day) || year < 1970 {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let tail = tail.strip_suffix(b"Z").unwrap_or(tail);
    let mut millis = 0;
    if let Some(fraction) = tail.strip_prefix(b".") {
        if fraction.is_empty() || fraction.len() > 9 {
            return None;
        }
        for (at, byte) in fraction.iter().enumerate() {
            let digit = digit(*byte)?;
            millis += [100, 10, 1].get(at).map_or(0, |weight| digit * weight);
        }
    } else if !tail.is_empty() {
        return None;
    }
    // Days from civil (Hinnant, https://howardhinnant.github.io/date_algorithms.html).
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + millis)
}

/// Splits `2020-01-02T03:04:05.6+02:00` into the civil part and the offset in milliseconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if !text.is_ascii() || text.len() < 16 {
        return None;
    }
    for zone in ["Z", "z", " UTC", " GMT", " Z"] {
        if let Some(civil) = text.strip_suffix(zone) {
            return Some((civil, 0));
        }
    }
    // Behind the minutes: the date has dashes of its own.
    let sign_at = text.get(16..)?.rfind(['+', '-']).map(|at| at + 16);
    let Some(sign_at) = sign_at else { return Some((text, 0)) };
    let (civil, offset) = text.split_at_checked(sign_at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i64>().ok()?, 0),
        4 => (digits.get(..2)?.parse::<i64>().ok()?, digits.get(2..)?.parse::<i64>().ok()?),
        _ => return None,
    };
    Some((civil.trim_end(), sign * (hours * 60 + minutes) * 60_000))
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.millis().cmp(&other.millis())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC: `2015-08-10T23:36:51Z`, with milliseconds where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.millis()) {
            Ok(moment) => moment.fmt(f),
            Err(_) => write!(f, "{} ms", self.millis()),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a date and time", self.text)
    }
}

impl std::error::Error for TimestampError {}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Returns a duration for people, in its two largest units: `3 d 4 h`, `41 min 7 s`, `820 ms`.
pub fn human_duration(millis: i64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")];
    let sign = if millis < 0 { "-" } else { "" };
    let mut rest = millis.unsigned_abs();
    if rest >= 1_000 {
        // Nobody reads milliseconds beside seconds: round to the unit that will be shown last.
        let shown_last = UNITS
            .windows(2)
            .find_map(|pair| match pair {
                [(large, _), (small, _)] if rest >= *large => Some((*small).max(1_000)),
                _ => None,
            })
            .unwrap_or(1);
        rest = (rest + shown_last / 2) / shown_last * shown_last;
    }
    let mut parts = Vec::with_capacity(2);
    for (size, unit) in UNITS {
        if rest >= size {
            parts.push(format!("{} {unit}", rest / size));
            rest %= size;
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { format!("{sign}{}", parts.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Timestamp::parse(text).unwrap().to_string(), expected, "{text}");
    }

    #[test]
    fn the_ways_in_which_systems_write_time_are_read() {
        check("2015-08-10 23:36:51.000000000", "2015-08-10T23:36:51Z");
        check("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z");
        check("2020-01-02T03:04:05.678Z", "2020-01-02T03:04:05.678Z");
        check("2020-01-02T03:04:05.6789012+02:00", "2020-01-02T01:04:05.678Z");
        check("2021-04-28 21:50:00 +0200", "2021-04-28T19:50:00Z");
        check("2021-04-28 21:50:00 UTC", "2021-04-28T21:50:00Z");
        check("2021-04-28T21:50:00-07:00", "2021-04-29T04:50:00Z");
        check("2021-04-28T21:50:00", "2021-04-28T21:50:00Z");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "yesterday", "2020-13-01T00:00:00Z", "2020-01-01", "12", "2020-01-01T00:00:00+1"]
        {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn missing_time_costs_nothing() {
        assert_eq!(size_of::<Option<Timestamp>>(), 8);
        assert_eq!(Timestamp::from_millis(-1).day(), -1);
        assert_eq!(Timestamp::from_millis(0).day(), 0);
    }

    #[test]
    fn durations_read_as_people_say_them() {
        for (millis, expected) in [
            (0, "0 s"),
            (820, "820 ms"),
            (59_600, "1 min"),
            (47_000, "47 s"),
            (2_467_000, "41 min 7 s"),
            (7_200_000, "2 h"),
            (86_399_999, "1 d"),
            (273_600_000, "3 d 4 h"),
            (-5_000, "-5 s"),
        ] {
            assert_eq!(human_duration(millis), expected);
        }
    }

    proptest! {
        #[test]
        fn millis_go_both_ways_and_keep_their_order(a in any::<i64>(), b in any::<i64>()) {
            prop_assume!(a != i64::MIN && b != i64::MIN);
            prop_assert_eq!(Timestamp::from_millis(a).millis(), a);
            prop_assert_eq!(Timestamp::from_millis(a).cmp(&Timestamp::from_millis(b)), a.cmp(&b));
        }

        #[test]
        fn what_is_shown_can_be_read(millis in -62_000_000_000_000_i64..250_000_000_000_000) {
            let moment = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment));
        }

        #[test]
        fn the_fast_way_reads_what_the_general_way_reads(
            year in 1960..3000, month in 0..14, day in 0..33, hour in 0..26, minute in 0..62,
            second in 0..62, tail in "(\\.[0-9]{0,10})?Z?",
        ) {
            let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{tail}");
            if let Some(fast) = plain_utc(text.as_bytes()) {
                // An offset takes the general way.
                let general = Timestamp::parse(&format!("{}+00:00", text.trim_end_matches('Z')));
                prop_assert_eq!(general.map(Timestamp::millis), Ok(fast));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = Timestamp::parse(&text);
            let _ = human_duration(i64::try_from(text.len()).unwrap());
        }
    }
}
