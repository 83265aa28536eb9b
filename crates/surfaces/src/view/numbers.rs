//! The five numbers as text.

use aftercast_analysis::review::{Basis, Number, Numbers};
use aftercast_model::{FactId, human_duration};

use super::words;

/// One of the five numbers, in words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NumberView<'a> {
    /// What it counts.
    pub(crate) title: &'static str,
    /// The value with its unit; `None` where it is not known.
    pub(crate) value: Option<String>,
    /// "usually 1 d 21 h (n = 24)".
    pub(crate) usually: Option<String>,
    /// "2nd slowest of the last 24".
    pub(crate) says: Option<&'a str>,
    /// Whether it stands out; `None` where too few releases can tell.
    pub(crate) unusual: Option<bool>,
    /// How it was found, or what to connect.
    pub(crate) why: &'a str,
    /// "inferred", with the number of rows.
    pub(crate) basis: String,
    /// Whether the source says exactly this.
    pub(crate) exact: bool,
    /// The rows.
    pub(crate) evidence: &'a [FactId],
    /// The value, its usual range and median, for a drawing.
    pub(crate) range: Option<Range>,
}

/// A value beside the usual range of earlier releases.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    /// The drawing in words.
    pub(crate) says: String,
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

/// What a number is measured in.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Millis,
    /// "7 of 31".
    PartOfN,
    Count,
}

/// Returns the five numbers in their order.
pub(crate) fn five(numbers: &Numbers) -> [NumberView<'_>; 5] {
    [
        view("First commit to production", &numbers.lead_time_ms, Unit::Millis),
        view("Failed builds on the way", &numbers.failed_builds, Unit::PartOfN),
        view("Waiting for approval", &numbers.approval_wait_ms, Unit::Millis),
        view("Manual steps", &numbers.manual_steps, Unit::Count),
        view("Incidents after it", &numbers.incidents, Unit::Count),
    ]
}

fn view<'a>(title: &'static str, number: &'a Number, unit: Unit) -> NumberView<'a> {
    // A value whose basis is "missing" would be a lie, whichever of the two is wrong.
    let value = number.value.filter(|_| number.basis != Basis::Missing);
    let compared = number.compared.as_ref().filter(|_| value.is_some());
    NumberView {
        title,
        value: value.map(|value| match unit {
            Unit::PartOfN if number.n > 0 => format!("{value} of {}", number.n),
            _ => shown(value, unit),
        }),
        usually: compared.filter(|compared| compared.n > 0).map(|compared| {
            format!("usually {} (n\u{a0}=\u{a0}{})", usual(compared.median, unit), compared.n)
        }),
        says: compared
            .map(|compared| without(&compared.says, "unusual: "))
            .filter(|says| !says.is_empty()),
        unusual: compared.and_then(|compared| compared.unusual),
        why: without(&number.why, "not known: "),
        basis: match (value, number.n) {
            (None, _) => words::basis(Basis::Missing).to_owned(),
            (_, 0) => words::basis(number.basis).to_owned(),
            (_, n) => format!("{}, n\u{a0}=\u{a0}{n}", words::basis(number.basis)),
        },
        exact: number.basis == Basis::Exact,
        evidence: &number.evidence,
        range: value.zip(compared.filter(|compared| compared.n > 0)).map(|(value, compared)| {
            Range {
                says: format!(
                    "{}; the middle of earlier releases is {}, eight in ten lie from {} to {}",
                    shown(value, unit),
                    usual(compared.median, unit),
                    usual(compared.low, unit),
                    usual(compared.high, unit)
                ),
                value: value as f64,
                low: compared.low,
                median: compared.median,
                high: compared.high,
            }
        }),
    }
}

/// Returns a text without the words at its beginning that are shown before it anyway.
fn without<'a>(text: &'a str, beginning: &str) -> &'a str {
    match text.split_at_checked(beginning.len()) {
        Some((begins, rest)) if begins.eq_ignore_ascii_case(beginning) => rest,
        _ => text,
    }
}

/// Returns a value with its unit.
fn shown(value: i64, unit: Unit) -> String {
    if unit == Unit::Millis { human_duration(value) } else { value.to_string() }
}

/// Returns a median: durations in two units, counts with one decimal where they need it.
fn usual(median: f64, unit: Unit) -> String {
    if unit == Unit::Millis {
        return human_duration(round(median));
    }
    let rounded = format!("{median:.1}");
    rounded.strip_suffix(".0").map_or(rounded.clone(), str::to_owned)
}

/// Returns the nearest whole number.
fn round(value: f64) -> i64 {
    // A cast from f64 saturates, and a duration in milliseconds is far below 2^53.
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is far below the limit")]
    let whole = value.round() as i64;
    whole
}
