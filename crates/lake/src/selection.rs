//! Which tables and columns to read.

use aftercast_model::{Facts, TableSpec};

/// Tables and columns that a reader wants; what is not named stays empty.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    tables: Vec<(&'static TableSpec, Vec<usize>)>,
}

impl Selection {
    /// Returns a selection of nothing, to add to.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Returns every column of every fact table.
    pub fn everything() -> Self {
        let all = |spec: &TableSpec| (0..spec.columns.len()).collect();
        Self { tables: Facts::TABLES.iter().map(|spec| (*spec, all(spec))).collect() }
    }

    /// Adds every column of `table`; a table that does not exist adds nothing.
    #[must_use]
    pub fn table(self, table: &str) -> Self {
        let names: Vec<&str> = Facts::table_spec(table)
            .map(|spec| spec.columns.iter().map(|column| column.name).collect())
            .unwrap_or_default();
        self.columns(table, &names)
    }

    /// Adds `columns` of `table`; names that do not exist add nothing.
    #[must_use]
    pub fn columns(mut self, table: &str, columns: &[&str]) -> Self {
        let Some(spec) = Facts::table_spec(table) else { return self };
        let found = columns.iter().filter_map(|name| spec.position(name));
        match self.tables.iter_mut().find(|(known, _)| known.name == table) {
            Some((_, wanted)) => wanted.extend(found),
            None => self.tables.push((spec, found.collect())),
        }
        for (_, wanted) in &mut self.tables {
            wanted.sort_unstable();
            wanted.dedup();
        }
        self
    }

    /// Returns the tables with the positions of the wanted columns.
    pub(crate) fn tables(&self) -> &[(&'static TableSpec, Vec<usize>)] {
        &self.tables
    }
}
