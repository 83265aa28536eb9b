//! Record batches → columns of facts.

use aftercast_model::{ColumnMut, FactId, Facts, Name, Names, TableSpec, Timestamp};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::Int32Type;

/// What was interned of the dictionaries of a table's columns, for the batches that come with the
/// same dictionary: those of one row group do. Belongs to one [`Names`].
#[derive(Default)]
pub(crate) struct Interned {
    by_column: Vec<OfDictionary>,
}

#[derive(Default)]
struct OfDictionary {
    /// Kept, so that no other dictionary can lie at its address.
    values: Option<ArrayRef>,
    names: Vec<Option<Name>>,
}

impl Interned {
    fn column(&mut self, position: usize) -> Option<&mut OfDictionary> {
        if self.by_column.len() <= position {
            self.by_column.resize_with(position + 1, OfDictionary::default);
        }
        self.by_column.get_mut(position)
    }
}

/// Appends the columns `wanted` (positions in `spec`) of `batch` to `facts`; a column that the
/// batch lacks is missing in each row, one that is not wanted stays empty. `interned` is what an
/// earlier batch of the same table put into the same `facts`.
pub(crate) fn append_batch(
    facts: &mut Facts,
    interned: &mut Interned,
    spec: &'static TableSpec,
    wanted: &[usize],
    batch: &RecordBatch,
) {
    let rows = batch.num_rows();
    let _ = facts.append(spec.name, rows, |names, columns| {
        for (position, column) in columns.into_iter().enumerate() {
            if !wanted.contains(&position) {
                continue;
            }
            let Some(described) = spec.columns.get(position) else { continue };
            let array = batch.column_by_name(described.name);
            match (column, interned.column(position)) {
                (ColumnMut::Text(texts), Some(interned)) => {
                    fill_names(names, interned, texts, array, rows);
                }
                (column, _) => fill(column, array.map(AsRef::as_ref), rows),
            }
        }
        Ok::<(), std::convert::Infallible>(())
    });
}

fn fill(column: ColumnMut<'_>, array: Option<&dyn Array>, rows: usize) {
    match column {
        ColumnMut::Id(ids) => {
            match array.and_then(|array| array.as_string_opt::<i32>()) {
                Some(texts) => ids.extend(texts.iter().map(|text| {
                    text.and_then(|text| text.parse::<FactId>().ok()).unwrap_or_default()
                })),
                None => ids.resize(ids.len() + rows, FactId::default()),
            }
        }
        ColumnMut::Text(texts) => texts.resize(texts.len() + rows, Name::NONE),
        ColumnMut::Word(words) => match array.and_then(dictionary) {
            Some((dictionary, values)) => {
                words.push_coded(&mut values.iter(), &mut dictionary.keys_iter());
            }
            None => {
                for row in 0..rows {
                    words.push_word(text_at(array, row));
                }
            }
        },
        ColumnMut::Time(times) => {
            let values =
                array.and_then(|array| array.as_any().downcast_ref::<TimestampMillisecondArray>());
            match values {
                Some(values) => {
                    times.extend(values.iter().map(|at| at.map(Timestamp::from_millis)));
                }
                None => times.resize(times.len() + rows, None),
            }
        }
        ColumnMut::Count(counts) => {
            match array.and_then(|array| array.as_any().downcast_ref::<Int64Array>()) {
                Some(values) => counts.extend(values.iter()),
                None => counts.resize(counts.len() + rows, None),
            }
        }
        ColumnMut::Flag(flags) => {
            match array.and_then(|array| array.as_any().downcast_ref::<BooleanArray>()) {
                Some(values) => flags.extend(values.iter()),
                None => flags.resize(flags.len() + rows, None),
            }
        }
    }
}

/// Returns a dictionary of text with its values.
fn dictionary(array: &dyn Array) -> Option<(&DictionaryArray<Int32Type>, &StringArray)> {
    let dictionary = array.as_any().downcast_ref::<DictionaryArray<Int32Type>>()?;
    Some((dictionary, dictionary.values().as_string_opt::<i32>()?))
}

/// Returns whether both are the same memory: the reader wraps the dictionary of a row group anew for
/// each batch.
fn is_same(known: &ArrayRef, values: &StringArray) -> bool {
    known.as_string_opt::<i32>().is_some_and(|known| {
        known.len() == values.len()
            && known.value_data().as_ptr() == values.value_data().as_ptr()
            && known.value_offsets().as_ptr() == values.value_offsets().as_ptr()
    })
}

/// Interns each value of a dictionary once; plain text row by row.
fn fill_names(
    names: &mut Names,
    interned: &mut OfDictionary,
    to: &mut Vec<Name>,
    array: Option<&ArrayRef>,
    rows: usize,
) {
    let array = array.map(AsRef::as_ref);
    let Some((dictionary, values)) = array.and_then(dictionary) else {
        to.extend((0..rows).map(|row| names.intern_option(text_at(array, row))));
        return;
    };
    if !interned.values.as_ref().is_some_and(|known| is_same(known, values)) {
        interned.values = Some(dictionary.values().clone());
        interned.names.clear();
        interned.names.resize(values.len(), None);
    }
    to.extend(dictionary.keys_iter().map(|key| {
        let Some(slot) = key.and_then(|key| interned.names.get_mut(key).map(|slot| (key, slot)))
        else {
            return Name::NONE;
        };
        let (key, slot) = slot;
        *slot.get_or_insert_with(|| {
            names.intern_option(values.is_valid(key).then(|| values.value(key)))
        })
    }));
}

/// Returns the text at `row` of a column of text, plain or by dictionary.
pub(crate) fn text_at(array: Option<&dyn Array>, row: usize) -> Option<&str> {
    let array = array?;
    if let Some(texts) = array.as_any().downcast_ref::<StringArray>() {
        return texts.is_valid(row).then(|| texts.value(row));
    }
    let dictionary = array.as_any().downcast_ref::<DictionaryArray<Int32Type>>()?;
    let key = dictionary.key(row)?;
    let values = dictionary.values().as_string_opt::<i32>()?;
    values.is_valid(key).then(|| values.value(key))
}
