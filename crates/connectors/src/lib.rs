//! From foreign payloads to facts, one folder a source.
//!
//! Owns: the list of sources, reading files and archives record by record, redaction of secrets,
//! and the git reader. Conversions are pure and total: bad input becomes a [`Problem`], the rest
//! goes on. Must not know: lake, ledger, analysis, axum, clap.
//!
//! [`Problem`]: aftercast_model::Problem

pub mod conformance;
mod facts;
mod gerrit;
pub mod git;
mod github;
mod junit;
mod reading;
mod redaction;
mod source;

pub use facts::{write_ndjson, write_row};
pub use reading::{ImportSummary, Limits, import, import_stream, import_within};
pub use redaction::redact;
pub use source::{Context, Import, Output, Record, SOURCES, Source, source_named};
