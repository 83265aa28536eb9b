//! Where the lead time of a release went: the way of the change that it begins with.

use std::collections::BTreeMap;

use aftercast_model::{Timestamp, human_duration};

use super::approvals::approvals_of_deployment;
use super::builds::{Build, builds_of_jobs};
use super::layers;
use super::partition::{Canvas, Cause, Stretch, Work, walk_back};
use super::{Start, View, Who, approval_of_change, beginning};
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
    path.to_production(index, merged);
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
    let own = view.releases.commits(index);
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
struct Path<'a> {
    view: View<'a>,
    canvas: Canvas,
    from: i64,
    to: i64,
    disagreements: usize,
}

impl Path<'_> {
    fn paint(&mut self, from: i64, to: i64, category: Category, step: &str) {
        self.canvas.paint(Stretch::new(from, to, category, step));
    }

    /// Returns `at`, not before `after` and not after the release; counts clocks that disagree.
    fn ordered(&mut self, at: Option<Timestamp>, after: i64) -> Option<i64> {
        let at = at?.millis();
        if at < after || at > self.to {
            self.disagreements += 1;
        }
        Some(at.clamp(after.min(self.to), self.to))
    }

    /// Paints the way of a change request from its beginning to its merge; returns the merge.
    fn change(&mut self, row: Row) -> i64 {
        let view = self.view;
        let columns = &view.history.facts().change_requests;
        let id = view.history.change_id(row);
        let name = view.history.change_name(row);
        // A commit may be older or, after a rebase, younger than its change request: no disagreement.
        let opened = cell(&columns.opened_at, row)
            .map_or(self.from, |at| at.millis().clamp(self.from, self.to));
        let ready = cell(&columns.ready_at, row)
            .map_or(opened, |at| at.millis().clamp(opened, self.to));
        let merged = self.ordered(cell(&columns.merged_at, row), opened).unwrap_or(self.to);
        let seen = cell(&columns.first_review_at, row)
            .map(|at| at.millis().clamp(ready.min(merged), merged));
        let step = |what: &str| format!("{what} (change {name})");

        self.paint(self.from, opened, Category::Coding, &step("written before the change was opened"));
        self.paint(opened, ready, Category::Coding, &step("draft"));
        let approval = approval_of_change(view, row);
        let let_in = match approval.as_ref().filter(|approval| approval.who != Who::Author) {
            Some(approval) => {
                let decided = self.ordered(Some(approval.decided), opened).unwrap_or(merged);
                let decided = decided.clamp(ready.min(merged), merged);
                let asked = approval.asked.map_or(ready, Timestamp::millis).clamp(ready, decided.max(ready));
                let first = seen.unwrap_or(decided).min(decided);
                let mut wait_from = asked;
                if first < decided {
                    self.paint(ready, first, Category::ReviewWait, &step("nobody has looked"));
                    self.paint(first, decided, Category::Review, &step("in review"));
                    wait_from = asked.max(first);
                } else {
                    self.paint(ready, asked, Category::Coding, &step("further revisions before anybody looked"));
                }
                let wait = Stretch::new(
                    wait_from,
                    decided,
                    Category::ApprovalWait,
                    step(&format!("waiting for `{}`", approval.gate)),
                );
                self.canvas.paint(wait.with([approval.evidence, id]));
                decided
            }
            None => {
                let own = approval.as_ref().map(|approval| approval.decided.millis());
                let end = own.unwrap_or(merged).clamp(ready.min(merged), merged);
                match seen.filter(|seen| *seen < end) {
                    Some(seen) => {
                        self.paint(ready, seen, Category::ReviewWait, &step("nobody has looked"));
                        self.paint(seen, end, Category::Review, &step("in review"));
                    }
                    None => self.paint(
                        ready,
                        end,
                        Category::Idle,
                        &step("open, no other person's approval"),
                    ),
                }
                end
            }
        };
        self.paint(let_in, merged, Category::MergeWait, &step("approved, not merged"));
        self.builds(row, let_in, merged);
        merged
    }

    /// Paints failed builds before the approval, and what ran between approval and merge.
    fn builds(&mut self, row: Row, let_in: i64, merged: i64) {
        let view = self.view;
        let Some(key) = view.history.change_key(row) else { return };
        let tasks = &view.history.facts().task_runs;
        let jobs: Vec<Row> = view
            .history
            .tasks_by_change
            .get(key)
            .iter()
            .copied()
            .filter(|job| cell(&tasks.finished_at, *job).is_some_and(|at| at.millis() <= merged))
            .collect();
        let builds: Vec<Build> = builds_of_jobs(view, &jobs)
            .into_iter()
            .filter(|build| build.red || !build.undecided)
            .collect();
        let begin = |build: &Build| build.from.unwrap_or(build.to).millis();
        for (at, red) in builds.iter().enumerate().filter(|(_, build)| build.red) {
            let end = red.to.millis();
            let next = builds.iter().skip(at + 1).find(|next| begin(next) >= end);
            // A red build that nothing followed was overruled, or is still on the way of the gate.
            let Some(next) = next else { continue };
            let flaky = !next.red && next.same_input(red);
            let cause = if flaky { Cause::Flaky } else { Cause::Ordinary };
            let job = view.history.facts().text(red.red_job);
            let (failed, wait) = if flaky {
                (format!("`{job}` failed, then passed on the same revision"), "before the build that passed")
            } else {
                (format!("`{job}` failed"), "until the next build after the failure")
            };
            let evidence = red.evidence.iter().take(8).copied();
            self.canvas.paint(
                Stretch::new(begin(red), end, Category::Rework, failed)
                    .because(cause)
                    .with(evidence),
            );
            self.canvas.paint(
                Stretch::new(end, begin(next), Category::ReworkWait, wait)
                    .because(cause)
                    .with(next.evidence.first().copied()),
            );
        }
        let gate: Vec<Work> = jobs
            .iter()
            .filter(|job| !cell(&tasks.outcome, **job).is_red())
            .filter_map(|job| self.work(*job))
            .collect();
        for stretch in walk_back(&gate, let_in, merged) {
            self.canvas.paint(stretch);
        }
    }

    fn work(&self, job: Row) -> Option<Work> {
        let facts = self.view.history.facts();
        let tasks = &facts.task_runs;
        let by_hand = facts.text(cell(&tasks.kind, job)) == "manual";
        Some(Work {
            queued: cell(&tasks.queued_at, job).map(Timestamp::millis),
            from: cell(&tasks.started_at, job)?.millis(),
            to: cell(&tasks.finished_at, job)?.millis(),
            category: if by_hand { Category::Manual } else { Category::Run },
            step: format!("`{}`", facts.text(cell(&tasks.name, job))),
            evidence: cell(&tasks.id, job),
        })
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
        self.canvas.paint(
            stretch.with([view.history.commit_id(position), view.history.commit_id(merge)]),
        );
        there
    }

    /// Paints the way from the merge to production.
    fn to_production(&mut self, index: usize, merged: i64) {
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
            let from = cell(&columns.started_at, event.row).or(cell(&columns.created_at, event.row));
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

/// Returns what a segment says in the page: "waiting for `Code-Review` (change 7): 1 d 10 h".
pub(crate) fn says(segment: &Segment) -> String {
    format!("{}: {}", segment.step, human_duration(segment.to_at.since(segment.from_at)))
}
