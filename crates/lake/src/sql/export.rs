//! Rows of a query → CSV, NDJSON, Parquet.

use std::io::{self, Write};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{ExportFormat, SqlRows, SqlValue};
use crate::LakeError;

/// Writes the rows and returns how many there were.
pub(crate) async fn export(
    rows: SqlRows,
    format: ExportFormat,
    to: impl Write + Send,
) -> Result<u64, LakeError> {
    match format {
        ExportFormat::Csv => csv(rows, to).await,
        ExportFormat::Ndjson => ndjson(rows, to).await,
        ExportFormat::Parquet => parquet(rows, to).await,
    }
}

async fn csv(mut rows: SqlRows, mut to: impl Write + Send) -> Result<u64, LakeError> {
    let mut line = String::new();
    for (position, column) in rows.columns().iter().enumerate() {
        push_csv(&mut line, position, &column.name);
    }
    line.push_str("\r\n");
    to.write_all(line.as_bytes()).map_err(failed)?;
    let mut count = 0;
    while let Some(batch) = rows.next().await? {
        line.clear();
        for row in &batch {
            for (position, value) in row.iter().enumerate() {
                push_csv(&mut line, position, &guarded(value));
            }
            line.push_str("\r\n");
        }
        count += batch.len() as u64;
        to.write_all(line.as_bytes()).map_err(failed)?;
    }
    to.flush().map_err(failed)?;
    Ok(count)
}

fn push_csv(line: &mut String, position: usize, text: &str) {
    if position > 0 {
        line.push(',');
    }
    if text.contains(['"', ',', '\n', '\r']) {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
}

/// Returns the value as text that no spreadsheet runs as a formula.
fn guarded(value: &SqlValue) -> String {
    let text = value.to_string();
    let is_number = !matches!(value, SqlValue::Text(_)) || text.parse::<f64>().is_ok();
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
        return format!("'{text}");
    }
    text
}

async fn ndjson(mut rows: SqlRows, mut to: impl Write + Send) -> Result<u64, LakeError> {
    let names: Vec<String> =
        rows.columns().iter().map(|column| serde_json::json!(column.name).to_string()).collect();
    let mut count = 0;
    let mut lines = String::new();
    while let Some(batch) = rows.next().await? {
        lines.clear();
        for row in &batch {
            for (position, (name, value)) in names.iter().zip(row).enumerate() {
                lines.push(if position == 0 { '{' } else { ',' });
                lines.push_str(name);
                lines.push(':');
                lines.push_str(&value.to_json().to_string());
            }
            lines.push_str("}\n");
        }
        count += batch.len() as u64;
        to.write_all(lines.as_bytes()).map_err(failed)?;
    }
    to.flush().map_err(failed)?;
    Ok(count)
}

async fn parquet(mut rows: SqlRows, to: impl Write + Send) -> Result<u64, LakeError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let fail = |error: parquet::errors::ParquetError| LakeError::Export { why: error.to_string() };
    let schema = rows.batches.schema();
    let mut writer = ArrowWriter::try_new(to, schema, Some(properties)).map_err(fail)?;
    let mut count = 0;
    while let Some(batch) = rows.next_batch().await? {
        writer.write(&batch).map_err(fail)?;
        count += batch.num_rows() as u64;
    }
    writer.close().map_err(fail)?;
    Ok(count)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: io::Error) -> LakeError {
    LakeError::Export { why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+cmd", "'+cmd"),
            ("-5", "-5"),
            ("+4.5", "+4.5"),
            ("-", "'-"),
            ("\tx", "'\tx"),
            ("plain", "plain"),
        ] {
            assert_eq!(guarded(&SqlValue::Text(text.to_owned())), expected);
        }
        assert_eq!(guarded(&SqlValue::Count(-7)), "-7");
    }

    #[test]
    fn cells_with_commas_quotes_and_lines_are_quoted() {
        let mut line = String::new();
        push_csv(&mut line, 0, "a,b");
        push_csv(&mut line, 1, "say \"hi\"");
        push_csv(&mut line, 2, "c");
        assert_eq!(line, "\"a,b\",\"say \"\"hi\"\"\",c");
    }
}
