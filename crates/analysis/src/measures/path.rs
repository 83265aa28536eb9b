//! Where the lead time of a release went: the way of the change that it begins with.

use std::collections::BTreeMap;

use aftercast_model::{Timestamp, human_duration};

use super::approvals::approvals_of_deployment;
use super::layers;
use super::partition::{Canvas, Cause, Stretch, Work, walk_back};
use super::turns::{is_pause, pause_says};
use super::{Start, View, beginning};
use crate::history::{Position, Row, cell};
use crate::releases::{EventKind, Subject};
use crate::review::types::{Category, LeadTime, Segment};

/// Returns the lead time of the release at `index` cut into segments, and sentences on clocks that
/// disagree; `None` where its beginning is not known.
pub(crate) fn lead_time(view: View<'_>, index: usize) -> Option<(LeadTime, Vec<String>)> {
    let release = view.releases.list.get(index)?;
    let begin = beginning(view, index)?;
    let mut path = Path {
        view,
        canvas: Canvas::new(begin.at.millis(), release.at.millis()),
        from: begin.at.millis(),
        to: release.at.millis(),
        disagreements: begin.skewed,
    };
    let change = match begin.start {
        Start::Change(row) => Some(row),
        Start::Commit(position) => change_of(view, index, position),
    };
    let merged = match change {
        Some(row) => path.change(row),
        None => path.git_only(index, begin.start),
    };
    path.after_merge(index, merged);
    let mut notes = Vec::new();
    if path.disagreements > 0 {
        notes.push(format!(
            "Clocks disagree in {} places on the way of this release; times were clamped into order.",
            path.disagreements
        ));
    }
    let stretches = path.canvas.finish();
    let mut by_category_ms = BTreeMap::new();
    for stretch in &stretches {
        let sum: &mut i64 = by_category_ms.entry(stretch.category).or_insert(0);
        *sum = sum.saturating_add(stretch.to.saturating_sub(stretch.from));
    }
    let lead_time = LeadTime {
        from_at: begin.at,
        to_at: release.at,
        from_says: match begin.start {
            Start::Change(row) => format!("change {} opened", view.history.change_name(row)),
            Start::Commit(_) => "first commit written".to_owned(),
        },
        by_category_ms,
        by_layer_ms: layers::sums(&stretches),
        segments: stretches.into_iter().map(segment).collect(),
    };
    Some((lead_time, notes))
}

fn segment(stretch: Stretch) -> Segment {
    Segment {
        from_at: Timestamp::from_millis(stretch.from),
        to_at: Timestamp::from_millis(stretch.to),
        category: stretch.category,
        step: stretch.step,
        layer: layers::shares(stretch.category, stretch.cause),
        evidence: stretch.evidence,
    }
}

/// Returns the change request that brought the commit at `position` to the main line.
fn change_of(view: View<'_>, index: usize, position: Position) -> Option<Row> {
    let history = view.history;
    let shipped = view.releases.changes(index);
    let of = |position: Position| {
        let rows = history.changes_by_sha.get(history.commit_sha(position));
        rows.iter().copied().find(|row| shipped.contains(row))
    };
    let merge = brought_by(view, index, position);
    let itself = || match view.releases.list.get(index).map(|release| release.subject) {
        Some(Subject::Change(row)) => Some(row),
        _ => None,
    };
    of(position).or_else(|| merge.and_then(of)).or_else(itself)
}

/// Returns the first commit of the release's main line from which the commit at `position` can be
/// reached: itself, or the merge that brought it.
fn brought_by(view: View<'_>, index: usize, position: Position) -> Option<Position> {
    let graph = &view.history.commits;
    let release = view.releases.list.get(index)?;
    let own = view.releases.walked(index);
    let is_own = |at: Position| own.binary_search(&at).is_ok();
    let tip = match release.subject {
        Subject::Commit(tip) => tip,
        _ => graph.position(release.sha)?,
    };
    let mut line: Vec<Position> = Vec::new();
    let mut at = Some(tip).filter(|at| is_own(*at));
    while let Some(here) = at {
        line.push(here);
        if line.len() > own.len() {
            break;
        }
        at = graph.parents(here).first().copied().filter(|at| is_own(*at));
    }
    let mut seen = vec![false; own.len()];
    let mut stack = Vec::new();
    for merge in line.into_iter().rev() {
        stack.push(merge);
        while let Some(here) = stack.pop() {
            let Ok(slot) = own.binary_search(&here) else { continue };
            match seen.get_mut(slot) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            if here == position {
                return Some(merge);
            }
            stack.extend_from_slice(graph.parents(here));
        }
    }
    None
}

/// The canvas of one release, being painted.
pub(super) struct Path<'a> {
    pub(super) view: View<'a>,
    pub(super) canvas: Canvas,
    pub(super) from: i64,
    pub(super) to: i64,
    disagreements: usize,
}

impl Path<'_> {
    pub(super) fn paint(&mut self, from: i64, to: i64, category: Category, step: &str) {
        self.canvas.paint(Stretch::new(from, to, category, step));
    }

    /// Returns `at`, not before `after` and not after the release; counts clocks that disagree.
    pub(super) fn ordered(&mut self, at: Option<Timestamp>, after: i64) -> Option<i64> {
        let at = at?.millis();
        if at < after || at > self.to {
            self.disagreements += 1;
        }
        Some(at.clamp(after.min(self.to), self.to))
    }

    /// Paints a commit's way to the main line where git is all there is; returns when it was there.
    fn git_only(&mut self, index: usize, start: Start) -> i64 {
        let view = self.view;
        let Start::Commit(position) = start else { return self.from };
        let merge = brought_by(view, index, position).unwrap_or(position);
        let there = view.history.committed_at(merge);
        let there = self.ordered(there, self.from).unwrap_or(self.to);
        let stretch = Stretch::new(
            self.from,
            there,
            Category::Coding,
            "written and reviewed (git alone cannot tell which)",
        );
        let evidence = [view.history.commit_id(position), view.history.commit_id(merge)];
        self.canvas.paint(stretch.because(Cause::Untold).with(evidence));
        there
    }

    /// Paints the way from the merge to production.
    fn after_merge(&mut self, index: usize, merged: i64) {
        let view = self.view;
        let history = view.history;
        let facts = history.facts();
        let Some(release) = view.releases.list.get(index) else { return };
        if merged >= self.to {
            return;
        }
        let waiting = Stretch::new(
            merged,
            self.to,
            Category::Batching,
            "on the main line, waiting for the release",
        );
        self.canvas.paint(waiting.with([release.fact(history)]));
        let tasks = &facts.task_runs;
        let mut jobs: Vec<Row> = history.tasks_by_sha.get(release.sha).to_vec();
        let mut until = self.to;
        let columns = &facts.deployments;
        if let Subject::Deployment(row) = release.subject {
            let run = cell(&columns.run_id, row);
            if run.is_some() {
                jobs.extend_from_slice(history.tasks_by_run.get(run));
            }
            let start = cell(&columns.started_at, row).or(cell(&columns.created_at, row));
            until = start.map_or(self.to, |at| at.millis().min(self.to));
        }
        jobs.sort_unstable();
        jobs.dedup();
        let work: Vec<Work> = jobs
            .iter()
            .filter(|job| !cell(&tasks.outcome, **job).is_red())
            .filter_map(|job| self.work(*job))
            .collect();
        for stretch in walk_back(&work, merged, until) {
            self.canvas.paint(stretch);
        }
        for event in view.releases.events_of(index) {
            if event.kind != EventKind::FailedAttempt {
                continue;
            }
            let from =
                cell(&columns.started_at, event.row).or(cell(&columns.created_at, event.row));
            let (Some(from), Some(to)) = (from, cell(&columns.finished_at, event.row)) else {
                continue;
            };
            let failed =
                Stretch::new(from.millis(), to.millis(), Category::Rework, "failed deployment");
            self.canvas.paint(failed.with([cell(&columns.id, event.row)]));
        }
        if let Subject::Deployment(row) = release.subject {
            self.deployment(index, row);
        }
    }

    /// Paints the deployment itself: waiting for a machine, for an approval, going out.
    fn deployment(&mut self, index: usize, row: Row) {
        let columns = &self.view.history.facts().deployments;
        let id = cell(&columns.id, row);
        let created = cell(&columns.created_at, row).map(Timestamp::millis);
        let started = cell(&columns.started_at, row).map(Timestamp::millis);
        if let (Some(created), Some(started)) = (created, started) {
            let queue = Stretch::new(created, started, Category::Queue, "deployment queued");
            self.canvas.paint(queue.with([id]));
        }
        for approval in approvals_of_deployment(self.view, index) {
            if let Some(asked) = approval.asked {
                let wait = Stretch::new(
                    asked.millis(),
                    approval.decided.millis(),
                    Category::ApprovalWait,
                    format!("waiting for `{}` of the deployment", approval.gate),
                );
                self.canvas.paint(wait.with([approval.evidence]));
            }
        }
        if let Some(started) = started {
            let deploy = Stretch::new(started, self.to, Category::Deploy, "deployment");
            self.canvas.paint(deploy.with([id]));
        }
    }
}

/// Returns the longest segment that is a delay, with what it took.
pub(crate) fn longest_delay(lead_time: &LeadTime) -> Option<(&Segment, i64)> {
    lead_time
        .segments
        .iter()
        .filter(|segment| segment.layer != crate::review::types::LayerShares::default())
        .map(|segment| (segment, segment.to_at.since(segment.from_at)))
        .max_by_key(|(segment, length)| (*length, segment.from_at))
}

/// Returns the longest segment without a sign of work, where it is longer than every delay.
pub(crate) fn longest_idle(lead_time: &LeadTime) -> Option<&Segment> {
    let delay = longest_delay(lead_time).map_or(0, |(_, length)| length);
    let length = |segment: &Segment| segment.to_at.since(segment.from_at);
    let idle = lead_time.segments.iter().filter(|segment| segment.category == Category::Idle);
    idle.filter(|segment| is_pause(segment) && length(segment) > delay)
        .max_by_key(|segment| (length(segment), segment.from_at))
}

/// Returns what a segment says in the page: "waiting for `Code-Review` (change 7): 1 d 10 h".
pub(crate) fn says(segment: &Segment) -> String {
    let length = human_duration(segment.to_at.since(segment.from_at));
    pause_says(segment, &length).unwrap_or_else(|| format!("{}: {length}", segment.step))
}
