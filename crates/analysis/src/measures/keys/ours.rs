//! Our definition of the five keys.

use aftercast_model::{FactId, Timestamp};

use super::estimate::{a_day, middle, share};
use super::timeline::{Kind, Timeline, are_deployments, over};
use super::{Found, definition};
use crate::history::cell;
use crate::measures::incidents::caught::{Problem, problems};
use crate::measures::incidents::escapes;
use crate::measures::incidents::undone::{Sign, release_of};
use crate::measures::{View, counted, day};
use crate::review::types::{Basis, DefinitionKeys, Key, KeyLine, KeyUnit};

pub(super) fn keys(view: View<'_>, timeline: &Timeline) -> DefinitionKeys {
    let problems = problems(view);
    definition(
        "aftercast",
        "Aftercast",
        "docs/statistics/keys.md",
        vec![
            frequency(view, timeline),
            lead_time(view, timeline),
            fail_rate(view, timeline, &problems),
            recovery(view, timeline, &problems),
            rework(view, timeline),
        ],
    )
}

/// Exact for deployments, a proxy for tags and merges.
fn basis(view: View<'_>) -> Basis {
    if are_deployments(view) { Basis::Exact } else { Basis::Proxy }
}

fn frequency(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let counted_rows: Vec<FactId> = timeline.releases().map(|(_, release)| release.fact).collect();
    let n = counted_rows.len();
    Found {
        key: Key::DeploymentFrequency,
        definition: "Releases a day: the first successful production deployment of each commit (of \
                     each version, where no commit is known). Rollbacks and deployments of what was \
                     live already are not releases.",
        unit: KeyUnit::PerDay,
        value: a_day(n, timeline.days),
        n,
        basis: basis(view),
        why: format!("{} in {:.1} days", counted(n, "release"), timeline.days),
        counted: counted_rows,
        differs: "",
    }
    .line()
}

fn lead_time(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let history = view.history;
    let mut rows = Vec::new();
    let mut times = Vec::new();
    for (index, release) in timeline.releases().filter(|(index, _)| *index > 0) {
        for position in view.releases.commits(index) {
            let Some(written) = history.authored_at(*position) else { continue };
            times.push(release.at.since(written).max(0) as f64);
            rows.push(history.commit_id(*position));
        }
    }
    let by_commit = !times.is_empty();
    if !by_commit {
        let opened = &history.facts().change_requests.opened_at;
        for (index, release) in timeline.releases() {
            for row in view.releases.changes(index) {
                let Some(opened) = cell(opened, *row) else { continue };
                times.push(release.at.since(opened).max(0) as f64);
                rows.push(history.change_id(*row));
            }
        }
    }
    let n = times.len();
    let why = match (by_commit, n) {
        (true, _) => format!("median of {}", counted(n, "commit")),
        (false, 0) => "not known: connect git or the code review".to_owned(),
        (false, _) => format!("no commits are known: {} from opening", counted(n, "change")),
    };
    Found {
        key: Key::LeadTime,
        definition: "Median over the commits that first reached production with the releases of the \
                     window (by ancestry), from when each was written to production.",
        unit: KeyUnit::Millis,
        value: middle(&mut times),
        n,
        basis: if by_commit { basis(view) } else { Basis::Proxy },
        why,
        counted: rows,
        differs: "",
    }
    .line()
}

/// The first problem of each release of the window, in order of releases.
fn failed<'a>(timeline: &Timeline, problems: &'a [Problem]) -> Vec<(usize, FactId, &'a Problem)> {
    let first = |index: usize| problems.iter().find(|problem| problem.release == index);
    let releases = timeline.releases();
    releases.filter_map(|(index, release)| Some((index, release.fact, first(index)?))).collect()
}

/// Whether any source tells of problems after a release.
fn problems_are_told(view: View<'_>, timeline: &Timeline) -> bool {
    !view.history.incidents.is_empty()
        || view.settings.incidents_known_until.is_some()
        || !timeline.undone.is_empty()
}

/// Why a key is missing where only problems without a release are known.
pub(super) fn nothing_named(reverts: usize) -> String {
    format!("not known: {} of the window do not say what they undo", counted(reverts, "revert"))
}

const NO_SOURCE: &str = "not known: no incident, rollback, revert or hotfix is known; connect an \
                         incident source, so that silence means something";

fn fail_rate(view: View<'_>, timeline: &Timeline, problems: &[Problem]) -> KeyLine {
    let until = escapes(view).complete_until;
    let old = |at: Timestamp| until.is_none_or(|until| at <= until);
    let releases = timeline.releases().filter(|(_, release)| old(release.at));
    let n = releases.count();
    let failed: Vec<FactId> = failed(timeline, problems)
        .into_iter()
        .filter(|(index, ..)| view.releases.list.get(*index).is_some_and(|own| old(own.at)))
        .map(|(_, fact, _)| fact)
        .collect();
    let told = problems_are_told(view, timeline);
    let only_git = view.history.incidents.is_empty();
    let unknown = timeline.unattributed();
    let why = if !told {
        NO_SOURCE.to_owned()
    } else if failed.is_empty() && unknown > 0 {
        nothing_named(unknown)
    } else {
        let mut why = format!("{} of {}", failed.len(), counted(n, "release"));
        if only_git {
            why.push_str("; rollbacks, reverts and hotfixes only: no incidents are known");
        }
        if unknown > 0 {
            why = format!("{why}; {} more do not say what they undo", counted(unknown, "revert"));
        }
        if let Some(until) = until.filter(|until| *until < timeline.to) {
            why = format!("{why}; releases after {} are too young: problems show late", day(until));
        }
        why
    };
    // Problems without a release are no reason to say that none failed.
    let known = told && (unknown == 0 || !failed.is_empty());
    Found {
        key: Key::ChangeFailRate,
        definition: "Releases with at least one problem that is attributed to them (an incident that \
                     names or points at them, a rollback, a revert of what they shipped, a hotfix) over \
                     the releases that are old enough for their problems to be known.",
        unit: KeyUnit::Share,
        value: if known { share(failed.len(), n) } else { None },
        n,
        basis: if only_git { Basis::Proxy } else { Basis::Inferred },
        why,
        counted: failed,
        differs: "",
    }
    .line()
}

/// When a problem was put right: the incident was over, or what mends it was in production.
fn put_right(view: View<'_>, problem: &Problem) -> Option<Timestamp> {
    let facts = view.history.facts();
    let first = problem.facts.first()?;
    let incident =
        view.history.incidents.iter().find(|row| cell(&facts.incidents.id, **row) == *first);
    let by_incident = incident
        .and_then(|row| cell(&facts.incidents.mitigated_at, *row).or_else(|| over(view, *row)));
    by_incident.or_else(|| {
        let fix = problem.fix?;
        let shipped = release_of(view, fix).and_then(|index| view.releases.list.get(index));
        let shipped = shipped.map(|release| release.at).filter(|at| *at >= problem.at);
        shipped.or(incident.is_none().then_some(problem.at))
    })
}

fn recovery(view: View<'_>, timeline: &Timeline, problems: &[Problem]) -> KeyLine {
    let failed = failed(timeline, problems);
    let mut times = Vec::new();
    let mut rows = Vec::new();
    for (index, fact, problem) in &failed {
        let released = view.releases.list.get(*index).map(|release| release.at);
        let Some((released, right)) = released.zip(put_right(view, problem)) else { continue };
        times.push(right.since(released).max(0) as f64);
        rows.push(*fact);
    }
    let n = times.len();
    let open = failed.len() - n;
    let told = problems_are_told(view, timeline);
    let why = match (told, failed.len()) {
        (false, _) => NO_SOURCE.to_owned(),
        (true, 0) => "no release of the window failed".to_owned(),
        (true, all) if open > 0 => {
            format!("median of {n} of {all}; {open} not put right yet, or nobody tells when")
        }
        (true, _) => format!("median of {}", counted(n, "release")),
    };
    Found {
        key: Key::RecoveryTime,
        definition: "Median over the releases that failed, from production to when the first problem \
                     was put right: the incident was mitigated or over, or what undoes or mends it was \
                     in production.",
        unit: KeyUnit::Millis,
        value: middle(&mut times),
        n,
        basis: Basis::Inferred,
        why,
        counted: rows,
        differs: "",
    }
    .line()
}

fn rework(view: View<'_>, timeline: &Timeline) -> KeyLine {
    // A rollback is a deployment of its own, and brings back a release that was planned.
    let mending = timeline
        .undone
        .iter()
        .filter(|undone| undone.got_through != Some(false) && undone.sign != Sign::Rollback);
    let mut releases: Vec<usize> =
        mending.filter_map(|undone| release_of(view, undone.fix)).collect();
    releases.sort_unstable();
    releases.dedup();
    let (mut n, mut rows) = (0, Vec::new());
    for deployed in timeline.deployed() {
        let is_rework = match deployed.kind {
            Kind::Again => continue,
            Kind::Rollback => true,
            Kind::Release(index) => releases.binary_search(&index).is_ok(),
        };
        n += 1;
        if is_rework {
            rows.push(deployed.fact);
        }
    }
    let told = problems_are_told(view, timeline);
    Found {
        key: Key::ReworkRate,
        definition: "Deployments that nobody planned (rollbacks, and releases that ship a revert or a \
                     hotfix of what was in production) over releases and rollbacks.",
        unit: KeyUnit::Share,
        value: if told { share(rows.len(), n) } else { None },
        n,
        basis: Basis::Inferred,
        why: if told {
            format!("{} of {}", rows.len(), counted(n, "deployment"))
        } else {
            NO_SOURCE.to_owned()
        },
        counted: rows,
        differs: "",
    }
    .line()
}
