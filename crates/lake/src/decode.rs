//! Record batches → columns of facts.

use aftercast_model::{ColumnMut, FactId, Facts, Name, Names, TableSpec, Timestamp};
use arrow::array::{
    Array, AsArray, BooleanArray, DictionaryArray, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::Int32Type;

/// Appends the columns `wanted` (positions in `spec`) of `batch` to `facts`; a column that the
/// batch lacks is missing in each row, one that is not wanted stays empty.
pub(crate) fn append_batch(
    facts: &mut Facts,
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
            let array = batch.column_by_name(described.name).map(AsRef::as_ref);
            fill(names, column, array, rows);
        }
        Ok::<(), std::convert::Infallible>(())
    });
}

fn fill(names: &mut Names, column: ColumnMut<'_>, array: Option<&dyn Array>, rows: usize) {
    match column {
        ColumnMut::Id(ids) => ids.extend((0..rows).map(|row| {
            text_at(array, row).and_then(|text| text.parse::<FactId>().ok()).unwrap_or_default()
        })),
        ColumnMut::Text(texts) => fill_names(names, texts, array, rows),
        ColumnMut::Word(words) => {
            for row in 0..rows {
                words.push_word(text_at(array, row));
            }
        }
        ColumnMut::Time(times) => {
            let values =
                array.and_then(|array| array.as_any().downcast_ref::<TimestampMillisecondArray>());
            times.extend((0..rows).map(|row| {
                let value = values.filter(|values| values.is_valid(row))?.values().get(row)?;
                Some(Timestamp::from_millis(*value))
            }));
        }
        ColumnMut::Count(counts) => {
            let values = array.and_then(|array| array.as_any().downcast_ref::<Int64Array>());
            counts.extend((0..rows).map(|row| {
                values.filter(|values| values.is_valid(row))?.values().get(row).copied()
            }));
        }
        ColumnMut::Flag(flags) => {
            let values = array.and_then(|array| array.as_any().downcast_ref::<BooleanArray>());
            flags.extend((0..rows).map(|row| {
                values.filter(|values| values.is_valid(row)).map(|values| values.value(row))
            }));
        }
    }
}

/// Interns each value of a dictionary once; plain text row by row.
fn fill_names(names: &mut Names, to: &mut Vec<Name>, array: Option<&dyn Array>, rows: usize) {
    let dictionary =
        array.and_then(|array| array.as_any().downcast_ref::<DictionaryArray<Int32Type>>());
    let Some(dictionary) = dictionary else {
        to.extend((0..rows).map(|row| names.intern_option(text_at(array, row))));
        return;
    };
    let values = dictionary.values().as_string_opt::<i32>();
    let mut interned: Vec<Option<Name>> = vec![None; dictionary.values().len()];
    for row in 0..rows {
        let key = dictionary.key(row);
        let name = key.and_then(|key| {
            let slot = interned.get_mut(key)?;
            if slot.is_none() {
                let text = values.filter(|values| values.is_valid(key));
                *slot = Some(names.intern_option(text.map(|values| values.value(key))));
            }
            *slot
        });
        to.push(name.unwrap_or(Name::NONE));
    }
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
