//! Tests that always fail in the same runs, so that one red stands for all of them.

use std::collections::BTreeSet;

use super::{Ledger, Tally};

/// Tests that failed in the same runs, and in no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// Positions in [`Ledger::tests`], the fastest first.
    pub(crate) tests: Vec<usize>,
    /// In how many runs they failed, all of them.
    pub(crate) runs: usize,
    /// On how many changes (else commits, else runs) that was.
    pub(crate) subjects: usize,
}

/// More coincidences than this are expected by chance: no group.
const CHANCE: f64 = 0.01;

/// Returns the tests that failed in exactly the same runs, on at least `fewest` subjects, where chance
/// does not explain it; the group that takes the most time first.
///
/// Chance: two tests that fail independently in F of N runs fail in the same F with probability
/// 1 / C(N, F); with M tests that fail F times there are M (M − 1) / 2 pairs. Groups are said only
/// where fewer than 0.01 such pairs are expected (docs/statistics/tests.md).
pub(crate) fn groups(ledger: &Ledger, fewest: usize) -> Vec<Group> {
    let mut failing: Vec<usize> = (0..ledger.tests.len())
        .filter(|at| ledger.tests.get(*at).is_some_and(|test| test.reds.len() >= fewest))
        .collect();
    let reds = |at: usize| ledger.tests.get(at).map_or(&[] as &[u32], |test| ledger.reds(test));
    failing.sort_by(|a, b| (reds(*a).len(), reds(*a), a).cmp(&(reds(*b).len(), reds(*b), b)));
    let mut found = Vec::new();
    for same_count in failing.chunk_by(|a, b| reds(*a).len() == reds(*b).len()) {
        for same in same_count.chunk_by(|a, b| reds(*a) == reds(*b)) {
            let Some(first) = same.first().filter(|_| same.len() > 1) else { continue };
            let runs = reds(*first).len();
            let subjects: BTreeSet<u32> = reds(*first)
                .iter()
                .filter_map(|slot| ledger.slots.get(*slot as usize))
                .map(|slot| slot.subject)
                .collect();
            let ran = same.iter().filter_map(|at| ledger.tests.get(*at)).map(|test| test.runs);
            let expected = coincidences(same_count.len(), ran.min().unwrap_or_default(), runs);
            if subjects.len() >= fewest && expected < CHANCE {
                let mut tests = same.to_vec();
                tests.sort_by_key(|at| (ledger.tests.get(*at).map(mean_ms), *at));
                found.push(Group { tests, runs, subjects: subjects.len() });
            }
        }
    }
    let time = |group: &Group| {
        let of = |at: &usize| ledger.tests.get(*at).map_or(0, |test| test.total_ms);
        group.tests.iter().map(of).fold(0_i64, i64::saturating_add)
    };
    found.sort_by_key(|group| (std::cmp::Reverse(time(group)), group.tests.clone()));
    found
}

/// The mean time of a run of the test; unknown times last.
fn mean_ms(test: &Tally) -> i64 {
    match i64::try_from(test.timed) {
        Ok(timed) if timed > 0 => test.total_ms / timed,
        _ => i64::MAX,
    }
}

/// Returns how many pairs of `tests` independent tests that failed in `failed` of `runs` runs are
/// expected to have failed in the same ones.
pub(super) fn coincidences(tests: usize, runs: usize, failed: usize) -> f64 {
    let pairs = tests as f64 * (tests as f64 - 1.0) / 2.0;
    let few = failed.min(runs.saturating_sub(failed));
    let ways: f64 = (0..few).map(|at| ((runs - at) as f64 / (few - at) as f64).ln()).sum();
    (pairs.ln() - ways).exp()
}

#[cfg(test)]
mod tests {
    use super::coincidences;

    #[test]
    fn chance_is_one_in_the_number_of_choices() {
        // C(100, 3) = 161,700; 1 pair of 2 tests, 45 pairs of 10.
        assert!((coincidences(2, 100, 3) * 161_700.0 - 1.0).abs() < 1e-9);
        assert!((coincidences(10, 100, 3) * 161_700.0 - 45.0).abs() < 1e-7);
        // Tests that fail in every run agree by necessity.
        assert!((coincidences(2, 7, 7) - 1.0).abs() < 1e-12);
    }
}
