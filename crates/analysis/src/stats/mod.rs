//! Statistics of short, dirty series: medians, a rule for "unusual", intervals for rates.
//!
//! Owns the arithmetic and its thresholds; must not know facts, releases or words for people.
//! Everything is total: an empty series gives `None`, never a panic. The formulas with worked
//! examples stand in `docs/statistics.md`.

mod beta;
mod counts;
mod order;
mod unusual;

pub use beta::{beta_quantile, incomplete_beta, jeffreys_interval, never_seen_upper};
pub use counts::{CountJudgement, judge_count};
pub use order::{mad, median, quantile};
pub use unusual::{DurationJudgement, Ranked, judge_duration, threshold};

/// Below this many earlier releases nothing is called unusual.
pub const FEWEST_TO_JUDGE: usize = 8;
