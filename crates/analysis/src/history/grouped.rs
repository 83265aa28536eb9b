//! Rows by key: sorted once, found by binary search, dense in memory.

use super::Row;

/// Rows by key, the rows of one key in the order in which they were given.
#[derive(Debug)]
pub(crate) struct Grouped<K> {
    keys: Vec<K>,
    rows: Vec<Row>,
}

impl<K: Ord + Copy> Grouped<K> {
    pub(crate) fn new(pairs: impl Iterator<Item = (K, Row)>) -> Self {
        let mut pairs: Vec<(K, Row)> = pairs.collect();
        pairs.sort_by_key(|(key, _)| *key);
        Self {
            keys: pairs.iter().map(|(key, _)| *key).collect(),
            rows: pairs.iter().map(|(_, row)| *row).collect(),
        }
    }

    /// Returns the rows of `key`; empty where there are none.
    pub(crate) fn get(&self, key: K) -> &[Row] {
        let from = self.keys.partition_point(|other| *other < key);
        let rest = self.keys.get(from..).unwrap_or_default();
        let to = from + rest.partition_point(|other| *other == key);
        self.rows.get(from..to).unwrap_or_default()
    }

    /// Returns each key with its rows, in order of the keys.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (K, &[Row])> {
        let mut rows = self.rows.as_slice();
        self.keys.chunk_by(|a, b| a == b).filter_map(move |keys| {
            let (own, rest) = rows.split_at_checked(keys.len())?;
            rows = rest;
            Some((*keys.first()?, own))
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
