//! Which service a question is about.

use std::time::Instant;

use aftercast_analysis::history::ServiceHistory;
use aftercast_lake::{Lake, Selection, ServiceSummary};
use aftercast_model::{Facts, ServiceMap};

use super::home::millis_since;
use super::siblings::add_siblings;
use crate::closest::closest_few;
use crate::error::{Failure, Outcome};

/// Returns the one service that is meant, with its `wanted` facts: the one that was asked for; else that of
/// the repository; else the only one there is.
pub(crate) async fn service_facts(
    lake: &Lake,
    rules: &ServiceMap,
    asked: Option<&str>,
    repo: Option<&str>,
    wanted: &Selection,
) -> Outcome<(String, Facts)> {
    let started = Instant::now();
    // Listing all services costs more than reading the one that it nearly always is.
    let whole = repo.filter(|repo| rules.parts_of(repo).next().is_none());
    if let Some(likely) = asked.or_else(|| whole.map(|repo| rules.of_repo(repo))) {
        let mut facts = lake.service_facts(likely, wanted).await?;
        if !facts.is_empty() {
            add_siblings(lake, rules, likely, &mut facts).await?;
            tracing::info!(took_ms = millis_since(started), rows = facts.len(), "read the facts");
            return Ok((likely.to_owned(), facts));
        }
    }
    let service = choose_service(lake, rules, asked, repo).await?;
    let mut facts = lake.service_facts(&service, wanted).await?;
    add_siblings(lake, rules, &service, &mut facts).await?;
    tracing::info!(took_ms = millis_since(started), rows = facts.len(), "read the facts");
    Ok((service, facts))
}

/// Returns the tables that every analysis reads, and `more`.
pub(super) fn tables(more: &[&str]) -> Selection {
    let all = ServiceHistory::TABLES.iter().chain(more);
    all.fold(Selection::nothing(), |wanted, table| wanted.table(table))
}

async fn choose_service(
    lake: &Lake,
    rules: &ServiceMap,
    asked: Option<&str>,
    repo: Option<&str>,
) -> Outcome<String> {
    let known: Vec<String> = names(lake.services().await?);
    if let Some(asked) = asked {
        return named(asked, &known);
    }
    if let Some(repo) = repo {
        let mut own: Vec<String> = rules.parts_of(repo).map(|rule| rule.service.clone()).collect();
        own.push(rules.of_repo(repo).to_owned());
        own.retain(|service| known.contains(service));
        own.dedup();
        match own.as_slice() {
            [service] => return Ok(service.clone()),
            [] => {}
            several => return Err(which(several)),
        }
    }
    match known.as_slice() {
        [service] => Ok(service.clone()),
        [] => Err(Failure::data("no service has any facts yet").hint(
            "run `aftercast review` in a git checkout with commits, or `aftercast import SOURCE PATH`",
        )),
        several => Err(which(several)),
    }
}

fn names(services: Vec<ServiceSummary>) -> Vec<String> {
    services.into_iter().map(|service| service.service).filter(|name| !name.is_empty()).collect()
}

fn named(asked: &str, known: &[String]) -> Outcome<String> {
    if known.iter().any(|service| service == asked) {
        return Ok(asked.to_owned());
    }
    let near = closest_few(asked, known.iter().map(String::as_str), 3);
    let hint = match (near.as_slice(), known) {
        ([], []) => "no service has any facts yet: run `aftercast import SOURCE PATH`".to_owned(),
        ([], _) => format!("services are {}", listed(known)),
        (near, _) => format!("the closest are `{}`", near.join("`, `")),
    };
    Err(Failure::data(format!("unknown service `{asked}`")).hint(hint))
}

fn which(several: &[String]) -> Failure {
    Failure::usage(format!("there are {} services: {}", several.len(), listed(several)))
        .hint("choose one with --service NAME")
}

/// The first of them, and how many more there are.
fn listed(services: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<&str> = services.iter().take(SHOWN).map(String::as_str).collect();
    let more = services.len().saturating_sub(SHOWN);
    let text = format!("`{}`", shown.join("`, `"));
    if more == 0 { text } else { format!("{text} and {more} more") }
}
