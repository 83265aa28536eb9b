//! The page of the five keys as tables: one definition, and the same keys by all of them.

use aftercast_analysis::review::{DefinitionKeys, DeliveryKeys, Key, KeyLine, KeyUnit};

use super::{Cell, Column, Part, Sheet};

/// Returns the page for the definition called `name`; `None` where there is no such definition.
pub fn keys(page: &DeliveryKeys, name: &str) -> Option<Sheet> {
    let title = format!("Delivery keys of `{}`", page.service);
    if page.definitions.is_empty() {
        return Some(Sheet {
            title,
            lead: page.says.clone(),
            parts: Vec::new(),
            notes: page.notes.clone(),
        });
    }
    let definition = page.definition(name)?;
    let span = match (page.from_at, page.to_at) {
        (Some(from), Some(to)) => {
            format!("{} to {}, {:.0} days", crate::view::day(from), crate::view::day(to), page.days)
        }
        _ => String::new(),
    };
    let mut lead = vec![format!("{span}, as {} counts.", definition.title)];
    if name == "aftercast" {
        lead.extend(page.says.clone());
    }
    Some(Sheet {
        title,
        lead,
        parts: vec![own(definition), beside(page)],
        notes: page.notes.clone(),
    })
}

fn own(definition: &DefinitionKeys) -> Part {
    let row = |line: &KeyLine| {
        vec![
            Cell::text(called(line.key)),
            value(line.unit, line.value),
            value(line.unit, line.interval.map(|(low, _)| low)),
            value(line.unit, line.interval.map(|(_, high)| high)),
            Cell::count(Some(line.n)),
            Cell::text(basis(line)),
            Cell::text(line.why.clone()),
        ]
    };
    Part {
        title: format!("By {}", definition.title),
        says: vec![format!("Defined in {}.", definition.source)],
        columns: vec![
            Column::words("key", "key"),
            Column::numbers("value", "value"),
            Column::numbers("at least", "low"),
            Column::numbers("at most", "high"),
            Column::numbers("n", "n"),
            Column::words("basis", "basis"),
            Column::words("how", "why"),
        ],
        rows: definition.keys.iter().map(row).collect(),
        below: definition
            .keys
            .iter()
            .map(|line| format!("{}: {}", called(line.key), line.definition))
            .collect(),
    }
}

fn beside(page: &DeliveryKeys) -> Part {
    let mut rows = Vec::new();
    let mut below = Vec::new();
    for key in [
        Key::DeploymentFrequency,
        Key::LeadTime,
        Key::ChangeFailRate,
        Key::RecoveryTime,
        Key::ReworkRate,
    ] {
        for definition in &page.definitions {
            let Some(line) = definition.keys.iter().find(|line| line.key == key) else { continue };
            rows.push(vec![
                Cell::text(called(key)),
                Cell::text(definition.title.clone()),
                value(line.unit, line.value),
                Cell::count(Some(line.n)),
                Cell::count(Some(line.counted.len())),
                Cell::count(Some(line.only_here.len())),
                Cell::count(Some(line.only_ours.len())),
            ]);
            if !line.differs.is_empty() && line.value.is_some() {
                below.push(format!("{}, {}: {}", called(key), definition.title, line.differs));
            }
        }
    }
    Part {
        title: "The same rows, by each definition".to_owned(),
        says: vec!["`only here` are rows that the tool counts and Aftercast does not.".to_owned()],
        columns: vec![
            Column::words("key", "key"),
            Column::words("definition", "definition"),
            Column::numbers("value", "value"),
            Column::numbers("n", "n"),
            Column::numbers("rows", "counted"),
            Column::numbers("only here", "only_here"),
            Column::numbers("only ours", "only_ours"),
        ],
        rows,
        below,
    }
}

fn called(key: Key) -> &'static str {
    match key {
        Key::DeploymentFrequency => "deployment frequency",
        Key::LeadTime => "lead time for changes",
        Key::ChangeFailRate => "change fail rate",
        Key::RecoveryTime => "failed deployment recovery time",
        Key::ReworkRate => "rework rate",
    }
}

fn value(unit: KeyUnit, value: Option<f64>) -> Cell {
    let Some(value) = value else { return Cell::NotKnown };
    match unit {
        KeyUnit::PerDay => Cell::text(format!("{value:.2} a day")),
        KeyUnit::DaysPerWeek => Cell::text(format!("{value:.1} days a week")),
        #[expect(clippy::cast_possible_truncation, reason = "a float beyond i64 becomes its end")]
        KeyUnit::Millis => Cell::Millis(value.round() as i64),
        KeyUnit::Share => Cell::Share(value),
    }
}

fn basis(line: &KeyLine) -> &'static str {
    use aftercast_analysis::review::Basis;
    match line.basis {
        Basis::Exact => "exact",
        Basis::Inferred => "inferred",
        Basis::Proxy => "proxy",
        Basis::Missing => "missing",
    }
}
