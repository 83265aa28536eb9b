//! A page of tables as Markdown.

use super::Sheet;
use crate::escape::markdown::{Place, name, sentence};
use crate::table::Align;

/// Returns the page.
pub(super) fn render(sheet: &Sheet) -> String {
    let mut blocks = vec![format!("## {}", sentence(&sheet.title, Place::Prose))];
    blocks.extend(list(&sheet.lead));
    for part in &sheet.parts {
        if !part.title.is_empty() {
            blocks.push(format!("### {}", sentence(&part.title, Place::Prose)));
        }
        blocks.extend(list(&part.says));
        let mut lines = vec![row(part.columns.iter().map(|column| column.title.to_owned()))];
        let rule = |align| if align == Align::Right { "--:" } else { "---" };
        lines.push(row(part.columns.iter().map(|column| rule(column.align).to_owned())));
        lines.extend(part.rows.iter().map(|cells| {
            row(cells.iter().map(|cell| {
                let text = cell.shown().unwrap_or_else(|| "not known".to_owned());
                name(&text, 200)
            }))
        }));
        blocks.push(lines.join("\n"));
        blocks.extend(list(&part.below));
    }
    blocks.extend(list(&sheet.notes));
    blocks.join("\n\n") + "\n"
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<String>>().join(" | "))
}

fn list(sentences: &[String]) -> Option<String> {
    let lines: Vec<String> =
        sentences.iter().map(|text| format!("- {}", sentence(text, Place::Prose))).collect();
    if lines.is_empty() { None } else { Some(lines.join("\n")) }
}
