//! Fake vendors: what each system would answer and send for one and the same made-up world, and what
//! the lake must then hold.
//!
//! A vendor is one file: pure functions from the world to answers, webhooks and truth. The server
//! around them (`server`) and the scenario (`scenario`) know no vendor. The truth is written down from
//! the world, never through a conversion. Used by the tests of this crate and of the app.

mod alertmanager;
pub mod argocd;
pub mod azure_devops;
pub mod bitbucket;
pub mod buildkite;
pub mod circleci;
mod flipped;
pub mod gerrit;
pub mod github;
pub mod gitlab;
mod incident_io;
pub mod jenkins;
mod jsm;
mod launchdarkly;
mod pagerduty;
pub mod scenario;
pub mod server;
mod servicenow;
mod slack;
mod sonarqube;
mod statuspage;
mod talk;
mod teams;
mod tracked;
mod unleash;
pub mod world;

pub use world::World;

use serde_json::Value;

/// A fake vendor.
pub struct Vendor {
    /// The source's name.
    pub source: &'static str,
    /// The subject, as the settings name it.
    pub subject: &'static str,
    /// The secret that requests must carry, as the settings give it; anything else gets 401.
    pub secret: &'static str,
    /// More settings that the source needs (`workspace`, `organization`).
    pub settings: &'static [(&'static str, &'static str)],
    /// Answers a request; `visible` is how many runs of the world exist by now.
    pub answer: fn(&World, &Asked, visible: usize) -> Reply,
    /// Every webhook that the vendor would send, in order; empty where it sends none.
    pub hooks: fn(&World) -> Vec<Hook>,
    /// Rows that the lake must hold after everything was pulled: objects with `table` and some
    /// columns, times in milliseconds as in NDJSON exports. For each table named here, these columns
    /// of all its rows must be exactly these, in any order.
    pub truth: fn(&World) -> Vec<Value>,
}

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `GET` or `POST`.
    pub method: String,
    /// The path, unescaped.
    pub path: String,
    /// The query, unescaped, in order.
    pub query: Vec<(String, String)>,
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// `http://HOST:PORT`, for links to next pages.
    pub origin: String,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A webhook as the vendor would send it, unsigned: the server or the test signs it.
#[derive(Debug, Clone, Default)]
pub struct Hook {
    /// Headers without the signature, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Every fake vendor.
pub static VENDORS: &[&Vendor] = &[
    // A line each, so that branches merge.
    &bitbucket::BITBUCKET,
    &gerrit::GERRIT,
    &gitlab::GITLAB,
    &github::GITHUB,
    &jenkins::JENKINS,
    &azure_devops::AZURE_DEVOPS,
    &argocd::ARGOCD,
    &buildkite::BUILDKITE,
    &circleci::CIRCLECI,
    &pagerduty::PAGERDUTY,
    &alertmanager::ALERTMANAGER,
    &statuspage::STATUSPAGE,
    &incident_io::INCIDENT_IO,
    &slack::SLACK,
    &teams::TEAMS,
    &servicenow::SERVICENOW,
    &jsm::JSM,
    &sonarqube::SONARQUBE,
    &launchdarkly::LAUNCHDARKLY,
    &unleash::UNLEASH,
];

impl Asked {
    /// Returns the parameter `name`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the header `name`, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the number in the parameter `name`, else `usual`.
    pub fn number(&self, name: &str, usual: usize) -> usize {
        self.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(usual)
    }
}

impl Reply {
    /// Returns 200 with JSON.
    pub fn json(value: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status: 200, headers, body: value.to_string().into_bytes() }
    }

    /// Returns an answer without a body.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
