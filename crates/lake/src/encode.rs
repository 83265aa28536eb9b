//! Facts and payloads → record batches in the physical layout.

use std::sync::Arc;

use aftercast_model::{ColumnRef, FactId, Facts, Payload, TableRef, Timestamp};
use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Int32Array, Int64Array, RecordBatch, StringBuilder,
    TimestampMillisecondArray,
};
use arrow::error::ArrowError;

use crate::layout::{LAYOUTS, Layout, PAYLOADS};

/// Returns the tables of `facts` that have rows, each as one batch.
pub(crate) fn facts_batches(
    facts: &Facts,
) -> Result<Vec<(&'static Layout, RecordBatch)>, ArrowError> {
    let mut batches = Vec::new();
    for table in facts.tables() {
        let layout = LAYOUTS.iter().find(|layout| layout.name == table.spec.name);
        if let (Some(layout), true) = (layout, table.rows > 0) {
            batches.push((layout, table_batch(facts, &table, layout)?));
        }
    }
    Ok(batches)
}

fn table_batch(
    facts: &Facts,
    table: &TableRef<'_>,
    layout: &Layout,
) -> Result<RecordBatch, ArrowError> {
    let mut arrays: Vec<ArrayRef> =
        table.columns.iter().map(|column| array(facts, column, table.rows)).collect();
    let anchors: Vec<&[Option<Timestamp>]> = table
        .spec
        .anchors
        .iter()
        .filter_map(|anchor| table.columns.get(table.spec.position(anchor)?))
        .filter_map(|column| match column {
            ColumnRef::Time(times) => Some(*times),
            _ => None,
        })
        .collect();
    let day = |row: usize| {
        anchors.iter().find_map(|times| times.get(row).copied().flatten()).map(Timestamp::day)
    };
    arrays.push(Arc::new((0..table.rows).map(day).collect::<Int32Array>()));
    RecordBatch::try_new(layout.schema.clone(), arrays)
}

/// Returns one column; rows beyond its end are missing.
fn array(facts: &Facts, column: &ColumnRef<'_>, rows: usize) -> ArrayRef {
    let all = 0..rows;
    match column {
        ColumnRef::Id(ids) => {
            let mut texts = StringBuilder::with_capacity(rows, rows * 32);
            let mut buffer = [0; 32];
            for row in all {
                texts.append_option(ids.get(row).map(|id| id.hex(&mut buffer)));
            }
            Arc::new(texts.finish())
        }
        ColumnRef::Text(names) => {
            let mut texts = StringBuilder::with_capacity(rows, rows * 8);
            for row in all {
                texts.append_option(names.get(row).and_then(|name| facts.names.get(*name)));
            }
            Arc::new(texts.finish())
        }
        ColumnRef::Word(words) => {
            let mut texts = StringBuilder::with_capacity(rows, rows * 8);
            for row in all {
                texts.append_value(words.word_at(row));
            }
            Arc::new(texts.finish())
        }
        ColumnRef::Time(times) => {
            let value = |row: usize| times.get(row).copied().flatten().map(Timestamp::millis);
            Arc::new(all.map(value).collect::<TimestampMillisecondArray>())
        }
        ColumnRef::Count(counts) => {
            Arc::new(all.map(|row| counts.get(row).copied().flatten()).collect::<Int64Array>())
        }
        ColumnRef::Flag(flags) => {
            Arc::new(all.map(|row| flags.get(row).copied().flatten()).collect::<BooleanArray>())
        }
    }
}

/// Returns the payloads as one batch; `None` where there are none.
pub(crate) fn payloads_batch(
    payloads: &[Payload],
) -> Result<Option<(&'static Layout, RecordBatch)>, ArrowError> {
    let Some(layout) = Layout::of(PAYLOADS) else { return Ok(None) };
    if payloads.is_empty() {
        return Ok(None);
    }
    let mut ids = StringBuilder::new();
    let mut sources = StringBuilder::new();
    let mut kinds = StringBuilder::new();
    for payload in payloads {
        ids.append_value(payload_id(payload).hex(&mut [0; 32]));
        sources.append_value(payload.source);
        kinds.append_value(&payload.kind);
    }
    let observed = |payload: &Payload| payload.observed_at;
    let millis = payloads.iter().map(|payload| observed(payload).map(Timestamp::millis));
    let days = payloads.iter().map(|payload| observed(payload).map(Timestamp::day));
    let bodies = payloads.iter().map(|payload| Some(payload.body.as_slice()));
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(ids.finish()),
        Arc::new(sources.finish()),
        Arc::new(kinds.finish()),
        Arc::new(millis.collect::<TimestampMillisecondArray>()),
        Arc::new(bodies.collect::<BinaryArray>()),
        Arc::new(days.collect::<Int32Array>()),
    ];
    Ok(Some((layout, RecordBatch::try_new(layout.schema.clone(), arrays)?)))
}

/// Returns the identity of a payload: its source and bytes (docs/decisions/0004-payloads-are-a-table.md).
fn payload_id(payload: &Payload) -> FactId {
    // A fact id hashes texts; bytes that are no UTF-8 are mapped to the code points of Latin-1,
    // which keeps different bytes different. The attempt number keeps both mappings apart.
    if let Ok(text) = std::str::from_utf8(&payload.body) {
        return FactId::new(payload.source, PAYLOADS, text, 0);
    }
    let text: String = payload.body.iter().copied().map(char::from).collect();
    FactId::new(payload.source, PAYLOADS, &text, 1)
}
