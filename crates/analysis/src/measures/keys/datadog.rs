//! The keys as Datadog counts them: a deployment failed when a rollback, a revert or a hotfix
//! followed; incidents do not count.

use aftercast_model::FactId;

use super::estimate::{middle, share};
use super::ours::nothing_named;
use super::timeline::{Kind, Timeline};
use super::{Found, definition, every_deployment, no_rework};
use crate::history::cell;
use crate::measures::incidents::undone::{Sign, Undone, What, release_of};
use crate::measures::{View, counted};
use crate::review::types::{Basis, DefinitionKeys, Key, KeyLine, KeyUnit};

pub(super) fn keys(view: View<'_>, timeline: &Timeline) -> DefinitionKeys {
    definition(
        "datadog",
        "Datadog",
        "https://docs.datadoghq.com/dora_metrics/calculation/",
        vec![
            every_deployment(timeline, "Deployments a day, as the source reports them."),
            lead_time(view, timeline),
            fail_rate(view, timeline),
            recovery(view, timeline),
            no_rework("Datadog"),
        ],
    )
}

/// A deployment that comes later after the one before it has no lead time.
const LONGEST_PAUSE_MS: i64 = 60 * 86_400_000;
/// No more commits of a deployment are looked at.
const MOST_COMMITS: usize = 5_000;

fn lead_time(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let (mut means, mut rows) = (Vec::new(), Vec::new());
    for (index, release) in timeline.releases().filter(|(index, _)| *index > 0) {
        let before = index.checked_sub(1).and_then(|before| view.releases.list.get(before));
        if before.is_none_or(|before| release.at.since(before.at) > LONGEST_PAUSE_MS) {
            continue;
        }
        let commits = view.releases.commits(index).iter().copied();
        let own = commits.filter(|position| view.history.commits.parents(*position).len() < 2);
        let (mut sum, mut n) = (0.0, 0.0);
        for position in own.take(MOST_COMMITS) {
            let Some(written) = view.history.committed_at(position) else { continue };
            sum += release.at.since(written).max(0) as f64;
            n += 1.0;
            rows.push(view.history.commit_id(position));
        }
        if n > 0.0 {
            means.push(sum / n);
        }
    }
    let n = means.len();
    Found {
        key: Key::LeadTime,
        definition: "Median over deployments of the mean over their commits (merges left out), from the \
                     commit to the end of the deployment.",
        unit: KeyUnit::Millis,
        value: middle(&mut means),
        n,
        basis: Basis::Inferred,
        why: if n == 0 {
            "not known: connect git".to_owned()
        } else {
            format!("median of {}", counted(n, "deployment"))
        },
        counted: rows,
        differs: "It is a median of means: one old commit moves its deployment, and a deployment of one \
                  commit weighs as much as one of a hundred. The clock starts when the commit got its \
                  present form (a rebase starts it anew), and merge commits do not count.",
    }
    .line()
}

/// The deployment that failed, by its place in the timeline, for something that was undone or mended.
fn failed(view: View<'_>, timeline: &Timeline, undone: &Undone) -> Option<usize> {
    let place = |release: usize| {
        timeline.all.iter().position(|deployed| deployed.kind == Kind::Release(release))
    };
    match (undone.sign, undone.fix) {
        // The first deployment after the one that came back.
        (Sign::Rollback, What::Deployment(row)) => {
            let columns = &view.history.facts().deployments;
            let (sha, version) = (cell(&columns.sha, row), cell(&columns.version, row));
            let back = view.releases.list.iter().position(|release| match release.subject {
                crate::releases::Subject::Deployment(other) if sha.is_none() => {
                    cell(&columns.version, other) == version
                }
                _ => release.sha == sha,
            });
            place(back.map_or_else(|| undone.release, |back| Some(back + 1))?)
        }
        (Sign::Revert, _) if undone.got_through == Some(true) => place(undone.release?),
        // A static rule: the deployment just before the one with the hotfix.
        (Sign::Hotfix, fix) => place(release_of(view, fix)?)?.checked_sub(1),
        _ => None,
    }
}

/// The deployments of the window that failed with when they were mended, in order of deployment.
fn failures(view: View<'_>, timeline: &Timeline) -> Vec<(FactId, f64)> {
    let mut found: Vec<(usize, f64)> = timeline
        .undone
        .iter()
        .filter_map(|undone| {
            let at = failed(view, timeline, undone)?;
            let deployed = timeline.all.get(at).filter(|deployed| timeline.has(deployed.at))?;
            let shipped =
                release_of(view, undone.fix).and_then(|index| view.releases.list.get(index));
            let mended = match undone.sign {
                Sign::Rollback => undone.at,
                _ => shipped.map_or(undone.at, |release| release.at),
            };
            Some((at, mended.since(deployed.at).max(0) as f64))
        })
        .collect();
    found.sort_by(|(a, a_time), (b, b_time)| a.cmp(b).then(a_time.total_cmp(b_time)));
    found.dedup_by_key(|(at, _)| *at);
    let fact = |at: usize| timeline.all.get(at).map(|deployed| deployed.fact);
    found.into_iter().filter_map(|(at, time)| Some((fact(at)?, time))).collect()
}

fn fail_rate(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let rollbacks = timeline.deployed().filter(|deployed| deployed.kind == Kind::Rollback).count();
    let n = timeline.deployed().count() - rollbacks;
    let rows: Vec<FactId> = failures(view, timeline).into_iter().map(|(fact, _)| fact).collect();
    let hidden = rows.is_empty() && timeline.unattributed() > 0;
    Found {
        key: Key::ChangeFailRate,
        definition: "Deployments that a rollback, a revert or a hotfix followed, over deployments \
                     without the rollbacks. A rollback blames the first deployment after the one that \
                     came back, a hotfix the deployment just before it.",
        unit: KeyUnit::Share,
        value: if hidden { None } else { share(rows.len(), n) },
        n,
        basis: Basis::Inferred,
        why: if hidden {
            nothing_named(timeline.unattributed())
        } else {
            format!("{} of {}", rows.len(), counted(n, "deployment"))
        },
        counted: rows,
        differs: "Incidents do not count. Where several releases were rolled back at once it blames the \
                  oldest of them, ours the one that was live; deployments that are too young to have \
                  failed yet are in the denominator.",
    }
    .line()
}

fn recovery(view: View<'_>, timeline: &Timeline) -> KeyLine {
    let failures = failures(view, timeline);
    let mut times: Vec<f64> = failures.iter().map(|(_, time)| *time).collect();
    let n = times.len();
    Found {
        key: Key::RecoveryTime,
        definition: "Median from a failed deployment to the rollback or the deployment that mended it.",
        unit: KeyUnit::Millis,
        value: middle(&mut times),
        n,
        basis: Basis::Inferred,
        why: match n {
            0 => "no rollback, revert or hotfix of a deployment of the window is known".to_owned(),
            n => format!("median of {}", counted(n, "failed deployment")),
        },
        counted: failures.into_iter().map(|(fact, _)| fact).collect(),
        differs: "The clock stops at a deployment: an incident that ended without one is no recovery.",
    }
    .line()
}
