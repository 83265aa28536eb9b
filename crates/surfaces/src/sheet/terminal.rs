//! A page of tables as text.

use super::Sheet;
use crate::Options;
use crate::table::Table;
use crate::terminal::{Line, Tone, characters, clamp_width, wrap};

/// No sentence takes more lines than this.
const MOST_LINES: usize = 12;

/// Returns the page.
pub(super) fn render(sheet: &Sheet, options: &Options) -> String {
    let mut text = String::new();
    say(&sheet.title, Tone::Strong, "", options, &mut text);
    for sentence in &sheet.lead {
        say(sentence, Tone::Plain, "  ", options, &mut text);
    }
    for part in &sheet.parts {
        text.push('\n');
        if !part.title.is_empty() {
            say(&part.title, Tone::Strong, "", options, &mut text);
        }
        for sentence in &part.says {
            say(sentence, Tone::Plain, "  ", options, &mut text);
        }
        let table = Table {
            columns: part.columns.iter().map(|column| (column.title, column.align)).collect(),
            rows: part
                .rows
                .iter()
                .map(|row| row.iter().map(super::Cell::shown).collect())
                .collect(),
        };
        text.push_str(&table.render(options));
        for sentence in &part.below {
            say(sentence, Tone::Plain, "  ", options, &mut text);
        }
    }
    if !sheet.notes.is_empty() {
        text.push('\n');
    }
    for sentence in &sheet.notes {
        say(sentence, Tone::Soft, "", options, &mut text);
    }
    text
}

fn say(sentence: &str, tone: Tone, indent: &str, options: &Options, text: &mut String) {
    let safe = crate::escape::terminal::text(sentence, 1_200, characters(options));
    let room = clamp_width(options.width).saturating_sub(indent.len());
    for part in wrap(&safe, room, MOST_LINES, characters(options)) {
        let mut line = Line::default();
        line.push(Tone::Plain, indent);
        line.push(tone, part);
        line.write(options, text);
    }
}
