//! `aftercast incidents`.

use std::process::ExitCode;

use aftercast_surfaces::sheet;
use clap::{Args, Subcommand};

use super::global::Global;
use super::page::{About, Form};
use crate::error::Outcome;
use crate::ops::{Confirm, confirm, incident_links};

/// Show which release each incident points at, with the evidence
///
/// What people confirm wins over everything that is computed, and teaches how long incidents of this
/// service take to show.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  aftercast incidents\n  aftercast incidents --service shop --format \
                  markdown\n  aftercast incidents confirm 4f1c2a9b v1.4.0 --reason \"bisected\"\n  \
                  aftercast incidents confirm \"Checkout is slow\" none"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    form: Form,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say which release caused an incident, or that none did
    #[command(
        after_help = "Examples:\n  aftercast incidents confirm 4f1c2a9b v1.4.0\n  aftercast \
                            incidents confirm 4f1c2a9b none --reason \"the data centre lost power\""
    )]
    Confirm(ConfirmArguments),
}

#[derive(Debug, Args)]
struct ConfirmArguments {
    /// Incident: its id, the beginning of its id, or its title
    #[arg(value_name = "INCIDENT")]
    incident: String,
    /// Release: its name; none where no release caused it; unsure to take back what was said
    #[arg(value_name = "RELEASE|none|unsure")]
    release: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    about: About,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    if let Some(Command::Confirm(said)) = &arguments.command {
        return run_confirm(global, said).await;
    }
    let session = arguments.about.session(global)?;
    let paged = incident_links(&session, &arguments.about.request()).await?;
    arguments.form.write(global, &session, &paged, sheet::incidents)
}

async fn run_confirm(global: &Global, arguments: &ConfirmArguments) -> Outcome<ExitCode> {
    let session = arguments.about.session(global)?;
    let said = Confirm {
        incident: arguments.incident.clone(),
        release: arguments.release.clone(),
        reason: arguments.reason.clone(),
    };
    let confirmed = confirm(&session, &arguments.about.request(), &said).await?;
    let incident = super::output::printable(&confirmed.incident);
    global.say(&match (confirmed.release, confirmed.withdrawn) {
        (Some(release), _) => {
            format!("kept: `{}` caused `{incident}`", super::output::printable(&release))
        }
        (None, false) => format!("kept: no release caused `{incident}`"),
        (None, true) => format!("taken back: nobody said what caused `{incident}`"),
    });
    Ok(ExitCode::SUCCESS)
}
