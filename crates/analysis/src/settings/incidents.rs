//! What people said about incidents, and how hotfixes are told: `[incidents]`.

use aftercast_model::FactId;

/// Settings of what caused incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentSettings {
    /// What people said caused an incident: decisions that the ledger keeps, never configuration.
    /// They win over every other evidence and teach the window and the lag
    /// (docs/statistics/incidents.md). Of two about one incident the later in the list counts.
    pub confirmed: Vec<Confirmation>,
    /// `incidents.hotfix_branches`: a change that goes to a branch whose name begins with one of
    /// these, or comes from one, is a hotfix. Default: `hotfix`.
    pub hotfix_branches: Vec<String>,
}

/// A decision of people: this release caused this incident, or none did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The incident's row.
    pub incident: FactId,
    /// The release's name as `aftercast releases` prints it (or a hash); `None`: no release did.
    pub release: Option<String>,
}

impl Default for IncidentSettings {
    fn default() -> Self {
        Self { confirmed: Vec::new(), hotfix_branches: vec!["hotfix".to_owned()] }
    }
}
