//! The command line: one file a command, each thin: arguments in, a use case of `ops`, text out.
//!
//! stdout is data, stderr is talk. Must not know: how things are done.

mod completions;
mod config;
mod doctor;
mod dora;
mod event;
mod export;
mod gates;
mod global;
mod import;
mod incidents;
mod init;
mod man;
mod output;
mod page;
mod patterns;
mod progress;
mod releases;
mod review;
mod serve;
mod simulate;
mod sql;
mod steps;
mod survey;
mod sync;
mod tables;
mod tests;
mod time;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::error::{Failure, Outcome};
use global::Global;

/// The exit code after Ctrl-C, as shells have it: 128 and the signal's number.
const INTERRUPTED: u8 = 130;
/// How long threads may take to end after Ctrl-C.
const INTERRUPT_PATIENCE: Duration = Duration::from_secs(1);
/// How long they may take where they write to a throw-away folder, which is removed after them.
const SCRATCH_PATIENCE: Duration = Duration::from_secs(30);
/// What is said when nothing was asked for.
const WAY_IN: &str = "\
Aftercast: after every release, five numbers, eight answers, one change.

  aftercast review           review the latest release, in any git checkout
  aftercast review --sample  see what a review looks like

All commands: aftercast --help
";
/// The widest line of a help text.
const HELP_WIDTH: usize = 100;

#[derive(Debug, Parser)]
#[command(
    name = "aftercast",
    version,
    about = "After every release: five numbers, eight answers, one change",
    long_about = "After every release: five numbers, eight answers, one change.\n\nAftercast turns \
                  the traces that a production delivery left behind (git, CI/CD, incidents, chat) \
                  into one honest page. It works in any git checkout without configuration.",
    after_help = "Examples:\n  aftercast review\n  aftercast review --sample\n  aftercast import \
                  github runs/ jobs.ndjson.gz\n  aftercast review --release latest --format html \
                  --output review.html",
    max_term_width = HELP_WIDTH,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Doctor(doctor::Arguments),
    Import(import::Arguments),
    Sync(sync::Arguments),
    Event(event::Arguments),
    Releases(releases::Arguments),
    Review(review::Arguments),
    Gates(gates::Arguments),
    Tests(tests::Arguments),
    Patterns(patterns::Arguments),
    Steps(steps::Arguments),
    Incidents(incidents::Arguments),
    Dora(dora::Arguments),
    Survey(survey::Arguments),
    Sql(sql::Arguments),
    Export(export::Arguments),
    Simulate(simulate::Arguments),
    Serve(serve::Arguments),
    Config(config::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Runs the command line and returns the exit code (design.md, section 6).
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.len() < 2 {
        output::talk(WAY_IN);
        return ExitCode::from(2);
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return parsing_ended(&error),
    };
    progress::start_log(cli.global.verbose, matches!(cli.command, Command::Serve(_)));
    match dispatch(cli) {
        Ok(code) => code,
        Err(failure) => {
            output::talk(&failure.shown_unless_silent());
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn dispatch(cli: Cli) -> Outcome<ExitCode> {
    let Cli { global, command } = cli;
    match command {
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Config(arguments) => config::run(&global, &arguments),
        Command::Init(arguments) => init::run(&global, &arguments),
        Command::Doctor(arguments) => wait(&global, doctor::run(&global, &arguments)),
        Command::Import(arguments) => wait(&global, import::run(&global, &arguments)),
        Command::Sync(arguments) => wait(&global, sync::run(&global, &arguments)),
        Command::Event(arguments) => wait(&global, event::run(&global, &arguments)),
        Command::Releases(arguments) => wait(&global, releases::run(&global, &arguments)),
        Command::Review(arguments) => wait(&global, review::run(&global, &arguments)),
        Command::Gates(arguments) => wait(&global, gates::run(&global, &arguments)),
        Command::Tests(arguments) => wait(&global, tests::run(&global, &arguments)),
        Command::Patterns(arguments) => wait(&global, patterns::run(&global, &arguments)),
        Command::Steps(arguments) => wait(&global, steps::run(&global, &arguments)),
        Command::Incidents(arguments) => wait(&global, incidents::run(&global, &arguments)),
        Command::Dora(arguments) => wait(&global, dora::run(&global, &arguments)),
        Command::Survey(arguments) => wait(&global, survey::run(&global, &arguments)),
        Command::Sql(arguments) => wait(&global, sql::run(&global, &arguments)),
        Command::Export(arguments) => wait(&global, export::run(&global, &arguments)),
        Command::Simulate(arguments) => wait(&global, simulate::run(&global, &arguments)),
        Command::Serve(arguments) => to_its_own_end(serve::run(&global, &arguments)),
    }
}

/// Runs a command to its end, or to the user's Ctrl-C; temporary folders are removed either way.
fn wait(global: &Global, command: impl Future<Output = Outcome<ExitCode>>) -> Outcome<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            // First of all, so that no signal is missed.
            biased;
            _ = tokio::signal::ctrl_c() => None,
            outcome = command => Some(outcome),
        }
    });
    let Some(outcome) = outcome else {
        // What is half written is finished or dropped; a read from a pipe may never end.
        let writes_scratch = global.has_scratch();
        runtime.shutdown_timeout(if writes_scratch {
            SCRATCH_PATIENCE
        } else {
            INTERRUPT_PATIENCE
        });
        output::talk("interrupted: what was stored stays; run the same command again to go on\n");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    runtime.shutdown_background();
    outcome
}

/// Runs a command that ends by itself in good order when it is asked to.
fn to_its_own_end(command: impl Future<Output = Outcome<ExitCode>>) -> Outcome<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(command);
    runtime.shutdown_timeout(INTERRUPT_PATIENCE);
    outcome
}

/// Help and version are data; anything else that the parser says is a usage error.
fn parsing_ended(error: &clap::Error) -> ExitCode {
    // A closed pipe is the reader's right; there is nobody to tell.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    }
}

/// Returns the command line as data, for completions and man pages.
fn command() -> clap::Command {
    Cli::command()
}

impl Failure {
    fn shown_unless_silent(&self) -> String {
        if self.kind == crate::error::Kind::BrokenPipe { String::new() } else { self.shown() }
    }
}
