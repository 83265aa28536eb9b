//! Statistics of short, dirty series: medians, a rule for "unusual", intervals for rates.
//!
//! Owns the arithmetic and its thresholds; must not know facts, releases or words for people.
//! Everything is total: an empty series gives `None`, never a panic. The formulas with worked
//! examples stand in `docs/statistics.md`.

mod autocorrelation;
mod beta;
mod changepoint;
mod counts;
mod fdr;
mod fisher;
mod hodges_lehmann;
mod normal;
mod null_table;
mod nulls;
mod order;
mod pelt;
mod permutation;
mod proportions;
mod ranks;
mod simulated;
mod unusual;

pub use autocorrelation::autocorrelation;
pub use beta::{beta_quantile, incomplete_beta, jeffreys_interval, never_seen_upper};
pub use changepoint::{ChangePoint, change_points};
pub use counts::{CountJudgement, judge_count};
pub use fdr::benjamini_hochberg;
pub use fisher::fisher_exact;
pub use hodges_lehmann::hodges_lehmann;
pub use normal::{normal_cdf, normal_quantile};
pub use nulls::Nulls;
pub use order::{mad, median, quantile};
pub use pelt::pelt_l2;
pub use permutation::block_permutation_p;
pub use proportions::{beta_binomial_tail, risk_difference};
pub use ranks::{RankSum, midranks, rank_sum};
pub use simulated::Simulated;
pub use unusual::{DurationJudgement, Ranked, judge_duration, threshold};

/// Below this many earlier releases nothing is called unusual.
pub const FEWEST_TO_JUDGE: usize = 8;
