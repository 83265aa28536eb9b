//! Asks the analysis which release caused what, on a git history that knows the answer:
//! `cargo run --release -p aftercast-connectors --example reverts -- PATH...` (`just reverts PATH...`).
//!
//! Commits that say "This reverts commit HASH" are the truth. The hash is hidden, and the culprit is
//! asked for by size and time, by time only, and as an incident that began when the revert was made.
//! Beside each rate stands what guessing at random would hit (docs/statistics/incidents.md).

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::path::Path;

use aftercast_analysis::history::ServiceHistory;
use aftercast_analysis::review::{Basis, IncidentLinks, UndoneLine, incident_links};
use aftercast_analysis::{Confirmation, IncidentSettings, Settings};
use aftercast_connectors::git::{Options, read};
use aftercast_connectors::{Context, Output, Rules};
use aftercast_model::{
    ColumnMut, ColumnRef, FactId, Facts, Incident, PersonKey, ServiceMap, Timestamp,
};

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args().skip(1) {
        measure(&path)?;
    }
    Ok(())
}

fn measure(path: &str) -> Result<(), Box<dyn Error>> {
    let facts = facts(path)?;
    let service = facts.text(facts.commits.row(0).service).to_owned();
    let known = page(&service, facts.clone());
    let truth: HashMap<FactId, &UndoneLine> = known
        .undone
        .iter()
        .filter(|line| line.kind == "revert" && line.basis == Basis::Exact)
        .map(|line| (line.id, line))
        .collect();
    println!("{path}: {} commits, {} reverts of known commits", facts.commits.len(), truth.len());

    let mut hidden = facts;
    let yes = hidden.name("yes");
    for reverts in hidden.commits.reverts_sha.iter_mut().filter(|name| name.is_some()) {
        *reverts = yes;
    }
    guessed("size and time", &truth, &page(&service, hidden.clone()));
    let mut timed = hidden.clone();
    timed.commits.additions.clear();
    guessed("time only", &truth, &page(&service, timed));

    // Nobody says that it is a revert: only that something was wrong from then on.
    let mut silent = hidden;
    silent.commits.reverts_sha.clear();
    silent.commits.cherry_pick_of.clear();
    for (id, line) in &truth {
        silent.incidents.push(Incident {
            id: *id,
            started_at: Some(Timestamp::from_millis(line.at.millis())),
            ..Incident::default()
        });
    }
    incidents("incident, releases by the ladder", &known, &page(&service, silent.clone()));
    silent.release_tags = aftercast_model::ReleaseTags::default();
    let untagged = page_truth(&service, &silent, &truth);
    incidents("incident, each merge a release", &untagged, &page(&service, silent.clone()));
    taught(&service, &untagged, silent);
    Ok(())
}

/// Every other revert is confirmed by people; the rest is asked with the lag that they teach.
fn taught(service: &str, truth: &IncidentLinks, silent: Facts) {
    let known = truth.undone.iter().filter_map(|line| Some((line.id, line.release.clone()?)));
    let confirmed: Vec<Confirmation> = known
        .step_by(2)
        .map(|(incident, release)| Confirmation { incident, release: Some(release) })
        .collect();
    let told: Vec<FactId> = confirmed.iter().map(|other| other.incident).collect();
    let settings = Settings {
        incidents: IncidentSettings { confirmed, ..IncidentSettings::default() },
        ..Settings::default()
    };
    let mut page = incident_links(&ServiceHistory::new(service, silent), &settings);
    page.incidents.retain(|line| !told.contains(&line.id));
    println!("  {}", page.model.says);
    incidents("incident, half of them confirmed", truth, &page);
}

/// The truth where each commit of the main line is a release.
fn page_truth(
    service: &str,
    silent: &Facts,
    truth: &HashMap<FactId, &UndoneLine>,
) -> IncidentLinks {
    let mut told = silent.clone();
    let names: Vec<(FactId, String)> = truth
        .iter()
        .filter_map(|(id, line)| Some((*id, line.what.as_deref()?.split('`').nth(1)?.to_owned())))
        .collect();
    let mut of: HashMap<FactId, _> = HashMap::new();
    for (id, sha) in names {
        of.insert(id, told.name(&sha));
    }
    let ids = told.commits.id.clone();
    told.commits.reverts_sha =
        ids.iter().map(|id| of.get(id).copied().unwrap_or_default()).collect();
    page(service, told)
}

fn page(service: &str, facts: Facts) -> IncidentLinks {
    incident_links(&ServiceHistory::new(service, facts), &Settings::default())
}

fn guessed(how: &str, truth: &HashMap<FactId, &UndoneLine>, page: &IncidentLinks) {
    let (mut first, mut third, mut sure, mut right, mut n) = (0, 0, 0, 0, 0);
    for line in page.undone.iter().filter(|line| truth.contains_key(&line.id)) {
        let Some(what) = truth.get(&line.id).and_then(|line| line.what.as_ref()) else { continue };
        n += 1;
        first += usize::from(line.guesses.first().is_some_and(|guess| guess.what == *what));
        third += usize::from(line.guesses.iter().any(|guess| guess.what == *what));
        sure += usize::from(line.what.is_some());
        right += usize::from(line.what.as_ref() == Some(what));
    }
    println!(
        "  {how}: the commit first {first}, among three {third} of {n}; said {sure}, of them right \
         {right}; at random 1 in up to 2000"
    );
}

fn incidents(how: &str, truth: &IncidentLinks, page: &IncidentLinks) {
    let releases: HashMap<FactId, (Option<&String>, Option<i64>)> =
        truth.undone.iter().map(|line| (line.id, (line.release.as_ref(), line.lag_ms))).collect();
    let (mut n, mut outside, mut first, mut third, mut said, mut right) = (0, 0, 0, 0, 0, 0);
    let mut chance = 0.0;
    for line in &page.incidents {
        let Some((Some(release), lag)) = releases.get(&line.id) else { continue };
        n += 1;
        let within = lag.is_some_and(|lag| (0..=page.model.window_ms).contains(&lag));
        outside += usize::from(!within);
        // A guess at random hits only where the culprit is among the candidates.
        if within && line.candidates_n > 0 {
            chance += 1.0 / line.candidates_n as f64;
        }
        let is =
            |at: usize| line.candidates.get(at).is_some_and(|other| other.release == **release);
        first += usize::from(is(0));
        third += usize::from((0..3).any(is));
        let sure = line.candidates.first().is_some_and(|best| best.posterior >= 0.5);
        said += usize::from(sure);
        right += usize::from(sure && is(0));
    }
    println!(
        "  {how}: first {first}, among three {third} of {n} ({outside} outside of the window); \
         said {said}, of them right {right}; one at random {chance:.1}"
    );
}

fn facts(path: &str) -> Result<Facts, Box<dyn Error>> {
    let (services, people) = (ServiceMap::default(), PersonKey::from_bytes([1; 32]));
    let rules = Rules::default();
    let context = Context { services: &services, people: &people, repo: None, rules: &rules };
    let mut all = Facts::new();
    let mut sink = |output: Output| {
        append(&mut all, &output.facts);
        Ok::<(), Infallible>(())
    };
    read(Path::new(path), None, &Options::default(), &context, &mut |_| (), &mut sink)?;
    Ok(all)
}

/// Appends a batch, which has names of its own.
fn append(all: &mut Facts, batch: &Facts) {
    for table in batch.tables() {
        let fill = |names: &mut aftercast_model::Names, columns: Vec<ColumnMut<'_>>| {
            for (from, to) in table.columns.iter().zip(columns) {
                match (from, to) {
                    (ColumnRef::Id(from), ColumnMut::Id(to)) => to.extend_from_slice(from),
                    (ColumnRef::Text(from), ColumnMut::Text(to)) => {
                        to.extend(from.iter().map(|name| names.intern(batch.text(*name))));
                    }
                    (ColumnRef::Time(from), ColumnMut::Time(to)) => to.extend_from_slice(from),
                    (ColumnRef::Count(from), ColumnMut::Count(to)) => to.extend_from_slice(from),
                    (ColumnRef::Flag(from), ColumnMut::Flag(to)) => to.extend_from_slice(from),
                    (ColumnRef::Word(from), ColumnMut::Word(to)) => {
                        (0..table.rows).for_each(|row| to.push_word(Some(from.word_at(row))));
                    }
                    _ => {}
                }
            }
            Ok::<(), Infallible>(())
        };
        let appended = all.append(table.spec.name, table.rows, fill);
        debug_assert!(matches!(appended, Some(Ok(()))), "every table is known");
    }
}
