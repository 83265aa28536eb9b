//! Words, durations and times as test runners write them.

use aftercast_model::Timestamp;

use crate::words::first_words;

/// Reports from before this are placeholders: 1970-01-01 stands for "not known".
const FIRST_YEAR_MS: i64 = 631_152_000_000;

/// Returns the first words of a failure: its message, or where there is none its text, without ANSI
/// sequences, on one line.
pub(super) fn failure_words(message: &str, text: &str) -> String {
    let said = first_words(message);
    if said.is_empty() { first_words(text) } else { said }
}

/// Returns the milliseconds of a duration in seconds, however its decimals are written: `1.5`,
/// `1,234.5`, `0,123`, `1.5s`, `00:00:01.5`.
pub(super) fn duration_ms(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches('s').trim_end();
    if text.contains(':') {
        return clock_ms(text);
    }
    let last_dot = text.rfind('.');
    let last_comma = text.rfind(',');
    let number: String = match (last_dot, last_comma) {
        (Some(dot), Some(comma)) if comma > dot => text.replace('.', "").replace(',', "."),
        (_, Some(_)) if last_dot.is_none() && text.matches(',').count() == 1 => {
            text.replace(',', ".")
        }
        _ => text.replace(',', ""),
    };
    to_ms(number.parse::<f64>().ok()? * 1000.0)
}

/// Returns the milliseconds of `[days.]hours:minutes:seconds`.
fn clock_ms(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let (days, hours) = (days.parse::<u32>().ok()?, hours.parse::<u32>().ok()?);
    let minutes = f64::from(days) * 1440.0
        + f64::from(hours) * 60.0
        + f64::from(minutes.parse::<u32>().ok()?);
    to_ms((minutes * 60.0 + seconds.replace(',', ".").parse::<f64>().ok()?) * 1000.0)
}

/// Returns `millis` as a whole number, where it is a duration that a test can have.
pub(super) fn to_ms(millis: f64) -> Option<i64> {
    const CENTURY_MS: f64 = 3.2e12;
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    (0.0..CENTURY_MS).contains(&millis).then(|| millis.round() as i64)
}

/// Returns the moment that `text` names; none for placeholders.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok().filter(|at| at.millis() > FIRST_YEAR_MS)
}

/// Returns the last part of a path, whatever its separators: machines differ in the rest.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(path)
}

/// Splits the parameters off a case's name: `adds[1-2]`, `Adds(1, 2)`, `adds(int)[3]`.
///
/// Only a name that is one word is split: in prose, brackets are prose.
pub(super) fn split_parameters(name: &str) -> (&str, &str) {
    let open = if name.ends_with(']') {
        name.find('[')
    } else if name.ends_with(')') {
        opening_parenthesis(name)
    } else {
        None
    };
    let Some((stem, parameters)) = open.and_then(|open| name.split_at_checked(open)) else {
        return (name, "");
    };
    if stem.is_empty() || stem.chars().any(char::is_whitespace) {
        return (name, "");
    }
    let inner = parameters.get(1..parameters.len().saturating_sub(1)).unwrap_or_default();
    (stem, inner)
}

/// Returns where the parenthesis opens that the last character closes.
fn opening_parenthesis(name: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in name.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Splits `Namespace.Class.Method(1.5, "a.b")` before the last dot of its name.
pub(super) fn split_full_name(name: &str) -> (&str, &str) {
    let end = name.find(['(', '[', '"', ' ']).unwrap_or(name.len());
    match name.get(..end).and_then(|head| head.rfind('.')) {
        Some(dot) => (name.get(..dot).unwrap_or_default(), name.get(dot + 1..).unwrap_or(name)),
        None => ("", name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_every_spelling() {
        for (text, expected) in [
            ("1.5", Some(1500)),
            ("1,234.5", Some(1_234_500)),
            ("1.234,5", Some(1_234_500)),
            ("0,123", Some(123)),
            ("1,234,567", Some(1_234_567_000)),
            (" 2 s ", Some(2000)),
            ("00:00:01.0170545", Some(1017)),
            ("1.00:00:00", Some(86_400_000)),
            ("1e-3", Some(1)),
            ("", None),
            ("NaN", None),
            ("-1", None),
            ("1e300", None),
            ("1:2", None),
            ("fast", None),
        ] {
            assert_eq!(duration_ms(text), expected, "{text}");
        }
    }

    #[test]
    fn parameters_are_split_off_names_that_are_one_word() {
        for (name, stem, parameters) in [
            ("test_add[1-2]", "test_add", "1-2"),
            ("test_add[a[0]]", "test_add", "a[0]"),
            ("Ns.Fixture(4).Add(1, f(2))", "Ns.Fixture(4).Add", "1, f(2)"),
            ("adds()", "adds", ""),
            ("handles f(x)", "handles f(x)", ""),
            ("[unnamed]", "[unnamed]", ""),
            ("plain", "plain", ""),
            ("", "", ""),
        ] {
            assert_eq!(split_parameters(name), (stem, parameters), "{name}");
        }
    }

    #[test]
    fn failures_lose_colours_and_blanks() {
        let red =
            "\u{1b}[31m\u{1b}[1mexpected\u{1b}[22m\u{1b}[39m\n\n  'a'\u{1b}]0;title\u{7}\u{1b}";
        assert_eq!(failure_words("", red), "expected 'a'");
        assert_eq!(failure_words("message", "text"), "message");
        assert_eq!(failure_words(&"ä".repeat(9000), "").chars().count(), 301);
    }

    #[test]
    fn a_placeholder_is_no_time() {
        assert_eq!(moment("1970-01-01T00:00:00"), None);
        assert!(moment("2021-03-07T10:36:56 UTC").is_some());
        assert_eq!(split_full_name("A.B.C(1.5)"), ("A.B", "C(1.5)"));
        assert_eq!(split_full_name("works in 1.5 seconds"), ("", "works in 1.5 seconds"));
        assert_eq!(base_name("C:\\a\\b.dll"), "b.dll");
    }
}
