//! Talk while something takes long: a bar on a terminal after the first second, and the log (-v).

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;

use crate::config::LOG_VARIABLE;
use crate::ops::{Tick, Watch};

/// What is quicker than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows how far a use case is.
pub(crate) struct Progress {
    started: Instant,
    wanted: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    /// Returns a progress that stays silent when stderr is no terminal, in CI, and when `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
        let wanted = !quiet && !ci && std::io::stderr().is_terminal();
        Self { started: Instant::now(), wanted, bar: Mutex::new(None) }
    }

    /// Returns the function that use cases call.
    pub(crate) fn watch(self) -> Watch {
        std::sync::Arc::new(move |tick| self.tick(&tick))
    }

    fn tick(&self, tick: &Tick) {
        if !self.wanted || self.started.elapsed() < PATIENCE {
            return;
        }
        let Ok(mut bar) = self.bar.lock() else { return };
        if matches!(tick, Tick::Done) {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
            return;
        }
        let bar = bar.get_or_insert_with(|| {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        });
        match tick {
            Tick::Commits { done, total } => {
                let template = "reading commits {wide_bar} {pos}/{len}";
                if let Ok(style) = ProgressStyle::with_template(template) {
                    bar.set_style(style);
                }
                bar.set_length(*total);
                bar.set_position(*done);
            }
            Tick::Records { records } => {
                if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                    bar.set_style(style);
                }
                bar.set_message(format!("{records} records read"));
            }
            Tick::Done => {}
        }
    }
}

/// Sends the log to stderr: nothing, `-v` what is done and how long it takes, `-vv` more.
pub(crate) fn start_log(verbose: u8) {
    let wanted = std::env::var(LOG_VARIABLE).ok().filter(|text| !text.is_empty());
    let filter = match (wanted, verbose) {
        (None, 0) => return,
        (Some(filter), _) => filter,
        (None, 1) => "aftercast=info,aftercast_lake=info".to_owned(),
        (None, _) => "aftercast=debug,aftercast_lake=debug,info".to_owned(),
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .init();
}
