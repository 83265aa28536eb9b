//! After every release: five numbers, eight answers, one change. The only binary; everything is in
//! `cli` (the command line) and `ops` (what it does).

mod cli;
mod closest;
mod config;
mod error;
mod http;
mod ops;

use std::process::ExitCode;

/// Decoding allocates and frees large vectors all the time; the system's allocator gives them back to
/// the kernel each time and pays for the page faults (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
