//! Record batches → rows of our own values.

use aftercast_model::Timestamp;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMillisecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{SqlKind, SqlValue};
use crate::LakeError;

/// Returns what a column of this type holds for the reader.
pub(super) fn kind(kind: &DataType) -> SqlKind {
    match kind {
        DataType::Boolean => SqlKind::Flag,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => SqlKind::Count,
        DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => SqlKind::Number,
        DataType::Timestamp(..) => SqlKind::Time,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => SqlKind::Text,
        DataType::Dictionary(_, value) => self::kind(value),
        _ => SqlKind::Other,
    }
}

/// Returns the rows of `batch`.
pub(super) fn of_batch(batch: &RecordBatch) -> Result<Vec<Vec<SqlValue>>, LakeError> {
    let mut rows: Vec<Vec<SqlValue>> =
        (0..batch.num_rows()).map(|_| Vec::with_capacity(batch.num_columns())).collect();
    for column in batch.columns() {
        for (row, value) in rows.iter_mut().zip(values(column.as_ref())?) {
            row.push(value);
        }
    }
    Ok(rows)
}

fn values(column: &dyn Array) -> Result<Vec<SqlValue>, LakeError> {
    let fail = |error: arrow::error::ArrowError| LakeError::Query { why: error.to_string() };
    let to = |kind: DataType| compute::cast(column, &kind).map_err(fail);
    let or_null = |value: Option<SqlValue>| value.unwrap_or(SqlValue::Null);
    Ok(match kind(column.data_type()) {
        SqlKind::Flag => {
            let flags = to(DataType::Boolean)?;
            let flags = flags.as_boolean();
            flags.iter().map(|flag| or_null(flag.map(SqlValue::Flag))).collect()
        }
        SqlKind::Count if *column.data_type() != DataType::UInt64 => {
            let counts = to(DataType::Int64)?;
            let counts = counts.as_primitive::<Int64Type>();
            counts.iter().map(|count| or_null(count.map(SqlValue::Count))).collect()
        }
        SqlKind::Number => {
            let numbers = to(DataType::Float64)?;
            let numbers = numbers.as_primitive::<Float64Type>();
            numbers.iter().map(|number| or_null(number.map(SqlValue::Number))).collect()
        }
        SqlKind::Time => {
            let times = to(DataType::Timestamp(TimeUnit::Millisecond, None))?;
            let times = times.as_primitive::<TimestampMillisecondType>();
            let value = |at| SqlValue::Time(Timestamp::from_millis(at));
            times.iter().map(|at| or_null(at.map(value))).collect()
        }
        SqlKind::Text => {
            let texts = to(DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            texts.iter().map(|text| or_null(text.map(|text| SqlValue::Text(text.into())))).collect()
        }
        SqlKind::Count | SqlKind::Other => {
            let options = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(column, &options).map_err(fail)?;
            (0..column.len())
                .map(|row| {
                    if column.is_null(row) {
                        return SqlValue::Null;
                    }
                    let text = formatter.value(row).to_string();
                    // Unsigned counts (`count(*)` of some engines) nearly always fit.
                    match (kind(column.data_type()), text.parse()) {
                        (SqlKind::Count, Ok(count)) => SqlValue::Count(count),
                        _ => SqlValue::Text(text),
                    }
                })
                .collect()
        }
    })
}
