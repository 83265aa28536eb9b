//! The review of one release: plain data between the analysis and every surface.
//!
//! Owns the composition: which numbers, answers, gates, candidates and notes make a review, and in
//! which words. Must not know how any of it is shown.

mod candidates;
mod error;
mod evidence;
mod gate_lines;
mod gates;
mod gates_home;
mod incidents;
mod keys;
mod patterns;
mod questions;
mod simulated;
mod steps;
mod survey;
mod tests;
mod tests_lead;
pub(crate) mod types;
mod went_well;
mod where_it_went;

use crate::Settings;
use crate::findings::{self, Scene};
use crate::history::ServiceHistory;
use crate::measures::{self, View};
use crate::releases::Releases;

pub use crate::measures::patterns::{Guard, Tested, test_patterns};
pub use error::ReviewError;
pub use gates::{GATE_LEDGER_TABLES, gate_ledger};
pub use incidents::incident_links;
pub use keys::delivery_keys;
pub use patterns::patterns;
pub use steps::step_changes;
pub use survey::{survey, survey_reads, survey_tables};
pub use tests::test_ledger;
pub use types::*;

/// Reviews the release called `release` of a service, the latest where none is named.
pub fn review(
    history: &ServiceHistory,
    release: Option<&str>,
    settings: &Settings,
) -> Result<Review, ReviewError> {
    let releases = Releases::of(history, settings);
    let latest = releases.len().checked_sub(1).ok_or_else(|| error::no_releases(history))?;
    let index = match release {
        Some(asked) => releases
            .find(history, asked)
            .ok_or_else(|| error::unknown_release(history, &releases, asked))?,
        None => latest,
    };
    let view = View { history, releases: &releases, settings };
    Ok(review_of(view, index))
}

/// Lists the releases of a service, oldest first.
pub fn release_lines(history: &ServiceHistory, settings: &Settings) -> Vec<ReleaseLine> {
    let releases = Releases::of(history, settings);
    let view = View { history, releases: &releases, settings };
    (0..releases.len())
        .filter_map(|index| {
            let release = releases.list.get(index)?;
            let known = index > 0 && !history.commits.is_empty();
            Some(ReleaseLine {
                id: releases.id(history, index),
                basis: releases.basis,
                at: release.at,
                sha: history.facts().names.get(release.sha).map(str::to_owned),
                commits: known.then(|| releases.commits(index).len()),
                lead_time_ms: measures::lead_time_ms(view, index),
            })
        })
        .collect()
}

fn review_of(view: View<'_>, index: usize) -> Review {
    let earlier = measures::earlier(view, index);
    let current = measures::measure(view, index);
    let numbers = measures::compared(view, index, &current, &earlier);
    let way = measures::way(view, index);
    let lead_time = way.as_ref().map(|way| measures::shown(view, index, way));
    let gates = measures::gates::tallies(view, index);
    let steps = measures::steps::of_release(view, index);
    let scene =
        Scene { view, index, numbers: &numbers, earlier: &earlier, gates: &gates, steps: &steps };
    let findings = findings::run(&scene);
    let gate_lines = gate_lines::lines(view, &gates);
    let candidates = candidates::candidates(&scene, &findings, &gate_lines, way.as_ref());
    let questions = questions::answers(&scene, &findings, way.as_ref(), &candidates);
    let mut notes = simulated::labelled(view.history, view.releases.notes.clone());
    notes.extend(history_notes(view, index));
    notes.extend(way.into_iter().flat_map(|way| way.notes));
    let mut review = Review {
        schema_version: SCHEMA_VERSION,
        service: view.history.service().to_owned(),
        release: head(view, index),
        numbers,
        lead_time,
        questions,
        findings,
        gates: gate_lines,
        previous_improvement: None,
        candidates,
        notes,
        evidence: std::collections::BTreeMap::new(),
    };
    review.evidence = evidence::rows(view.history, &review);
    review
}

fn head(view: View<'_>, index: usize) -> ReleaseHead {
    let (history, releases) = (view.history, view.releases);
    let facts = history.facts();
    let id = |index: usize| releases.id(history, index);
    let release = releases.list.get(index);
    // All that came before the first release would count as shipped with it.
    let commits = if index > 0 { releases.commits(index) } else { &[] };
    let text = |name| facts.names.get(name).map(str::to_owned);
    ReleaseHead {
        id: id(index),
        basis: releases.basis,
        basis_says: releases.basis_says.clone(),
        at: release.map_or(aftercast_model::Timestamp::from_millis(0), |release| release.at),
        sha: release.and_then(|release| text(release.sha)),
        previous: index.checked_sub(1).map(id),
        next: Some(index + 1).filter(|next| *next < releases.len()).map(id),
        position: index + 1,
        total: releases.len(),
        url: release.and_then(|release| text(release.url(history))),
        commits: commits
            .iter()
            .rev()
            .map(|position| facts.text(history.commit_sha(*position)).to_owned())
            .collect(),
        changes: releases.knows_changes.then(|| releases.changes(index).len()),
    }
}

/// What a reader must know about the history.
fn history_notes(view: View<'_>, index: usize) -> Vec<String> {
    let (history, releases) = (view.history, view.releases);
    let mut notes = Vec::new();
    if index == 0 {
        notes.push(
            "History starts here: this is the first release that the sources know.".to_owned(),
        );
    }
    let cut = releases
        .commits(index)
        .iter()
        .filter(|position| history.commits.is_cut(**position))
        .count();
    if index > 0 && cut > 0 {
        notes.push(format!(
            "The git history is cut at {} of this release (a shallow clone?): older commits are \
             missing.",
            measures::counted(cut, "commit")
        ));
    }
    if let Some(until) = measures::baseline(view, index).complete_until {
        notes.push(format!(
            "No change opened after {} is known here: releases since then are only those that took \
             long, so the comparison leaves them out.",
            measures::day(until)
        ));
    }
    notes
}
