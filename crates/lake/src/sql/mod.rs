//! SQL over the lake: read-only queries, rows in our own types, exports.

mod bodies;
mod export;
mod provider;
mod rows;

use std::fmt;
use std::sync::Arc;

use aftercast_model::Timestamp;
use arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use futures::StreamExt;

use crate::LakeError;
use crate::catalogue::State;
use crate::files::Folder;
pub use bodies::PayloadBodies;
pub(crate) use export::export;
use provider::LakeTable;

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
    batches: SendableRecordBatchStream,
}

impl SqlRows {
    /// Returns the columns.
    pub fn columns(&self) -> &[SqlColumn] {
        &self.columns
    }

    /// Returns the next rows, each in the order of the columns; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<SqlValue>>>, LakeError> {
        match self.next_batch().await? {
            Some(batch) => rows::of_batch(&batch).map(Some),
            None => Ok(None),
        }
    }

    async fn next_batch(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        self.batches.next().await.transpose().map_err(|error| failed(&error))
    }
}

/// Runs `query` over the lake at `state`; anything but a query is refused.
pub(crate) async fn run(
    state: Arc<State>,
    folder: &Folder,
    query: &str,
) -> Result<SqlRows, LakeError> {
    let config = SessionConfig::new()
        .with_information_schema(true)
        .with_default_catalog_and_schema("lake", "main");
    let context = SessionContext::new_with_config(config);
    for (position, table) in state.tables.iter().enumerate() {
        let provider = LakeTable::new(state.clone(), position, folder.clone());
        context
            .register_table(table.layout.name, Arc::new(provider))
            .map_err(|error| failed(&error))?;
    }
    let read_only =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = context.sql_with_options(query, read_only).await.map_err(|error| failed(&error))?;
    let columns = frame
        .schema()
        .fields()
        .iter()
        .map(|field| SqlColumn { name: field.name().clone(), kind: rows::kind(field.data_type()) })
        .collect();
    let batches = frame.execute_stream().await.map_err(|error| failed(&error))?;
    Ok(SqlRows { columns, batches })
}

/// Returns the engine's answer, without the layers around it.
fn failed(error: &DataFusionError) -> LakeError {
    LakeError::Query { why: error.find_root().strip_backtrace() }
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
