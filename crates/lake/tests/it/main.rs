//! The lake judged from outside: by DuckDB, by chance, by several writers at once.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::large_futures,
    reason = "what stands between the tests of a test program is no test to clippy"
)]

mod bench;
mod interchange;
mod opening;
mod order;
mod services;
mod sql;
mod upkeep;
mod writers;
