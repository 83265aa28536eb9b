//! Writing a snapshot: which files came, which went, what is in them.

use std::collections::HashMap;

use super::{Bound, Column, ColumnStats, State, TableState, Work};
use crate::LakeError;

/// A data file that is on disk and not yet in the catalogue.
#[derive(Debug)]
pub(crate) struct NewData {
    /// The name in the table's folder.
    pub(crate) name: String,
    pub(crate) rows: i64,
    pub(crate) size_bytes: i64,
    pub(crate) footer_bytes: i64,
    /// In the order of the layout.
    pub(crate) stats: Vec<ColumnStats>,
}

/// A delete file that is on disk and not yet in the catalogue.
#[derive(Debug)]
pub(crate) struct NewDelete {
    /// The data file whose rows it deletes.
    pub(crate) data_file_id: i64,
    /// The delete file that it replaces.
    pub(crate) replaces: Option<i64>,
    /// The name in the table's folder.
    pub(crate) name: String,
    pub(crate) rows: i64,
    pub(crate) size_bytes: i64,
    pub(crate) footer_bytes: i64,
}

/// What changes in a table.
#[derive(Debug, Default)]
pub(crate) struct TableChange {
    pub(crate) data: Vec<NewData>,
    pub(crate) deletes: Vec<NewDelete>,
    /// Data files that no longer count, each with its delete file.
    pub(crate) ended: Vec<(i64, Option<i64>)>,
}

/// What changes in the lake.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// By the table's name.
    pub(crate) tables: Vec<(&'static str, TableChange)>,
}

impl Change {
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.iter().all(|(_, change)| change.is_empty())
    }

    /// Returns the names of the new files, below the data folder.
    pub(crate) fn new_files(&self, state: &State) -> Vec<String> {
        let mut files = Vec::new();
        for (name, change) in &self.tables {
            let folder = state.table(name).map_or("", |table| table.folder.as_str());
            files.extend(change.data.iter().map(|file| format!("{folder}{}", file.name)));
            files.extend(change.deletes.iter().map(|file| format!("{folder}{}", file.name)));
        }
        files
    }
}

impl TableChange {
    pub(crate) fn is_empty(&self) -> bool {
        self.data.is_empty() && self.deletes.is_empty() && self.ended.is_empty()
    }
}

/// The numbers of the snapshot to write next.
pub(super) struct Next {
    pub(super) snapshot: i64,
    pub(super) schema_version: i64,
    pub(super) next_catalog_id: i64,
    pub(super) next_file_id: i64,
}

pub(super) async fn next_snapshot(work: &mut Work) -> Result<Next, LakeError> {
    let rows = work
        .query(
            "SELECT snapshot_id, schema_version, next_catalog_id, next_file_id \
             FROM ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1",
            &[],
        )
        .await?;
    let number = |at| rows.first().and_then(|row| row.int(at)).unwrap_or(0);
    Ok(Next {
        snapshot: number(0) + 1,
        schema_version: number(1),
        next_catalog_id: number(2),
        next_file_id: number(3),
    })
}

/// Writes the snapshot `[id, schema version, next catalogue number, next file number]`.
pub(super) async fn insert_snapshot(
    work: &mut Work,
    numbers: [i64; 4],
    changes: &str,
) -> Result<(), LakeError> {
    let [snapshot, schema_version, next_catalog_id, next_file_id] = numbers;
    let columns = [
        Column("snapshot_id", None),
        Column("snapshot_time", Some("timestamptz")),
        Column("schema_version", None),
        Column("next_catalog_id", None),
        Column("next_file_id", None),
    ];
    let row = vec![
        snapshot.into(),
        now().into(),
        schema_version.into(),
        next_catalog_id.into(),
        next_file_id.into(),
    ];
    work.insert("ducklake_snapshot", &columns, &[row]).await?;
    let columns = [Column("snapshot_id", None), Column("changes_made", None)];
    let row = vec![snapshot.into(), changes.into()];
    work.insert("ducklake_snapshot_changes", &columns, &[row]).await
}

/// Returns this moment as the catalogue writes it: `2026-11-23 15:33:48.255266+00`.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S%.6f+00").to_string()
}

/// Writes `change`, made against `state`, as the next snapshot and returns its number; the caller
/// commits.
pub(crate) async fn commit(
    work: &mut Work,
    state: &State,
    change: &Change,
) -> Result<i64, LakeError> {
    let mut next = next_snapshot(work).await?;
    let mut said = Vec::new();
    for (name, change) in change.tables.iter().filter(|(_, change)| !change.is_empty()) {
        let Some(table) = state.table(name) else { continue };
        let id = table.table_id;
        end_files(work, next.snapshot, change).await?;
        if !change.data.is_empty() {
            said.push(format!("inserted_into_table:{id}"));
            insert_data(work, &mut next, table, &change.data).await?;
        }
        if !change.deletes.is_empty() || !change.ended.is_empty() {
            said.push(format!("deleted_from_table:{id}"));
        }
        insert_deletes(work, &mut next, id, &change.deletes).await?;
        total(work, id).await?;
    }
    let numbers = [next.snapshot, next.schema_version, next.next_catalog_id, next.next_file_id];
    insert_snapshot(work, numbers, &said.join(",")).await?;
    Ok(next.snapshot)
}

async fn end_files(work: &mut Work, snapshot: i64, change: &TableChange) -> Result<(), LakeError> {
    const END_DATA: &str =
        "UPDATE ducklake_data_file SET end_snapshot = $1 WHERE data_file_id = $2";
    const END_DELETE: &str =
        "UPDATE ducklake_delete_file SET end_snapshot = $1 WHERE delete_file_id = $2";
    let ended_deletes = change.ended.iter().filter_map(|(_, delete)| *delete);
    let replaced = change.deletes.iter().filter_map(|delete| delete.replaces);
    for delete in ended_deletes.chain(replaced) {
        work.execute(END_DELETE, &[snapshot.into(), delete.into()]).await?;
    }
    for (data, _) in &change.ended {
        work.execute(END_DATA, &[snapshot.into(), (*data).into()]).await?;
    }
    Ok(())
}

async fn insert_data(
    work: &mut Work,
    next: &mut Next,
    table: &TableState,
    files: &[NewData],
) -> Result<(), LakeError> {
    let table_id = table.table_id;
    let sql = "SELECT next_row_id FROM ducklake_table_stats WHERE table_id = $1";
    let known = work.query(sql, &[table_id.into()]).await?;
    let first_files = known.is_empty();
    let mut next_row = known.first().and_then(|row| row.int(0)).unwrap_or(0);
    let mut rows = Vec::new();
    let mut stats = Vec::new();
    for file in files {
        let file_id = next.next_file_id;
        next.next_file_id += 1;
        rows.push(vec![
            file_id.into(),
            table_id.into(),
            next.snapshot.into(),
            file.name.as_str().into(),
            true.into(),
            "parquet".into(),
            file.rows.into(),
            file.size_bytes.into(),
            file.footer_bytes.into(),
            next_row.into(),
        ]);
        next_row += file.rows;
        for ((column, column_id), (_, kind)) in
            file.stats.iter().zip(&table.column_ids).zip(&table.layout.columns)
        {
            let bound = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.write(*kind));
            stats.push(vec![
                file_id.into(),
                table_id.into(),
                (*column_id).into(),
                column.size_bytes.into(),
                column.values.into(),
                column.nulls.into(),
                bound(&column.min).into(),
                bound(&column.max).into(),
            ]);
        }
    }
    let columns = [
        Column("data_file_id", None),
        Column("table_id", None),
        Column("begin_snapshot", None),
        Column("path", None),
        Column("path_is_relative", None),
        Column("file_format", None),
        Column("record_count", None),
        Column("file_size_bytes", None),
        Column("footer_size", None),
        Column("row_id_start", None),
    ];
    work.insert("ducklake_data_file", &columns, &rows).await?;
    let columns = [
        Column("data_file_id", None),
        Column("table_id", None),
        Column("column_id", None),
        Column("column_size_bytes", None),
        Column("value_count", None),
        Column("null_count", None),
        Column("min_value", None),
        Column("max_value", None),
    ];
    work.insert("ducklake_file_column_stats", &columns, &stats).await?;
    if first_files {
        let columns = [
            Column("table_id", None),
            Column("record_count", None),
            Column("next_row_id", None),
            Column("file_size_bytes", None),
        ];
        let row = vec![table_id.into(), 0.into(), next_row.into(), 0.into()];
        work.insert("ducklake_table_stats", &columns, &[row]).await?;
    } else {
        let sql = "UPDATE ducklake_table_stats SET next_row_id = $1 WHERE table_id = $2";
        work.execute(sql, &[next_row.into(), table_id.into()]).await?;
    }
    widen(work, table, files, first_files).await
}

/// Widens the statistics of the table's columns by those of new files.
async fn widen(
    work: &mut Work,
    table: &TableState,
    files: &[NewData],
    first_files: bool,
) -> Result<(), LakeError> {
    let table_id = table.table_id;
    let rows = work
        .query(
            "SELECT column_id, contains_null, min_value, max_value \
             FROM ducklake_table_column_stats WHERE table_id = $1",
            &[table_id.into()],
        )
        .await?;
    let known: HashMap<i64, _> = rows
        .iter()
        .filter_map(|row| Some((row.int(0)?, (row.bool(1), row.text(2), row.text(3)))))
        .collect();
    let mut new = Vec::new();
    for (position, (column_id, (_, kind))) in
        table.column_ids.iter().zip(&table.layout.columns).enumerate()
    {
        let stats: Vec<&ColumnStats> =
            files.iter().filter_map(|file| file.stats.get(position)).collect();
        let nulls = stats.iter().any(|stats| stats.nulls > 0);
        let min = stats.iter().filter_map(|stats| stats.min.clone()).min();
        let max = stats.iter().filter_map(|stats| stats.max.clone()).max();
        let write = |bound: Option<Bound>| bound.map(|bound| bound.write(*kind));
        let Some((old_nulls, old_min, old_max)) = known.get(column_id) else {
            // A column that came later: nothing is known of the rows before it.
            if first_files {
                new.push(vec![
                    table_id.into(),
                    (*column_id).into(),
                    nulls.into(),
                    write(min).into(),
                    write(max).into(),
                ]);
            }
            continue;
        };
        let read = |text: &Option<String>| Bound::read(text.as_deref()?, *kind);
        let min = [read(old_min), min].into_iter().flatten().min();
        let max = [read(old_max), max].into_iter().flatten().max();
        let (min, max) = (write(min), write(max));
        let nulls = nulls || old_nulls.unwrap_or(true);
        if min == *old_min && max == *old_max && Some(nulls) == *old_nulls {
            continue;
        }
        let sql = "UPDATE ducklake_table_column_stats \
                   SET contains_null = $1, min_value = $2, max_value = $3 \
                   WHERE table_id = $4 AND column_id = $5";
        let values = [nulls.into(), min.into(), max.into(), table_id.into(), (*column_id).into()];
        work.execute(sql, &values).await?;
    }
    let columns = [
        Column("table_id", None),
        Column("column_id", None),
        Column("contains_null", None),
        Column("min_value", None),
        Column("max_value", None),
    ];
    work.insert("ducklake_table_column_stats", &columns, &new).await
}

async fn insert_deletes(
    work: &mut Work,
    next: &mut Next,
    table_id: i64,
    deletes: &[NewDelete],
) -> Result<(), LakeError> {
    let mut rows = Vec::new();
    for delete in deletes {
        rows.push(vec![
            next.next_file_id.into(),
            table_id.into(),
            next.snapshot.into(),
            delete.data_file_id.into(),
            delete.name.as_str().into(),
            true.into(),
            "parquet".into(),
            delete.rows.into(),
            delete.size_bytes.into(),
            delete.footer_bytes.into(),
        ]);
        next.next_file_id += 1;
    }
    let columns = [
        Column("delete_file_id", None),
        Column("table_id", None),
        Column("begin_snapshot", None),
        Column("data_file_id", None),
        Column("path", None),
        Column("path_is_relative", None),
        Column("format", None),
        Column("delete_count", None),
        Column("file_size_bytes", None),
        Column("footer_size", None),
    ];
    work.insert("ducklake_delete_file", &columns, &rows).await
}

/// Counts the rows and bytes of the table's live files.
async fn total(work: &mut Work, table_id: i64) -> Result<(), LakeError> {
    let sql = "UPDATE ducklake_table_stats SET \
        record_count = (SELECT CAST(COALESCE(SUM(record_count), 0) AS BIGINT) FROM ducklake_data_file \
            WHERE table_id = $1 AND end_snapshot IS NULL), \
        file_size_bytes = (SELECT CAST(COALESCE(SUM(file_size_bytes), 0) AS BIGINT) FROM ducklake_data_file \
            WHERE table_id = $1 AND end_snapshot IS NULL) \
        WHERE table_id = $1";
    work.execute(sql, &[table_id.into()]).await.map(drop)
}
