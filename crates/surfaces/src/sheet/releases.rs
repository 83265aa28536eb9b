//! The list of releases as a table.

use aftercast_analysis::review::ReleaseLine;

use super::{Cell, Column, Part, Sheet};
use crate::terminal::release_basis;

/// Returns the list, in the order given.
pub fn releases(service: &str, releases: &[ReleaseLine]) -> Sheet {
    let columns = vec![
        Column::words("release", "release"),
        Column::words("basis", "basis"),
        Column::words("in production", "in_production_at"),
        Column::words("commit", "sha"),
        Column::numbers("commits", "commits"),
        Column::numbers("lead time", "lead_time_ms"),
    ];
    let row = |line: &ReleaseLine| {
        vec![
            Cell::text(&line.id),
            Cell::text(release_basis(line.basis)),
            Cell::At(line.at),
            line.sha.as_ref().map_or(Cell::NotKnown, Cell::text),
            Cell::count(line.commits),
            Cell::millis(line.lead_time_ms),
        ]
    };
    let rows = releases.iter().map(row).collect();
    let table = Part { columns, rows, ..Part::default() };
    Sheet { title: format!("Releases of `{service}`"), parts: vec![table], ..Sheet::default() }
}
