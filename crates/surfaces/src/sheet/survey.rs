//! Every service of an installation as a table.

use aftercast_analysis::review::{GateVerdict, Survey, SurveyPage};

use super::{Cell, Column, Part, Sheet};
use crate::terminal::release_basis;

/// Returns a line a service.
pub fn survey(page: &SurveyPage) -> Sheet {
    let columns = vec![
        Column::words("service", "service"),
        Column::numbers("facts", "rows"),
        Column::numbers("releases", "releases"),
        Column::words("basis", "basis"),
        Column::words("latest", "last_release_at"),
        Column::numbers("median lead time", "median_lead_time_ms"),
        Column::numbers("known for", "lead_times"),
        Column::numbers("gates to mend or move", "gates_to_change"),
        Column::numbers("slower steps", "slower"),
        Column::numbers("incidents", "incidents"),
        Column::numbers("process", "process_share"),
        Column::numbers("platform", "platform_share"),
        Column::numbers("policy", "policy_share"),
    ];
    let lead = match page.services.len() {
        0 => "Nothing is stored yet.".to_owned(),
        1 => "1 service.".to_owned(),
        services => format!("{services} services."),
    };
    let table = Part { columns, rows: page.services.iter().map(row).collect(), ..Part::default() };
    Sheet {
        title: "Every service".to_owned(),
        lead: vec![lead],
        parts: vec![table],
        notes: vec![
            "Shares are those of the lead times of all releases; the rest is work, or nobody tells. \
             Services differ in what they are and in what their sources tell: a number of one is no \
             yardstick for another."
                .to_owned(),
        ],
    }
}

fn row(line: &Survey) -> Vec<Cell> {
    let layers = line.by_layer_ms;
    let whole: i64 = line.by_category_ms.values().sum();
    let share = |part: i64| {
        if whole > 0 { Cell::Share(part as f64 / whole as f64) } else { Cell::NotKnown }
    };
    let keeps = |verdict: GateVerdict| {
        use GateVerdict::{Keep, NotEnoughYet, Pinned};
        matches!(verdict, Keep | NotEnoughYet | Pinned)
    };
    let to_change =
        line.gates.iter().filter(|(verdict, _)| !keeps(**verdict)).map(|(_, gates)| gates).sum();
    vec![
        Cell::text(&line.service),
        Cell::count(Some(line.rows)),
        Cell::count(Some(line.releases)),
        line.basis.map_or(Cell::NotKnown, |basis| Cell::text(release_basis(basis))),
        line.last_release_at.map_or(Cell::NotKnown, Cell::At),
        Cell::millis(line.median_lead_time_ms),
        Cell::count(Some(line.lead_times)),
        Cell::count(Some(to_change)),
        Cell::count(Some(line.slower)),
        Cell::count(Some(line.incidents)),
        share(layers.process),
        share(layers.platform),
        share(layers.policy),
    ]
}
