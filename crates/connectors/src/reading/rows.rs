//! CSV as records: each row is a JSON object of texts, empty cells left out.
//!
//! Owns: the packing only; what a column means is the source's business.

use std::io::Read;

/// Returns whether the file is CSV by its name, packed or not.
pub(crate) fn is_csv(name: &str) -> bool {
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    plain.to_ascii_lowercase().ends_with(".csv")
}

/// Reads rows.
pub(super) struct Rows<R> {
    reader: csv::Reader<R>,
    /// The header's fields, as JSON texts with a colon.
    header: Option<Vec<Vec<u8>>>,
    record: csv::ByteRecord,
    body: Vec<u8>,
    failed: bool,
}

impl<R: Read> Rows<R> {
    /// Returns the rows of `reader`.
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: csv::ReaderBuilder::new().has_headers(false).from_reader(reader),
            header: None,
            record: csv::ByteRecord::new(),
            body: Vec::new(),
            failed: false,
        }
    }

    /// Returns the JSON object of the last row.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Reads the next row and returns its line, or what is wrong with it.
    pub(super) fn next(&mut self) -> Option<Result<u64, (Option<u64>, String)>> {
        loop {
            if self.failed {
                return None;
            }
            match self.reader.read_byte_record(&mut self.record) {
                Ok(false) => return None,
                Ok(true) => {}
                Err(error) => {
                    let line = error.position().map(csv::Position::line);
                    self.failed = matches!(error.kind(), csv::ErrorKind::Io(_));
                    let what = match error.kind() {
                        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                            format!("row of {len} columns under a header of {expected_len}")
                        }
                        csv::ErrorKind::Io(error) => format!("cannot read on: {error}"),
                        _ => "row not understood".to_owned(),
                    };
                    return Some(Err((line, what)));
                }
            }
            let line = self.record.position().map_or(0, csv::Position::line);
            let Some(header) = &self.header else {
                let fields = self.record.iter().map(|field| {
                    let name = field.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(field);
                    let mut text = json_text(&String::from_utf8_lossy(name.trim_ascii()));
                    text.push(b':');
                    text
                });
                self.header = Some(fields.collect());
                continue;
            };
            self.body.clear();
            self.body.push(b'{');
            for (name, cell) in header.iter().zip(&self.record) {
                if cell.is_empty() {
                    continue;
                }
                let Ok(cell) = std::str::from_utf8(cell) else {
                    return Some(Err((Some(line), "row is not UTF-8".to_owned())));
                };
                if self.body.len() > 1 {
                    self.body.push(b',');
                }
                self.body.extend_from_slice(name);
                self.body.append(&mut json_text(cell));
            }
            self.body.push(b'}');
            return Some(Ok(line));
        }
    }
}

fn json_text(text: &str) -> Vec<u8> {
    serde_json::to_vec(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_objects_with_their_lines() {
        let text =
            "\u{feff}table,name,note\ntask_runs,\"a\nb\",\ntask_runs,c\ntask_runs,\"\"\"q\",x\n";
        let mut rows = Rows::new(text.as_bytes());
        let mut seen = Vec::new();
        while let Some(row) = rows.next() {
            seen.push(match row {
                Ok(line) => format!("{line} {}", String::from_utf8_lossy(rows.body())),
                Err((line, what)) => format!("{line:?} {what}"),
            });
        }
        assert_eq!(
            seen,
            [
                r#"2 {"table":"task_runs","name":"a\nb"}"#,
                "Some(4) row of 2 columns under a header of 3",
                r#"5 {"table":"task_runs","name":"\"q","note":"x"}"#,
            ]
        );
    }
}
