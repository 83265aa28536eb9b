//! Statistics of columns, written as DuckLake writes them.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMillisecondType};

use crate::layout::LakeType;

/// A smallest or largest value; the order of the variants means nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bound {
    Text(String),
    /// Counts, days, flags (0 and 1) and milliseconds.
    Number(i64),
}

/// What is known of a column in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ColumnStats {
    /// Rows with a value.
    pub(crate) values: i64,
    /// Rows without one.
    pub(crate) nulls: i64,
    pub(crate) min: Option<Bound>,
    pub(crate) max: Option<Bound>,
    pub(crate) size_bytes: i64,
}

impl Bound {
    /// Writes the bound as DuckLake does.
    pub(crate) fn write(&self, kind: LakeType) -> String {
        match (self, kind) {
            (Self::Text(text), _) => text.clone(),
            (Self::Number(millis), LakeType::Time) => write_time(*millis),
            (Self::Number(number), _) => number.to_string(),
        }
    }

    /// Reads a bound of the catalogue; `None` where it cannot be understood.
    pub(crate) fn read(text: &str, kind: LakeType) -> Option<Self> {
        match kind {
            LakeType::Text => Some(Self::Text(text.to_owned())),
            LakeType::Bytes => None,
            LakeType::Time => {
                aftercast_model::Timestamp::parse(text).ok().map(|at| Self::Number(at.millis()))
            }
            LakeType::Day | LakeType::Count => text.parse().ok().map(Self::Number),
            LakeType::Flag => match text {
                "0" | "false" => Some(Self::Number(0)),
                "1" | "true" => Some(Self::Number(1)),
                _ => None,
            },
        }
    }
}

/// Writes `2020-01-01 00:00:00.12`: blanks for zeros at the end of the fraction, as DuckDB does.
fn write_time(millis: i64) -> String {
    let text = aftercast_model::Timestamp::from_millis(millis).to_string();
    let text = text.trim_end_matches('Z').replacen('T', " ", 1);
    if text.contains('.') { text.trim_end_matches('0').to_owned() } else { text }
}

/// Returns the statistics of each column of `batch`, sizes still zero.
pub(crate) fn batch_stats(
    batch: &RecordBatch,
    columns: &[(&'static str, LakeType)],
) -> Vec<ColumnStats> {
    columns
        .iter()
        .map(|(name, kind)| {
            let Some(array) = batch.column_by_name(name) else {
                return ColumnStats { nulls: to_i64(batch.num_rows()), ..ColumnStats::default() };
            };
            let nulls = array.null_count();
            let (min, max) = bounds(array.as_ref(), *kind);
            let values = to_i64(array.len() - nulls);
            ColumnStats { values, nulls: to_i64(nulls), min, max, size_bytes: 0 }
        })
        .collect()
}

fn bounds(array: &dyn Array, kind: LakeType) -> (Option<Bound>, Option<Bound>) {
    let number = Bound::Number;
    match kind {
        LakeType::Text => match array.as_string_opt::<i32>() {
            Some(texts) => (
                compute::min_string(texts).map(|text| Bound::Text(text.to_owned())),
                compute::max_string(texts).map(|text| Bound::Text(text.to_owned())),
            ),
            None => (None, None),
        },
        LakeType::Time => match array.as_primitive_opt::<TimestampMillisecondType>() {
            Some(times) => (compute::min(times).map(number), compute::max(times).map(number)),
            None => (None, None),
        },
        LakeType::Day => match array.as_primitive_opt::<Int32Type>() {
            Some(days) => (
                compute::min(days).map(|day| number(day.into())),
                compute::max(days).map(|day| number(day.into())),
            ),
            None => (None, None),
        },
        LakeType::Count => match array.as_primitive_opt::<Int64Type>() {
            Some(counts) => (compute::min(counts).map(number), compute::max(counts).map(number)),
            None => (None, None),
        },
        LakeType::Flag => match array.as_boolean_opt() {
            Some(flags) => (
                compute::min_boolean(flags).map(|flag| number(flag.into())),
                compute::max_boolean(flags).map(|flag| number(flag.into())),
            ),
            None => (None, None),
        },
        LakeType::Bytes => (None, None),
    }
}

fn to_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_duckdb_writes_them_and_read_back() {
        for (millis, text) in [
            (0, "1970-01-01 00:00:00"),
            (-31_535_999_880, "1969-01-01 00:00:00.12"),
            (1_500, "1970-01-01 00:00:01.5"),
            (1_439_249_811_219, "2015-08-10 23:36:51.219"),
        ] {
            assert_eq!(Bound::Number(millis).write(LakeType::Time), text);
            assert_eq!(Bound::read(text, LakeType::Time), Some(Bound::Number(millis)));
        }
    }
}
