//! The way from the merge to production, painted: pipeline, gates of the deployment, deployment.

use aftercast_model::{GateKind, SubjectKind, Timestamp, Verdict};

use super::View;
use super::approvals::is_approval;
use super::attempts::{Attempt, Kind};
use super::partition::Stretch;
use super::path::Path;
use super::pipeline::{Pipeline, Source};
use crate::history::{Row, cell};
use crate::releases::{EventKind, Subject};
use crate::review::types::Category;

/// All deployments on the way of one release are attempts of one job.
const DEPLOYMENT: u32 = u32::MAX;

impl Path<'_> {
    /// Paints the way from the merge to production.
    pub(super) fn after_merge(&mut self, index: usize, merged: i64) {
        let view = self.view;
        let history = view.history;
        let Some(release) = view.releases.list.get(index) else { return };
        if merged >= self.to {
            return;
        }
        let waiting = "on the main line, waiting for the release";
        let waiting = Stretch::new(merged, self.to, Category::Batching, waiting);
        self.paint(waiting.with([release.fact(history)]));
        let mut jobs: Vec<Row> = history.tasks_by_sha.get(release.sha).to_vec();
        if let Subject::Deployment(row) = release.subject {
            let run = cell(&history.facts().deployments.run_id, row);
            if run.is_some() {
                jobs.extend_from_slice(history.tasks_by_run.get(run));
            }
        }
        jobs.sort_unstable();
        jobs.dedup();
        // What was over before the merge is not on this part of the way.
        let tasks = &history.facts().task_runs;
        jobs.retain(|job| cell(&tasks.finished_at, *job).is_some_and(|at| at.millis() > merged));
        self.keep(&jobs);
        let mut pipeline = self.jobs(&jobs);
        let sink = self.gates_and_deployments(index, &mut pipeline);
        let gaps = self.walk(&pipeline, (merged, self.to), sink);
        // Between a failed deployment and the next something else may have been built.
        let jobs = pipeline.jobs_only();
        for (source, gap) in gaps {
            if matches!(source, Source::Deployment(_)) {
                self.walk(&jobs, (gap.from, gap.to), None);
            }
        }
    }

    /// Adds the gates of the deployment, the attempts that failed and the deployment itself; returns
    /// the place of the last.
    fn gates_and_deployments(&mut self, index: usize, pipeline: &mut Pipeline) -> Option<usize> {
        let view = self.view;
        let columns = &view.history.facts().deployments;
        let gates = &view.history.facts().gate_evaluations;
        for row in gates_of_deployment(view, index) {
            let Some(decided) = cell(&gates.decided_at, row).map(Timestamp::millis) else {
                continue;
            };
            let asked = cell(&gates.asked_at, row).map(Timestamp::millis);
            let id = cell(&gates.id, row);
            if asked.is_some_and(|asked| asked > decided) {
                self.disagrees(id);
            }
            let decision = Attempt {
                asked: asked.map(|asked| asked.min(decided)),
                from: decided,
                to: decided,
                kind: Kind::Decision,
                id,
                ..Attempt::default()
            };
            pipeline.add(decision, Source::Gate(row));
        }
        let failed = view.releases.events_of(index);
        for event in failed.filter(|event| event.kind == EventKind::FailedAttempt) {
            self.deployment(event.row, true, pipeline);
        }
        let Subject::Deployment(row) = view.releases.list.get(index)?.subject else { return None };
        let created = cell(&columns.created_at, row).map(Timestamp::millis);
        let started = cell(&columns.started_at, row).map(Timestamp::millis);
        if let (Some(created), Some(started)) = (created, started) {
            self.timers(row, (created, started), pipeline);
        }
        self.deployment(row, false, pipeline)
    }

    /// Adds a deployment; returns its place. One whose beginning nobody tells is a moment.
    fn deployment(&mut self, row: Row, red: bool, pipeline: &mut Pipeline) -> Option<usize> {
        let columns = &self.view.history.facts().deployments;
        let millis = |column: &[Option<Timestamp>]| cell(column, row).map(Timestamp::millis);
        let id = cell(&columns.id, row);
        let created = millis(&columns.created_at);
        let to = if red { millis(&columns.finished_at)? } else { self.to };
        let started = millis(&columns.started_at).or(created);
        let from = started.unwrap_or(to);
        if from > to || created.is_some_and(|created| created > from) {
            self.disagrees(id);
        }
        let from = from.min(to);
        let attempt = Attempt {
            asked: created.map(|created| created.min(from)),
            from,
            to,
            red,
            job: Some(DEPLOYMENT),
            id,
            ..Attempt::default()
        };
        Some(pipeline.add(attempt, Source::Deployment(row)))
    }

    /// Adds the fixed waits that the environment is set up with, where no source tells of the wait
    /// itself and the deployment did wait as long.
    fn timers(&mut self, row: Row, (created, started): (i64, i64), pipeline: &mut Pipeline) {
        let facts = self.view.history.facts();
        if pipeline.tells_of(|row| cell(&facts.gate_evaluations.gate_kind, row) == GateKind::Timer)
        {
            return;
        }
        let environment = cell(&facts.deployments.environment, row);
        let definitions = &facts.gate_definitions;
        let timers = self.view.history.definitions.iter().copied().filter(|timer| {
            let applies = cell(&definitions.applies_to, *timer);
            cell(&definitions.gate_kind, *timer) == GateKind::Timer
                && applies.is_some()
                && applies == environment
        });
        for timer in timers {
            let wait = cell(&definitions.wait_ms, timer).unwrap_or(0);
            let until = created.saturating_add(wait);
            if wait <= 0 || until > started {
                continue;
            }
            let decision = Attempt {
                asked: Some(created),
                from: until,
                to: until,
                kind: Kind::Decision,
                id: cell(&definitions.id, timer),
                ..Attempt::default()
            };
            pipeline.add(decision, Source::Definition(timer));
        }
    }
}

/// Returns the approvals, timers, freezes and locks that the release at `index` waited for on its
/// way out.
fn gates_of_deployment(view: View<'_>, index: usize) -> Vec<Row> {
    let history = view.history;
    let facts = history.facts();
    let gates = &facts.gate_evaluations;
    let Some(release) = view.releases.list.get(index) else { return Vec::new() };
    let Subject::Deployment(row) = release.subject else { return Vec::new() };
    let let_through = |gate: Row| match cell(&gates.gate_kind, gate) {
        GateKind::Approval => is_approval(view, gate),
        GateKind::Timer | GateKind::Freeze | GateKind::Lock => {
            matches!(cell(&gates.verdict, gate), Verdict::Pass | Verdict::Bypass | Verdict::Warn)
        }
        _ => false,
    };
    let subjects = [cell(&facts.deployments.run_id, row), release.sha];
    let mut rows: Vec<Row> = subjects
        .into_iter()
        .filter(|subject| subject.is_some())
        .flat_map(|subject| history.gates_by_subject.get(subject))
        .copied()
        .filter(|gate| cell(&gates.subject_kind, *gate) != SubjectKind::Change)
        .filter(|gate| let_through(*gate))
        .filter(|gate| cell(&gates.decided_at, *gate).is_some_and(|at| at <= release.at))
        .collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}
