//! The keys as Apache `DevLake` counts them: deployments of one pipeline are one, an incident belongs
//! to the deployment before it, a change's time begins with its first commit.

use super::estimate::{middle, share};
use super::timeline::{Timeline, began, over};
use super::{Found, definition, no_rework};
use crate::history::{Row, cell};
use crate::measures::{View, counted};
use crate::review::types::{Basis, DefinitionKeys, Key, KeyLine, KeyUnit};

pub(super) fn keys(view: View<'_>, timeline: &Timeline) -> DefinitionKeys {
    definition(
        "devlake",
        "Apache DevLake",
        "https://devlake.apache.org/docs/DORA",
        vec![
            frequency(timeline),
            lead_time(view, timeline),
            fail_rate(view, timeline),
            recovery(view, timeline),
            no_rework("DevLake"),
        ],
    )
}

/// `max(x) where percent_rank <= 0.5`, as `DevLake`'s queries take the median: of an even number of
/// values the lower of the two in the middle.
fn lower_middle(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

fn frequency(timeline: &Timeline) -> KeyLine {
    let mut weeks = timeline.days_by_week();
    let rows: Vec<_> = timeline.deployed().map(|deployed| deployed.fact).collect();
    Found {
        key: Key::DeploymentFrequency,
        definition: "Days with a successful production deployment in the median week; several on one \
                     day count once, rollbacks count.",
        unit: KeyUnit::DaysPerWeek,
        n: weeks.len(),
        basis: Basis::Inferred,
        why: format!("{} in {}", counted(rows.len(), "deployment"), counted(weeks.len(), "week")),
        value: lower_middle(&mut weeks).map(|value| (value, None)),
        counted: rows,
        differs: "It counts days, not deployments, and takes rollbacks and repeated deployments for \
                  deployments.",
    }
    .line()
}

/// When the first commit of a change was written, where its commits are known: the one that it became,
/// or the last that stood on its branch.
fn first_commit(view: View<'_>, row: Row) -> Option<aftercast_model::Timestamp> {
    let columns = &view.history.facts().change_requests;
    let shas = [cell(&columns.head_sha, row), cell(&columns.merge_sha, row)];
    let positions = shas.into_iter().filter_map(|sha| view.history.commits.position(sha));
    positions.filter_map(|position| view.history.authored_at(position)).min()
}

fn lead_time(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let columns = &view.history.facts().change_requests;
    let (mut times, mut rows) = (Vec::new(), Vec::new());
    // Without a deployment before it DevLake does not know what the first one brought.
    for (index, release) in timeline.releases().filter(|(index, _)| *index > 0) {
        for row in view.releases.changes(index) {
            let opened = cell(&columns.opened_at, *row);
            let begin = first_commit(view, *row).into_iter().chain(opened).min();
            let Some(begin) = begin else { continue };
            // It rounds up to minutes.
            let minutes = (release.at.since(begin).max(0) as f64 / 60_000.0).ceil();
            times.push(minutes * 60_000.0);
            rows.push(view.history.change_id(*row));
        }
    }
    let n = times.len();
    let interval = middle(&mut times).and_then(|(_, interval)| interval);
    Found {
        key: Key::LeadTime,
        definition: "Median over the merged changes of the deployments, from the first commit of the \
                     change (its opening, where that is earlier or all that is known) to the end of the \
                     deployment.",
        unit: KeyUnit::Millis,
        value: lower_middle(&mut times).map(|value| (value, interval)),
        n,
        basis: Basis::Inferred,
        why: if n == 0 {
            "not known: no change request is known to have been deployed".to_owned()
        } else {
            format!("median of {}", counted(n, "change"))
        },
        counted: rows,
        differs: "It counts changes, not commits: a change of a hundred commits weighs as much as one of \
                  one, and commits without a change request do not count.",
    }
    .line()
}

/// The deployment that an incident belongs to: the last one that ended before it began.
fn belongs_to(view: View<'_>, timeline: &Timeline, row: Row) -> Option<usize> {
    timeline.last_before(began(view, row)?)
}

const NO_INCIDENTS: &str = "not known: connect an incident source";

fn fail_rate(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let n = timeline.deployed().count();
    let mut with: Vec<usize> =
        view.history.incidents.iter().filter_map(|row| belongs_to(view, timeline, *row)).collect();
    with.sort_unstable();
    with.dedup();
    let rows: Vec<_> = with
        .iter()
        .filter_map(|at| timeline.all.get(*at))
        .filter(|deployed| timeline.has(deployed.at))
        .map(|deployed| deployed.fact)
        .collect();
    let known = !view.history.incidents.is_empty();
    Found {
        key: Key::ChangeFailRate,
        definition: "Deployments after which, before the next one, at least one incident began, over \
                     all successful production deployments.",
        unit: KeyUnit::Share,
        value: if known { share(rows.len(), n) } else { None },
        n,
        basis: Basis::Inferred,
        why: if known {
            format!("{} of {}", rows.len(), counted(n, "deployment"))
        } else {
            NO_INCIDENTS.to_owned()
        },
        counted: rows,
        differs: "An incident always belongs to the deployment just before it, however long ago that was \
                  and whatever the tracker says; rollbacks and reverts without an incident are no \
                  failures.",
    }
    .line()
}

fn recovery(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let (mut times, mut rows) = (Vec::new(), Vec::new());
    for row in view.history.incidents.iter().copied() {
        let deployed = belongs_to(view, timeline, row).and_then(|at| timeline.all.get(at));
        let deployed = deployed.filter(|deployed| timeline.has(deployed.at));
        let Some((deployed, over)) = deployed.zip(over(view, row)) else { continue };
        times.push(over.since(deployed.at).max(0) as f64);
        rows.push(deployed.fact);
    }
    let n = times.len();
    let interval = middle(&mut times).and_then(|(_, interval)| interval);
    let known = !view.history.incidents.is_empty();
    Found {
        key: Key::RecoveryTime,
        definition: "Median over incidents, from the end of the deployment before the incident to its \
                     resolution.",
        unit: KeyUnit::Millis,
        value: lower_middle(&mut times).map(|value| (value, interval)),
        n,
        basis: Basis::Inferred,
        why: if known { format!("median of {}", counted(n, "incident")) } else { NO_INCIDENTS.to_owned() },
        counted: rows,
        differs: "It counts incidents, not releases, waits for the incident to be closed where ours ends \
                  when users stopped feeling it, and knows no recovery without an incident.",
    }
    .line()
}

#[cfg(test)]
mod tests {
    use super::lower_middle;

    #[test]
    fn the_median_of_an_even_number_is_the_lower_one() {
        assert_eq!(lower_middle(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.0));
        assert_eq!(lower_middle(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(lower_middle(&mut []), None);
    }
}
