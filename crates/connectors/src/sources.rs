//! The list of all sources. A source is a folder and a line here.

use crate::source::Source;

/// Every source, in the order of the reference.
pub static SOURCES: &[&Source] = &[
    &crate::git::GIT,
    &crate::gerrit::GERRIT,
    &crate::github::GITHUB,
    &crate::gitlab::GITLAB,
    &crate::bitbucket::BITBUCKET,
    &crate::jenkins::JENKINS,
    &crate::circleci::CIRCLECI,
    &crate::buildkite::BUILDKITE,
    &crate::azure_devops::AZURE_DEVOPS,
    &crate::argocd::ARGOCD,
    &crate::junit::JUNIT,
    &crate::pagerduty::PAGERDUTY,
    &crate::sarif::SARIF,
    &crate::sonarqube::SONARQUBE,
    &crate::opa::OPA,
    &crate::cloudevents::CLOUDEVENTS,
    &crate::otlp::OTLP,
    &crate::alertmanager::ALERTMANAGER,
    &crate::statuspage::STATUSPAGE,
    &crate::incident_io::INCIDENT_IO,
    &crate::slack::SLACK,
    &crate::teams::TEAMS,
    &crate::servicenow::SERVICENOW,
    &crate::jsm::JSM,
    &crate::opsgenie::OPSGENIE,
    &crate::launchdarkly::LAUNCHDARKLY,
    &crate::unleash::UNLEASH,
    &crate::facts::FACTS,
];

/// Returns the source called `name`.
pub fn source_named(name: &str) -> Option<&'static Source> {
    SOURCES.iter().copied().find(|source| source.name == name)
}
