//! What Aftercast tells other systems: CDEvents 0.5.1 in CloudEvents 1.0, structured JSON.
//!
//! Owns: the events of deployments, incidents, reviews and improvements, their ids and how they are
//! linked. Every id follows from what the event says, so that saying it twice is saying it once. Must
//! not know: how events are sent, and who listens.

use std::fmt::Write as _;

use aftercast_analysis::review::{Candidate, ReleaseBasis, Review};
use aftercast_model::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Options, Surface};

/// What names the schemas of our own events; a name, so that nobody fetches anything.
const SCHEMAS: &str = "urn:aftercast:cdevents";
/// Who says so where nothing else is set up.
const SOURCE: &str = "/aftercast";

/// A review as the events that it stands for, as a batch.
pub const SURFACE: Surface = Surface {
    name: "cdevents",
    what: "CDEvents of the release, its review and its candidates, for other systems",
    media_type: "application/cloudevents-batch+json",
    render,
};

/// Who says something, about which release, and when it happened.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The sender, as a URI or a part of one.
    pub source: &'a str,
    /// The service.
    pub service: &'a str,
    /// The release's name.
    pub release: &'a str,
    /// When it happened.
    pub at: Timestamp,
}

/// How a release reached its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deployed {
    /// The service was not there before.
    First,
    /// A later release took the place of an earlier one.
    Upgraded,
    /// An earlier one came back.
    RolledBack,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub enum Happened<'a> {
    /// A release reached an environment.
    Deployed {
        /// How.
        how: Deployed,
        /// Where.
        environment: &'a str,
        /// The commit, where known.
        sha: Option<&'a str>,
    },
    /// An incident was noticed.
    IncidentDetected {
        /// Its id.
        id: &'a str,
        /// Where.
        environment: &'a str,
        /// Its title.
        title: &'a str,
    },
    /// An incident is over.
    IncidentResolved {
        /// Its id.
        id: &'a str,
        /// Where.
        environment: &'a str,
    },
    /// A release is to be reviewed.
    ReviewOpened,
    /// The review was held, or left out for a reason.
    ReviewClosed {
        /// `held` or `skipped`.
        outcome: &'a str,
    },
    /// An improvement could be made.
    ImprovementProposed(Improvement<'a>),
    /// It was chosen as the one change.
    ImprovementAdopted(Improvement<'a>),
    /// Its effect was measured.
    ImprovementMeasured {
        /// Which.
        improvement: Improvement<'a>,
        /// `helped`, `no evidence`, `hurt` or `too early`.
        verdict: &'a str,
        /// The arithmetic in one sentence.
        why: &'a str,
    },
}

/// An improvement.
#[derive(Debug, Clone, Copy)]
pub struct Improvement<'a> {
    /// Its id.
    pub id: &'a str,
    /// What is changed.
    pub title: &'a str,
    /// What would show that it helped, where known.
    pub target_metric: Option<&'a str>,
}

/// Returns the event as structured JSON.
pub fn event(about: &About<'_>, happened: &Happened<'_>) -> Value {
    let (word, version, subject) = naming(about, happened);
    let own = word.starts_with("aftercast-");
    let domain = if own { "dev.cdeventsx" } else { "dev.cdevents" };
    let kind = format!("{domain}.{word}.{version}");
    let id = id_of(about, word, &subject);
    let mut context = json!({
        "specversion": "0.5.1",
        "id": id,
        "source": about.source,
        "type": kind,
        "timestamp": about.at.to_string(),
        "chainId": uuid(&["chain", about.source, about.service, about.release]),
    });
    if own {
        put(&mut context, "schemaUri", json!(format!("{SCHEMAS}:{word}:{version}")));
    }
    let links = links(about, happened, &subject);
    if !links.is_empty() {
        put(&mut context, "links", Value::Array(links));
    }
    let mut cd = json!({"context": context, "subject": {"id": subject, "content": content(about, happened)}});
    if let Happened::Deployed { sha: Some(sha), .. } = happened {
        put(&mut cd, "customData", json!({"aftercast": {"sha": sha}}));
        put(&mut cd, "customDataContentType", json!("application/json"));
    }
    json!({
        "specversion": "1.0",
        "id": id,
        "source": about.source,
        "type": kind,
        "subject": subject,
        "time": about.at.to_string(),
        "datacontenttype": "application/json",
        "data": cd,
    })
}

/// Adds a field to an object.
fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// Returns subject and predicate, version, and the id of the subject.
fn naming(about: &About<'_>, happened: &Happened<'_>) -> (&'static str, &'static str, String) {
    let review = || format!("{}/{}", about.service, about.release);
    match happened {
        Happened::Deployed { how: Deployed::First, .. } => {
            ("service.deployed", "0.3.0", about.service.to_owned())
        }
        Happened::Deployed { how: Deployed::Upgraded, .. } => {
            ("service.upgraded", "0.3.0", about.service.to_owned())
        }
        Happened::Deployed { how: Deployed::RolledBack, .. } => {
            ("service.rolledback", "0.3.0", about.service.to_owned())
        }
        Happened::IncidentDetected { id, .. } => ("incident.detected", "0.3.0", (*id).to_owned()),
        Happened::IncidentResolved { id, .. } => ("incident.resolved", "0.3.0", (*id).to_owned()),
        Happened::ReviewOpened => ("aftercast-releasereview.opened", "0.1.0", review()),
        Happened::ReviewClosed { .. } => ("aftercast-releasereview.closed", "0.1.0", review()),
        Happened::ImprovementProposed(one) => {
            ("aftercast-improvement.proposed", "0.1.0", one.id.to_owned())
        }
        Happened::ImprovementAdopted(one) => {
            ("aftercast-improvement.adopted", "0.1.0", one.id.to_owned())
        }
        Happened::ImprovementMeasured { improvement, .. } => {
            ("aftercast-improvement.measured", "0.1.0", improvement.id.to_owned())
        }
    }
}

/// Returns the package URL that names a release of a service.
fn artifact(about: &About<'_>) -> String {
    format!("pkg:generic/{}@{}", escaped(about.service), escaped(about.release))
}

fn content(about: &About<'_>, happened: &Happened<'_>) -> Value {
    let improvement = |one: &Improvement<'_>| json!({"service": about.service, "release": about.release, "title": one.title, "targetMetric": one.target_metric});
    match happened {
        Happened::Deployed { environment, .. } => {
            json!({"environment": {"id": environment}, "artifactId": artifact(about)})
        }
        Happened::IncidentDetected { environment, title, .. } => {
            json!({"environment": {"id": environment}, "service": {"id": about.service},
                "artifactId": artifact(about), "description": title})
        }
        Happened::IncidentResolved { environment, .. } => {
            json!({"environment": {"id": environment}, "service": {"id": about.service}, "artifactId": artifact(about)})
        }
        Happened::ReviewOpened => json!({"service": about.service, "release": about.release}),
        Happened::ReviewClosed { outcome } => {
            json!({"service": about.service, "release": about.release, "outcome": outcome})
        }
        Happened::ImprovementProposed(one) | Happened::ImprovementAdopted(one) => improvement(one),
        Happened::ImprovementMeasured { improvement: one, verdict, why } => {
            let mut content = improvement(one);
            put(&mut content, "verdict", json!(verdict));
            put(&mut content, "why", json!(why));
            content
        }
    }
}

/// Returns how an event is linked to those before it: to its own earlier stage as a path, to the
/// review of its release as a relation.
fn links(about: &About<'_>, happened: &Happened<'_>, subject: &str) -> Vec<Value> {
    let path = |word: &str| {
        vec![json!({"linkType": "PATH", "from": {"contextId": id_of(about, word, subject)}})]
    };
    match happened {
        Happened::Deployed { .. } | Happened::IncidentDetected { .. } | Happened::ReviewOpened => {
            Vec::new()
        }
        Happened::IncidentResolved { .. } => path("incident.detected"),
        Happened::ReviewClosed { .. } => path("aftercast-releasereview.opened"),
        Happened::ImprovementProposed(_) => {
            let review = format!("{}/{}", about.service, about.release);
            let target = id_of(about, "aftercast-releasereview.opened", &review);
            vec![
                json!({"linkType": "RELATION", "linkKind": "PROPOSED_BY", "target": {"contextId": target}}),
            ]
        }
        Happened::ImprovementAdopted(_) => path("aftercast-improvement.proposed"),
        Happened::ImprovementMeasured { .. } => path("aftercast-improvement.adopted"),
    }
}

fn id_of(about: &About<'_>, word: &str, subject: &str) -> String {
    uuid(&[word, about.source, about.service, about.release, subject])
}

/// Returns a UUID (version 8: made of a hash) of `parts`.
fn uuid(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut text = String::with_capacity(36);
    for (at, byte) in hash.finalize().iter().take(16).enumerate() {
        let byte = match at {
            6 => 0x80 | (byte & 0x0f),
            8 => 0x80 | (byte & 0x3f),
            _ => *byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        _ = write!(text, "{byte:02x}");
    }
    text
}

/// Returns `text` as a part of a URL.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// Returns the events that a review stands for: the deployment (where it was one), the review that it
/// opened, and what it proposes. All of them happened with the release.
pub fn events(review: &Review, source: &str) -> Vec<Value> {
    let release = &review.release;
    let about = About { source, service: &review.service, release: &release.id, at: release.at };
    let mut events = Vec::new();
    if release.basis == ReleaseBasis::Deployment {
        let how = match release.previous {
            Some(_) => Deployed::Upgraded,
            None => Deployed::First,
        };
        let sha = release.sha.as_deref();
        events.push(event(&about, &Happened::Deployed { how, environment: "production", sha }));
    }
    events.push(event(&about, &Happened::ReviewOpened));
    let proposed = |one: &Candidate| {
        let improvement =
            Improvement { id: &one.id, title: &one.title, target_metric: Some(&one.target_metric) };
        event(&about, &Happened::ImprovementProposed(improvement))
    };
    events.extend(review.candidates.iter().map(proposed));
    events
}

fn render(review: &Review, _options: &Options) -> String {
    format!("{}\n", Value::Array(events(review, SOURCE)))
}
