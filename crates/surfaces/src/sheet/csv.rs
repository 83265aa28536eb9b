//! The first table of a page as CSV: names of columns, then plain values.

use super::{Cell, Sheet};

/// Returns the first table.
pub(super) fn render(sheet: &Sheet) -> String {
    let Some(part) = sheet.parts.first() else { return String::new() };
    let mut text = line(part.columns.iter().map(|column| column.name.to_owned()));
    for row in &part.rows {
        text.push_str(&line(row.iter().map(value)));
    }
    text
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<String>>().join(",");
    line.push('\n');
    line
}

fn value(value: &Cell) -> String {
    match value {
        Cell::NotKnown => String::new(),
        Cell::Text(text) => cell(text),
        Cell::Count(number) | Cell::Millis(number) => number.to_string(),
        Cell::Share(share) => share.to_string(),
        Cell::At(at) => at.to_string(),
    }
}

/// RFC 4180, and nothing that a spreadsheet would run as a formula.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        for (text, expected) in [
            ("v1.0", "v1.0"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "'=1+1"),
            ("@sum,1", "\"'@sum,1\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
