//! After every release: five numbers, eight answers, one change. The only binary; everything is in
//! `cli` (the command line) and `ops` (what it does).

mod cli;
mod closest;
mod config;
mod error;
mod ops;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
