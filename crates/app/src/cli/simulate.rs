//! `aftercast simulate`.

use std::path::PathBuf;
use std::process::ExitCode;

use aftercast_simulation::Plan;
use clap::Args;

use super::global::Global;
use super::import::stored;
use super::output::{options, write_text};
use crate::error::Outcome;
use crate::ops::{grouped, simulate_into_folder, simulate_into_home};

/// Facts in a batch of a large simulation.
const LARGE_BATCH: usize = 500_000;

/// Make up the facts of a fictional company whose truth is known
///
/// Services, changes, pipelines, gates, deployments and incidents, with known flaws planted in them:
/// to see what the pages show, and to check what they find. The same seed gives the same facts. Every
/// row names the source `simulation`: none of it happened.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast simulate --home /tmp/company\n  aftercast gates --home \
                  /tmp/company --service checkout-001\n  aftercast simulate --task-runs 10000000 \
                  --home /tmp/large\n  aftercast simulate --seed 7 --output company/ && aftercast \
                  import facts company/facts.ndjson --home /tmp/seven"
)]
pub(crate) struct Arguments {
    /// Which company: another number is another one
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Job attempts of all services, about [default: six services over half a year]
    #[arg(long, value_name = "N")]
    task_runs: Option<u64>,
    /// Services
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    services: Option<u32>,
    /// Releases of each service
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    releases: Option<u32>,
    /// Days over which the releases are spread
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// Plant nothing: whatever is found then is a false alarm
    #[arg(long)]
    nothing_planted: bool,
    /// Write facts.ndjson into a folder instead of the home
    #[arg(long, short, value_name = "DIR", conflicts_with = "mix")]
    output: Option<PathBuf>,
    /// Write what was planted, as JSON
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Simulate into a home that holds facts already
    #[arg(long)]
    mix: bool,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = global.session()?;
    let plan = arguments.plan();
    let (truth, text) = if let Some(folder) = &arguments.output {
        let folder = folder.clone();
        let written =
            tokio::task::spawn_blocking(move || simulate_into_folder(&plan, &folder)).await?;
        let (truth, path) = written?;
        (truth, format!("{}\n", path.display()))
    } else {
        let simulated = simulate_into_home(&session, plan, arguments.mix).await?;
        let options = options(&session.config, None, session.now);
        (simulated.truth, stored(&simulated.tally, &options))
    };
    if let Some(file) = &arguments.truth {
        write_text(Some(file), &format!("{}\n", serde_json::to_string_pretty(&truth)?))?;
    }
    write_text(None, &text)?;
    global.say(&format!(
        "SIMULATED: {} facts of {} services, seed {}; none of it happened",
        grouped(truth.rows),
        truth.services.len(),
        truth.seed
    ));
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn plan(&self) -> Plan {
        let mut plan = match self.task_runs {
            Some(task_runs) => Plan::sized(self.seed, task_runs),
            None => Plan::company(self.seed),
        };
        if self.nothing_planted {
            plan.plants = Plan::null(self.seed).plants;
        }
        plan.services = self.services.unwrap_or(plan.services);
        plan.releases = self.releases.unwrap_or(plan.releases);
        plan.days = self.days.unwrap_or(plan.days);
        if plan.task_runs.is_some() {
            plan.batch_rows = LARGE_BATCH;
        }
        plan
    }
}
