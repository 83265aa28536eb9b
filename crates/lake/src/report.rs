//! What the lake says after it has done something.

/// What became of the rows of one table in an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableAppended {
    /// The table.
    pub table: &'static str,
    /// Rows whose id was not there before.
    pub stored: u64,
    /// Rows that replaced an older observation of the same id.
    pub updated: u64,
    /// Rows that changed nothing: identical, or older than what is kept.
    pub known: u64,
}

/// What an append did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Appended {
    /// One entry a table that the batch had rows of; `payloads` last.
    pub tables: Vec<TableAppended>,
    /// The snapshot that it made; `None` where everything was known.
    pub snapshot: Option<i64>,
}

impl Appended {
    /// Returns the sum over the fact tables, without payloads.
    pub fn facts(&self) -> TableAppended {
        let mut sum = TableAppended { table: "facts", ..TableAppended::default() };
        for table in self.tables.iter().filter(|table| table.table != "payloads") {
            sum.stored += table.stored;
            sum.updated += table.updated;
            sum.known += table.known;
        }
        sum
    }
}

/// How many rows a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableCount {
    /// The table.
    pub table: &'static str,
    /// Live rows.
    pub rows: u64,
    /// Data files that hold them.
    pub files: u64,
    /// Size of these files in bytes.
    pub size_bytes: u64,
}

/// What the lake knows of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSummary {
    /// Its name; empty for facts that belong to no service.
    pub service: String,
    /// Rows a table, in the order of the reference; tables without rows are left out.
    pub rows: Vec<(&'static str, u64)>,
    /// Its first day, in days since 1970-01-01.
    pub first_day: Option<i32>,
    /// Its last day, in days since 1970-01-01.
    pub last_day: Option<i32>,
}

/// What a removal did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removed {
    /// Rows by table; tables without such rows are left out.
    pub tables: Vec<(&'static str, u64)>,
    /// The snapshot that it made; `None` where there were none.
    pub snapshot: Option<i64>,
}

impl Removed {
    /// Returns the sum over the tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }
}

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compacted {
    /// Files that were merged away.
    pub files_before: u64,
    /// Files that replace them.
    pub files_after: u64,
    /// Rows in the files that were written.
    pub rows: u64,
}

/// What a clean-up did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// Snapshots that can no longer be read.
    pub snapshots: u64,
    /// Files removed because no snapshot needs them.
    pub files: u64,
    /// Files removed that a crash had left behind.
    pub orphans: u64,
}
