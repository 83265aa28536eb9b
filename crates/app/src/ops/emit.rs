//! Facts as CDEvents for other systems: deployments and incidents, one event a line.

use std::collections::BTreeSet;

use aftercast_lake::{Lake, Selection};
use aftercast_model::{Facts, Name, Outcome as Ended, Timestamp};
use aftercast_surfaces::cdevents::{About, Deployed, Happened, event};
use serde_json::Value;

use crate::error::{Failure, Outcome};

/// Who says so.
const SOURCE: &str = "/aftercast";
/// Where incidents are felt.
const PRODUCTION: &str = "production";

/// Returns the events that the rows of `table` stand for, in order of time. What has not ended well,
/// or has no time, is no event.
pub(crate) async fn events_of(lake: &Lake, table: &str) -> Outcome<Vec<Value>> {
    let facts = lake.facts(&Selection::nothing().table(table)).await?;
    let mut events = match table {
        "deployments" => deployments(&facts),
        "incidents" => incidents(&facts),
        _ => {
            return Err(Failure::usage(format!("`{table}` has no form as CDEvents"))
                .hint("`deployments` and `incidents` have one; reviews have `aftercast review --format cdevents`"));
        }
    };
    events.sort_by_key(|(at, _)| *at);
    Ok(events.into_iter().map(|(_, event)| event).collect())
}

fn deployments(facts: &Facts) -> Vec<(Timestamp, Value)> {
    let mut rows: Vec<_> = facts
        .deployments
        .rows()
        .filter(|row| row.outcome == Ended::Success)
        .filter_map(|row| Some((row.finished_at.or(row.started_at)?, row)))
        .collect();
    rows.sort_by_key(|(at, row)| (*at, row.id));
    let mut seen: BTreeSet<(Name, Name)> = BTreeSet::new();
    rows.into_iter()
        .map(|(at, row)| {
            let is_first = seen.insert((row.service, row.environment));
            let how = match (row.rollback_of.is_some(), is_first) {
                (true, _) => Deployed::RolledBack,
                (false, true) => Deployed::First,
                (false, false) => Deployed::Upgraded,
            };
            let release = if row.version.is_some() { row.version } else { row.sha };
            let sha = Some(facts.text(row.sha)).filter(|sha| !sha.is_empty());
            let about = about(facts, row.service, release, at);
            let environment = facts.text(row.environment);
            (at, event(&about, &Happened::Deployed { how, environment, sha }))
        })
        .collect()
}

fn incidents(facts: &Facts) -> Vec<(Timestamp, Value)> {
    let mut events = Vec::new();
    for row in facts.incidents.rows() {
        let id = row.id.to_string();
        let about = |at| about(facts, row.service, row.caused_by, at);
        if let Some(at) = row.detected_at.or(row.started_at) {
            let title = facts.text(row.title);
            let happened = Happened::IncidentDetected { id: &id, environment: PRODUCTION, title };
            events.push((at, event(&about(at), &happened)));
        }
        if let Some(at) = row.resolved_at {
            let happened = Happened::IncidentResolved { id: &id, environment: PRODUCTION };
            events.push((at, event(&about(at), &happened)));
        }
    }
    events
}

fn about(facts: &Facts, service: Name, release: Name, at: Timestamp) -> About<'_> {
    About { source: SOURCE, service: facts.text(service), release: facts.text(release), at }
}
