//! Facts in a DuckLake lake: storing, reading, SQL.
//!
//! Owns: the catalogue (DuckLake 1.0 tables in SQLite or PostgreSQL), the Parquet files, the rule
//! that the latest observation of an id wins, SQL over it. The only crate that names arrow,
//! parquet, `DataFusion` and `object_store`; its public signatures use none of their types.
//!
//! Must not know: where facts come from (connectors) and what they mean (analysis).
//!
//! Guarantees: what [`Lake::append`] has returned survives a power cut; importing twice, in any
//! order and by any number of processes gives the same rows; DuckDB with its official extension
//! reads the same rows (docs/decisions/0001-lake-catalogue.md).

mod append;
mod catalogue;
mod decode;
mod encode;
mod error;
mod files;
mod import;
mod lake;
mod layout;
mod maintain;
mod query;
mod remove;
mod report;
mod scan;
mod selection;
mod sql;

pub use error::LakeError;
pub use import::read_parquet_facts;
pub use lake::{DataLocation, Lake, LakeOptions};
pub use report::{
    Appended, Cleaned, Compacted, Removed, ServiceSummary, TableAppended, TableCount,
};
pub use selection::Selection;
pub use sql::{ExportFormat, PayloadBodies, SqlColumn, SqlKind, SqlRows, SqlValue};
