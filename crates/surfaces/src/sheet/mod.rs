//! A page of tables: gates, tests, patterns, keys. What is said stands above and below the table
//! that it is about; each form (terminal, Markdown, CSV) shows the same.
//!
//! To add a page, add a file that makes a [`Sheet`] of its data and a line here. Must not know how
//! the data was found, nor compute a number of its own.

mod csv;
mod gates;
mod incidents;
mod keys;
mod markdown;
mod patterns;
mod releases;
mod steps;
mod survey;
mod terminal;
mod test_ledger;

use aftercast_model::Timestamp;

use crate::Options;
use crate::table::Align;

pub use gates::gates;
pub use incidents::incidents;
pub use keys::keys;
pub use patterns::patterns;
pub use releases::releases;
pub use steps::steps;
pub use survey::survey;
pub use test_ledger::test_ledger;

/// A page of tables.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// What it is about: "Gates of `shop`".
    pub title: String,
    /// What to take home, a sentence each; names stand between backticks.
    pub lead: Vec<String>,
    /// The tables, the most useful first: CSV has the first only.
    pub parts: Vec<Part>,
    /// What a reader must know to trust the page.
    pub notes: Vec<String>,
}

/// A table with what is said about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// Its title; may be empty.
    pub title: String,
    /// What stands above it, a sentence each.
    pub says: Vec<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Cells, as many a row as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// What is said of single rows, below the table.
    pub below: Vec<String>,
}

/// A column of a [`Part`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The title for people.
    pub title: &'static str,
    /// The name for programs, with its unit: `wait_ms`.
    pub name: &'static str,
    /// The side on which its cells stand.
    pub align: Align,
    /// Whether only programs see it: a line of text has no room for everything.
    pub for_programs: bool,
}

impl Column {
    /// A column of words.
    pub const fn words(title: &'static str, name: &'static str) -> Self {
        Self { title, name, align: Align::Left, for_programs: false }
    }

    /// A column of numbers.
    pub const fn numbers(title: &'static str, name: &'static str) -> Self {
        Self { title, name, align: Align::Right, for_programs: false }
    }

    /// The column in CSV only.
    #[must_use]
    pub const fn for_programs(self) -> Self {
        Self { for_programs: true, ..self }
    }
}

/// A value; people see "3 d 4 h", programs 273600000.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No source tells.
    NotKnown,
    /// Words, foreign or ours.
    Text(String),
    /// A count.
    Count(i64),
    /// A length of time in milliseconds.
    Millis(i64),
    /// A share from 0 to 1.
    Share(f64),
    /// A moment.
    At(Timestamp),
}

impl Cell {
    /// A count that may be missing.
    pub fn count(count: Option<usize>) -> Self {
        count.map_or(Self::NotKnown, |count| Self::Count(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    /// A length of time that may be missing.
    pub fn millis(millis: Option<i64>) -> Self {
        millis.map_or(Self::NotKnown, Self::Millis)
    }

    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Returns the value for people; `None` where it is not known.
    fn shown(&self) -> Option<String> {
        match self {
            Self::NotKnown => None,
            Self::Text(text) => Some(text.clone()),
            Self::Count(count) => Some(count.to_string()),
            Self::Millis(millis) => Some(aftercast_model::human_duration(*millis)),
            Self::Share(share) => Some(percent(*share)),
            Self::At(at) => Some(crate::view::day(*at)),
        }
    }
}

/// Returns a share as people read it: small ones keep a digit.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent != 0.0 && percent.abs() < 9.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// Returns the page in the form called `format`; `None` where there is no such form.
pub fn render(sheet: &Sheet, format: &str, options: &Options) -> Option<String> {
    match format {
        "terminal" => Some(terminal::render(&for_people(sheet), options)),
        "markdown" => Some(markdown::render(&for_people(sheet))),
        "csv" => Some(csv::render(sheet)),
        _ => None,
    }
}

/// Returns the page without the columns that only programs see.
fn for_people(sheet: &Sheet) -> Sheet {
    let mut shown = sheet.clone();
    for part in &mut shown.parts {
        let Part { columns, rows, .. } = part;
        for row in rows {
            let mut seen = columns.iter().map(|column| !column.for_programs);
            row.retain(|_| seen.next().unwrap_or(true));
        }
        columns.retain(|column| !column.for_programs);
    }
    shown
}

/// The forms in which every page of tables can be had (`json` is made from the data itself).
pub const FORMATS: &[(&str, &str)] = &[
    ("terminal", "tables of text"),
    ("json", "every field, for programs"),
    ("markdown", "tables for a comment or a wiki"),
    ("csv", "the first table, for spreadsheets"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            title: "Gates of `shop`".to_owned(),
            lead: vec!["`unit` held 3 problems back.".to_owned()],
            parts: vec![Part {
                title: "Gates".to_owned(),
                says: vec![],
                columns: vec![
                    Column::words("gate", "gate"),
                    Column::numbers("waiting", "wait_ms"),
                    Column::numbers("red that is real", "real_share"),
                ],
                rows: vec![
                    vec![Cell::text("unit|x"), Cell::Millis(90_000), Cell::Share(0.031)],
                    vec![Cell::text("=1+1, \"a\""), Cell::NotKnown, Cell::Share(0.5)],
                ],
                below: vec!["`unit`: keep.".to_owned()],
            }],
            notes: vec!["n is small.".to_owned()],
        }
    }

    #[test]
    fn columns_for_programs_stand_in_csv_only() {
        let mut sheet = sheet();
        let columns = &mut sheet.parts[0].columns;
        columns[1] = columns[1].for_programs();
        let options = Options::default();
        let markdown = render(&sheet, "markdown", &options).unwrap_or_default();
        assert!(
            markdown.contains("red that is real") && !markdown.contains("waiting"),
            "{markdown}"
        );
        let csv = render(&sheet, "csv", &options).unwrap_or_default();
        assert!(csv.starts_with("gate,wait_ms,real_share\nunit|x,90000,"), "{csv}");
    }

    #[test]
    fn every_form_shows_the_same() {
        let options = Options::default();
        let terminal = render(&sheet(), "terminal", &options).unwrap_or_default();
        assert!(terminal.contains("1 min 30 s") && terminal.contains("not known"), "{terminal}");
        assert!(terminal.contains("3.1 %") && terminal.contains("n is small."), "{terminal}");
        let markdown = render(&sheet(), "markdown", &options).unwrap_or_default();
        assert!(markdown.contains("1 min 30 s |") && markdown.contains("--:"), "{markdown}");
        let csv = render(&sheet(), "csv", &options).unwrap_or_default();
        assert_eq!(csv, "gate,wait_ms,real_share\nunit|x,90000,0.031\n\"'=1+1, \"\"a\"\"\",,0.5\n");
        assert_eq!(render(&sheet(), "papyrus", &options), None);
    }
}
