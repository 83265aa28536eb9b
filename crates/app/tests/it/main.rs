//! The program from outside: the built binary, real data, real files.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod bench;
mod broken;
mod checkout;
mod commands;
mod events;
mod figures;
mod live;
mod monorepo;
mod pages;
mod same_lake;
mod sample;
mod serve;
mod serving;
mod simulate;
mod sync;
#[expect(
    dead_code,
    unreachable_pub,
    clippy::panic,
    clippy::expect_used,
    reason = "they are the connectors' own; these tests use a part of them"
)]
#[path = "../../../connectors/tests/vendors/mod.rs"]
mod vendors;
