//! Writing data files and delete files.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::{ArrowWriter, PARQUET_FIELD_ID_META_KEY};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::Folder;
use crate::LakeError;
use crate::layout::Layout;

/// Rows of a row group; the measured optimum (docs/decisions/0001-lake-catalogue.md).
pub(crate) const ROW_GROUP_ROWS: usize = 131_072;
/// Rows of a page: what one service of a large lake fills, roughly.
const PAGE_ROWS: usize = 8_192;
const ZSTD_LEVEL: i32 = 3;
/// The numbers that the specification (from Iceberg) gives to the columns of a delete file.
const FILE_PATH_ID: i64 = 2_147_483_646;
const POS_ID: i64 = 2_147_483_645;

/// A file that is on disk.
#[derive(Debug)]
pub(crate) struct Written {
    /// The name in its folder.
    pub(crate) name: String,
    pub(crate) size_bytes: u64,
    pub(crate) footer_bytes: u64,
    /// Compressed bytes of each column.
    pub(crate) column_bytes: Vec<i64>,
}

/// Writes the rows of `batch`, already sorted, as a data file in `folder_name`.
pub(crate) fn write_data(
    folder: &Folder,
    folder_name: &str,
    layout: &Layout,
    column_ids: &[i64],
    batch: &RecordBatch,
) -> Result<Written, LakeError> {
    let fields: Vec<Field> = layout
        .columns
        .iter()
        .zip(column_ids)
        .map(|((name, kind), id)| field(name, kind.arrow(), *id))
        .collect();
    let sorting = layout
        .sort
        .iter()
        .filter_map(|name| layout.columns.iter().position(|(column, _)| column == name))
        .filter_map(|at| i32::try_from(at).ok())
        .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false })
        .collect();
    let id = ColumnPath::from("id");
    let distinct = batch.num_rows().min(ROW_GROUP_ROWS) as u64;
    let mut properties = properties()
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS / 4)
        .set_sorting_columns(Some(sorting))
        .set_column_dictionary_enabled(id.clone(), false)
        // Ids are hashes: their smallest and largest tell nothing, a bloom filter does.
        .set_column_bloom_filter_enabled(id.clone(), true)
        .set_column_bloom_filter_fpp(id.clone(), 0.01)
        .set_column_bloom_filter_max_ndv(id, distinct);
    if layout.columns.iter().any(|(name, _)| *name == "body") {
        let body = ColumnPath::from("body");
        properties = properties
            .set_column_dictionary_enabled(body.clone(), false)
            .set_column_statistics_enabled(body, EnabledStatistics::None);
    }
    let name = Folder::new_name("");
    write(folder, folder_name, name, fields, batch, properties.build())
}

/// Writes the sorted `positions` of `data_file` as a delete file in `folder_name`.
pub(crate) fn write_deletes(
    folder: &Folder,
    folder_name: &str,
    data_file: &str,
    positions: &[u64],
) -> Result<Written, LakeError> {
    let fields = vec![
        field("file_path", DataType::Utf8, FILE_PATH_ID),
        field("pos", DataType::Int64, POS_ID),
    ];
    let path = folder.path(data_file).display().to_string();
    let paths: StringArray = positions.iter().map(|_| Some(path.as_str())).collect();
    let numbers: Int64Array =
        positions.iter().map(|position| i64::try_from(*position).ok()).collect();
    let arrays: Vec<ArrayRef> = vec![Arc::new(paths), Arc::new(numbers)];
    let schema = Arc::new(Schema::new(fields.clone()));
    let name = Folder::new_name("-delete");
    let batch = RecordBatch::try_new(schema, arrays);
    let batch = batch.map_err(|error| LakeError::Parquet {
        path: folder.path(&format!("{folder_name}{name}")),
        why: error.to_string(),
    })?;
    write(folder, folder_name, name, fields, &batch, properties().build())
}

fn properties() -> parquet::file::properties::WriterPropertiesBuilder {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default();
    WriterProperties::builder()
        .set_created_by(concat!("aftercast ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Page)
}

fn field(name: &str, kind: DataType, id: i64) -> Field {
    let metadata = HashMap::from([(PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string())]);
    Field::new(name, kind, true).with_metadata(metadata)
}

fn write(
    folder: &Folder,
    folder_name: &str,
    name: String,
    fields: Vec<Field>,
    batch: &RecordBatch,
    properties: WriterProperties,
) -> Result<Written, LakeError> {
    let relative = format!("{folder_name}{name}");
    let schema = Arc::new(Schema::new(fields));
    let ((metadata, footer_bytes), size_bytes) = folder.write(&relative, |file| {
        let mut tail = Tail { file, last: [0; 8] };
        let batch = RecordBatch::try_new(schema.clone(), batch.columns().to_vec());
        let batch = batch.map_err(io::Error::other)?;
        let writer = ArrowWriter::try_new(&mut tail, schema, Some(properties));
        let mut writer = writer.map_err(into_io)?;
        writer.write(&batch).map_err(into_io)?;
        let metadata = writer.close().map_err(into_io)?;
        Ok((metadata, tail.footer_bytes()))
    })?;
    Ok(Written { name, size_bytes, footer_bytes, column_bytes: column_bytes(&metadata) })
}

/// Returns the system's error where there is one inside, so that "disk full" stays that.
fn into_io(error: parquet::errors::ParquetError) -> io::Error {
    match error {
        parquet::errors::ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

fn column_bytes(metadata: &ParquetMetaData) -> Vec<i64> {
    let mut sums = Vec::new();
    for group in metadata.row_groups() {
        sums.resize(group.num_columns(), 0);
        for (sum, column) in sums.iter_mut().zip(group.columns()) {
            *sum += column.compressed_size();
        }
    }
    sums
}

/// Remembers the last eight bytes: the length of the footer, and `PAR1`.
struct Tail<'a> {
    file: &'a mut (dyn io::Write + Send),
    last: [u8; 8],
}

impl Tail<'_> {
    fn footer_bytes(&self) -> u64 {
        let [a, b, c, d, ..] = self.last;
        u32::from_le_bytes([a, b, c, d]).into()
    }
}

impl io::Write for Tail<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        let mut all = self.last.to_vec();
        let from = written.saturating_sub(8);
        all.extend(bytes.get(from..written).unwrap_or_default());
        for (to, byte) in self.last.iter_mut().rev().zip(all.iter().rev()) {
            *to = *byte;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
