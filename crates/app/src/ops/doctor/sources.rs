//! The connected sources: whether each list can be read, which permission is missing, and what is not
//! known without it.

use std::time::Duration;

use aftercast_connectors::live::{Limits, Probed, SystemClock, Verdict, Watch, probe};
use aftercast_connectors::{SOURCES, Told};

use super::{Check, State, broken, well};
use crate::config::SourceRule;
use crate::error::Kind;
use crate::ops::Session;
use crate::ops::sync::{SyncRequest, target, told};

/// A doctor asks once and does not wait.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    read: Duration::from_secs(10),
    total: Duration::from_secs(20),
    body_bytes: 64 * 1024 * 1024,
    attempts: 1,
};

/// Asks every list of every connected source once, all sources at the same time.
pub(super) async fn look_at(session: &Session) -> Vec<Check> {
    let looking = session.config.sources().iter().map(|rule| one(session, rule));
    let mut checks = Vec::new();
    // On this task: a probe is no work, only waiting.
    for found in futures::future::join_all(looking).await {
        checks.extend(found);
    }
    checks
}

async fn one(session: &Session, rule: &SourceRule) -> Vec<Check> {
    let subject = format!("source {}", rule.name);
    let mut checks = Vec::new();
    if rule.source.webhook.is_some() && !rule.webhook_secrets.is_empty() {
        let missing =
            rule.webhook_secrets.iter().find_map(|place| place.read(&session.start).err());
        checks.push(match missing {
            None => {
                let says = format!("by `aftercast serve` at /v1/hooks/{}", rule.name);
                well(&format!("{subject}: webhooks"), says)
            }
            Some(failure) => broken(&format!("{subject}: webhooks"), "secret", failure),
        });
    }
    if !rule.is_pulled() {
        return checks;
    }
    let target = match target(session, rule, &SyncRequest::default()) {
        Ok(target) => target,
        Err(failure) => {
            checks.push(broken(&subject, &rule.origin.to_string(), failure));
            return checks;
        }
    };
    let clock = SystemClock;
    let watch = Watch { patience: Duration::ZERO, limits: LIMITS, ..Watch::new(&clock) };
    match probe(rule.source, &target, &watch).await {
        Ok(probed) => checks.extend(probed.iter().map(|probed| verdict(&subject, probed))),
        Err(error) => checks.push(broken(&subject, &rule.origin.to_string(), told(error))),
    }
    checks
}

fn verdict(source: &str, probed: &Probed) -> Check {
    let mut subject = format!("{source}: {}", probed.stream);
    if let Some(detail) = probed.detail {
        subject.push('/');
        subject.push_str(detail);
    }
    if !probed.subject.is_empty() {
        subject.push_str(" of ");
        subject.push_str(&probed.subject);
    }
    let Probed { needs, gives, optional, .. } = *probed;
    let cost = format!("not known without it: {gives}");
    let (state, says, advice) = match &probed.verdict {
        Verdict::Ok => (State::Yes, format!("gives {gives}"), String::new()),
        Verdict::Refused(status) if optional => {
            (State::No, format!("not allowed ({status}); {cost}"), format!("allow `{needs}`"))
        }
        Verdict::Refused(status) => (
            State::Broken(Kind::Authorisation),
            format!("refused ({status}); {cost}"),
            format!("give the token `{needs}`"),
        ),
        Verdict::Limited(until) => (
            State::Broken(Kind::Network),
            format!("the budget of requests is spent until {until}"),
            "ask again then".to_owned(),
        ),
        Verdict::Unreachable(why) => (
            State::Broken(Kind::Network),
            format!("no answer: {why}"),
            "check `url` and `allow` of the source".to_owned(),
        ),
    };
    Check { subject, state, says, advice }
}

/// Returns which connected source would tell a number, by its name in [`Numbers::rows`], and under
/// which condition.
///
/// [`Numbers::rows`]: aftercast_connectors::Numbers::rows
pub(super) fn would_tell(session: &Session, number: &str) -> Option<String> {
    session.config.sources().iter().find_map(|rule| {
        let row = rule.source.tells.numbers.rows().into_iter().find(|(name, _)| *name == number)?;
        match row.1 {
            Told::No => None,
            Told::Yes => Some(format!("`{}` tells it: `aftercast sync`", rule.name)),
            Told::With(when) => Some(format!("`{}` tells it {when}: `aftercast sync`", rule.name)),
        }
    })
}

/// Returns the sources that tell a number alone, for whoever has connected none of them.
pub(super) fn could_tell(number: &str) -> Vec<&'static str> {
    let tells = |source: &&&aftercast_connectors::Source| {
        let rows = source.tells.numbers.rows();
        let row = rows.iter().find(|(name, _)| *name == number);
        source.pull.is_some() && row.is_some_and(|(_, told)| *told != Told::No)
    };
    SOURCES.iter().filter(tells).map(|source| source.name).collect()
}
