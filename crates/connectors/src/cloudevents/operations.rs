//! Services that reach environments, and incidents.
//!
//! Owns: what an artifact's name tells of version and commit.

use aftercast_model::{Deployment, Incident, Name, Outcome};

use crate::cloudevents::event::{Event, Story};
use crate::cloudevents::home::home;
use crate::rules::Clue;
use crate::sink::Sink;

/// What is read from an artifact's name.
#[derive(Debug, PartialEq, Eq, Default)]
struct Artifact<'a> {
    version: Option<&'a str>,
    sha: Option<&'a str>,
}

/// Reads a package URL (`pkg:oci/shop@sha256%3Aab?tag=1.2&vcs_url=git%2Bhttps://..%40SHA`), the name
/// of an image (`registry/shop:1.2@sha256:ab`), or a plain version.
fn artifact(id: &str) -> Artifact<'_> {
    let Some(purl) = id.strip_prefix("pkg:") else {
        let name = id.split_once("@sha256").map_or(id, |(name, _)| name);
        let last = name.rsplit('/').next().unwrap_or(name);
        let version = last.split_once([':', '@']).map_or(last, |(_, version)| version);
        let is_version =
            version != last || version.starts_with(|c: char| c == 'v' || c.is_ascii_digit());
        return Artifact {
            version: Some(version).filter(|_| is_version && !version.is_empty()),
            sha: None,
        };
    };
    let (path, query) = purl.split_once('?').unwrap_or((purl, ""));
    let query = query.split('#').next().unwrap_or_default();
    let parameter = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let version = path.split('#').next().and_then(|path| path.split_once('@')).map(|(_, v)| v);
    let digest = |version: &str| version.starts_with("sha256");
    let commit = parameter("vcs_url").and_then(|url| url.rsplit("%40").next()?.rsplit('@').next());
    Artifact {
        version: parameter("tag").or(version.filter(|version| !digest(version))),
        sha: commit.filter(|sha| is_sha(sha)),
    }
}

/// Returns whether `text` is a commit's whole hash.
fn is_sha(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Keeps that a service reached an environment: each event is a deployment of its own.
pub(super) fn service(event: &Event<'_>, sink: &mut Sink<'_>) {
    let Some(story) = Story::of(event) else { return };
    let predicate = event.words().map_or("", |(_, predicate)| predicate);
    let clue = Clue { kind: "service", name: story.name.trim_start_matches('/') };
    let home = home(&story, &clue, sink);
    let environment = story.said(|content| content.environment.get());
    let environment = environment.and_then(|place| place.name.text().or(place.id.text()));
    let id = story.said(|content| content.artifact_id.text());
    let artifact = id.map(artifact).unwrap_or_default();
    let version = story.extra(|extra| extra.version.text()).or(artifact.version);
    let native_id = format!("{}|{}", event.source, event.id);
    let row = Deployment {
        id: sink.id("deployments", &native_id, None),
        source: home.source,
        service: home.service,
        observed_at: event.at,
        url: sink.name(story.url()),
        native_status: sink.name(Some(predicate)),
        repo: home.repo,
        environment: sink.name(environment),
        production: environment.map(|name| sink.is_production(name)),
        sha: sink.name(story.extra(|extra| extra.sha.text()).or(artifact.sha)),
        git_ref: sink.name(story.extra(|extra| extra.git_ref.text())),
        version: sink.name(version.or(id)),
        run_id: sink.name(story.extra(|extra| extra.run_id.text())),
        created_at: story.extra(|extra| extra.queued_at.copied()),
        started_at: story.extra(|extra| extra.started_at.copied()),
        finished_at: event.at,
        // The events say what was done, never what was tried.
        outcome: Outcome::Success,
        rollback_of: match predicate {
            "rolledback" => sink.name(artifact.sha.or(id)),
            _ => Name::NONE,
        },
    };
    sink.facts().deployments.push(row);
}

/// Keeps an incident, where its beginning is known.
pub(super) fn incident(story: &Story<'_, '_>, sink: &mut Sink<'_>) {
    let detected_at = story.at("detected").or(story.extra(|extra| extra.detected_at.copied()));
    let detected_at = detected_at.or_else(|| story.at("reported"));
    if detected_at.is_none() {
        return sink.note(
            "`incident.resolved` alone does not say when it began: kept, and a row together with \
             its `incident.detected`",
        );
    }
    let service = story.said(|content| content.service.get()).and_then(|service| service.id.text());
    let clue = Clue { kind: "service", name: service.unwrap_or_default().trim_start_matches('/') };
    let home = home(story, &clue, sink);
    let title = story.said(|content| content.description.text());
    let id = story.said(|content| content.artifact_id.text());
    let cause = id.map(|id| artifact(id).sha.unwrap_or(id));
    let ticket = story.said(|content| content.ticket_uri.text());
    let row = Incident {
        id: sink.id("incidents", &story.native_id, None),
        source: home.source,
        service: home.service,
        observed_at: story.observed_at(),
        url: sink.name(ticket.or(story.url())),
        native_status: sink.name(Some(story.predicate())),
        title: sink.name(title.or(Some(story.name))),
        severity: sink.name(story.said(|content| content.severity.text())),
        started_at: story.extra(|extra| extra.started_at.copied()),
        detected_at,
        resolved_at: story.at("resolved"),
        links: sink.name(ticket),
        caused_by: sink.name(story.extra(|extra| extra.sha.text()).or(cause)),
        ..Incident::default()
    };
    sink.facts().incidents.push(row);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn an_artifact_tells_its_version_and_commit() {
        let purl = format!(
            "pkg:oci/shop@sha256%3Aabcd?tag=1.2.3&vcs_url=git%2Bhttps://github.com/acme/shop%40{SHA}"
        );
        for (id, version, sha) in [
            (purl.as_str(), Some("1.2.3"), Some(SHA)),
            ("pkg:npm/shop@2.0.0?vcs_url=git@x", Some("2.0.0"), None),
            ("pkg:oci/shop@sha256:abcd", None, None),
            ("registry.acme.example:5000/acme/shop:1.2@sha256:ab", Some("1.2"), None),
            ("registry.acme.example:5000/acme/shop", None, None),
            ("v1.2.3", Some("v1.2.3"), None),
            ("shop", None, None),
            ("", None, None),
        ] {
            assert_eq!(artifact(id), Artifact { version, sha }, "{id}");
        }
    }
}
