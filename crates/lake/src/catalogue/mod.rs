//! The catalogue: which tables, columns and files the lake has, in the tables of DuckLake 1.0.
//!
//! Never touches a table whose name does not begin with `ducklake_`; knows nothing of what is in
//! the Parquet files beyond their statistics.

mod commit;
mod database;
mod schema;
mod state;
mod stats;

pub(crate) use commit::{Change, NewData, NewDelete, TableChange, commit};
pub(crate) use database::{Column, Database, Dialect, Value, Work};
pub(crate) use schema::{prepare, record_data_path};
pub(crate) use state::{DataFile, State, TableState, load, snapshot_id};
pub(crate) use stats::{Bound, ColumnStats, batch_stats};
