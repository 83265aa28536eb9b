//! What changed when a step's length changed: what is recorded, never whose it is.
//!
//! A candidate reached the service in the window in which the new level began. One candidate is
//! the only recorded change; several are listed; none says that the cause is not recorded.

use aftercast_model::{FactId, Name, Outcome, Timestamp};

use super::series::{Point, Series};
use super::shifts::Shift;
use crate::history::{Row, ServiceHistory, cell};
use crate::review::types::{CandidateKind, StepCandidate, StepPart};
use crate::stats;

/// A pool needs this many runs on each side to be told from others.
const FEWEST_OF_A_POOL: usize = 8;
/// Of a pool no more runs than this are compared, those nearest to the change.
const MOST_OF_A_POOL: usize = 60;
/// Up to this many names of runners are labels, each a pool of its own.
const MOST_LABELS: usize = 5;
/// A pool that changed changed by at least this share.
const CHANGED: f64 = 0.10;
/// A pool that did not change changed by at most this share.
const UNCHANGED: f64 = 0.05;
/// A shift of a pool must be this improbable without a change.
const LEVEL: f64 = 0.01;

/// The time in which a step's new level began: after `from`, up to `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Window {
    fn holds(self, at: Timestamp) -> bool {
        self.from < at && at <= self.to
    }
}

/// What is recorded about a shift.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Causes {
    pub(crate) candidates: Vec<StepCandidate>,
    pub(crate) evidence: Vec<FactId>,
    pub(crate) only_pool: Option<String>,
    /// Changes that landed in the window, where a source tells.
    pub(crate) landed: Option<usize>,
}

/// Returns from the beginning of the last point that is surely old to the beginning of the first
/// that is surely new.
pub(crate) fn window(series: &Series, shift: &Shift) -> Option<Window> {
    let old = series.points.get(shift.low.checked_sub(1)?)?;
    let new = series.points.get(shift.high)?;
    // A day's point may have its change within.
    Some(Window { from: old.from, to: if series.by_day { new.to } else { new.from } })
}

/// Returns what is recorded in the window of `shift`.
pub(crate) fn causes(history: &ServiceHistory, series: &Series, shift: &Shift) -> Causes {
    let Some(window) = window(series, shift) else { return Causes::default() };
    let mut found = Causes { landed: landed(history, window), ..Causes::default() };
    rollouts(history, window, &mut found);
    if matches!(series.step.part, StepPart::ReviewWait | StepPart::ApprovalWait) {
        gates(history, window, None, &mut found);
    } else {
        gates(history, window, Some(series.step.name), &mut found);
    }
    if matches!(series.step.part, StepPart::JobRun | StepPart::JobQueue) {
        runners(history, series, shift, window, &mut found);
    }
    found.candidates.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.says.cmp(&b.says)));
    found
}

fn landed(history: &ServiceHistory, window: Window) -> Option<usize> {
    if history.changes.is_empty() {
        return None;
    }
    let merged = &history.facts().change_requests.merged_at;
    let in_time = |row: &&Row| cell(merged, **row).is_some_and(|at| window.holds(at));
    Some(history.changes.iter().filter(in_time).count())
}

fn rollouts(history: &ServiceHistory, window: Window, found: &mut Causes) {
    let facts = history.facts();
    let columns = &facts.rollouts;
    for row in history.rollouts.iter().copied() {
        let Some(at) = cell(&columns.reached_at, row).filter(|at| window.holds(*at)) else {
            continue;
        };
        let name = facts.text(cell(&columns.rollout, row));
        let version = facts.text(cell(&columns.version, row));
        let says = match version {
            "" => format!("rollout `{name}`"),
            version => format!("rollout `{name}` {version}"),
        };
        found.candidates.push(StepCandidate { kind: CandidateKind::Rollout, at, says });
        found.evidence.push(cell(&columns.id, row));
    }
}

/// Gates that were set up differently: the one called `name`, or the approvals where it is `None`.
fn gates(history: &ServiceHistory, window: Window, name: Option<Name>, found: &mut Causes) {
    let facts = history.facts();
    let columns = &facts.gate_definitions;
    for row in history.definitions.iter().copied() {
        let Some(at) = cell(&columns.changed_at, row).filter(|at| window.holds(*at)) else {
            continue;
        };
        let gate = cell(&columns.gate, row);
        let own = match name {
            Some(name) => gate == name || cell(&columns.applies_to, row) == name,
            None => cell(&columns.gate_kind, row) == aftercast_model::GateKind::Approval,
        };
        if !own {
            continue;
        }
        let says = format!("gate `{}` was set up differently", facts.text(gate));
        found.candidates.push(StepCandidate { kind: CandidateKind::Gate, at, says });
        found.evidence.push(cell(&columns.id, row));
    }
}

/// One run of the job with the pool that it ran on.
struct OnPool {
    pool: String,
    at: Timestamp,
    log: f64,
    id: FactId,
}

/// Tells whether the job moved to another pool of runners in the window, or changed on one only.
fn runners(
    history: &ServiceHistory,
    series: &Series,
    shift: &Shift,
    window: Window,
    found: &mut Causes,
) {
    let side = |points: &[Point]| -> Option<(Timestamp, Timestamp)> {
        Some((points.first()?.from, points.last()?.to))
    };
    let (Some(before), Some(after)) = (side(shift.before(series)), side(shift.after(series)))
    else {
        return;
    };
    let old = on_pools(history, series, before.0, before.1);
    let new = on_pools(history, series, after.0, after.1);
    if let (Some(was), Some(is)) = (main_pool(&old), main_pool(&new))
        && was != is
        && let Some(first) = new.iter().find(|run| run.pool == is)
        && window.holds(first.at)
    {
        let says = format!("it runs on `{is}`, before on `{was}`");
        let at = first.at;
        found.candidates.push(StepCandidate { kind: CandidateKind::Runner, at, says });
        found.evidence.push(first.id);
        return;
    }
    found.only_pool = only_pool(&old, &new, shift.log_shift);
}

/// Returns the pool on which most of the runs ran, if it is more than half.
fn main_pool(runs: &[OnPool]) -> Option<&str> {
    let mut pools: Vec<&str> = runs.iter().map(|run| run.pool.as_str()).collect();
    pools.sort_unstable();
    let most = pools.chunk_by(|a, b| a == b).max_by_key(|same| same.len())?;
    (runs.len() < 2 * most.len()).then(|| most.first().copied()).flatten()
}

/// Returns the one pool that changed in the direction of `log_shift` where at least one other did
/// not change.
fn only_pool(old: &[OnPool], new: &[OnPool], log_shift: f64) -> Option<String> {
    let mut pools: Vec<&str> = new.iter().map(|run| run.pool.as_str()).collect();
    pools.sort_unstable();
    pools.dedup();
    let (mut changed, mut unchanged) = (Vec::new(), 0);
    for pool in pools {
        let logs = |runs: &[OnPool]| -> Vec<f64> {
            runs.iter().filter(|run| run.pool == pool).map(|run| run.log).collect()
        };
        let (mut before, mut after) = (logs(old), logs(new));
        // The runs nearest to the change.
        before.drain(..before.len().saturating_sub(MOST_OF_A_POOL));
        after.truncate(MOST_OF_A_POOL);
        if before.len() < FEWEST_OF_A_POOL || after.len() < FEWEST_OF_A_POOL {
            continue;
        }
        let own = stats::hodges_lehmann(&before, &after)?;
        let sure = stats::rank_sum(&before, &after).is_some_and(|found| found.p <= LEVEL);
        if sure && CHANGED <= own.exp_m1().abs() && (0.0 < own) == (0.0 < log_shift) {
            changed.push(pool);
        } else if own.exp_m1().abs() <= UNCHANGED {
            unchanged += 1;
        }
    }
    match changed.as_slice() {
        [one] if 0 < unchanged => Some((*one).to_owned()),
        _ => None,
    }
}

/// Returns the runs of the series' job between two moments whose runner is known, in order of time.
fn on_pools(
    history: &ServiceHistory,
    series: &Series,
    from: Timestamp,
    to: Timestamp,
) -> Vec<OnPool> {
    let facts = history.facts();
    let tasks = &facts.task_runs;
    // The order of the tasks.
    let time = |row: Row| {
        let started = cell(&tasks.started_at, row).or(cell(&tasks.queued_at, row));
        started.or(cell(&tasks.finished_at, row))
    };
    let first = history.tasks.partition_point(|row| time(*row).is_some_and(|at| at < from));
    let rows = history.tasks.iter().skip(first).copied();
    let own: Vec<Row> = rows
        .take_while(|row| time(*row).is_some_and(|at| at <= to))
        .filter(|row| cell(&tasks.name, *row) == series.step.name)
        .filter(|row| cell(&tasks.runner, *row).is_some())
        .collect();
    let mut names: Vec<Name> = own.iter().map(|row| cell(&tasks.runner, *row)).collect();
    names.sort_unstable();
    names.dedup();
    // Few names are labels (`ubuntu-22.04`), many are machines.
    let called = |runner| match facts.text(runner) {
        name if names.len() <= MOST_LABELS => name,
        name => pool(name),
    };
    own.iter()
        .copied()
        .filter_map(|row| {
            let started = cell(&tasks.started_at, row)?;
            let finished = cell(&tasks.finished_at, row)?;
            let millis = match series.step.part {
                StepPart::JobQueue => started.since(cell(&tasks.queued_at, row)?),
                _ => finished.since(started),
            };
            let passed = cell(&tasks.outcome, row) == Outcome::Success;
            passed.then(|| OnPool {
                pool: called(cell(&tasks.runner, row)).to_owned(),
                at: started,
                log: (millis.max(1_000) as f64 / 1_000.0).ln(),
                id: cell(&tasks.id, row),
            })
        })
        .collect()
}

/// Returns the pool of a runner: its name without the number of the machine at the end
/// (`ci-trusty-1012` and `ci-trusty-1013` are `ci-trusty`).
pub(crate) fn pool(runner: &str) -> &str {
    let mut name = runner;
    while let Some((rest, last)) = name.rsplit_once(['-', '_', '.', ' ', '#']) {
        let has_digit = last.bytes().any(|byte| byte.is_ascii_digit());
        let is_number = last.bytes().all(|byte| byte.is_ascii_hexdigit());
        if rest.is_empty() || !(last.is_empty() || (has_digit && is_number)) {
            break;
        }
        name = rest;
    }
    let bare = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if bare.is_empty() || name.len() < runner.len() { name } else { bare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_a_runner_without_its_number() {
        for (runner, expected) in [
            ("ci-trusty-1012", "ci-trusty"),
            ("ci-trusty-1013.eqiad", "ci-trusty-1013.eqiad"),
            ("gallium", "gallium"),
            ("runner-4f2a9c", "runner"),
            ("ubuntu-22.04", "ubuntu"),
            ("lanthanum2", "lanthanum"),
            ("42", "42"),
            ("", ""),
            ("linux-large", "linux-large"),
        ] {
            assert_eq!(pool(runner), expected, "{runner}");
        }
    }

    #[test]
    fn the_pool_that_changed_alone_is_named() {
        let runs = |pools: &[(&str, f64)]| -> Vec<OnPool> {
            let one = |(at, (pool, minutes)): (i64, &(&str, f64))| OnPool {
                pool: (*pool).to_owned(),
                at: Timestamp::from_millis(at),
                log: (minutes * (60.0 + (at % 5) as f64)).ln(),
                id: FactId::default(),
            };
            (0..).zip(pools.repeat(10).iter()).map(one).collect()
        };
        let old = runs(&[("small", 10.0), ("large", 5.0)]);
        let new = runs(&[("small", 15.0), ("large", 5.0)]);
        assert_eq!(only_pool(&old, &new, 0.2), Some("small".to_owned()));
        // In the other direction, and where both changed, no pool is named.
        assert_eq!(only_pool(&old, &new, -0.2), None);
        assert_eq!(only_pool(&old, &runs(&[("small", 15.0), ("large", 8.0)]), 0.4), None);
    }
}
