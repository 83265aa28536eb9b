//! What a user can set about the analysis: plain data.

mod gates;
mod hours;
mod incidents;
mod layers;
mod manual;
mod patterns;
mod steps;
mod tests;

use aftercast_model::Timestamp;

pub use gates::GateSettings;
pub use hours::{SummerTime, WorkingHours};
pub use incidents::{Confirmation, IncidentSettings};
pub use layers::{Layers, Shares};
pub use manual::ManualSettings;
pub use patterns::PatternSettings;
pub use steps::StepSettings;
pub use tests::TestSettings;

/// Settings of the analysis of one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The branch whose merges reach production; `None` takes the most common target.
    pub deployed_branch: Option<String>,
    /// Only tags that begin with this are this service's (`web-v` for `web-v1.2.0`).
    pub tag_prefix: Option<String>,
    /// With how many earlier releases a release is compared, at most.
    pub comparison_window: usize,
    /// A release is looked at as the cause of an incident when the incident began at most this long
    /// after it; the service's own confirmed lags take its place once there are eight of them.
    pub incident_window_ms: i64,
    /// Until when incidents are known, where a source that is looked at says so.
    pub incidents_known_until: Option<Timestamp>,
    /// A pause between two acts on a change request that is longer than this is waiting, not
    /// review.
    pub longest_pause_ms: i64,
    /// What caused incidents.
    pub incidents: IncidentSettings,
    /// When people work; the lead time is cut by it a second time.
    pub hours: WorkingHours,
    /// Other shares for rules of the layer table.
    pub layers: Layers,
    /// Which changes of a step's length are worth saying.
    pub steps: StepSettings,
    /// What good releases have in common.
    pub patterns: PatternSettings,
    /// Manual steps.
    pub manual: ManualSettings,
    /// The page of the tests.
    pub tests: TestSettings,
    /// What gates cost, and which are not judged (`[gates]`).
    pub gates: GateSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deployed_branch: None,
            tag_prefix: None,
            comparison_window: 60,
            incident_window_ms: 72 * 3_600_000,
            incidents_known_until: None,
            longest_pause_ms: 86_400_000,
            incidents: IncidentSettings::default(),
            hours: WorkingHours::default(),
            layers: Layers::default(),
            steps: StepSettings::default(),
            patterns: PatternSettings::default(),
            manual: ManualSettings::default(),
            tests: TestSettings::default(),
            gates: GateSettings::default(),
        }
    }
}
