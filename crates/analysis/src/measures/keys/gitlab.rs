//! The keys as GitLab counts them: averages a day, from merge to deployment, incidents over
//! deployments without a link between them.

use super::estimate::middle;
use super::timeline::{Timeline, began, over};
use super::{Found, definition, every_deployment, no_rework, over_incidents};
use crate::history::cell;
use crate::measures::{View, counted};
use crate::review::types::{Basis, DefinitionKeys, Key, KeyLine, KeyUnit};

pub(super) fn keys(view: View<'_>, timeline: &Timeline) -> DefinitionKeys {
    definition(
        "gitlab",
        "GitLab",
        "https://docs.gitlab.com/user/analytics/dora_metrics/",
        vec![
            every_deployment(
                timeline,
                "Successful production deployments a day, by when they ended.",
            ),
            lead_time(view, timeline),
            fail_rate(view, timeline),
            recovery(view, timeline),
            no_rework("GitLab"),
        ],
    )
}

fn lead_time(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let merged_at = &view.history.facts().change_requests.merged_at;
    let (mut times, mut rows) = (Vec::new(), Vec::new());
    for (index, release) in timeline.releases() {
        for row in view.releases.changes(index) {
            let Some(merged) = cell(merged_at, *row) else { continue };
            times.push(release.at.since(merged).max(0) as f64);
            rows.push(view.history.change_id(*row));
        }
    }
    let n = times.len();
    Found {
        key: Key::LeadTime,
        definition: "Median over the merged changes of the deployments, from the merge to the end of \
                     the deployment.",
        unit: KeyUnit::Millis,
        value: middle(&mut times),
        n,
        basis: Basis::Inferred,
        why: if n == 0 {
            "not known: no change request is known to have been deployed".to_owned()
        } else {
            format!("median of {}", counted(n, "change"))
        },
        counted: rows,
        differs: "The clock starts at the merge: writing, review and the checks before it do not count. \
                  It counts changes, not commits.",
    }
    .line()
}

fn fail_rate(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let n = timeline.deployed().count();
    let ids = &view.history.facts().incidents.id;
    let rows: Vec<_> = timeline.incidents.iter().map(|row| cell(ids, *row)).collect();
    let known = !view.history.incidents.is_empty() && n > 0;
    let value = rows.len() as f64 / n.max(1) as f64;
    Found {
        key: Key::ChangeFailRate,
        definition: "Incidents that began in the window over successful production deployments of the \
                     window.",
        unit: KeyUnit::Share,
        value: known.then_some((value, None)),
        n,
        basis: Basis::Inferred,
        why: if known {
            format!("{} over {}", counted(rows.len(), "incident"), counted(n, "deployment"))
        } else {
            "not known: connect an incident source".to_owned()
        },
        counted: rows,
        differs: "It divides incidents by deployments: two incidents of one deployment count twice, an \
                  incident that no deployment caused counts, rollbacks and reverts do not. So it has no \
                  interval and may exceed 100 %.",
    }
    .line()
}

fn recovery(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let ids = &view.history.facts().incidents.id;
    let (mut times, mut rows) = (Vec::new(), Vec::new());
    for row in timeline.incidents.iter().copied() {
        let Some((began, over)) = began(view, row).zip(over(view, row)) else { continue };
        times.push(over.since(began).max(0) as f64);
        rows.push(cell(ids, row));
    }
    let n = times.len();
    Found {
        key: Key::RecoveryTime,
        definition: "Median time that an incident was open (\"time to restore service\").",
        unit: KeyUnit::Millis,
        value: middle(&mut times),
        n,
        basis: Basis::Inferred,
        why: over_incidents(view, n),
        counted: rows,
        differs: "The clock starts with the incident, not with the deployment that failed, and every \
                  incident counts.",
    }
    .line()
}
