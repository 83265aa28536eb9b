//! From foreign payloads to facts, one folder a source.
//!
//! Owns: the list of sources, pulling from APIs, believing webhooks, reading files and archives record by record, redaction of secrets,
//! and the git reader. Conversions are pure and total: bad input becomes a [`Problem`], the rest
//! goes on. Must not know: lake, ledger, analysis, axum, clap.
//!
//! [`Problem`]: aftercast_model::Problem

mod alertmanager;
mod argocd;
mod azure_devops;
mod bitbucket;
mod buildkite;
mod chat;
mod circleci;
mod cloudevents;
pub mod conformance;
mod envelope;
mod facts;
mod failure;
mod flags;
mod gerrit;
pub mod git;
mod github;
mod gitlab;
mod incident_io;
mod incidents;
mod jenkins;
mod jsm;
mod json;
mod junit;
mod launchdarkly;
pub mod live;
mod naming;
mod opa;
mod opsgenie;
mod otlp;
mod pagerduty;
mod reading;
mod redaction;
mod reverts;
mod rules;
mod sarif;
mod servicenow;
mod settled;
mod sink;
mod slack;
mod sonarqube;
mod source;
mod sources;
pub mod standards;
mod statuspage;
mod teams;
mod tells;
mod unleash;
mod words;

pub use chat::{ChatRules, ChatWord, Heard, Spoken, heard};
pub use envelope::seal;
pub use facts::{write_ndjson, write_row};
pub use failure::{FailureRules, RuleError};
pub use reading::{ImportSummary, Limits, import, import_stream, import_within};
pub use redaction::redact;
pub use rules::{Clue, Evidence, Rules};
pub use settled::Settled;
pub use source::{Context, Import, Output, Record, Source};
pub use sources::{SOURCES, source_named};
pub use tells::{Numbers, Tells, Told};
