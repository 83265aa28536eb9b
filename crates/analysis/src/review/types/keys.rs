//! The page of the five keys of DORA, with exact definitions, and as other tools would count them.

use aftercast_model::{FactId, Timestamp};
use serde::Serialize;

use super::{Basis, ReleaseBasis};

/// The stretch of time that keys are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeysWindow {
    /// From then on; without it the 90 days before `to`.
    pub from: Option<Timestamp>,
    /// Up to then; without it the last release (there is no clock here).
    pub to: Option<Timestamp>,
}

/// The five keys of one service (docs/statistics/keys.md).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeliveryKeys {
    /// The version of the JSON form.
    pub schema_version: u32,
    /// The service.
    pub service: String,
    /// Where the window begins.
    pub from_at: Option<Timestamp>,
    /// Where the window ends.
    pub to_at: Option<Timestamp>,
    /// Its length in days.
    pub days: f64,
    /// What makes a release a release here.
    pub basis: Option<ReleaseBasis>,
    /// What to take home, a sentence each.
    pub says: Vec<String>,
    /// The keys by each definition, ours first.
    pub definitions: Vec<DefinitionKeys>,
    /// What a reader must know to trust the page.
    pub notes: Vec<String>,
}

impl DeliveryKeys {
    /// Returns the keys by the definition called `name`.
    pub fn definition(&self, name: &str) -> Option<&DefinitionKeys> {
        self.definitions.iter().find(|definition| definition.name == name)
    }

    /// The definitions that there are.
    pub const DEFINITIONS: [&'static str; 5] =
        ["aftercast", "devlake", "gitlab", "datadog", "fourkeys"];
}

/// The keys as one tool counts them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DefinitionKeys {
    /// `aftercast`, `devlake`, `gitlab`, `datadog`, `fourkeys`.
    pub name: String,
    /// The tool's name.
    pub title: String,
    /// Where the definition stands.
    pub source: String,
    /// The five keys, in the order of [`Key`].
    pub keys: Vec<KeyLine>,
}

/// One of the five keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// How often the service is deployed.
    DeploymentFrequency,
    /// From commit to production.
    LeadTime,
    /// Deployments that need a remedy.
    ChangeFailRate,
    /// From such a deployment to the remedy.
    RecoveryTime,
    /// Deployments that nobody planned, made because of a problem.
    ReworkRate,
}

/// What a key is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUnit {
    /// Deployments a day.
    PerDay,
    /// Days with a deployment in the median week.
    DaysPerWeek,
    /// Milliseconds.
    Millis,
    /// From 0 to 1; above 1 where a tool counts problems, not deployments.
    Share,
}

/// One key by one definition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyLine {
    /// Which key.
    pub key: Key,
    /// The definition in one sentence, as it is computed here.
    pub definition: String,
    /// The value; `None` where a source is missing or the tool has no such key.
    pub value: Option<f64>,
    /// What it is counted in.
    pub unit: KeyUnit,
    /// How many rows it rests on: days, commits, deployments.
    pub n: usize,
    /// The 90 % interval of the value, where there is one.
    pub interval: Option<(f64, f64)>,
    /// How far it can be trusted.
    pub basis: Basis,
    /// How it was found, or what to connect.
    pub why: String,
    /// The rows counted: deployments, commits, changes, incidents.
    pub counted: Vec<FactId>,
    /// Rows that this definition counts and ours does not.
    pub only_here: Vec<FactId>,
    /// Rows that ours counts and this does not.
    pub only_ours: Vec<FactId>,
    /// Why the two differ, in one sentence; empty for ours.
    pub differs: String,
}
