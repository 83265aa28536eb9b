//! Rows by key: in order of the keys, dense in memory. Keys that are small numbers (names, numbers
//! of changes of one repository) are sorted by counting and found without a search.

use aftercast_model::Name;

use super::{ChangeKey, Row};

/// A key that may be a small number; its order is that of the numbers.
pub(crate) trait Key: Ord + Copy {
    /// Returns the number; `None` for a key that is none.
    fn slot(self) -> Option<usize>;
}

impl Key for Name {
    fn slot(self) -> Option<usize> {
        Some(self.index())
    }
}

impl Key for ChangeKey {
    fn slot(self) -> Option<usize> {
        let (repo, number) = self;
        usize::try_from(number).ok().filter(|_| repo.is_none())
    }
}

/// Rows by key, the rows of one key in the order in which they were given.
#[derive(Debug)]
pub(crate) struct Grouped<K> {
    /// The different keys, in order.
    keys: Vec<K>,
    /// Where the rows of each key begin, and where those of the last one end.
    starts: Vec<u32>,
    rows: Vec<Row>,
    /// For each number the position of its key in `keys`, or of the next greater one; empty where
    /// the keys are no small numbers.
    by_slot: Vec<u32>,
}

impl<K: Key> Grouped<K> {
    pub(crate) fn new(pairs: impl Iterator<Item = (K, Row)>) -> Self {
        let mut pairs: Vec<(K, Row)> = pairs.collect();
        let slots = slots(&pairs);
        if slots > 0 {
            pairs = counted(&pairs, slots);
        } else {
            pairs.sort_by_key(|(key, _)| *key);
        }
        let mut grouped = Self {
            keys: Vec::new(),
            starts: Vec::new(),
            rows: pairs.iter().map(|(_, row)| *row).collect(),
            by_slot: Vec::new(),
        };
        let mut at = 0;
        for same in pairs.chunk_by(|(a, _), (b, _)| a == b) {
            grouped.keys.extend(same.first().map(|(key, _)| *key));
            grouped.starts.push(at);
            at += small(same.len());
        }
        grouped.starts.push(at);
        if slots > 0 {
            let mut position = 0;
            grouped.by_slot.reserve_exact(slots);
            for (next, key) in grouped.keys.iter().enumerate() {
                let slot = key.slot().unwrap_or_default();
                grouped.by_slot.resize(slot + 1, position);
                position = small(next + 1);
            }
        }
        grouped
    }

    /// Returns the rows of `key`; empty where there are none.
    pub(crate) fn get(&self, key: K) -> &[Row] {
        let near = match key.slot() {
            _ if self.by_slot.is_empty() => self.keys.partition_point(|other| *other < key),
            Some(slot) => self.by_slot.get(slot).map_or(self.keys.len(), |at| *at as usize),
            None => return &[],
        };
        if self.keys.get(near) != Some(&key) {
            return &[];
        }
        self.at(near)
    }

    fn at(&self, position: usize) -> &[Row] {
        match self.starts.get(position..position.saturating_add(2)) {
            Some([from, to]) => self.rows.get(*from as usize..*to as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Returns each key with its rows, in order of the keys.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (K, &[Row])> {
        self.keys.iter().enumerate().map(|(position, key)| (*key, self.at(position)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Returns how many numbers there are from 0 to the greatest key; 0 where a key is no number, or
/// where counting them would cost more than sorting.
fn slots<K: Key>(pairs: &[(K, Row)]) -> usize {
    /// Numbers a key, above which most would be unused.
    const SPARSE: usize = 16;
    let mut most = 0;
    for (key, _) in pairs {
        let Some(slot) = key.slot() else { return 0 };
        most = most.max(slot + 1);
    }
    if most > pairs.len().saturating_mul(SPARSE) { 0 } else { most }
}

/// Returns the pairs in order of their numbers, those of one number in the order given.
fn counted<K: Key>(pairs: &[(K, Row)], slots: usize) -> Vec<(K, Row)> {
    let slot = |key: K| key.slot().unwrap_or_default();
    let mut next = vec![0_u32; slots + 1];
    for (key, _) in pairs {
        if let Some(count) = next.get_mut(slot(*key) + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut next {
        sum += *start;
        *start = sum;
    }
    let mut sorted = pairs.to_vec();
    for pair in pairs {
        let Some(place) = next.get_mut(slot(pair.0)) else { continue };
        if let Some(to) = sorted.get_mut(*place as usize) {
            *to = *pair;
        }
        *place += 1;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercast_model::Facts;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_found_as_a_search_through_all_would_find_them(
            pairs in prop::collection::vec((prop::bool::ANY, 0_i64..40, 0_u32..1_000), 0..60),
            stretch in prop_oneof![Just(1_i64), Just(3), Just(100_000), Just(-1)],
            one_repository in prop::bool::ANY,
        ) {
            let repo = Facts::new().name("shop");
            let key = |other: bool, number: i64| -> ChangeKey {
                (if other && !one_repository { repo } else { Name::NONE }, number * stretch)
            };
            let pairs: Vec<(ChangeKey, Row)> =
                pairs.into_iter().map(|(other, number, row)| (key(other, number), row)).collect();
            let grouped = Grouped::new(pairs.iter().copied());
            for number in -2_i64..45 {
                for other in [false, true] {
                    let wanted = key(other, number);
                    let all: Vec<Row> =
                        pairs.iter().filter(|(key, _)| *key == wanted).map(|(_, row)| *row).collect();
                    prop_assert_eq!(grouped.get(wanted), &all[..]);
                }
            }
            let mut sorted = pairs.clone();
            sorted.sort_by_key(|(key, _)| *key);
            let listed: Vec<(ChangeKey, Row)> = grouped
                .groups()
                .flat_map(|(key, rows)| rows.iter().map(move |row| (key, *row)))
                .collect();
            prop_assert_eq!(listed, sorted);
        }
    }
}
