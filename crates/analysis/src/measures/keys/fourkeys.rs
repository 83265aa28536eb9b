//! The keys as Google's Four Keys project counts them (archived in 2024): incidents count where they
//! name the commit that caused them.

use super::estimate::middle;
use super::timeline::{Timeline, began, over};
use super::{Found, definition, no_rework, over_incidents};
use crate::history::{Row, cell};
use crate::measures::{View, counted};
use crate::review::types::{Basis, DefinitionKeys, Key, KeyLine, KeyUnit};

pub(super) fn keys(view: View<'_>, timeline: &Timeline) -> DefinitionKeys {
    definition(
        "fourkeys",
        "Four Keys",
        "https://github.com/dora-team/fourkeys/blob/main/METRICS.md",
        vec![
            frequency(timeline),
            lead_time(view, timeline),
            fail_rate(view, timeline),
            recovery(view, timeline),
            no_rework("Four Keys"),
        ],
    )
}

fn frequency(timeline: &Timeline) -> KeyLine {
    let mut weeks = timeline.days_by_week();
    let rows: Vec<_> = timeline.deployed().map(|deployed| deployed.fact).collect();
    Found {
        key: Key::DeploymentFrequency,
        definition: "Days with a successful deployment in the median week; weeks without one count as \
                     0.",
        unit: KeyUnit::DaysPerWeek,
        n: weeks.len(),
        basis: Basis::Inferred,
        why: format!("{} in {}", counted(rows.len(), "deployment"), counted(weeks.len(), "week")),
        value: middle(&mut weeks),
        counted: rows,
        differs: "It counts days, not deployments, and takes rollbacks and repeated deployments for \
                  deployments.",
    }
    .line()
}

fn lead_time(view: View<'_>, timeline: &Timeline) -> KeyLine {
    const MINUTE: i64 = 60_000;
    let (mut times, mut rows) = (Vec::new(), Vec::new());
    for (index, release) in timeline.releases().filter(|(index, _)| *index > 0) {
        for position in view.releases.commits(index) {
            let Some(written) = view.history.committed_at(*position) else { continue };
            // Whole minutes; what took none is taken for automatic.
            let minutes = release.at.since(written) / MINUTE;
            if minutes > 0 {
                times.push((minutes * MINUTE) as f64);
                rows.push(view.history.commit_id(*position));
            }
        }
    }
    let n = times.len();
    Found {
        key: Key::LeadTime,
        definition: "Median over the commits of the deployments, from the commit to the deployment; \
                     commits that took less than a minute are left out.",
        unit: KeyUnit::Millis,
        value: middle(&mut times),
        n,
        basis: Basis::Inferred,
        why: if n == 0 { "not known: connect git".to_owned() } else { format!("median of {}", counted(n, "commit")) },
        counted: rows,
        differs: "The clock starts when the commit got its present form, where ours starts when it was \
                  written; merge commits count.",
    }
    .line()
}

/// The deployment that shipped the commit which the incident names.
fn root(view: View<'_>, row: Row) -> Option<usize> {
    let facts = view.history.facts();
    let cause = facts.text(cell(&facts.incidents.caused_by, row));
    let is_hash = cause.len() >= 7 && cause.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = is_hash.then(|| view.releases.commit_named(view.history, cause)).flatten()?;
    view.releases.of_commit(commit)
}

fn fail_rate(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let ids = &view.history.facts().incidents.id;
    let n = timeline.deployed().count();
    let named = view.history.incidents.iter().copied().filter(|row| {
        let release = root(view, *row).and_then(|index| view.releases.list.get(index));
        release.is_some_and(|release| timeline.has(release.at))
    });
    let rows: Vec<_> = named.map(|row| cell(ids, row)).collect();
    let known = !view.history.incidents.is_empty() && n > 0;
    Found {
        key: Key::ChangeFailRate,
        definition: "Incidents that name a commit as their root cause and whose commit was deployed in \
                     the window, over deployments.",
        unit: KeyUnit::Share,
        value: known.then_some((rows.len() as f64 / n.max(1) as f64, None)),
        n,
        basis: Basis::Inferred,
        why: if known {
            format!("{} over {}", counted(rows.len(), "incident"), counted(n, "deployment"))
        } else {
            "not known: connect an incident source".to_owned()
        },
        counted: rows,
        differs: "An incident that names no commit never counts, so silence looks like quality; two \
                  incidents of one deployment count twice.",
    }
    .line()
}

fn recovery(view: View<'_>, timeline: &Timeline) -> KeyLine {
    const HOUR: i64 = 3_600_000;
    let ids = &view.history.facts().incidents.id;
    let (mut times, mut rows) = (Vec::new(), Vec::new());
    for row in timeline.incidents.iter().copied() {
        let Some((began, over)) = began(view, row).zip(over(view, row)) else { continue };
        let released = root(view, row).and_then(|index| view.releases.list.get(index));
        let from = released.map_or(began, |release| release.at.min(began));
        times.push((over.since(from).max(0) / HOUR * HOUR) as f64);
        rows.push(cell(ids, row));
    }
    let n = times.len();
    Found {
        key: Key::RecoveryTime,
        definition: "Median over incidents in whole hours, from the deployment of the commit that the \
                     incident names (from the incident, where it names none) to its end.",
        unit: KeyUnit::Millis,
        value: middle(&mut times),
        n,
        basis: Basis::Inferred,
        why: over_incidents(view, n),
        counted: rows,
        differs: "Every incident counts, also those that no deployment caused; hours are cut off, so 50 \
                  minutes are 0.",
    }
    .line()
}
