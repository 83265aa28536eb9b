//! Facts as a lake settles them, for tests: of each id the latest observation, of equal times the
//! greatest content.

use std::collections::BTreeMap;

use aftercast_model::{ColumnRef, Facts, Timestamp};

use crate::facts::write_row;

/// Facts, settled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled(BTreeMap<String, (Option<Timestamp>, String)>);

impl Settled {
    /// Adds `facts`.
    pub fn add(&mut self, facts: &Facts) {
        let mut line = Vec::new();
        for table in facts.tables() {
            let observed = match table.columns.get(3) {
                Some(ColumnRef::Time(observed)) => *observed,
                _ => &[],
            };
            for row in 0..table.rows {
                line.clear();
                write_row(&table, &facts.names, row, &mut line);
                let line = String::from_utf8_lossy(&line).into_owned();
                let id = match table.columns.first() {
                    Some(ColumnRef::Id(ids)) => ids.get(row).copied().unwrap_or_default(),
                    _ => continue,
                };
                let now = (observed.get(row).copied().flatten(), line);
                let key = format!("{} {id}", table.spec.name);
                match self.0.get(&key) {
                    Some(before) if *before >= now => {}
                    _ => {
                        self.0.insert(key, now);
                    }
                }
            }
        }
    }

    /// Returns the rows as JSON, by table and id.
    pub fn rows(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(key, (_, row))| (key.clone(), row.clone())).collect()
    }
}
