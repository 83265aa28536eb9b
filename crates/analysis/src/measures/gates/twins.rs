//! Which job found what no other job found, and which two say the same.

use std::collections::BTreeMap;

use aftercast_model::Name;

use super::{Account, Hold, Tally};

/// Two jobs that nearly always say no together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pairing {
    pub(crate) gate: Name,
    pub(crate) other: Name,
    pub(crate) both: usize,
    pub(crate) either: usize,
    pub(crate) machine_ms: i64,
}

/// Fewer revisions held back by both say nothing.
const FEWEST_BOTH: usize = 20;
/// Twins agree on at least this share of what either held back.
const AGREE: f64 = 0.9;

/// Counts for each job the changes that it held back rightly while no other job did.
pub(super) fn share_out(holds: &mut [Hold], tallies: &mut [Tally]) {
    holds.sort_unstable();
    let mut alone: Vec<(Name, crate::history::ChangeKey)> = holds
        .chunk_by(|a, b| (a.of, a.input) == (b.of, b.input))
        .filter_map(|on| match on {
            [only] => only.right.then_some((only.gate, only.of)),
            _ => None,
        })
        .collect();
    alone.sort_unstable();
    alone.dedup();
    for of_gate in alone.chunk_by(|a, b| a.0 == b.0) {
        let Some((gate, _)) = of_gate.first() else { continue };
        let own = tallies.iter_mut().find(|tally| tally.gate == *gate && !tally.by_people);
        if let Some(tally) = own {
            tally.caught_alone = of_gate.len().min(tally.caught);
        }
    }
}

/// Returns the twins, those that agree most often first.
pub(crate) fn twins(account: &Account) -> Vec<Pairing> {
    let mut together: BTreeMap<(Name, Name), usize> = BTreeMap::new();
    let mut held: BTreeMap<Name, usize> = BTreeMap::new();
    for on in account.holds.chunk_by(|a, b| (a.of, a.input) == (b.of, b.input)) {
        for (at, one) in on.iter().enumerate() {
            *held.entry(one.gate).or_default() += 1;
            for other in on.iter().skip(at + 1) {
                *together.entry((one.gate, other.gate)).or_default() += 1;
            }
        }
    }
    let of = |gate: Name| held.get(&gate).copied().unwrap_or_default();
    let cost = |gate: Name| {
        let tally = account.tallies.iter().find(|tally| tally.gate == gate);
        tally.map_or(0, |tally| tally.machine_ms)
    };
    let mut found: Vec<Pairing> = together
        .into_iter()
        .filter(|(_, both)| *both >= FEWEST_BOTH)
        .map(|((a, b), both)| {
            let either = of(a) + of(b) - both;
            let (gate, other) = if cost(a) < cost(b) { (b, a) } else { (a, b) };
            Pairing { gate, other, both, either, machine_ms: cost(gate) }
        })
        .filter(|pair| pair.both as f64 >= AGREE * pair.either as f64)
        .collect();
    found.sort_by(|a, b| b.both.cmp(&a.both).then((a.gate, a.other).cmp(&(b.gate, b.other))));
    found
}
