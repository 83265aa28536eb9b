//! SQL over the lake: read-only queries, rows in our own types, exports.

use std::fmt;

use aftercast_model::Timestamp;

use crate::LakeError;

/// What a column of a result holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlKind {
    /// True or false.
    Flag,
    /// Whole numbers.
    Count,
    /// Other numbers.
    Number,
    /// UTC without zone.
    Time,
    /// Text.
    Text,
    /// Anything else, shown as text.
    Other,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: SqlKind,
}

/// A cell of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// Missing.
    Null,
    /// True or false.
    Flag(bool),
    /// A whole number.
    Count(i64),
    /// Another number.
    Number(f64),
    /// A moment.
    Time(Timestamp),
    /// Text.
    Text(String),
}

impl SqlValue {
    /// Returns the value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Flag(value) => (*value).into(),
            Self::Count(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Time(value) => value.to_string().into(),
            Self::Text(value) => value.as_str().into(),
        }
    }
}

impl fmt::Display for SqlValue {
    /// Missing values show as nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Flag(value) => value.fmt(f),
            Self::Count(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Time(value) => value.fmt(f),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// The rows of a query, pulled batch by batch.
pub struct SqlRows {
    columns: Vec<SqlColumn>,
}

impl SqlRows {
    pub(crate) fn empty() -> Self {
        Self { columns: Vec::new() }
    }

    /// Returns the columns.
    pub fn columns(&self) -> &[SqlColumn] {
        &self.columns
    }

    /// Returns the next rows, each in the order of the columns; `None` at the end.
    #[expect(clippy::unused_async, reason = "stub")]
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<SqlValue>>>, LakeError> {
        Ok(None)
    }
}

/// How rows are written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated, with a header; cells that a spreadsheet would run as a formula get a `'`.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Parquet, zstd.
    Parquet,
}
