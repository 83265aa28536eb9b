//! The page of what good releases have in common.

use aftercast_analysis::review::{Pattern, PatternCount, Patterns};

use super::{Cell, Column, Part, Sheet};

const COLUMNS: [Column; 8] = [
    Column::words("feature", "feature"),
    Column::words("with it, went well", "with"),
    Column::words("without it", "without"),
    Column::numbers("difference", "difference"),
    Column::numbers("from", "low"),
    Column::numbers("to", "high"),
    Column::numbers("q", "q"),
    Column::words("verdict", "verdict"),
];

/// Returns the page of what good releases have in common.
pub fn patterns(page: &Patterns) -> Sheet {
    let of = |title: &str, patterns: &[Pattern]| {
        (!patterns.is_empty()).then(|| Part {
            title: title.to_owned(),
            says: Vec::new(),
            columns: COLUMNS.to_vec(),
            rows: patterns.iter().map(row).collect(),
            below: Vec::new(),
        })
    };
    let parts = [of("Features", &page.features), of("Two together", &page.pairs)];
    let mut notes = vec![format!("Going well means {}.", page.good_means)];
    notes.extend(page.notes.iter().cloned());
    Sheet {
        title: format!("What good releases of `{}` have in common", page.service),
        lead: page.says.clone(),
        parts: parts.into_iter().flatten().collect(),
        notes,
    }
}

fn row(pattern: &Pattern) -> Vec<Cell> {
    let share = |share: Option<f64>| share.map_or(Cell::NotKnown, Cell::Share);
    let q = pattern.q.map_or(Cell::NotKnown, |q| Cell::text(format!("{q:.3}")));
    vec![
        Cell::text(&pattern.means),
        Cell::text(count(pattern.with)),
        Cell::text(count(pattern.without)),
        share(pattern.difference),
        share(pattern.low),
        share(pattern.high),
        q,
        Cell::text(if pattern.kept { "kept" } else { pattern.stopped_by.as_str() }),
    ]
}

fn count(count: PatternCount) -> String {
    format!("{} of {}", count.good, count.of)
}
