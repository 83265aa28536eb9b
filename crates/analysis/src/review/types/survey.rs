//! What is known of every service of an installation, in counts: plain data.

use std::collections::BTreeMap;

use aftercast_model::Timestamp;
use serde::Serialize;

use super::{Category, GateVerdict, LayerSums, ReleaseBasis};

/// All services, by name: what `aftercast survey --format json` shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurveyPage {
    /// The version of the JSON form.
    pub schema_version: u32,
    /// A line a service.
    pub services: Vec<Survey>,
}

/// The whole analysis of one service, in counts; each has a page that shows what is behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Survey {
    /// The service.
    pub service: String,
    /// Facts that were read.
    pub rows: usize,
    /// Job attempts among them.
    pub task_runs: usize,
    /// Releases found.
    pub releases: usize,
    /// What made them releases; `None` where there are none.
    pub basis: Option<ReleaseBasis>,
    /// When the first was in production.
    pub first_release_at: Option<Timestamp>,
    /// When the last was in production.
    pub last_release_at: Option<Timestamp>,
    /// Releases whose lead time is known: the n of what follows.
    pub lead_times: usize,
    /// The median of their lead times, in milliseconds.
    pub median_lead_time_ms: Option<i64>,
    /// Where the time of all of them went, in milliseconds; the sum is that of the lead times.
    pub by_category_ms: BTreeMap<Category, i64>,
    /// The same by layer.
    pub by_layer_ms: LayerSums,
    /// Gates by what to do with them (`aftercast gates`).
    pub gates: BTreeMap<GateVerdict, usize>,
    /// Jobs and revisions on which a job both failed and passed.
    pub flaky_pairs: usize,
    /// Lasting changes of a step's length towards slower (`aftercast steps`).
    pub slower: usize,
    /// The same towards faster.
    pub faster: usize,
    /// Incidents (`aftercast incidents`).
    pub incidents: usize,
    /// Incidents that point at a release: confirmed, named, or with at least half of the score.
    pub incidents_of_releases: usize,
    /// Rollbacks, reverts and hotfixes.
    pub undone: usize,
    /// What good releases have in common, past the guards (`aftercast patterns`).
    pub patterns: usize,
}
