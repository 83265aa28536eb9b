//! A number beside the same number of the service's own earlier releases (methods A).

use aftercast_model::{Timestamp, human_duration};

use super::Measure;
use crate::review::types::{Comparison, Number};
use crate::stats::{self, Nulls, Ranked};

/// How a number is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// By the log-MAD rule.
    Duration,
    /// By the predictive negative binomial.
    Count,
    /// As a count; what is unusual is shown as a share of the rows, too.
    CountOf,
}

/// A number of an earlier release.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past<'a> {
    pub(super) measure: &'a Measure,
    /// When the release was in production.
    pub(super) at: Option<Timestamp>,
    /// Whether it only mended something.
    pub(super) mends: bool,
}

/// Compares with the earlier values of the same basis; `None` where there are none.
///
/// Releases that only mend and the others are compared among themselves where there are eight of
/// both. What lies before the last change of the level is left out (docs/statistics/unusual.md).
pub(super) fn compare(
    (current, mends): (&Measure, bool),
    earlier: &[Past<'_>],
    rule: Rule,
    nulls: &mut Nulls,
) -> Option<Comparison> {
    let value = current.number.value.filter(|_| current.comparable)?;
    let mut past: Vec<(i64, Past<'_>)> = earlier
        .iter()
        .filter(|past| past.measure.comparable)
        .filter(|past| past.measure.number.basis == current.number.basis)
        .filter_map(|past| Some((past.measure.number.value?, *past)))
        .collect();
    let kind = own_kind(&mut past, mends);
    let level = own_level(&mut past, rule, nulls);
    let values: Vec<i64> = past.iter().map(|(value, _)| *value).collect();
    let mut compared = match rule {
        Rule::Duration => duration(value, &values),
        Rule::Count | Rule::CountOf => count(value, &values),
    }?;
    if rule == Rule::CountOf && compared.unusual == Some(true) {
        let own: Vec<&Measure> = past.iter().map(|(_, past)| past.measure).collect();
        if let Some(share) = share_says(&current.number, &own) {
            compared.says = format!("{}; {share}", compared.says);
        }
    }
    for more in [kind, level].into_iter().flatten() {
        compared.says = format!("{}; {more}", compared.says);
    }
    Some(compared)
}

/// Keeps the releases of one kind, where there are enough of both; says which.
fn own_kind(past: &mut Vec<(i64, Past<'_>)>, mends: bool) -> Option<String> {
    let own = past.iter().filter(|(_, past)| past.mends == mends).count();
    if own < stats::FEWEST_TO_JUDGE || past.len() - own < stats::FEWEST_TO_JUDGE {
        return None;
    }
    past.retain(|(_, past)| past.mends == mends);
    let kind = if mends { "that only mend, too" } else { "that do not only mend" };
    Some(format!("compared with releases {kind}"))
}

/// Keeps the releases since the last change of the level; says since when.
fn own_level(past: &mut Vec<(i64, Past<'_>)>, rule: Rule, nulls: &mut Nulls) -> Option<String> {
    let log = |value: i64| match rule {
        Rule::Duration => (value.max(1_000) as f64 / 1_000.0).ln(),
        Rule::Count | Rule::CountOf => (value.max(0) as f64).ln_1p(),
    };
    let logs: Vec<f64> = past.iter().map(|(value, _)| log(*value)).collect();
    let last = stats::change_points(&logs, nulls).last().copied()?;
    past.drain(..last.at.min(past.len()));
    let at = past.first()?.1.at?;
    let way = if 0.0 < last.shift { "rose" } else { "fell" };
    Some(format!("compared since the level {way}, about {}", super::day(at)))
}

/// Says whether the share is unusual, too: "5 of 6, before 2 of 40: more than chance gives". The
/// predictive beta-binomial; `None` where a share cannot be told.
pub(crate) fn share_says(number: &Number, earlier: &[&Measure]) -> Option<String> {
    /// A share whose upper tail is smaller than this is unusual, as for counts.
    const TAIL: f64 = 0.005;
    let k = u64::try_from(number.value?).ok()?;
    let n = number.n as u64;
    let earlier_n: u64 = earlier.iter().map(|other| other.number.n as u64).sum();
    let values = earlier.iter().filter_map(|other| other.number.value);
    let earlier_k: u64 = values.map(i64::unsigned_abs).sum();
    if n < k || earlier_n < earlier_k || earlier_n == 0 {
        return None;
    }
    let tail = stats::beta_binomial_tail(k, n, earlier_k, earlier_n);
    let verdict = if tail < TAIL { "the share is unusual, too" } else { "the share is as before" };
    Some(format!(
        "{verdict}: {k} of {n}, before {earlier_k} of {earlier_n} (so much or more in {})",
        percent(tail)
    ))
}

fn duration(value: i64, values: &[i64]) -> Option<Comparison> {
    let judged = stats::judge_duration(values, value)?;
    let rank = rank_says(judged.ranked, "slowest", "fastest");
    let says = match (judged.unusual, judged.threshold) {
        (Some(true), Some(threshold)) => format!(
            "unusual: {}, {rank} (z {:.2}, above {threshold:.2})",
            times(value as f64, judged.median),
            judged.z
        ),
        (Some(_), _) => rank,
        (None, _) => format!("{rank}; {}", too_few(judged.n)),
    };
    Some(Comparison {
        median: judged.median,
        low: judged.low,
        high: judged.high,
        n: judged.n,
        unusual: judged.unusual,
        says,
    })
}

fn count(value: i64, values: &[i64]) -> Option<Comparison> {
    let floats: Vec<f64> = values.iter().map(|value| *value as f64).collect();
    let counts: Vec<u64> = values.iter().map(|value| value.unsigned_abs()).collect();
    let judged = stats::judge_count(&counts, value.unsigned_abs());
    let median = stats::median(&floats)?;
    let says = match judged.unusual {
        Some(true) => format!(
            "unusual: chance gives this many in {} of releases like the last {}",
            percent(judged.tail),
            judged.n
        ),
        Some(false) if value == 0 => {
            let none = values.iter().filter(|other| **other == 0).count();
            format!("none in {none} of the last {} releases either", judged.n)
        }
        Some(false) => {
            let as_many = values.iter().filter(|other| **other >= value).count();
            format!("as many or more in {as_many} of the last {} releases", judged.n)
        }
        None => too_few(judged.n),
    };
    Some(Comparison {
        median,
        low: stats::quantile(&floats, 0.1)?,
        high: stats::quantile(&floats, 0.9)?,
        n: judged.n,
        unusual: judged.unusual,
        says,
    })
}

fn too_few(n: usize) -> String {
    format!("too few releases to judge ({n}; {} are needed)", stats::FEWEST_TO_JUDGE)
}

/// "2nd slowest of the last 25"; in the middle "in the middle half of the last 25 (12th slowest)".
fn rank_says(ranked: Ranked, top: &str, bottom: &str) -> String {
    let Ranked { from_top, from_bottom, of, .. } = ranked;
    let (rank, end) = if from_top <= from_bottom { (from_top, top) } else { (from_bottom, bottom) };
    let ties = (of + 1).saturating_sub(from_top + from_bottom);
    if ties >= of / 2 {
        format!("as usual: the same as {ties} of the last {of}")
    } else if rank == 1 {
        format!("{end} of the last {of}")
    } else if rank * 4 <= of {
        format!("{} {end} of the last {of}", ordinal(rank))
    } else {
        format!("in the middle half of the last {of} ({} {end})", ordinal(rank))
    }
}

fn times(value: f64, median: f64) -> String {
    if median >= 1_000.0 {
        format!("{:.1} times the median", value / median)
    } else {
        format!("the median is {}", human_duration(0))
    }
}

/// "0.3 %", "less than 0.1 %".
pub(crate) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.001 {
        "less than 0.1 %".to_owned()
    } else if share < 0.1 {
        format!("{:.1} %", share * 100.0)
    } else {
        format!("{:.0} %", share * 100.0)
    }
}

/// "1st", "2nd", "11th", "23rd".
fn ordinal(rank: usize) -> String {
    let ending = match (rank % 10, rank % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{rank}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::types::Basis;

    #[test]
    fn ranks_are_said_as_people_say_them() {
        let says = |from_top, from_bottom, of| {
            rank_says(Ranked { from_top, from_bottom, of, p: 0.5 }, "slowest", "fastest")
        };
        assert_eq!(says(1, 24, 24), "slowest of the last 24");
        assert_eq!(says(2, 23, 24), "2nd slowest of the last 24");
        assert_eq!(says(22, 3, 24), "3rd fastest of the last 24");
        assert_eq!(says(12, 13, 24), "in the middle half of the last 24 (12th slowest)");
        assert_eq!(says(1, 1, 24), "as usual: the same as 23 of the last 24");
        let all = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal);
        assert_eq!(all.join(" "), "1st 2nd 3rd 4th 11th 12th 13th 21st 112th");
    }

    #[test]
    fn seven_earlier_values_are_too_few() {
        let found = duration(5_000, &[1_000; 7]).unwrap();
        assert_eq!(found.unusual, None);
        assert_eq!(
            found.says,
            "slowest of the last 8; too few releases to judge (7; 8 are needed)"
        );
        assert_eq!(duration(5_000, &[]), None);
        assert_eq!(count(3, &[]), None);
    }

    #[test]
    fn an_unusual_count_says_how_rare_it_is() {
        let found = count(5, &[0, 1, 0, 2, 0, 0, 1, 3, 0, 1]).unwrap();
        assert_eq!(
            found.says,
            "unusual: chance gives this many in 0.4 % of releases like the last 10"
        );
        let found = count(1, &[0, 1, 0, 2, 0, 0, 1, 3, 0, 1]).unwrap();
        assert_eq!(found.says, "as many or more in 5 of the last 10 releases");
    }

    const HOUR: i64 = 3_600_000;

    /// Numbers of releases a day apart; of each, whether it only mends.
    fn with(values: &[(i64, bool)], now: (i64, bool), rule: Rule) -> Comparison {
        let measure = |value| Measure::known(value, Basis::Exact, 4, String::new(), Vec::new());
        let all: Vec<Measure> = values.iter().map(|(value, _)| measure(*value)).collect();
        let past: Vec<Past<'_>> = (0_i64..)
            .zip(all.iter().zip(values))
            .map(|(day, (measure, (_, mends)))| Past {
                measure,
                at: Some(Timestamp::from_millis(day * 24 * HOUR)),
                mends: *mends,
            })
            .collect();
        compare((&measure(now.0), now.1), &past, rule, &mut Nulls::new()).unwrap()
    }

    #[test]
    fn what_lies_before_the_last_change_of_the_level_is_left_out() {
        // docs/statistics/unusual.md: twenty releases of about twenty hours, then ten of about ten.
        let days = |from: i64, n: i64| (0..n).map(move |at| ((from + at % 3) * HOUR, false));
        let values: Vec<(i64, bool)> = days(19, 20).chain(days(9, 10)).collect();
        let found = with(&values, (24 * HOUR, false), Rule::Duration);
        assert_eq!(found.n, 10);
        assert!(found.says.ends_with("; compared since the level fell, about 21 Jan 1970"));
        assert_eq!(found.unusual, Some(true), "{}", found.says);
        // Beside all thirty, 24 h would pass.
        let plain: Vec<i64> = values.iter().map(|(value, _)| *value).collect();
        assert_eq!(duration(24 * HOUR, &plain).unwrap().unusual, Some(false));
        // Seven since the change are too few, however many there were before.
        let found = with(&values[..27], (24 * HOUR, false), Rule::Duration);
        assert_eq!((found.n, found.unusual), (7, None));
        assert!(found.says.starts_with("slowest of the last 8; too few releases to judge"));
    }

    #[test]
    fn hotfixes_are_compared_with_hotfixes_where_there_are_eight_of_both() {
        // Every third release mends and takes an hour, the others take a day.
        let one = |at: i64| if at % 3 == 0 { (HOUR + at, true) } else { (24 * HOUR + at, false) };
        let values: Vec<(i64, bool)> = (0..30).map(one).collect();
        let slow = with(&values, (4 * HOUR, true), Rule::Duration);
        assert_eq!((slow.n, slow.unusual), (10, Some(true)), "{}", slow.says);
        assert!(slow.says.ends_with("; compared with releases that only mend, too"));
        let usual = with(&values, (24 * HOUR, false), Rule::Duration);
        assert_eq!((usual.n, usual.unusual), (20, Some(false)), "{}", usual.says);
        // Seven hotfixes are too few: all are compared.
        assert_eq!(with(&values[..21], (4 * HOUR, true), Rule::Duration).n, 21);
    }

    #[test]
    fn an_unusual_count_is_shown_as_a_share() {
        let values: Vec<(i64, bool)> = (0..10).map(|at| (i64::from(at == 3), false)).collect();
        let found = with(&values, (4, false), Rule::CountOf);
        // scipy: stats.betabinom.sf(3, 4, 1.5, 39.5) is 0.000018; sf(6, 31, 8.5, 32.5) is 0.457.
        assert!(
            found.says.ends_with(
                "; the share is unusual, too: 4 of 4, before 1 of 40 (so much or more in less than \
                 0.1 %)"
            ),
            "{}",
            found.says
        );
        let number = |value, n| Measure::known(value, Basis::Exact, n, String::new(), Vec::new());
        let before = [number(8, 40)];
        let earlier: Vec<&Measure> = before.iter().collect();
        assert_eq!(
            share_says(&number(7, 31).number, &earlier).unwrap(),
            "the share is as before: 7 of 31, before 8 of 40 (so much or more in 46 %)"
        );
        assert_eq!(share_says(&number(7, 3).number, &earlier), None);
    }
}
