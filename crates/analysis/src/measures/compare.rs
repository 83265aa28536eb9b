//! A number beside the same number of the service's own earlier releases (methods A).

use aftercast_model::human_duration;

use super::Measure;
use crate::review::types::Comparison;
use crate::stats::{self, Ranked};

/// How a number is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// By the log-MAD rule.
    Duration,
    /// By the predictive negative binomial.
    Count,
}

/// Compares with the earlier values of the same basis; `None` where there are none.
pub(super) fn compare(current: &Measure, earlier: &[&Measure], rule: Rule) -> Option<Comparison> {
    let value = current.number.value.filter(|_| current.comparable)?;
    let values: Vec<i64> = earlier
        .iter()
        .filter(|other| other.comparable && other.number.basis == current.number.basis)
        .filter_map(|other| other.number.value)
        .collect();
    match rule {
        Rule::Duration => duration(value, &values),
        Rule::Count => count(value, &values),
    }
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
        (None, _) => too_few(judged.n),
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

/// "2nd slowest of the last 25"; in the middle "about the middle of the last 25".
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
        format!("in the middle half of the last {of}")
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

    #[test]
    fn ranks_are_said_as_people_say_them() {
        let says = |from_top, from_bottom, of| {
            rank_says(Ranked { from_top, from_bottom, of, p: 0.5 }, "slowest", "fastest")
        };
        assert_eq!(says(1, 24, 24), "slowest of the last 24");
        assert_eq!(says(2, 23, 24), "2nd slowest of the last 24");
        assert_eq!(says(22, 3, 24), "3rd fastest of the last 24");
        assert_eq!(says(12, 13, 24), "in the middle half of the last 24");
        assert_eq!(says(1, 1, 24), "as usual: the same as 23 of the last 24");
        let all = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal);
        assert_eq!(all.join(" "), "1st 2nd 3rd 4th 11th 12th 13th 21st 112th");
    }

    #[test]
    fn seven_earlier_values_are_too_few() {
        let found = duration(5_000, &[1_000; 7]).unwrap();
        assert_eq!(found.unusual, None);
        assert_eq!(found.says, "too few releases to judge (7; 8 are needed)");
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
}
