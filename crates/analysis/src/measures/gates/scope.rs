//! Which answers are counted: of a whole service, or of the gates that a release met up to it.

use aftercast_model::{Name, Timestamp};

use super::trials::Table;
use crate::history::{ChangeKey, Row, cell};
use crate::measures::{View, release_jobs};

/// Which answers are counted.
pub(crate) struct Scope<'a> {
    pub(crate) view: View<'a>,
    /// From and to, in milliseconds, both included.
    from: i64,
    to: i64,
    /// Jobs and gates by name, where not all count.
    only: Option<(Vec<bool>, Vec<bool>)>,
    /// Names of jobs: a gate of the same name is the same check.
    jobs: Vec<bool>,
}

impl<'a> Scope<'a> {
    /// Everything up to `to`, within the window of the settings.
    pub(super) fn until(view: View<'a>, to: i64) -> Self {
        let from = view
            .settings
            .gates
            .window_days
            .map_or(i64::MIN, |days| to.saturating_sub(days.max(0).saturating_mul(86_400_000)));
        let facts = view.history.facts();
        let mut jobs = vec![false; facts.names.len() + 1];
        for row in &view.history.tasks {
            mark(&mut jobs, cell(&facts.task_runs.name, *row));
        }
        Self { view, from, to, only: None, jobs }
    }

    /// Everything that is known of the service.
    pub(crate) fn service(view: View<'a>) -> Self {
        let facts = view.history.facts();
        let jobs = view.history.tasks.iter().map(|row| cell(&facts.task_runs.finished_at, *row));
        let verdicts =
            view.history.gates.iter().map(|row| cell(&facts.gate_evaluations.decided_at, *row));
        let last = jobs.chain(verdicts).flatten().max().map_or(i64::MAX, Timestamp::millis);
        // What was merged behind the last answer belongs to it.
        Self { to: i64::MAX, ..Self::until(view, last) }
    }

    /// What the gates that the release at `index` met did up to it.
    pub(super) fn release(view: View<'a>, index: usize) -> Option<Self> {
        let release = view.releases.list.get(index)?;
        let facts = view.history.facts();
        let mut scope = Self::until(view, release.at.millis());
        let mut jobs = vec![false; facts.names.len() + 1];
        let mut gates = jobs.clone();
        for row in release_jobs(view, index) {
            mark(&mut jobs, cell(&facts.task_runs.name, row));
        }
        let mut met = |rows: &[Row]| {
            for row in rows {
                mark(&mut gates, cell(&facts.gate_evaluations.gate, *row));
            }
        };
        for row in view.releases.changes(index) {
            if let Some(key) = view.history.change_key(*row) {
                met(view.history.gates_by_change.get(key));
            }
        }
        if let crate::releases::Subject::Deployment(row) = release.subject {
            met(view.history.gates_by_subject.get(cell(&facts.deployments.run_id, row)));
        }
        met(view.history.gates_by_subject.get(release.sha));
        scope.only = Some((jobs, gates));
        Some(scope)
    }

    pub(super) fn in_time(&self, at: i64) -> bool {
        self.from <= at && at <= self.to
    }

    /// Whether an answer of `gate` at `at` counts.
    pub(super) fn has(&self, table: Table, gate: Name, at: i64) -> bool {
        let is = |of: &[bool]| of.get(gate.index()).copied().unwrap_or_default();
        gate.is_some()
            && self.in_time(at)
            && match table {
                Table::Jobs => self.only.as_ref().is_none_or(|(jobs, _)| is(jobs)),
                Table::Verdicts => {
                    !is(&self.jobs) && self.only.as_ref().is_none_or(|(_, gates)| is(gates))
                }
            }
    }
}

fn mark(of: &mut [bool], name: Name) {
    if let Some(is) = of.get_mut(name.index()).filter(|_| name.is_some()) {
        *is = true;
    }
}

/// Returns when the change was merged.
pub(super) fn merged_at(scope: &Scope<'_>, key: ChangeKey) -> Option<i64> {
    let history = scope.view.history;
    let merged = &history.facts().change_requests.merged_at;
    let rows = history.changes_by_number.get(key).iter();
    rows.filter_map(|row| cell(merged, *row)).map(Timestamp::millis).min()
}
