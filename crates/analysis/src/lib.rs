//! From facts to the review of a release: pure, synchronous and total.
//!
//! Owns: statistics, the columns of a service in order, releases, measures, findings, and the
//! review. Must not know: any IO, any clock, logging, arrow, SQL. Time and settings are passed in.
//!
//! The modules only look left: `stats < history < releases < measures < findings < review`;
//! `settings` and the types of the review are plain data that all of them use. A test holds the
//! order.

pub mod findings;
pub mod history;
pub mod measures;
pub mod releases;
pub mod review;
mod settings;
pub mod stats;

pub use settings::{
    Confirmation, GateSettings, IncidentSettings, Layers, ManualSettings, PatternSettings,
    Settings, Shares, StepSettings, SummerTime, TestSettings, WorkingHours,
};
