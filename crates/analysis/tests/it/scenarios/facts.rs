//! Tables of Markdown as facts.

use aftercast_model::{ColumnMut, FactId, Facts, Name, Timestamp};

/// Midnight before the first day: Monday, 2024-03-04, UTC. `1d09:30` is half past nine on it.
const START: i64 = 1_709_510_400_000 - DAY;
const DAY: i64 = 86_400_000;

/// A table as it stands in the page: in the head the name of the table of facts, then its columns;
/// in the first cell of a row nothing, or how often it comes.
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// How often a row comes: `40 x 6h` is forty rows, each six hours behind the one before.
fn repetition(cell: &str) -> (i64, i64) {
    if cell.is_empty() {
        return (1, 0);
    }
    let (times, step) =
        cell.split_once(" x ").unwrap_or_else(|| panic!("`{cell}` is no `40 x 6h`"));
    (times.trim().parse().unwrap(), length(step.trim()))
}

/// `90s`, `15m`, `6h`, `2d` in milliseconds.
fn length(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let unit = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => DAY,
        _ => panic!("`{text}` is no length such as `15m`"),
    };
    number.parse::<i64>().unwrap() * unit
}

/// `3d14:05` or `3d14:05:30`: the time of the third day.
fn time(text: &str) -> i64 {
    let (day, clock) = text.split_once('d').unwrap_or_else(|| panic!("`{text}` is no `3d14:05`"));
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().unwrap());
    let (hour, minute, second) =
        (parts.next().unwrap(), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    START + day.parse::<i64>().unwrap() * DAY + ((hour * 60 + minute) * 60 + second) * 1_000
}

/// Puts the counter of the repetition into `{}` and `{100}` (which counts from 100).
fn counted(text: &str, at: i64) -> String {
    let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
    let (from, after) = rest.split_once('}').unwrap_or_else(|| panic!("`{text}` has no `}}`"));
    let from: i64 = if from.is_empty() { 0 } else { from.parse().unwrap() };
    format!("{before}{}{}", from + at, counted(after, at))
}

/// Appends the rows of `table` to `facts`. Every row belongs to the service `shop` unless it says
/// another; its id is its place, unless there is a column `id`.
pub(super) fn push(facts: &mut Facts, table: &Table) {
    let name = table.head[0].as_str();
    let spec = Facts::table_spec(name).unwrap_or_else(|| panic!("`{name}` is no table of facts"));
    for column in table.head.iter().skip(1) {
        assert!(spec.position(column).is_some(), "{name} has no column `{column}`");
    }
    for row in &table.rows {
        assert_eq!(row.len(), table.head.len(), "{name}: {row:?}");
        let (times, step) = repetition(&row[0]);
        for at in 0..times {
            let place = facts.len();
            let given = |column: &str| -> Option<String> {
                let own = table.head.iter().skip(1).position(|head| head == column)?;
                Some(counted(&row[own + 1], at)).filter(|text| !text.is_empty())
            };
            let filled = facts.append(name, 1, |names, columns| {
                for (column, to) in spec.columns.iter().zip(columns) {
                    let cell = given(column.name);
                    let shift = at * step;
                    match to {
                        ColumnMut::Id(ids) => {
                            let own = cell.unwrap_or_else(|| format!("row {place}"));
                            ids.push(FactId::new("scenario", name, &own, 1));
                        }
                        ColumnMut::Text(texts) => texts.push(match (column.name, cell) {
                            ("service", None) => names.intern("shop"),
                            ("source", None) => names.intern("scenario"),
                            (_, cell) => cell.map_or(Name::NONE, |text| names.intern(&text)),
                        }),
                        ColumnMut::Time(times) => {
                            times
                                .push(cell.map(|text| Timestamp::from_millis(time(&text) + shift)));
                        }
                        ColumnMut::Count(counts) => counts.push(cell.map(|text| {
                            text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
                        })),
                        ColumnMut::Flag(flags) => flags.push(cell.map(|text| text == "yes")),
                        ColumnMut::Word(words) => {
                            words.push_word(cell.as_deref());
                            let kept = words.word_at(words.len() - 1);
                            let said = cell.as_deref().unwrap_or("unknown");
                            assert_eq!(kept, said, "{name}.{}: no such word", column.name);
                        }
                    }
                }
                Ok::<(), ()>(())
            });
            filled.unwrap().unwrap();
        }
    }
}
