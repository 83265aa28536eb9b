//! The way of a change request from its beginning to its merge, painted.

use aftercast_model::Timestamp;

use super::approval_of_change;
use super::approvals::{Approval, Who, first_look, ready_at};
use super::builds::{Build, builds_of_jobs};
use super::partition::{Cause, Step, Stretch};
use super::path::Path;
use super::pipeline::decision;
use super::turns::Acts;
use crate::history::{Row, cell};
use crate::review::types::Category;

/// The stations of a change request, in order, in milliseconds.
struct Stations {
    row: Row,
    opened: i64,
    ready: i64,
    /// The first look of another person; not after the merge.
    seen: Option<i64>,
    merged: i64,
}

impl Path<'_> {
    /// Paints the way of a change request from its beginning to its merge; returns the merge.
    pub(super) fn change(&mut self, row: Row) -> i64 {
        let columns = &self.view.history.facts().change_requests;
        // A commit may be older or, after a rebase, younger than its change request: no disagreement.
        let opened = cell(&columns.opened_at, row)
            .map_or(self.from, |at| at.millis().clamp(self.from, self.to));
        let ready =
            ready_at(self.view, row).map_or(opened, |at| at.millis().clamp(opened, self.to));
        let id = self.view.history.change_id(row);
        let merged = self.ordered(cell(&columns.merged_at, row), opened, id).unwrap_or(self.to);
        let ready = ready.min(merged);
        let seen = first_look(self.view, row).map(|at| at.millis().clamp(ready, merged));
        let at = Stations { row, opened, ready, seen, merged };

        let before = "written before the change was opened";
        self.step(&at, (self.from, at.opened), Category::Coding, before);
        self.step(&at, (at.opened, at.ready), Category::Coding, "draft");
        let let_in = match approval_of_change(self.view, row) {
            Some(approval) if approval.who != Who::Author => self.approved(&at, &approval),
            own => self.not_approved_by_another(&at, own.map(|approval| approval.decided)),
        };
        self.step(&at, (let_in, at.merged), Category::MergeWait, "approved, not merged");
        self.builds(row, let_in, at.merged);
        at.merged
    }

    fn step(
        &mut self,
        at: &Stations,
        (from, to): (i64, i64),
        category: Category,
        what: &'static str,
    ) {
        let change = self.view.history.change_id(at.row);
        self.paint(Stretch::new(from, to, category, Step::from(what).of(at.row)).with([change]));
    }

    /// Paints review and approval by another person; returns when the change was let in.
    fn approved(&mut self, at: &Stations, approval: &Approval) -> i64 {
        let decided = self.ordered(Some(approval.decided), at.opened, approval.evidence);
        let decided = decided.unwrap_or(at.merged);
        let decided = decided.clamp(at.ready, at.merged);
        let asked = approval.asked.map_or(at.ready, Timestamp::millis).clamp(at.ready, decided);
        let first = at.seen.map_or(decided, |seen| seen.min(decided));
        let mut wait_from = asked;
        if first < decided {
            self.step(at, (at.ready, first), Category::ReviewWait, "nobody has looked");
            wait_from = asked.max(first);
            self.step(at, (first, decided), Category::Review, "in review");
            self.pauses(at, first, wait_from);
        } else {
            let revising = "further revisions before anybody looked";
            self.step(at, (at.ready, asked), Category::Coding, revising);
            self.pauses(at, at.ready, asked);
        }
        let waiting = match approval.gate_name {
            name if name.is_some() => Step::named("waiting for ", name, ""),
            _ => Step::from("waiting for `review`"),
        };
        let wait = Stretch::new(wait_from, decided, Category::ApprovalWait, waiting.of(at.row))
            .because(decision(self.view, approval.gate_name, wait_from, decided))
            .with([approval.evidence, self.view.history.change_id(at.row)]);
        self.paint(wait);
        decided
    }

    /// Paints the time until the author's own approval, else until the merge; returns its end.
    fn not_approved_by_another(&mut self, at: &Stations, own: Option<Timestamp>) -> i64 {
        let end = own.map_or(at.merged, Timestamp::millis).clamp(at.ready, at.merged);
        if let Some(seen) = at.seen.filter(|seen| *seen < end) {
            self.step(at, (at.ready, seen), Category::ReviewWait, "nobody has looked");
            self.step(at, (seen, end), Category::Review, "in review");
            self.pauses(at, seen, end);
        } else {
            self.step(at, (at.ready, end), Category::Idle, "open, no other person's approval");
        }
        end
    }

    /// Paints the long pauses of `[from, to)` over what is there.
    fn pauses(&mut self, at: &Stations, from: i64, to: i64) {
        let longest = self.view.settings.longest_pause_ms;
        if to.saturating_sub(from) <= longest {
            return;
        }
        for pause in Acts::of(self.view, at.row, at.seen).pauses(from, to, longest) {
            let step = Step::from(pause.step).of(at.row);
            let revision = pause.category == Category::ReworkWait;
            let cause = if revision { Cause::Revision } else { Cause::Ordinary };
            let stretch = Stretch::new(pause.from, pause.to, pause.category, step).because(cause);
            self.paint(stretch.with(pause.evidence).apart());
        }
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
        self.keep(&jobs);
        if jobs.iter().any(|job| cell(&tasks.outcome, *job).is_red()) {
            self.failed_builds(&jobs);
        }
        let gate =
            |job: &Row| cell(&tasks.finished_at, *job).is_some_and(|at| at.millis() > let_in);
        let (gate, before): (Vec<Row>, Vec<Row>) = jobs.into_iter().partition(gate);
        self.unordered(&before);
        let pipeline = self.jobs(&gate);
        self.walk(&pipeline, (let_in, merged), None);
    }

    /// Paints the builds that failed and the time until the next.
    fn failed_builds(&mut self, jobs: &[Row]) {
        let builds: Vec<Build> = builds_of_jobs(self.view, jobs)
            .into_iter()
            .filter(|build| build.red || !build.undecided)
            .collect();
        let begin = |build: &Build| build.from.unwrap_or(build.to).millis();
        for (at, red) in builds.iter().enumerate().filter(|(_, build)| build.red) {
            self.on_path.extend_from_slice(&red.evidence);
            let end = red.to.millis();
            let next = builds.iter().skip(at + 1).find(|next| begin(next) >= end);
            // A red build that nothing followed was overruled, or is still on the way of the gate.
            let Some(next) = next else { continue };
            let flaky = !next.red && next.same_input(red);
            let cause = match (flaky, red.infrastructure) {
                (true, _) => Cause::Flaky,
                (false, true) => Cause::Infrastructure,
                (false, false) => Cause::Ordinary,
            };
            let (failed, wait) = if flaky {
                (" failed, then passed on the same revision", "before the build that passed")
            } else {
                (" failed", "until the next build after the failure")
            };
            let failed = Step::named("", red.red_job, failed);
            let failed = Stretch::new(begin(red), end, Category::Rework, failed).because(cause);
            self.paint(failed.with(red.evidence.iter().take(8).copied()));
            let wait = Stretch::new(end, begin(next), Category::ReworkWait, wait).because(cause);
            self.paint(wait.with(next.evidence.first().copied()));
        }
    }
}
