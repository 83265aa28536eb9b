//! What the catalogue says at one snapshot.

use std::collections::HashMap;

use super::{Bound, Work};
use crate::LakeError;
use crate::layout::{LAYOUTS, LakeType, Layout};

/// The lake at one snapshot.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) snapshot: i64,
    /// The folder of the data as the catalogue has it, and whether a file of it is live.
    pub(crate) data_path: String,
    /// In the order of [`LAYOUTS`].
    pub(crate) tables: Vec<TableState>,
}

/// A table at one snapshot.
#[derive(Debug)]
pub(crate) struct TableState {
    pub(crate) layout: &'static Layout,
    pub(crate) table_id: i64,
    /// The numbers of the columns, in the order of the layout.
    pub(crate) column_ids: Vec<i64>,
    /// The folder of the table's files, below the data folder.
    pub(crate) folder: String,
    pub(crate) files: Vec<DataFile>,
}

/// A live data file.
#[derive(Debug, Clone)]
pub(crate) struct DataFile {
    pub(crate) id: i64,
    /// Below the data folder.
    pub(crate) path: String,
    pub(crate) rows: u64,
    pub(crate) size_bytes: u64,
    pub(crate) delete: Option<DeleteFile>,
    /// Smallest and largest service; `None` where not known or none.
    pub(crate) service: Option<(String, String)>,
    /// Rows without a service; `None` where not known.
    pub(crate) service_nulls: Option<i64>,
    /// First and last day; `None` where not known or none.
    pub(crate) days: Option<(i32, i32)>,
}

/// The live delete file of a data file.
#[derive(Debug, Clone)]
pub(crate) struct DeleteFile {
    pub(crate) id: i64,
    /// Below the data folder.
    pub(crate) path: String,
    pub(crate) rows: u64,
}

impl DataFile {
    /// Returns whether rows of `service` (`None`: of no service) may be in the file.
    pub(crate) fn may_hold(&self, service: Option<&str>) -> bool {
        match (service, &self.service) {
            (None, _) => self.service_nulls.is_none_or(|count| count > 0),
            (Some(service), Some((min, max))) => min.as_str() <= service && service <= max.as_str(),
            (Some(_), None) => {
                let rows = i64::try_from(self.rows).ok();
                self.service_nulls.is_none() || self.service_nulls != rows
            }
        }
    }

    /// Returns the number of rows that are not replaced.
    pub(crate) fn live_rows(&self) -> u64 {
        self.rows.saturating_sub(self.delete.as_ref().map_or(0, |delete| delete.rows))
    }
}

impl State {
    /// Returns the table called `name`.
    pub(crate) fn table(&self, name: &str) -> Option<&TableState> {
        self.tables.iter().find(|table| table.layout.name == name)
    }
}

/// Returns the number of the last snapshot.
pub(crate) async fn snapshot_id(work: &mut Work) -> Result<i64, LakeError> {
    let rows = work.query("SELECT MAX(snapshot_id) FROM ducklake_snapshot", &[]).await?;
    Ok(rows.first().and_then(|row| row.int(0)).unwrap_or(0))
}

/// Reads the state of the last snapshot.
pub(crate) async fn load(work: &mut Work, address: &str) -> Result<State, LakeError> {
    let snapshot = snapshot_id(work).await?;
    let data_path = work
        .query("SELECT value FROM ducklake_metadata WHERE key = 'data_path' AND scope IS NULL", &[])
        .await?
        .first()
        .and_then(|row| row.text(0))
        .unwrap_or_default();
    refuse_inlined(work, address).await?;
    let columns = work
        .query(
            "SELECT t.table_id, t.table_name, s.path, t.path, c.column_name, c.column_id \
             FROM ducklake_table t JOIN ducklake_schema s ON s.schema_id = t.schema_id \
             JOIN ducklake_column c ON c.table_id = t.table_id \
             WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND c.end_snapshot IS NULL",
            &[],
        )
        .await?;
    let mut tables = Vec::new();
    for layout in LAYOUTS.iter() {
        let rows: Vec<_> =
            columns.iter().filter(|row| row.text(1).as_deref() == Some(layout.name)).collect();
        let Some(first) = rows.first() else { continue };
        let ids: HashMap<String, i64> =
            rows.iter().filter_map(|row| Some((row.text(4)?, row.int(5)?))).collect();
        let folder =
            format!("{}{}", first.text(2).unwrap_or_default(), first.text(3).unwrap_or_default());
        tables.push(TableState {
            layout,
            table_id: first.int(0).unwrap_or(0),
            column_ids: layout
                .columns
                .iter()
                .map(|(name, _)| ids.get(*name).copied().unwrap_or(0))
                .collect(),
            folder,
            files: Vec::new(),
        });
    }
    load_files(work, &mut tables, &data_path, address).await?;
    Ok(State { snapshot, data_path, tables })
}

async fn load_files(
    work: &mut Work,
    tables: &mut [TableState],
    data_path: &str,
    address: &str,
) -> Result<(), LakeError> {
    let foreign = |why: String| LakeError::Foreign { catalogue: address.to_owned(), why };
    let mut narrow: HashMap<i64, NarrowStats> = HashMap::new();
    let stats = work
        .query(
            "SELECT s.data_file_id, c.column_name, s.min_value, s.max_value, s.null_count \
             FROM ducklake_file_column_stats s \
             JOIN ducklake_column c ON c.table_id = s.table_id AND c.column_id = s.column_id \
             JOIN ducklake_data_file f ON f.data_file_id = s.data_file_id \
             WHERE c.column_name IN ('service', 'day') AND c.end_snapshot IS NULL \
             AND f.end_snapshot IS NULL",
            &[],
        )
        .await?;
    for row in &stats {
        let entry = narrow.entry(row.int(0).unwrap_or(-1)).or_default();
        if row.text(1).as_deref() == Some("service") {
            entry.service = row.text(2).zip(row.text(3));
            entry.service_nulls = row.int(4);
            continue;
        }
        let day = |at| match Bound::read(&row.text(at)?, LakeType::Day) {
            Some(Bound::Number(day)) => i32::try_from(day).ok(),
            _ => None,
        };
        entry.days = day(2).zip(day(3));
    }
    let files = work
        .query(
            "SELECT f.table_id, f.data_file_id, f.path, f.path_is_relative, f.record_count, \
             f.file_size_bytes, d.delete_file_id, d.path, d.path_is_relative, d.delete_count, \
             f.file_format, d.format \
             FROM ducklake_data_file f LEFT JOIN ducklake_delete_file d \
             ON d.data_file_id = f.data_file_id AND d.end_snapshot IS NULL \
             WHERE f.end_snapshot IS NULL ORDER BY f.data_file_id",
            &[],
        )
        .await?;
    for row in &files {
        let table_id = row.int(0).unwrap_or(-1);
        let Some(table) = tables.iter_mut().find(|table| table.table_id == table_id) else {
            continue;
        };
        let path = |path: Option<String>, relative: Option<bool>| {
            let path = path.unwrap_or_default();
            match relative {
                Some(false) => path.strip_prefix(data_path).map(str::to_owned).unwrap_or(path),
                _ => format!("{}{path}", table.folder),
            }
        };
        for format in [row.text(10), row.text(11)].into_iter().flatten() {
            if format != "parquet" {
                return Err(foreign(format!("it has a file of the format `{format}`")));
            }
        }
        let count = |at| row.int(at).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
        let id = row.int(1).unwrap_or(-1);
        let NarrowStats { service, service_nulls, days } = narrow.remove(&id).unwrap_or_default();
        let file = DataFile {
            id,
            path: path(row.text(2), row.bool(3)),
            rows: count(4),
            size_bytes: count(5),
            delete: row.int(6).map(|id| DeleteFile {
                id,
                path: path(row.text(7), row.bool(8)),
                rows: count(9),
            }),
            service,
            service_nulls,
            days,
        };
        table.files.push(file);
    }
    Ok(())
}

/// The statistics of a file that are worth having in memory.
#[derive(Default)]
struct NarrowStats {
    service: Option<(String, String)>,
    service_nulls: Option<i64>,
    days: Option<(i32, i32)>,
}

/// Another writer may keep rows in the database, where our reader does not look: say so instead of
/// leaving them out.
async fn refuse_inlined(work: &mut Work, address: &str) -> Result<(), LakeError> {
    let tables = work.query("SELECT table_name FROM ducklake_inlined_data_tables", &[]).await?;
    for name in tables.iter().filter_map(|row| row.text(0)) {
        if !name.starts_with("ducklake_inlined_") || name.contains('"') {
            continue;
        }
        let sql = format!("SELECT row_id FROM \"{name}\" WHERE end_snapshot IS NULL LIMIT 1");
        if !work.query(&sql, &[]).await?.is_empty() {
            return Err(LakeError::Foreign {
                catalogue: address.to_owned(),
                why: "another program left rows inside the database (run `CALL ducklake_flush_inlined_data('lake')` in DuckDB)".to_owned(),
            });
        }
    }
    Ok(())
}
