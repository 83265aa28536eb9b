//! What the sources make of foreign data.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests may stop"
)]

mod alertmanager;
mod argocd;
mod azure_devops;
mod bitbucket;
mod buildkite;
mod chat;
mod circleci;
mod cloudevents;
mod facts;
mod fields;
mod gates;
mod gerrit;
mod git;
mod github;
mod gitlab;
mod incident_io;
mod incidents;
mod jenkins;
mod jsm;
mod junit;
mod launchdarkly;
mod live;
mod opsgenie;
mod otlp;
mod pagerduty;
mod reading;
mod reference;
mod rows;
mod seeds;
mod servicenow;
mod slack;
mod statuspage;
mod teams;
mod unleash;
#[path = "../vendors/mod.rs"]
mod vendors;
mod webhooks;
