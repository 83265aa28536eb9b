//! The facts of deliveries as plain data.
//!
//! Owns: the thirteen fact tables of the lake (row and column form), fact ids, time, outcomes and the
//! other closed vocabularies, pseudonyms of people, services, and problems met in foreign data.
//!
//! Must not know: every other crate of ours, any IO, async, arrow or SQL. Nothing in here fails for
//! a reason outside its arguments.

mod code;
mod columns;
mod facts;
mod id;
mod name;
mod payload;
mod people;
mod problem;
mod service;
mod tables;
mod time;
mod vocabulary;

pub use code::{Code, CodeColumn, Vocabulary};
pub use columns::{ColumnMut, ColumnRef, ColumnSpec, Kind, TableSpec};
pub use facts::{Facts, TableRef};
pub use id::{FactId, FactIdError};
pub use name::{Name, Names};
pub use payload::Payload;
pub use people::{PersonKey, PersonKeyError};
pub use problem::{Place, Problem, Severity};
pub use service::{ServiceMap, ServiceRule, name_matches};
pub use tables::*;
pub use time::{Timestamp, TimestampError, human_duration};
pub use vocabulary::{
    ActorKind, ChangeState, FailureClass, GateKind, Outcome, SubjectKind, TestOutcome, Verdict,
};
