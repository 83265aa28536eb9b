//! The ledger's promises, kept on SQLite and on PostgreSQL alike.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on says so by panicking"
)]

mod bench;
mod contract;
mod decisions;
mod errors;
mod inbox;
