//! Names that lead nowhere: services that no rule knows, environments that look like production and
//! are not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aftercast_lake::Lake;

use super::{Check, State, grouped};
use crate::error::Outcome;
use crate::ops::Session;

/// Names that are told of each kind.
const SHOWN: usize = 5;
/// Tables whose rows name services in the words of other systems, with what they are.
const NAMED: &[(&str, &str)] =
    &[("deployments", "deployment"), ("incidents", "incident"), ("pipeline_runs", "pipeline run")];
/// What an environment is called that is production, somewhere in its name.
const LIKE_PRODUCTION: &[&str] = &["prod", "live", "prd"];
/// Parts of names that say that it is not.
const NOT_PRODUCTION: &[&str] =
    &["nonprod", "non-prod", "preprod", "pre-prod", "delivery", "product"];

/// Looks at the names in the facts.
pub(super) async fn look_at(session: &Session, lake: &Lake) -> Outcome<Vec<Check>> {
    let mut checks = Vec::new();
    let known = known_services(session, lake).await?;
    for (table, thing) in NAMED {
        checks.extend(strangers(lake, table, thing, &known).await?);
    }
    checks.extend(near_production(lake).await?);
    Ok(checks)
}

/// Services by rule, and repositories, which are services where no rule says otherwise.
async fn known_services(session: &Session, lake: &Lake) -> Outcome<BTreeSet<String>> {
    let mut known: BTreeSet<String> =
        session.config.service_rules().iter().map(|(rule, _)| rule.service.clone()).collect();
    for table in ["commits", "change_requests", "pipeline_runs"] {
        let query = format!("SELECT DISTINCT repo, 0 FROM {table} WHERE repo IS NOT NULL");
        known.extend(counted(lake, &query).await?.into_keys());
    }
    Ok(known)
}

async fn strangers(
    lake: &Lake,
    table: &str,
    thing: &str,
    known: &BTreeSet<String>,
) -> Outcome<Option<Check>> {
    let query = format!("SELECT coalesce(service, ''), count(*) FROM {table} GROUP BY 1");
    let mut strange = counted(lake, &query).await?;
    strange.retain(|name, _| !known.contains(name));
    let Some((total, names)) = summary(&strange) else { return Ok(None) };
    let (s, verb) = if total == 1 { ("", "matches") } else { ("s", "match") };
    Ok(Some(Check {
        subject: format!("names: {table}"),
        state: State::No,
        says: format!("{} {thing}{s} {verb} no service: {names}", grouped(total)),
        advice:
            "say which service is meant: `names = [\"NAME\", \"argocd:shop-*\"]` in its [[service]]"
                .to_owned(),
    }))
}

async fn near_production(lake: &Lake) -> Outcome<Option<Check>> {
    let query = "SELECT environment, count(*) FROM deployments WHERE environment IS NOT NULL AND NOT \
                 coalesce(production, false) GROUP BY 1";
    let mut near = counted(lake, query).await?;
    near.retain(|name, _| looks_like_production(name));
    let Some((total, names)) = summary(&near) else { return Ok(None) };
    let (s, verb) = if total == 1 { ("", "does") } else { ("s", "do") };
    Ok(Some(Check {
        subject: "names: environments".to_owned(),
        state: State::No,
        says: format!(
            "{} deployment{s} {verb} not count as production: {names}",
            grouped(total)
        ),
        advice: "if they do: `production = [..]` in [environments], then `aftercast sync --replay SOURCE`"
            .to_owned(),
    }))
}

fn looks_like_production(name: &str) -> bool {
    let name = name.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    has(LIKE_PRODUCTION)
        && (!has(NOT_PRODUCTION) || name == "production" || name.starts_with("production-"))
}

/// Returns how many rows there are, and the names with most of them.
fn summary(counts: &BTreeMap<String, u64>) -> Option<(u64, String)> {
    let total = counts.values().sum();
    if total == 0 {
        return None;
    }
    let mut names: Vec<(&String, &u64)> = counts.iter().collect();
    names.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
    let shown = names.iter().take(SHOWN).map(|(name, count)| {
        let name = if name.is_empty() { "(none)" } else { name.as_str() };
        format!("`{name}` {}", grouped(**count))
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if SHOWN < names.len() {
        let _ = write!(text, " and {} more names", names.len() - SHOWN);
    }
    Some((total, text))
}

/// Runs a query of a name and a count.
async fn counted(lake: &Lake, query: &str) -> Outcome<BTreeMap<String, u64>> {
    let mut rows = lake.sql(query).await?;
    let mut counts = BTreeMap::new();
    while let Some(batch) = rows.next().await? {
        for row in batch {
            if let [name, count] = row.as_slice() {
                let count = count.to_string().parse().unwrap_or(0);
                counts.insert(name.to_string(), count);
            }
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::looks_like_production;

    #[test]
    fn environments_are_told_apart_by_their_names() {
        for (name, expected) in [
            ("prod-eu", true),
            ("Live", true),
            ("production-2", true),
            ("staging", false),
            ("preprod", false),
            ("non-prod", false),
            ("product-demo", false),
        ] {
            assert_eq!(looks_like_production(name), expected, "{name}");
        }
    }
}
