//! Appending: of each id the latest observation stays, whatever the order of imports.
//!
//! Guarantee: the same set of observations gives the same rows, however it is split, ordered or
//! repeated. The winner among observations of an id is the greatest by (`observed_at`, then every
//! other column in order), missing values least.

use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{self, SortColumn, SortOptions};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};

use crate::catalogue::{Change, NewData, NewDelete, State, TableChange, TableState, batch_stats};
use crate::files::{
    Folder, Reader, Text, Written, conform, read_positions, write_data, write_deletes,
};
use crate::layout::{LakeType, Layout};
use crate::{LakeError, TableAppended};

/// What an append will change, its files already on disk.
pub(crate) struct Plan {
    pub(crate) change: Change,
    pub(crate) told: Vec<TableAppended>,
}

/// Finds out what is new in `batches` beside `state`, and writes the files for it.
pub(crate) fn plan(
    folder: &Folder,
    state: &State,
    batches: &[(&'static Layout, RecordBatch)],
) -> Result<Plan, LakeError> {
    let mut plan = Plan { change: Change::default(), told: Vec::new() };
    for (layout, batch) in batches {
        let Some(table) = state.table(layout.name) else { continue };
        let (change, told) = plan_table(folder, table, batch)?;
        plan.told.push(told);
        if !change.is_empty() {
            plan.change.tables.push((layout.name, change));
        }
    }
    Ok(plan)
}

fn plan_table(
    folder: &Folder,
    table: &TableState,
    batch: &RecordBatch,
) -> Result<(TableChange, TableAppended), LakeError> {
    let layout = table.layout;
    let order = Order::new(layout).map_err(internal)?;
    let rows = order.rows(batch).map_err(internal)?;
    let mut ids = latest_of_each_id(batch, &rows);
    let mut told = TableAppended { table: layout.name, ..TableAppended::default() };
    let mut change = TableChange::default();
    let mut updated: Vec<u32> = Vec::new();
    for file in &table.files {
        let dead = match &file.delete {
            Some(delete) => read_positions(folder, &delete.path)?,
            None => Vec::new(),
        };
        let reader = Reader::open(&folder.path(&file.path))?;
        let matches = reader.find_ids(&ids, &dead)?;
        if matches.is_empty() {
            continue;
        }
        let kept = stored_rows(&reader, &order, &matches)?;
        let mut beaten: Vec<u64> = Vec::new();
        for ((position, candidate), stored) in matches.iter().zip(kept.iter().flat_map(Rows::iter))
        {
            let new = rows.row(*candidate as usize);
            if new.as_ref() > stored.as_ref() {
                beaten.push(*position as u64);
                updated.push(*candidate);
            } else if let Some(id) = id_at(batch, *candidate) {
                // What is stored is as late or later: the new row has no place.
                ids.remove(&id);
            }
        }
        if !beaten.is_empty() {
            delete_rows(folder, table, &mut change, file, dead, &beaten)?;
        }
    }
    updated.sort_unstable();
    updated.dedup();
    updated.retain(|row| id_at(batch, *row).is_some_and(|id| ids.contains_key(&id)));
    told.updated = updated.len() as u64;
    told.stored = ids.len() as u64 - told.updated;
    told.known = batch.num_rows() as u64 - told.stored - told.updated;
    if !ids.is_empty() {
        let taken: UInt32Array = ids.into_values().collect::<Vec<_>>().into();
        let new = compute::take_record_batch(batch, &taken).map_err(internal)?;
        let new = sorted(layout, &new).map_err(internal)?;
        change.data.push(store(folder, table, &new)?);
    }
    Ok((change, told))
}

/// Writes the latest observation of each id in `batch`, where nothing else of these ids is stored.
pub(crate) fn plan_new(
    folder: &Folder,
    table: &TableState,
    batch: &RecordBatch,
) -> Result<(NewData, TableAppended), LakeError> {
    let layout = table.layout;
    let rows = Order::new(layout).and_then(|order| order.rows(batch)).map_err(internal)?;
    let ids = latest_of_each_id(batch, &rows);
    let stored = ids.len() as u64;
    let known = batch.num_rows() as u64 - stored;
    let told = TableAppended { table: layout.name, stored, updated: 0, known };
    let taken: UInt32Array = ids.into_values().collect::<Vec<_>>().into();
    let new = compute::take_record_batch(batch, &taken).map_err(internal)?;
    let new = sorted(layout, &new).map_err(internal)?;
    Ok((store(folder, table, &new)?, told))
}

/// Returns the row of the latest observation of each id.
fn latest_of_each_id(batch: &RecordBatch, rows: &Rows) -> HashMap<u128, u32> {
    let mut latest: HashMap<u128, u32> = HashMap::with_capacity(batch.num_rows());
    for row in 0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX) {
        let Some(id) = id_at(batch, row) else { continue };
        latest
            .entry(id)
            .and_modify(|kept| {
                if rows.row(row as usize) > rows.row(*kept as usize) {
                    *kept = row;
                }
            })
            .or_insert(row);
    }
    latest
}

fn id_at(batch: &RecordBatch, row: u32) -> Option<u128> {
    let ids = batch.column_by_name("id")?.as_string_opt::<i32>()?;
    let row = row as usize;
    if row >= ids.len() || ids.is_null(row) {
        return None;
    }
    u128::from_str_radix(ids.value(row), 16).ok()
}

/// Reads the stored rows at the positions of `matches`, in their order, ready to compare.
fn stored_rows(
    reader: &Reader,
    order: &Order,
    matches: &[(usize, u32)],
) -> Result<Vec<Rows>, LakeError> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (position, _) in matches {
        match ranges.last_mut() {
            Some(last) if last.end == *position => last.end += 1,
            _ => ranges.push(*position..position + 1),
        }
    }
    let names: Vec<&str> = order.columns.iter().map(|(name, _)| *name).collect();
    let mut rows = Vec::new();
    for batch in reader.read(&ranges, &names, Text::Plain)? {
        rows.push(order.rows(&batch).map_err(internal)?);
    }
    Ok(rows)
}

/// Adds `beaten` rows of `file` to the dead ones, or ends the file where all are dead.
pub(crate) fn delete_rows(
    folder: &Folder,
    table: &TableState,
    change: &mut TableChange,
    file: &crate::catalogue::DataFile,
    mut dead: Vec<u64>,
    beaten: &[u64],
) -> Result<(), LakeError> {
    dead.extend(beaten);
    dead.sort_unstable();
    dead.dedup();
    let replaces = file.delete.as_ref().map(|delete| delete.id);
    if dead.len() as u64 >= file.rows {
        change.ended.push((file.id, replaces));
        return Ok(());
    }
    let written = write_deletes(folder, &table.folder, &file.path, &dead)?;
    change.deletes.push(NewDelete {
        data_file_id: file.id,
        replaces,
        rows: to_i64(dead.len() as u64),
        size_bytes: to_i64(written.size_bytes),
        footer_bytes: to_i64(written.footer_bytes),
        name: written.name,
    });
    Ok(())
}

/// Writes sorted rows as a data file, with what the catalogue wants to know of it.
pub(crate) fn store(
    folder: &Folder,
    table: &TableState,
    batch: &RecordBatch,
) -> Result<NewData, LakeError> {
    let layout = table.layout;
    let mut stats = batch_stats(batch, &layout.columns);
    let Written { name, size_bytes, footer_bytes, column_bytes } =
        write_data(folder, &table.folder, layout, &table.column_ids, batch)?;
    for (stats, bytes) in stats.iter_mut().zip(column_bytes) {
        stats.size_bytes = bytes;
    }
    Ok(NewData {
        name,
        rows: to_i64(batch.num_rows() as u64),
        size_bytes: to_i64(size_bytes),
        footer_bytes: to_i64(footer_bytes),
        stats,
    })
}

/// Returns the rows in the order of the table's files.
pub(crate) fn sorted(layout: &Layout, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let options = Some(SortOptions { descending: false, nulls_first: false });
    let columns: Vec<SortColumn> = layout
        .sort
        .iter()
        .filter_map(|name| batch.column_by_name(name))
        .map(|values| SortColumn { values: values.clone(), options })
        .collect();
    let order = compute::lexsort_to_indices(&columns, None)?;
    compute::take_record_batch(batch, &order)
}

/// The order of observations of an id.
struct Order {
    converter: RowConverter,
    /// The columns that count, `observed_at` first.
    columns: Vec<(&'static str, LakeType)>,
}

impl Order {
    fn new(layout: &Layout) -> Result<Self, ArrowError> {
        // `day` follows from the rest, and the body of a payload from its id.
        let counts = |name: &str| !["id", "day", "body"].contains(&name);
        let mut columns: Vec<_> =
            layout.columns.iter().copied().filter(|(name, _)| counts(name)).collect();
        columns.sort_by_key(|(name, _)| *name != "observed_at");
        let fields = columns.iter().map(|(_, kind)| SortField::new(kind.arrow())).collect();
        Ok(Self { converter: RowConverter::new(fields)?, columns })
    }

    fn rows(&self, batch: &RecordBatch) -> Result<Rows, ArrowError> {
        let batch = conform(batch, &self.columns)?;
        self.converter.convert_columns(batch.columns())
    }
}

/// An error that only a defect of ours can cause.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(crate) fn internal(error: ArrowError) -> LakeError {
    LakeError::Query { why: format!("internal: {error}") }
}

pub(crate) fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
