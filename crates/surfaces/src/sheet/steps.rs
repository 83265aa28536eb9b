//! The page of the steps that got slower or faster.

use aftercast_analysis::review::{Direction, StepChange, StepChanges, StepPart};

use super::{Cell, Column, Part, Sheet};

const COLUMNS: [Column; 7] = [
    Column::words("step", "step"),
    Column::words("what", "part"),
    Column::words("since", "at"),
    Column::numbers("before", "before_ms"),
    Column::numbers("now", "after_ms"),
    Column::numbers("change", "shift"),
    Column::numbers("in 30 days", "cost_30_days_ms"),
];

/// Returns the page of the steps that got slower or faster.
pub fn steps(page: &StepChanges) -> Sheet {
    let of = |title: &str, own: &dyn Fn(&StepChange) -> bool| {
        let changes: Vec<&StepChange> = page.changes.iter().filter(|change| own(change)).collect();
        (!changes.is_empty()).then(|| Part {
            title: title.to_owned(),
            says: Vec::new(),
            columns: COLUMNS.to_vec(),
            rows: changes.iter().map(|change| row(change)).collect(),
            below: changes
                .iter()
                .filter(|change| !change.candidates.is_empty() || change.only_pool.is_some())
                .map(|change| change.says.clone())
                .collect(),
        })
    };
    let parts = [
        of("Slower now", &|change| change.latest && change.direction == Direction::Slower),
        of("Faster now", &|change| change.latest && change.direction == Direction::Faster),
        of("Earlier changes of the same steps", &|change| !change.latest),
    ];
    Sheet {
        title: format!("Steps of `{}`", page.service),
        lead: page.says.clone(),
        parts: parts.into_iter().flatten().collect(),
        notes: page.notes.clone(),
    }
}

fn row(change: &StepChange) -> Vec<Cell> {
    vec![
        Cell::text(&change.step),
        Cell::text(part(change.part)),
        Cell::At(change.at),
        Cell::Millis(change.before.median_ms),
        Cell::Millis(change.after.median_ms),
        Cell::Share(change.shift),
        Cell::Millis(change.cost_30_days_ms),
    ]
}

fn part(part: StepPart) -> &'static str {
    match part {
        StepPart::JobRun | StepPart::DeployRun => "run",
        StepPart::JobQueue | StepPart::DeployQueue => "queue",
        StepPart::ReviewWait => "first look",
        StepPart::ApprovalWait => "approval",
    }
}
