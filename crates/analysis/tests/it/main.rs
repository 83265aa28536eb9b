//! Promises of the analysis, tested from outside.

mod build;
mod order;
mod releases;
mod reviews;
mod totality;
