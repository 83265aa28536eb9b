//! Reading data files and delete files: only the row groups and pages that can matter.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;

use super::{Folder, file_error};
use crate::LakeError;
use crate::layout::LakeType;

/// Rows of a batch in memory.
const BATCH_ROWS: usize = 16_384;
/// Above this share of a row group's rows, asking the bloom filter for each id costs more than it
/// saves.
const BLOOM_SHARE: usize = 4;

/// An open data file.
pub(crate) struct Reader {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
}

impl Reader {
    /// Opens the file at `path` and reads its footer and page index.
    pub(crate) fn open(path: &Path) -> Result<Self, LakeError> {
        let file = File::open(path).map_err(|error| file_error("read", path, &error))?;
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata =
            ArrowReaderMetadata::load(&file, options).map_err(|error| damaged(path, &error))?;
        Ok(Self { path: path.to_path_buf(), file, metadata })
    }

    /// Returns a reader of the same file for another thread: threads that share a handle would
    /// share its position.
    pub(crate) fn again(&self) -> Result<Self, LakeError> {
        let file =
            File::open(&self.path).map_err(|error| file_error("read", &self.path, &error))?;
        Ok(Self { path: self.path.clone(), file, metadata: self.metadata.clone() })
    }

    /// Returns the columns of the file.
    pub(crate) fn schema(&self) -> &Schema {
        self.metadata.schema()
    }

    fn row_groups(&self) -> &[RowGroupMetaData] {
        self.metadata.metadata().row_groups()
    }

    /// Returns the rows of each row group, as positions in the file.
    pub(crate) fn group_ranges(&self) -> Vec<Range<usize>> {
        let mut start = 0;
        let mut ranges = Vec::new();
        for group in self.row_groups() {
            let end = start + usize::try_from(group.num_rows()).unwrap_or(0);
            ranges.push(start..end);
            start = end;
        }
        ranges
    }

    /// Returns all rows.
    pub(crate) fn all_rows(&self) -> Vec<Range<usize>> {
        let end = self.group_ranges().last().map_or(0, |last| last.end);
        vec![Range { start: 0, end }]
    }

    fn position(&self, column: &str) -> Option<usize> {
        self.schema().fields().iter().position(|field| field.name() == column)
    }

    /// Returns the rows that may belong to `service` (`None`: to none), by the statistics of row
    /// groups and pages.
    pub(crate) fn rows_of(&self, service: Option<&str>) -> Vec<Range<usize>> {
        self.rows_within(service.map(|service| (service, service)))
    }

    /// Returns the rows that may belong to a service from `first` to `last`.
    pub(crate) fn rows_between(&self, first: &str, last: &str) -> Vec<Range<usize>> {
        self.rows_within(Some((first, last)))
    }

    /// Returns whether most pages hold rows of one service only: the rows of a service can then be
    /// read by themselves, without decoding much of others.
    pub(crate) fn has_large_services(&self) -> bool {
        let Some(column) = self.position("service") else { return false };
        let Some(index) = self.metadata.metadata().column_index() else { return false };
        let (mut pages, mut pure) = (0_usize, 0_usize);
        for group in index {
            let Some(ColumnIndexMetaData::BYTE_ARRAY(index)) = group.get(column) else {
                return false;
            };
            for page in 0..usize::try_from(index.num_pages()).unwrap_or(0) {
                pages += 1;
                pure += usize::from(index.min_value(page) == index.max_value(page));
            }
        }
        pages.saturating_mul(3) <= pure.saturating_mul(4)
    }

    fn rows_within(&self, services: Option<(&str, &str)>) -> Vec<Range<usize>> {
        let Some(column) = self.position("service") else {
            return if services.is_none() { self.all_rows() } else { Vec::new() };
        };
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for (index, (group, rows)) in self.row_groups().iter().zip(self.group_ranges()).enumerate()
        {
            let statistics = group.columns().get(column).and_then(|chunk| chunk.statistics());
            if !statistics.is_none_or(|statistics| group_may_hold(statistics, services)) {
                continue;
            }
            for pages in self.pages_of(index, column, services, &rows) {
                match ranges.last_mut() {
                    Some(last) if last.end == pages.start => last.end = pages.end,
                    _ => ranges.push(pages),
                }
            }
        }
        ranges
    }

    fn pages_of(
        &self,
        group: usize,
        column: usize,
        services: Option<(&str, &str)>,
        rows: &Range<usize>,
    ) -> Vec<Range<usize>> {
        let metadata = self.metadata.metadata();
        let index = metadata.column_index().and_then(|index| index.get(group)?.get(column));
        let offsets = metadata.offset_index().and_then(|index| index.get(group)?.get(column));
        let (Some(ColumnIndexMetaData::BYTE_ARRAY(index)), Some(offsets)) = (index, offsets) else {
            return vec![rows.clone()];
        };
        let starts: Vec<usize> = offsets
            .page_locations()
            .iter()
            .map(|page| rows.start + usize::try_from(page.first_row_index).unwrap_or(0))
            .collect();
        let mut kept = Vec::new();
        for (page, start) in starts.iter().enumerate() {
            let end = starts.get(page + 1).copied().unwrap_or(rows.end);
            let may = match services {
                None => index.null_count(page).is_none_or(|count| count > 0),
                Some((first, last)) => {
                    !index.is_null_page(page)
                        && index.min_value(page).is_none_or(|min| min <= last.as_bytes())
                        && index.max_value(page).is_none_or(|max| max >= first.as_bytes())
                }
            };
            if may {
                kept.push(*start..end);
            }
        }
        kept
    }

    /// Returns each row whose id is a key of `ids`, with the value of the key.
    pub(crate) fn find_ids(
        &self,
        ids: &HashMap<u128, u32>,
        dead: &[u64],
    ) -> Result<Vec<(usize, u32)>, LakeError> {
        let Some(column) = self.position("id") else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for (group, rows) in self.group_ranges().into_iter().enumerate() {
            if !self.may_hold_ids(group, column, ids, rows.len())? {
                continue;
            }
            let mut position = rows.start;
            for batch in self.read(&[rows], &["id"], Text::Plain)? {
                let texts = batch.column_by_name("id").and_then(|ids| ids.as_string_opt::<i32>());
                for text in texts.iter().flat_map(|texts| texts.iter()) {
                    let id = text.and_then(|text| u128::from_str_radix(text, 16).ok());
                    if let Some(value) = id.and_then(|id| ids.get(&id))
                        && dead.binary_search(&(position as u64)).is_err()
                    {
                        found.push((position, *value));
                    }
                    position += 1;
                }
            }
        }
        Ok(found)
    }

    fn may_hold_ids(
        &self,
        group: usize,
        column: usize,
        ids: &HashMap<u128, u32>,
        rows: usize,
    ) -> Result<bool, LakeError> {
        if ids.len() > rows / BLOOM_SHARE && rows < ids.len() {
            // The filter would have to be asked more often than there are rows.
            return Ok(true);
        }
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.clone_file()?,
            self.metadata.clone(),
        );
        let filter = builder
            .get_row_group_column_bloom_filter(group, column)
            .map_err(|error| damaged(&self.path, &error))?;
        let Some(filter) = filter else { return Ok(true) };
        Ok(ids.keys().any(|id| filter.check(format!("{id:032x}").as_str())))
    }

    fn clone_file(&self) -> Result<File, LakeError> {
        self.file.try_clone().map_err(|error| file_error("read", &self.path, &error))
    }

    /// Reads `columns` of the rows in `ranges` (ascending); a column that the file lacks is left
    /// out.
    pub(crate) fn read(
        &self,
        ranges: &[Range<usize>],
        columns: &[&str],
        text: Text,
    ) -> Result<Vec<RecordBatch>, LakeError> {
        self.stream(ranges, columns, text)?.collect()
    }

    /// Does the same batch by batch, in as little memory as one batch needs.
    pub(crate) fn stream(
        &self,
        ranges: &[Range<usize>],
        columns: &[&str],
        text: Text,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, LakeError>> + use<>, LakeError> {
        let batches = self.batches(ranges, columns, text)?;
        let path = self.path.clone();
        Ok(batches.into_iter().flatten().map(move |batch| {
            batch.map_err(|error| LakeError::Parquet {
                path: path.clone(),
                why: format!(
                    "{error} (restore the file from a copy, or remove the lake and import again)"
                ),
            })
        }))
    }

    fn batches(
        &self,
        ranges: &[Range<usize>],
        columns: &[&str],
        text: Text,
    ) -> Result<Option<ParquetRecordBatchReader>, LakeError> {
        let fail = |error: ParquetError| damaged(&self.path, &error);
        let mut groups = Vec::new();
        let mut selected: Vec<Range<usize>> = Vec::new();
        let mut skipped_before = 0;
        for (index, group) in self.group_ranges().into_iter().enumerate() {
            // Ranges are ascending: the first that ends behind the group's start decides.
            let from = ranges.partition_point(|range| range.end <= group.start);
            let overlapping = ranges.get(from..).unwrap_or_default();
            let inside: Vec<Range<usize>> = overlapping
                .iter()
                .take_while(|range| range.start < group.end)
                .map(|range| range.start.max(group.start)..range.end.min(group.end))
                .filter(|range| !range.is_empty())
                .map(|range| range.start - skipped_before..range.end - skipped_before)
                .collect();
            if inside.is_empty() {
                skipped_before += group.len();
                continue;
            }
            groups.push(index);
            selected.extend(inside);
        }
        if groups.is_empty() {
            return Ok(None);
        }
        let total: usize = groups
            .iter()
            .filter_map(|group| self.row_groups().get(*group))
            .map(|group| usize::try_from(group.num_rows()).unwrap_or(0))
            .sum();
        let metadata = match text {
            Text::Plain => self.metadata.clone(),
            Text::Dictionary => self.by_dictionary().map_err(fail)?,
        };
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.clone_file()?, metadata);
        let wanted = columns.iter().filter_map(|column| self.position(column));
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
        let whole = selected.iter().map(Range::len).sum::<usize>() == total;
        let mut builder =
            builder.with_projection(mask).with_row_groups(groups).with_batch_size(BATCH_ROWS);
        if !whole {
            let selection = RowSelection::from_consecutive_ranges(selected.into_iter(), total);
            builder = builder.with_row_selection(selection);
        }
        builder.build().map(Some).map_err(fail)
    }

    /// Returns the metadata with text columns, except ids, read as dictionaries: each value is
    /// then interned once a batch.
    fn by_dictionary(&self) -> Result<ArrowReaderMetadata, ParquetError> {
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let fields: Vec<Field> = self
            .schema()
            .fields()
            .iter()
            .map(|field| match field.data_type() {
                DataType::Utf8 if field.name() != "id" => {
                    field.as_ref().clone().with_data_type(dictionary.clone())
                }
                _ => field.as_ref().clone(),
            })
            .collect();
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
        ArrowReaderMetadata::try_new(self.metadata.metadata().clone(), options)
    }
}

/// How text comes into memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    Plain,
    Dictionary,
}

fn group_may_hold(statistics: &Statistics, services: Option<(&str, &str)>) -> bool {
    let Some((first, last)) = services else {
        return statistics.null_count_opt().is_none_or(|count| count > 0);
    };
    // A chunk of missing values only has no smallest value.
    match (statistics.min_bytes_opt(), statistics.max_bytes_opt()) {
        (Some(min), Some(max)) => min <= last.as_bytes() && first.as_bytes() <= max,
        _ => true,
    }
}

/// Returns the batch with exactly `columns`, in order; those that it lacks are missing everywhere.
pub(crate) fn conform(
    batch: &RecordBatch,
    columns: &[(&'static str, LakeType)],
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, kind)| Field::new(*name, kind.arrow(), true)).collect();
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for (name, kind) in columns {
        arrays.push(match batch.column_by_name(name) {
            Some(array) if *array.data_type() == kind.arrow() => array.clone(),
            Some(array) => arrow::compute::cast(array, &kind.arrow())?,
            None => new_null_array(&kind.arrow(), batch.num_rows()),
        });
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

/// Returns the deleted positions of a delete file, ascending.
pub(crate) fn read_positions(folder: &Folder, relative: &str) -> Result<Vec<u64>, LakeError> {
    let reader = Reader::open(&folder.path(relative))?;
    let mut positions = Vec::new();
    for batch in reader.read(&reader.all_rows(), &["pos"], Text::Plain)? {
        let column =
            batch.column_by_name("pos").and_then(|pos| pos.as_primitive_opt::<Int64Type>());
        let values = column.iter().flat_map(|values| values.iter()).flatten();
        positions.extend(values.filter_map(|value| u64::try_from(value).ok()));
    }
    positions.sort_unstable();
    positions.dedup();
    Ok(positions)
}

/// Returns `ranges` without the rows at the ascending positions `dead`.
pub(crate) fn without(ranges: &[Range<usize>], dead: &[u64]) -> Vec<Range<usize>> {
    let mut kept = Vec::new();
    for range in ranges {
        let mut start = range.start;
        let from = dead.partition_point(|position| *position < range.start as u64);
        let inside = dead.get(from..).unwrap_or_default();
        for position in inside.iter().filter_map(|position| usize::try_from(*position).ok()) {
            if position >= range.end {
                break;
            }
            if start < position {
                kept.push(start..position);
            }
            start = position + 1;
        }
        if start < range.end {
            kept.push(start..range.end);
        }
    }
    kept
}

/// Returns the selection of all rows of a file but those at `dead`.
pub(crate) fn deletion(rows: usize, dead: &[u64]) -> RowSelection {
    let kept = without(&[Range { start: 0, end: rows }], dead);
    RowSelection::from_consecutive_ranges(kept.into_iter(), rows)
}

fn damaged(path: &Path, error: &ParquetError) -> LakeError {
    LakeError::Parquet { path: path.to_path_buf(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deleted_rows_are_cut_out_of_ranges() {
        let check = |dead: &[u64], expected: &[Range<usize>]| {
            assert_eq!(without(&[2..5, 7..9], dead), expected, "{dead:?}");
        };
        check(&[], &[2..5, 7..9]);
        check(&[3], &[2..3, 4..5, 7..9]);
        check(&[0, 2, 4, 5, 8, 9], &[3..4, 7..8]);
        check(&[2, 3, 4, 7, 8], &[]);
    }

    /// 300,000 rollouts of 100 services, sorted as the lake sorts them.
    fn large_file(folder: &Folder) -> Reader {
        let layout = crate::layout::Layout::of("rollouts").unwrap();
        let rows = 300_000_u64;
        let text = |value: &dyn Fn(u64) -> String| -> ArrayRef {
            Arc::new((0..rows).map(|row| Some(value(row))).collect::<arrow::array::StringArray>())
        };
        let arrays = layout
            .columns
            .iter()
            .map(|(name, kind)| match *name {
                "id" => text(&|row| format!("{:032x}", u128::from(row) << 64 | 7)),
                "service" => text(&|row| format!("service-{:02}", row / 3_000)),
                _ => new_null_array(&kind.arrow(), 300_000),
            })
            .collect();
        let batch = RecordBatch::try_new(layout.schema.clone(), arrays).unwrap();
        let ids: Vec<i64> = (1..).take(layout.columns.len()).collect();
        let written = super::super::write_data(folder, "", layout, &ids, &batch).unwrap();
        Reader::open(&folder.path(&written.name)).unwrap()
    }

    #[test]
    fn only_the_pages_and_row_groups_that_matter_are_read() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&crate::DataLocation::Local(place.path().into())).unwrap();
        let reader = large_file(&folder);
        assert_eq!(reader.row_groups().len(), 3);
        let rows = |service| reader.rows_of(service).iter().map(Range::len).sum::<usize>();
        // 3,000 rows lie in at most two pages of 8,192.
        assert!((3_000..=2 * 8_192).contains(&rows(Some("service-42"))));
        assert_eq!(rows(Some("service-42x")) % 8_192, 0);
        assert_eq!(rows(Some("zebra")), 0);
        assert_eq!(rows(None), 0);

        let ids = |ids: &[u128]| ids.iter().copied().zip(0..).collect::<HashMap<u128, u32>>();
        let groups = |ids: &HashMap<u128, u32>| {
            let rows = [131_072, 131_072, 37_856];
            let may = |(group, rows): (usize, &usize)| reader.may_hold_ids(group, 0, ids, *rows);
            rows.iter().enumerate().filter(|group| may(*group).unwrap()).count()
        };
        let (first, last) = (7, 299_999 << 64 | 7);
        assert_eq!(groups(&ids(&[first])), 1);
        assert_eq!(groups(&ids(&[first, last])), 2);
        assert_eq!(groups(&ids(&[1])), 0);
        assert_eq!(reader.find_ids(&ids(&[last, 1]), &[]).unwrap(), [(299_999, 0)]);
        assert_eq!(reader.find_ids(&ids(&[last]), &[299_999]).unwrap(), []);
    }
}
