//! Until when a source that is looked at would have told of something.

use aftercast_ledger::Ledger;
use aftercast_model::Timestamp;

use super::Session;
use crate::config::SourceRule;
use crate::error::Outcome;

/// Returns until when incidents are known: where several lists tell of them, the earliest counts,
/// because nobody knows which of them would have told. `None` where no list does.
pub(super) async fn incidents_known_until(
    session: &Session,
    ledger: &Ledger,
) -> Outcome<Option<Timestamp>> {
    let horizons = ledger.horizons().await?;
    let rule = |name: &str| session.config.sources().iter().find(|rule| rule.name == name);
    let tells = |horizon: &&aftercast_ledger::Horizon| {
        rule(&horizon.source).is_some_and(|rule| {
            tells_of_incidents(rule, &horizon.stream) && is_asked(rule, &horizon.subject)
        })
    };
    Ok(horizons.iter().filter(tells).map(|horizon| horizon.known_until).min())
}

fn tells_of_incidents(rule: &SourceRule, stream: &str) -> bool {
    let streams = rule.source.pull.map_or(&[][..], |pull| pull.streams);
    streams.iter().any(|known| known.name == stream && known.gives.contains("incident"))
}

/// What is not in the settings any more does not count.
fn is_asked(rule: &SourceRule, subject: &str) -> bool {
    subject.is_empty() || rule.subjects.iter().any(|own| own == subject)
}
