//! What is known of the steps of jobs, where steps were read at all.

use aftercast_model::{Name, Outcome};

use crate::history::{Row, ServiceHistory, cell};

/// The steps of one job, without those that CI itself adds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OfJob {
    /// Ended, well or not.
    pub(super) ran: u32,
    /// Failed.
    pub(super) failed: u32,
    /// Skipped.
    pub(super) skipped: u32,
    /// How long they took together, in milliseconds.
    pub(super) took_ms: i64,
}

/// The steps of all jobs, by the job's native id.
#[derive(Debug, Default)]
pub(super) struct Steps {
    by_task: Vec<OfJob>,
    known: bool,
}

impl Steps {
    pub(super) fn new(history: &ServiceHistory) -> Self {
        let facts = history.facts();
        let steps = &facts.step_runs;
        if steps.is_empty() {
            return Self::default();
        }
        let mut by_task = vec![OfJob::default(); facts.names.len() + 1];
        for row in 0..Row::try_from(steps.len()).unwrap_or(Row::MAX) {
            let task = cell(&steps.task_id, row);
            if task.is_none() || is_of_ci(facts.text(cell(&steps.name, row))) {
                continue;
            }
            let Some(of) = by_task.get_mut(task.index()) else { continue };
            match cell(&steps.outcome, row) {
                Outcome::Skipped => of.skipped += 1,
                Outcome::Cancelled | Outcome::Running | Outcome::Unknown => {}
                outcome => {
                    of.ran += 1;
                    of.failed += u32::from(outcome.is_red());
                }
            }
            let times = cell(&steps.finished_at, row).zip(cell(&steps.started_at, row));
            let took = times.map_or(0, |(to, from)| to.since(from).max(0));
            of.took_ms = of.took_ms.saturating_add(took);
        }
        Self { by_task, known: true }
    }

    /// Returns whether any step was read.
    pub(super) fn are_known(&self) -> bool {
        self.known
    }

    /// Returns the steps of a job; `None` where none is known.
    pub(super) fn of(&self, task: Name) -> Option<OfJob> {
        let of = self.by_task.get(task.index()).copied()?;
        (task.is_some() && of.ran + of.skipped > 0).then_some(of)
    }
}

/// Steps that CI adds around those of the job.
fn is_of_ci(name: &str) -> bool {
    let name = name.trim();
    ["Set up job", "Complete job", "Initialize containers", "Stop containers", "Checkout"]
        .contains(&name)
        || name.starts_with("Post ")
        || name.starts_with("Pre ")
        || name.starts_with("Run actions/checkout")
}
