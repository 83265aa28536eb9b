//! The program from outside: the built binary, real data, real files.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on says so by panicking"
)]

mod bench;
mod broken;
mod checkout;
mod commands;
mod figures;
mod monorepo;
mod same_lake;
mod sample;
