//! What good releases have in common: plain data of the page (docs/statistics/patterns.md).

use serde::Serialize;

/// What went together with releases that went well.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Patterns {
    /// [`super::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The service.
    pub service: String,
    /// What to take home, a sentence each.
    pub says: Vec<String>,
    /// How many releases were looked at: the last ones whose lead time is known.
    pub releases: usize,
    /// How many of them went well.
    pub good: usize,
    /// What going well means here, fixed before anything was counted.
    pub good_means: String,
    /// Whether anything may be claimed.
    pub verdict: PatternVerdict,
    /// The declared features, kept ones first.
    pub features: Vec<Pattern>,
    /// Two kept features together; only from 100 releases on.
    pub pairs: Vec<Pattern>,
    /// What a reader must know to trust the page.
    pub notes: Vec<String>,
}

/// What may be claimed about the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PatternVerdict {
    /// Too few releases to say: the counts are all there is.
    TooFew,
    /// Enough releases, and nothing passed the guards.
    NoneKept,
    /// At least one feature passed the guards.
    Kept,
}

/// One feature beside how the releases with and without it went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pattern {
    /// Its name for programs: `small_change`.
    pub id: String,
    /// What it means: "at most 42 lines changed".
    pub means: String,
    /// The releases with it.
    pub with: PatternCount,
    /// The releases without it.
    pub without: PatternCount,
    /// The share of good releases with it less the share without it, from -1 to 1; `None` where one
    /// side is empty.
    pub difference: Option<f64>,
    /// Where its 95 % interval (Newcombe) begins.
    pub low: Option<f64>,
    /// Where it ends.
    pub high: Option<f64>,
    /// Fisher's exact two-sided p.
    pub fisher_p: Option<f64>,
    /// The p of shuffling within blocks of ten releases; `None` where Fisher's p is above 0.10
    /// already.
    pub permutation_p: Option<f64>,
    /// The larger p corrected for the number of features (Benjamini-Hochberg).
    pub q: Option<f64>,
    /// The difference in the later half of the releases.
    pub later_difference: Option<f64>,
    /// Whether it passed every guard.
    pub kept: bool,
    /// The first guard that it did not pass; empty where it was kept.
    pub stopped_by: String,
}

/// Releases that went well, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PatternCount {
    /// How many went well.
    pub good: usize,
    /// Of how many.
    pub of: usize,
}
