//! What delay a gate adds: the time in which a change waited for it and for no other machine.
//!
//! Where two jobs run at the same time, none of them is to blame for the time that they share: were
//! one gone, the change would wait for the other. So the shares of all gates add up to no more than
//! the time that machines kept the change waiting.

use aftercast_model::{Name, Timestamp};

use super::Scope;
use super::scope::merged_at;
use super::trials::Table;
use crate::history::{ChangeKey, Row, cell};

/// How long each job alone kept changes waiting.
pub(super) struct Alone {
    /// Milliseconds, by the index of the job's name.
    sums: Vec<i64>,
    /// Changes, and commits without a change, on which any job in scope answered.
    pub(super) changes: usize,
}

impl Alone {
    pub(super) fn of(&self, gate: Name) -> i64 {
        self.sums.get(gate.index()).copied().unwrap_or_default()
    }
}

/// A job on one change: from, to, its name.
type Stretch = (i64, i64, Name);

/// Returns for each job the time in which it alone ran for its change (or commit), before the merge;
/// jobs that hold nothing back keep nobody waiting.
pub(super) fn alone(scope: &Scope<'_>) -> Alone {
    let history = scope.view.history;
    let mut sums = vec![0_i64; history.facts().names.len() + 1];
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut changes = 0;
    for (key, rows) in history.tasks_by_change.groups() {
        changes += usize::from(collect(scope, rows, Some(key), &mut stretches));
        sweep(&mut stretches, &mut sums);
    }
    for (_, rows) in history.tasks_by_sha.groups() {
        changes += usize::from(collect(scope, rows, None, &mut stretches));
        sweep(&mut stretches, &mut sums);
    }
    Alone { sums, changes }
}

/// Collects what kept the change waiting; returns whether any job answered on it.
fn collect(
    scope: &Scope<'_>,
    rows: &[Row],
    of: Option<ChangeKey>,
    into: &mut Vec<Stretch>,
) -> bool {
    let mut answered = false;
    let tasks = &scope.view.history.facts().task_runs;
    let merged = of.and_then(|key| merged_at(scope, key)).unwrap_or(i64::MAX);
    into.clear();
    for row in rows.iter().copied() {
        if of.is_none() && cell(&tasks.change_number, row).is_some() {
            continue;
        }
        let gate = cell(&tasks.name, row);
        let Some(to) = cell(&tasks.finished_at, row).map(Timestamp::millis) else { continue };
        if !scope.has(Table::Jobs, gate, to) {
            continue;
        }
        answered = true;
        let from = cell(&tasks.started_at, row).map_or(to, Timestamp::millis);
        if cell(&tasks.required, row) != Some(false) && from < to && to <= merged {
            into.push((from, to, gate));
        }
    }
    answered
}

/// Adds to each job the time in which only it ran.
fn sweep(stretches: &mut [Stretch], sums: &mut [i64]) {
    stretches.sort_unstable();
    // Until when one stretch, and until when two of those so far, go on.
    let (mut longest, mut second): (Option<Stretch>, i64) = (None, i64::MIN);
    let mut credit = |gate: Name, from: i64, to: i64| {
        if let Some(sum) = sums.get_mut(gate.index()).filter(|_| from < to) {
            *sum = sum.saturating_add(to.saturating_sub(from));
        }
    };
    // From where on the stretch that ends last is alone, as far as is known.
    let mut alone_from = i64::MIN;
    for (from, to, gate) in stretches.iter().copied() {
        match longest {
            Some((_, until, running)) if from < until => {
                credit(running, alone_from.max(second), from.min(until));
                alone_from = from;
                if to > until {
                    second = second.max(until);
                    longest = Some((from, to, gate));
                } else {
                    second = second.max(to);
                }
                alone_from = alone_from.max(second);
            }
            other => {
                if let Some((_, until, running)) = other {
                    credit(running, alone_from.max(second), until);
                }
                longest = Some((from, to, gate));
                second = i64::MIN;
                alone_from = from;
            }
        }
    }
    if let Some((_, until, running)) = longest {
        credit(running, alone_from.max(second), until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercast_model::Names;
    use proptest::prelude::*;

    fn check(stretches: &[(i64, i64, usize)], expected: &[i64]) {
        let mut names = Names::new();
        let gates: Vec<Name> =
            (0..expected.len()).map(|at| names.intern(&at.to_string())).collect();
        let mut own: Vec<Stretch> =
            stretches.iter().map(|(from, to, gate)| (*from, *to, gates[*gate])).collect();
        let mut sums = vec![0; names.len() + 1];
        sweep(&mut own, &mut sums);
        let found: Vec<i64> = gates.iter().map(|gate| sums[gate.index()]).collect();
        assert_eq!(found, expected, "{stretches:?}");
    }

    #[test]
    fn shared_time_is_nobodys() {
        // docs/statistics/gates.md: unit 0 to 10, lint 0 to 2, e2e 8 to 15.
        check(&[(0, 10, 0), (0, 2, 1), (8, 15, 2)], &[6, 0, 5]);
        // One behind the other: both alone.
        check(&[(0, 3, 0), (3, 7, 1)], &[3, 4]);
        // Jobs that all end when CI reports: the longest adds its lead.
        check(&[(0, 10, 0), (4, 10, 1), (9, 10, 2)], &[4, 0, 0]);
        check(&[], &[]);
    }

    proptest! {
        #[test]
        fn the_sweep_agrees_with_counting_every_moment(
            stretches in prop::collection::vec((0_i64..40, 1_i64..20, 0_usize..4), 0..12)
        ) {
            let stretches: Vec<(i64, i64, usize)> =
                stretches.into_iter().map(|(from, length, gate)| (from, from + length, gate)).collect();
            let mut expected = [0_i64; 4];
            for moment in 0..60 {
                let running: Vec<usize> = stretches
                    .iter()
                    .filter(|(from, to, _)| *from <= moment && moment < *to)
                    .map(|(_, _, gate)| *gate)
                    .collect();
                if let [only] = running.as_slice() {
                    expected[*only] += 1;
                }
            }
            check(&stretches, &expected);
        }
    }
}
