//! A table of text for a terminal: lists of releases, results of an import, checks of a doctor.
//!
//! Guarantees: no line is wider than asked for, no cell steers the terminal, and what is not known
//! is said in words.

use crate::Options;
use crate::escape::terminal as escape;
use crate::terminal::{Line, Tone, characters, clamp_width, cut, cut_middle, width_of};

/// What stands where there is no value.
const NOT_KNOWN: &str = "not known";

/// No column is narrower than this.
const NARROWEST: usize = 4;

/// The side on which the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table: columns with a title, and rows of cells; `None` is shown as "not known".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Titles and sides.
    pub columns: Vec<(&'static str, Align)>,
    /// Cells, as many a row as there are columns.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Returns whether a cell reads like a name, not like a sentence.
fn is_name(cell: &str) -> bool {
    cell.split(' ').count() < 4
}

impl Table {
    /// Returns the table as lines of text; a column that is too wide loses the end of its sentences and
    /// the middle of its names.
    pub fn render(&self, options: &Options) -> String {
        let characters = characters(options);
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                row.iter()
                    .map(|cell| cell.as_deref().unwrap_or(NOT_KNOWN))
                    .map(|cell| escape::text(cell, 400, characters))
                    .collect()
            })
            .collect();
        let widths = self.widths(&rows, clamp_width(options.width));
        let mut text = String::new();
        let titles: Vec<String> =
            self.columns.iter().map(|(title, _)| (*title).to_owned()).collect();
        for (row, tone) in
            std::iter::once((&titles, Tone::Soft)).chain(rows.iter().map(|row| (row, Tone::Plain)))
        {
            let mut line = Line::default();
            for (at, ((_, align), width)) in self.columns.iter().zip(&widths).enumerate() {
                let cell = row.get(at).map_or("", String::as_str);
                let cell = if *align == Align::Left && is_name(cell) {
                    cut_middle(cell, *width, characters)
                } else {
                    cut(cell, *width, characters)
                };
                let room = width.saturating_sub(width_of(&cell));
                let tone = if cell == NOT_KNOWN { Tone::Soft } else { tone };
                if at > 0 {
                    line.push(Tone::Plain, "  ");
                }
                match align {
                    Align::Left => {
                        line.push(tone, cell);
                        line.push(Tone::Plain, " ".repeat(room));
                    }
                    Align::Right => {
                        line.push(Tone::Plain, " ".repeat(room));
                        line.push(tone, cell);
                    }
                }
            }
            line.write(options, &mut text);
        }
        text
    }

    /// Returns the width of each column: its widest cell, the widest ones cut until all fit.
    fn widths(&self, rows: &[Vec<String>], room: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, (title, _))| {
                let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width_of(cell));
                cells.chain([width_of(title), NARROWEST]).max().unwrap_or(NARROWEST)
            })
            .collect();
        let room = room.saturating_sub(2 * widths.len().saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            match widths.iter_mut().max_by_key(|width| **width) {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}
