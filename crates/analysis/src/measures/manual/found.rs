//! Manual steps that no source declares: pauses that a person ends again and again, tags and
//! deployments that no pipeline made.

use aftercast_model::{ActorKind, Name, Timestamp};

use super::declared::{before_run, began, deploying_run, release_runs};
use super::{Kind, ManualStep};
use crate::history::{Row, cell};
use crate::measures::{View, baseline};
use crate::releases::Subject;
use crate::review::types::Basis;

/// Returns the found steps of the release at `index`.
pub(super) fn steps(view: View<'_>, index: usize) -> Vec<ManualStep> {
    let mut steps = gaps(view, index);
    steps.extend(tag(view, index));
    steps.extend(deployment(view, index));
    steps
}

/// Returns what may be a step of the release at `index`: as [`steps`], with the pauses that a person
/// ended however often they came.
pub(super) fn possible(view: View<'_>, index: usize) -> Vec<ManualStep> {
    let mut steps = by_hand(view, index);
    steps.extend(tag(view, index));
    steps.extend(deployment(view, index));
    steps
}

/// A pause between two pipelines on the commit of a release.
struct Pause {
    between: (Name, Name),
    rows: (Row, Row),
    wait_ms: i64,
    /// Whether a person ended it, and it was long.
    by_hand: bool,
}

/// Returns the pauses between the pipelines of the release at `index`.
fn pauses(view: View<'_>, index: usize) -> Vec<Pause> {
    let history = view.history;
    let runs = &history.facts().pipeline_runs;
    let rows = release_runs(view, index);
    rows.into_iter()
        .filter(|row| history.by_hand.runs_of(cell(&runs.pipeline, *row)).is_none())
        .filter_map(|row| {
            let (before, wait_ms) = before_run(view, row)?;
            let between = (cell(&runs.pipeline, before), cell(&runs.pipeline, row));
            // The same pipeline for the same branch is the same step again.
            let again =
                between.0 == between.1 && cell(&runs.git_ref, before) == cell(&runs.git_ref, row);
            if again || between.1.is_none() {
                return None;
            }
            let by_hand = cell(&runs.actor_kind, row) == ActorKind::Human
                && wait_ms >= view.settings.manual.shortest_gap_ms;
            Some(Pause { between, rows: (before, row), wait_ms, by_hand })
        })
        .collect()
}

/// Returns the pauses of the release at `index` that came in several releases.
fn gaps(view: View<'_>, index: usize) -> Vec<ManualStep> {
    let own = by_hand(view, index);
    if own.is_empty() {
        return Vec::new();
    }
    let releases: Vec<usize> = baseline(view, index).range.chain([index]).collect();
    own.into_iter()
        .filter_map(|step| {
            let (k, n) = recurrence(view, &releases, step.key);
            (view.settings.manual.recurs_from <= k)
                .then(|| ManualStep { confidence: confidence(k, n), ..step })
        })
        .collect()
}

/// Returns in how many of `releases` a person ended the pause `between` two pipelines, and in how many
/// the second followed the first.
fn recurrence(view: View<'_>, releases: &[usize], between: (Name, Name)) -> (usize, usize) {
    let (mut k, mut n) = (0, 0);
    for release in releases {
        let alike: Vec<Pause> =
            pauses(view, *release).into_iter().filter(|pause| pause.between == between).collect();
        n += usize::from(!alike.is_empty());
        k += usize::from(alike.iter().any(|pause| pause.by_hand));
    }
    (k, n)
}

/// Returns the share of `n` cases, k of which are known, moved towards a half.
fn confidence(k: usize, n: usize) -> f64 {
    (k as f64 + 0.5) / (n as f64 + 1.0)
}

/// Returns the pauses of the release at `index` that a person ended, once or again.
fn by_hand(view: View<'_>, index: usize) -> Vec<ManualStep> {
    let facts = view.history.facts();
    let runs = &facts.pipeline_runs;
    let text = |name: Name| facts.text(name);
    pauses(view, index)
        .into_iter()
        .filter(|pause| pause.by_hand)
        .map(|pause| ManualStep {
            kind: Kind::Gap,
            key: pause.between,
            step: format!(
                "the step from `{}` to `{}`",
                text(pause.between.0),
                text(pause.between.1)
            ),
            basis: Basis::Inferred,
            confidence: confidence(1, 1),
            wait_ms: Some(pause.wait_ms),
            doing_ms: None,
            evidence: vec![cell(&runs.id, pause.rows.1), cell(&runs.id, pause.rows.0)],
        })
        .collect()
}

/// Returns the making of the tag of the release at `index`, where a person pushed it or no run that is
/// known could have made it.
fn tag(view: View<'_>, index: usize) -> Option<ManualStep> {
    /// A run may tell of its end somewhat early.
    const SLACK_MS: i64 = 120_000;
    /// The longest run that is looked for.
    const LONGEST_MS: i64 = 86_400_000;
    /// The runs around it without which silence says nothing.
    const ENOUGH: usize = 5;
    let history = view.history;
    let facts = history.facts();
    let (tags, runs) = (&facts.release_tags, &facts.pipeline_runs);
    let Subject::Tag(row) = view.releases.list.get(index)?.subject else { return None };
    let name = cell(&tags.tag, row);
    if facts.text(cell(&tags.kind, row)) == "branch" {
        return None;
    }
    let at = cell(&tags.published_at, row).or(cell(&tags.tagged_at, row))?;
    let full = facts.names.find(&format!("refs/tags/{}", facts.text(name)));
    let by_ref = [Some(name), full].into_iter().flatten();
    let first = by_ref
        .flat_map(|git_ref| history.runs_by_ref.get(git_ref).iter().copied())
        .min_by_key(|row| (began(view, *row), *row));
    let says = format!("making the tag `{}`", facts.text(name));
    let step = |confidence, evidence| ManualStep {
        kind: Kind::Tag,
        key: (Name::NONE, Name::NONE),
        step: says,
        basis: Basis::Inferred,
        confidence,
        wait_ms: None,
        doing_ms: None,
        evidence,
    };
    let id = cell(&tags.id, row);
    // What it started tells who pushed it.
    if let Some(first) = first {
        let human = cell(&runs.actor_kind, first) == ActorKind::Human;
        return human.then(|| step(0.9, vec![id, cell(&runs.id, first)]));
    }
    // In the order of `runs`.
    let start = |row: Row| cell(&runs.started_at, row).or(began(view, row));
    let began_before = |limit: Timestamp| {
        history.runs.partition_point(|row| start(*row).is_some_and(|at| at <= limit))
    };
    let (from, here) = (began_before(at.plus_millis(-LONGEST_MS)), began_before(at));
    let lately = history.runs.get(from..here).unwrap_or_default();
    let under_way =
        |row: &Row| cell(&runs.finished_at, *row).is_none_or(|end| end.plus_millis(SLACK_MS) >= at);
    let known = here >= ENOUGH && history.runs.len() > here;
    (known && !lately.iter().any(under_way)).then(|| step(0.6, vec![id]))
}

/// Returns the deployment of the release at `index`, where it names no run while most of the
/// service's deployments do, and no run was under way on its commit.
fn deployment(view: View<'_>, index: usize) -> Option<ManualStep> {
    const ENOUGH: usize = 3;
    let history = view.history;
    let facts = history.facts();
    let (deployments, runs) = (&facts.deployments, &facts.pipeline_runs);
    let release = view.releases.list.get(index)?;
    let Subject::Deployment(row) = release.subject else { return None };
    if deploying_run(view, index).is_some() {
        return None;
    }
    let source = cell(&deployments.source, row);
    let place = cell(&deployments.environment, row);
    let alike = || {
        let own = history.deployments.iter().copied();
        own.filter(|other| {
            cell(&deployments.source, *other) == source
                && cell(&deployments.environment, *other) == place
        })
    };
    let n = alike().count();
    let with = alike().filter(|other| cell(&deployments.run_id, *other).is_some()).count();
    if with < ENOUGH || with * 2 < n {
        return None;
    }
    let start = cell(&deployments.started_at, row).or(cell(&deployments.created_at, row));
    let under_way = history.runs_by_sha.get(release.sha).iter().any(|run| {
        let (from, to) = (began(view, *run), cell(&runs.finished_at, *run));
        from.is_some_and(|from| from <= release.at)
            && to.is_none_or(|to| start.is_none_or(|start| start <= to))
    });
    if under_way {
        return None;
    }
    let finished = cell(&deployments.finished_at, row);
    Some(ManualStep {
        kind: Kind::Deployment,
        key: (place, Name::NONE),
        step: format!("the deployment to `{}`, without a pipeline", facts.text(place)),
        basis: Basis::Inferred,
        // The share of the deployments that name their run.
        confidence: confidence(with, n),
        wait_ms: None,
        doing_ms: cell(&deployments.started_at, row)
            .zip(finished)
            .map(|(from, to)| to.since(from).max(0)),
        evidence: vec![cell(&deployments.id, row)],
    })
}
