//! Facts and services straight from the files, without SQL.

use std::collections::BTreeMap;

use aftercast_model::{Facts, TableSpec};
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute;
use arrow::datatypes::Int32Type;

use crate::append::internal;
use crate::catalogue::{DataFile, State, TableState};
use crate::decode::{Interned, append_batch, text_at};
use crate::files::{Folder, Reader, Text, read_positions, without};
use crate::{LakeError, Selection, ServiceSummary};

/// Whose facts.
pub(crate) enum Whose {
    All,
    /// Of one service; `None`: those that belong to none.
    Service(Option<String>),
}

/// First and last day.
type Days = Option<(i32, i32)>;

/// Reads the selected columns; rows are in the order of their file, file after file: who needs one
/// order over all of them sorts what it needs.
pub(crate) fn facts(
    folder: &Folder,
    state: &State,
    whose: &Whose,
    wanted: &Selection,
) -> Result<Facts, LakeError> {
    // Decoding takes most of the time and needs nothing of the other tables; names are one table.
    std::thread::scope(|scope| {
        let decoding: Vec<_> = wanted
            .tables()
            .iter()
            .filter_map(|(spec, columns)| Some((spec, columns, state.table(spec.name)?)))
            .map(|(spec, columns, table)| {
                let decode = move || table_batches(folder, table, spec, whose, columns);
                (spec, columns, scope.spawn(decode))
            })
            .collect();
        let mut facts = Facts::new();
        for (spec, columns, thread) in decoding {
            let batches = match thread.join() {
                Ok(batches) => batches?,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            let mut interned = Interned::default();
            for batch in &batches {
                append_batch(&mut facts, &mut interned, spec, columns, batch);
            }
        }
        Ok(facts)
    })
}

fn table_batches(
    folder: &Folder,
    table: &TableState,
    spec: &TableSpec,
    whose: &Whose,
    columns: &[usize],
) -> Result<Vec<RecordBatch>, LakeError> {
    let service = match whose {
        Whose::All => None,
        Whose::Service(service) => Some(service.as_deref()),
    };
    let may = |file: &&DataFile| service.is_none_or(|service| file.may_hold(service));
    let files: Vec<&DataFile> = table.files.iter().filter(may).collect();
    let mut names: Vec<&str> = columns
        .iter()
        .filter_map(|position| spec.columns.get(*position))
        .map(|column| column.name)
        .collect();
    names.push("service");
    let mut batches = Vec::new();
    for file in &files {
        let reader = Reader::open(&folder.path(&file.path))?;
        let ranges = match service {
            None => reader.all_rows(),
            Some(service) => reader.rows_of(service),
        };
        let ranges = match &file.delete {
            Some(delete) => without(&ranges, &read_positions(folder, &delete.path)?),
            None => ranges,
        };
        for batch in reader.read(&ranges, &names, Text::Dictionary)? {
            let batch = match service {
                None => batch,
                Some(service) => only(&batch, service)?,
            };
            if batch.num_rows() > 0 {
                batches.push(batch);
            }
        }
    }
    Ok(batches)
}

/// Returns the rows of one service.
fn only(batch: &RecordBatch, service: Option<&str>) -> Result<RecordBatch, LakeError> {
    let column = batch.column_by_name("service").map(AsRef::as_ref);
    let kept: BooleanArray =
        (0..batch.num_rows()).map(|row| Some(text_at(column, row) == service)).collect();
    if kept.true_count() == batch.num_rows() {
        return Ok(batch.clone());
    }
    compute::filter_record_batch(batch, &kept).map_err(internal)
}

/// Returns the services by name. Files of one service are counted by their statistics, the others
/// by their `service` and `day` columns.
pub(crate) fn services(folder: &Folder, state: &State) -> Result<Vec<ServiceSummary>, LakeError> {
    let mut found: BTreeMap<String, ServiceSummary> = BTreeMap::new();
    for table in state.tables.iter().filter(|table| table.layout.spec.is_some()) {
        for file in &table.files {
            match (&file.service, file.service_nulls, &file.delete) {
                (Some((min, max)), Some(0), None) if min == max => {
                    count(&mut found, min, table.layout.name, file.rows, file.days);
                }
                _ => count_file(folder, table, file, &mut found)?,
            }
        }
    }
    Ok(found.into_values().collect())
}

fn count_file(
    folder: &Folder,
    table: &TableState,
    file: &DataFile,
    found: &mut BTreeMap<String, ServiceSummary>,
) -> Result<(), LakeError> {
    let reader = Reader::open(&folder.path(&file.path))?;
    let ranges = match &file.delete {
        Some(delete) => without(&reader.all_rows(), &read_positions(folder, &delete.path)?),
        None => reader.all_rows(),
    };
    for batch in reader.read(&ranges, &["service", "day"], Text::Dictionary)? {
        let services = batch.column_by_name("service").map(AsRef::as_ref);
        let days =
            batch.column_by_name("day").and_then(|days| days.as_primitive_opt::<Int32Type>());
        // Rows of a service lie together: count runs, not rows.
        let mut run: Option<(&str, u64, Days)> = None;
        for row in 0..batch.num_rows() {
            let service = text_at(services, row).unwrap_or_default();
            let day = days.filter(|days| days.is_valid(row)).map(|days| days.value(row));
            let day = day.map(|day| (day, day));
            match &mut run {
                Some((name, rows, seen)) if *name == service => {
                    *rows += 1;
                    *seen = span(*seen, day);
                }
                _ => {
                    if let Some((name, rows, days)) = run {
                        count(found, name, table.layout.name, rows, days);
                    }
                    run = Some((service, 1, day));
                }
            }
        }
        if let Some((name, rows, days)) = run {
            count(found, name, table.layout.name, rows, days);
        }
    }
    Ok(())
}

fn count(
    found: &mut BTreeMap<String, ServiceSummary>,
    service: &str,
    table: &'static str,
    rows: u64,
    days: Days,
) {
    if !found.contains_key(service) {
        let summary = ServiceSummary {
            service: service.to_owned(),
            rows: Vec::new(),
            first_day: None,
            last_day: None,
        };
        found.insert(service.to_owned(), summary);
    }
    let Some(summary) = found.get_mut(service) else { return };
    match summary.rows.iter_mut().find(|(name, _)| *name == table) {
        Some((_, sum)) => *sum += rows,
        None => summary.rows.push((table, rows)),
    }
    let days = span(summary.first_day.zip(summary.last_day), days);
    summary.first_day = days.map(|(first, _)| first);
    summary.last_day = days.map(|(_, last)| last);
}

fn span(a: Days, b: Days) -> Days {
    match (a, b) {
        (Some((a_first, a_last)), Some((b_first, b_last))) => {
            Some((a_first.min(b_first), a_last.max(b_last)))
        }
        (one, None) | (None, one) => one,
    }
}
