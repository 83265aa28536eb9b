//! Our own tables from Parquet files that anybody may have written.

use std::path::Path;

use aftercast_model::{Facts, Place, Problem, TableSpec};
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute;
use arrow::datatypes::Schema;

use crate::LakeError;
use crate::append::internal;
use crate::decode::{Interned, append_batch};
use crate::files::{Reader, Text};
use crate::layout::{LakeType, Layout};

/// Reads one of our own tables from a Parquet file.
///
/// The table is found by the file's name (`task_runs.parquet`, `task_runs.2024.parquet`), else by
/// the columns that only one table has. Columns that we do not know, values that do not fit, and
/// rows without an id are problems; the rest is read.
pub fn read_parquet_facts(path: &Path) -> Result<(Facts, Vec<Problem>), LakeError> {
    let mut facts = Facts::new();
    let mut problems = Vec::new();
    let place = Place { file: path.display().to_string(), line: None };
    let reader = Reader::open(path)?;
    let Some(spec) = table_of(path, reader.schema()) else {
        let tables: Vec<&str> = Facts::TABLES.iter().map(|spec| spec.name).collect();
        problems.push(Problem::lost(place, "its columns are not those of one of our tables").hint(
            format!("name the file after its table, for example `{}.parquet`", tables.join("`, `")),
        ));
        return Ok((facts, problems));
    };
    let Some(layout) = Layout::of(spec.name) else { return Ok((facts, problems)) };
    let known = |name: &str| ["day", "table"].contains(&name) || spec.position(name).is_some();
    for field in reader.schema().fields().iter().filter(|field| !known(field.name())) {
        let what = format!("`{}` has no column `{}`; it was left out", spec.name, field.name());
        problems.push(Problem::note(place.clone(), what));
    }
    let names: Vec<&str> = spec.columns.iter().map(|column| column.name).collect();
    let wanted: Vec<usize> = (0..spec.columns.len()).collect();
    let mut misfits = vec![0; layout.columns.len()];
    let mut without_id = 0;
    let mut interned = Interned::default();
    for batch in reader.read(&reader.all_rows(), &names, Text::Plain)? {
        let batch = fitted(&batch, layout, &mut misfits)?;
        let kept = with_id(&batch);
        without_id += batch.num_rows() - kept.true_count();
        let batch = compute::filter_record_batch(&batch, &kept).map_err(internal)?;
        append_batch(&mut facts, &mut interned, spec, &wanted, &batch);
    }
    for ((name, kind), count) in layout.columns.iter().zip(&misfits) {
        if *count > 0 {
            let what = format!(
                "{count} values of `{name}` do not fit its type `{}`; they are missing now",
                kind.ducklake()
            );
            problems.push(Problem::note(place.clone(), what));
        }
    }
    if without_id > 0 {
        let what = format!("{without_id} rows have no `id` of 32 hexadecimal digits");
        problems.push(Problem::lost(place, what).hint("export the table with its `id` column"));
    }
    Ok((facts, problems))
}

fn table_of(path: &Path, schema: &Schema) -> Option<&'static TableSpec> {
    let stem =
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
    if let Some(spec) = stem.and_then(Facts::table_spec) {
        return Some(spec);
    }
    let fits = |spec: &&&TableSpec| {
        let ours = |name: &str| ["day", "table"].contains(&name) || spec.position(name).is_some();
        spec.position("id").is_some() && schema.fields().iter().all(|field| ours(field.name()))
    };
    let mut fitting = Facts::TABLES.iter().filter(fits);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(*first)
}

/// Returns the batch with every column in our type; counts the values that do not fit.
fn fitted(
    batch: &RecordBatch,
    layout: &Layout,
    misfits: &mut [usize],
) -> Result<RecordBatch, LakeError> {
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    for ((name, kind), misfit) in layout.columns.iter().zip(misfits) {
        let Some(array) = batch.column_by_name(name) else { continue };
        let ours = kind.arrow();
        let cast = if *array.data_type() == ours {
            array.clone()
        } else {
            let text_to_time = *kind == LakeType::Time && array.data_type().is_string();
            let cast =
                if text_to_time { times(array.as_ref()) } else { compute::cast(array, &ours) };
            cast.unwrap_or_else(|_| arrow::array::new_null_array(&ours, array.len()))
        };
        *misfit += cast.null_count().saturating_sub(array.logical_null_count());
        fields.push(arrow::datatypes::Field::new(*name, ours, true));
        arrays.push(cast);
    }
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(std::sync::Arc::new(Schema::new(fields)), arrays, &options)
        .map_err(internal)
}

fn times(array: &dyn Array) -> Result<arrow::array::ArrayRef, arrow::error::ArrowError> {
    let texts = compute::cast(array, &arrow::datatypes::DataType::Utf8)?;
    let read = |text: Option<&str>| {
        aftercast_model::Timestamp::parse(text?).ok().map(aftercast_model::Timestamp::millis)
    };
    let values = texts.as_string::<i32>().iter().map(read);
    Ok(std::sync::Arc::new(values.collect::<arrow::array::TimestampMillisecondArray>()))
}

fn with_id(batch: &RecordBatch) -> BooleanArray {
    let ids = batch.column_by_name("id").and_then(|ids| ids.as_string_opt::<i32>());
    let is_id = |row: usize| {
        ids.filter(|ids| ids.is_valid(row))
            .is_some_and(|ids| ids.value(row).parse::<aftercast_model::FactId>().is_ok())
    };
    (0..batch.num_rows()).map(|row| Some(is_id(row))).collect()
}
