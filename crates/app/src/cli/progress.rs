//! Talk while something takes long: a bar on a terminal after the first second, and the log (-v).

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aftercast_model::human_duration;
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
            Tick::Pulled { list, items, share, since, waiting_until } => {
                if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                    bar.set_style(style);
                }
                let left = waiting_until.map_or_else(
                    || share.map_or_else(String::new, |share| time_left(share, since.elapsed())),
                    |until| format!(", waiting for the rate limit until {until}"),
                );
                bar.set_message(format!("{list}: {items} items{left}"));
            }
            Tick::Done => {}
        }
    }
}

/// Returns how long the rest will take if it goes on like this.
fn time_left(share: f64, elapsed: Duration) -> String {
    if !(0.01..1.0).contains(&share) {
        return String::new();
    }
    let left = elapsed.mul_f64((1.0 - share) / share);
    let left = human_duration(i64::try_from(left.as_millis()).unwrap_or(i64::MAX));
    format!(", {:.0} %, about {left} left", share * 100.0)
}

/// Sends the log to stderr: nothing, `-v` what is done and how long it takes, `-vv` more. A server
/// (`serving`) logs what is done with the time, because nobody watches it.
pub(crate) fn start_log(verbose: u8, serving: bool) {
    let wanted = std::env::var(LOG_VARIABLE).ok().filter(|text| !text.is_empty());
    let filter = match (wanted, verbose) {
        (None, 0) if !serving => return,
        (Some(filter), _) => filter,
        (None, 0 | 1) => "aftercast=info,aftercast_lake=info".to_owned(),
        (None, _) => "aftercast=debug,aftercast_lake=debug,info".to_owned(),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false);
    if serving {
        log.init();
    } else {
        log.without_time().init();
    }
}
