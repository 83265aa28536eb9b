//! Facts and services straight from the files, without SQL.

use std::collections::BTreeMap;

use aftercast_model::{Facts, TableSpec};
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute;
use arrow::datatypes::{Int32Type, Schema};

use crate::append::{internal, sorted};
use crate::catalogue::{DataFile, State, TableState};
use crate::decode::{append_batch, text_at};
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

/// Reads the selected columns; rows are in the order of the tables' files.
pub(crate) fn facts(
    folder: &Folder,
    state: &State,
    whose: &Whose,
    wanted: &Selection,
) -> Result<Facts, LakeError> {
    let mut facts = Facts::new();
    for (spec, columns) in wanted.tables() {
        let Some(table) = state.table(spec.name) else { continue };
        let batches = table_batches(folder, table, spec, whose, columns)?;
        for batch in &batches {
            append_batch(&mut facts, spec, columns, batch);
        }
    }
    Ok(facts)
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
    if files.len() > 1 {
        // The files are sorted, their sum is not.
        names.extend(&table.layout.sort);
    }
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
    if files.len() < 2 || batches.len() < 2 {
        return Ok(batches);
    }
    let all = concat(&batches)?;
    Ok(vec![sorted(table.layout, &all).map_err(internal)?])
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

/// Returns the rows of all batches; a column that some of them lack is missing there.
fn concat(batches: &[RecordBatch]) -> Result<RecordBatch, LakeError> {
    let schemas = batches.iter().map(|batch| batch.schema().as_ref().clone());
    let schema = std::sync::Arc::new(Schema::try_merge(schemas).map_err(internal)?);
    let mut same = Vec::with_capacity(batches.len());
    for batch in batches {
        let arrays = schema
            .fields()
            .iter()
            .map(|field| match batch.column_by_name(field.name()) {
                Some(array) => array.clone(),
                None => arrow::array::new_null_array(field.data_type(), batch.num_rows()),
            })
            .collect();
        same.push(RecordBatch::try_new(schema.clone(), arrays).map_err(internal)?);
    }
    compute::concat_batches(&schema, &same).map_err(internal)
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
