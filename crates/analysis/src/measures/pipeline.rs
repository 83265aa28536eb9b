//! Jobs, gates and deployments as attempts, and the legs of a walk as stretches to paint.

use aftercast_model::{FailureClass, GateKind, Name, Outcome, Timestamp};

use super::View;
use super::attempts::{Attempt, Kind, Leg, OVERLAP_MS, Part, walk_back};
use super::hours;
use super::partition::{Cause, Step, Stretch};
use super::path::Path;
use crate::history::{Row, cell};
use crate::review::types::Category;

/// How often a gate must have said yes, and never no, to count as one that never says no: below this
/// the 95 % bound of its noes is above 5 %.
const NEVER_NO: usize = 59;

/// Where an attempt comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A row of `task_runs`.
    Task(Row),
    /// A row of `gate_evaluations`.
    Gate(Row),
    /// A row of `gate_definitions`: a timer.
    Definition(Row),
    /// A row of `deployments`.
    Deployment(Row),
}

/// Attempts, and where each comes from.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    pub(super) attempts: Vec<Attempt>,
    sources: Vec<Source>,
}

impl Pipeline {
    /// Adds an attempt; returns its place.
    pub(super) fn add(&mut self, attempt: Attempt, source: Source) -> usize {
        self.attempts.push(attempt);
        self.sources.push(source);
        self.attempts.len() - 1
    }

    /// Returns whether one of its gates is as `is` says.
    pub(super) fn tells_of(&self, is: impl Fn(Row) -> bool) -> bool {
        self.sources.iter().any(|source| matches!(source, Source::Gate(row) if is(*row)))
    }

    /// Returns the attempts that are jobs.
    pub(super) fn jobs_only(&self) -> Self {
        let pairs = self.attempts.iter().zip(&self.sources);
        let jobs = pairs.filter(|(_, source)| matches!(source, Source::Task(_)));
        let (attempts, sources) = jobs.map(|(attempt, source)| (*attempt, *source)).unzip();
        Self { attempts, sources }
    }
}

impl Path<'_> {
    /// Keeps the jobs that were neither red nor stopped as work that may lie beside the way.
    pub(super) fn keep(&mut self, jobs: &[Row]) {
        let tasks = &self.view.history.facts().task_runs;
        for row in jobs.iter().copied() {
            let stopped = matches!(
                cell(&tasks.outcome, row),
                Outcome::Cancelled
                    | Outcome::Skipped
                    | Outcome::Failure
                    | Outcome::TimedOut
                    | Outcome::Error
            );
            let (from, to) = (cell(&tasks.started_at, row), cell(&tasks.finished_at, row));
            if let (Some(from), Some(to), false) = (from, to, stopped)
                && from < to
            {
                self.work.push((from.millis(), to.millis(), cell(&tasks.id, row)));
            }
        }
    }

    /// Counts jobs whose own times contradict their order.
    pub(super) fn unordered(&mut self, jobs: &[Row]) {
        let tasks = &self.view.history.facts().task_runs;
        for row in jobs.iter().copied() {
            let begun = cell(&tasks.started_at, row);
            let (asked, ended) = (cell(&tasks.queued_at, row), cell(&tasks.finished_at, row));
            let late = |before: Option<Timestamp>, after: Option<Timestamp>| {
                before.is_some_and(|before| after.is_some_and(|after| after < before))
            };
            if late(begun, ended) || late(asked, begun) {
                self.disagrees(cell(&tasks.id, row));
            }
        }
    }

    /// Returns jobs as attempts.
    pub(super) fn jobs(&mut self, jobs: &[Row]) -> Pipeline {
        self.unordered(jobs);
        let facts = self.view.history.facts();
        let tasks = &facts.task_runs;
        let manual = facts.names.find("manual").unwrap_or_default();
        // Attempts of one job: in one run, else in one stage on one revision.
        let key = |row: Row| {
            let run = cell(&tasks.run_id, row);
            let stage = if run.is_some() { Name::NONE } else { cell(&tasks.stage, row) };
            (cell(&tasks.name, row), run, stage, cell(&tasks.revision, row), cell(&tasks.sha, row))
        };
        let mut keys: Vec<_> = jobs.iter().map(|row| key(*row)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut pipeline = Pipeline::default();
        for row in jobs.iter().copied() {
            let millis = |column: &[Option<Timestamp>]| cell(column, row).map(Timestamp::millis);
            let (Some(from), Some(to)) = (millis(&tasks.started_at), millis(&tasks.finished_at))
            else {
                continue;
            };
            let asked = millis(&tasks.queued_at);
            let id = cell(&tasks.id, row);
            let from = from.min(to);
            let outcome = cell(&tasks.outcome, row);
            let run = cell(&tasks.run_id, row);
            let by_hand = manual.is_some() && cell(&tasks.kind, row) == manual;
            let attempt = Attempt {
                asked: asked.map(|asked| asked.min(from)),
                from,
                to,
                kind: if by_hand { Kind::Hand } else { Kind::Machine },
                red: outcome.is_red(),
                run: run.is_some().then(|| u32::try_from(run.index()).unwrap_or(u32::MAX)),
                job: keys.binary_search(&key(row)).ok().and_then(|at| u32::try_from(at).ok()),
                number: cell(&tasks.attempt, row),
                id,
            };
            if from < to
                && !matches!(outcome, Outcome::Cancelled | Outcome::Skipped)
                && !attempt.red
            {
                self.work.push((from, to, id));
            }
            pipeline.add(attempt, Source::Task(row));
        }
        pipeline
    }

    /// Walks back over `pipeline` and paints the legs; returns those before a repeated attempt.
    pub(super) fn walk(
        &mut self,
        pipeline: &Pipeline,
        (since, until): (i64, i64),
        sink: Option<usize>,
    ) -> Vec<(Source, Leg)> {
        let legs = walk_back(&pipeline.attempts, since, until, sink, OVERLAP_MS);
        let mut gaps = Vec::new();
        let mut repeated = Cause::Ordinary;
        for leg in legs {
            let Some(source) = pipeline.sources.get(leg.attempt).copied() else { continue };
            if leg.part == Part::Repeated {
                repeated = self.why_repeated(source);
            }
            if leg.part == Part::BeforeRepeat {
                gaps.push((source, leg));
            }
            self.leg(leg, source, repeated);
        }
        gaps
    }

    /// Returns why an attempt had to be repeated.
    fn why_repeated(&self, source: Source) -> Cause {
        let tasks = &self.view.history.facts().task_runs;
        let Source::Task(row) = source else { return Cause::Ordinary };
        match cell(&tasks.failure_class, row) {
            FailureClass::Infrastructure => Cause::Infrastructure,
            _ if cell(&tasks.outcome, row).is_red() => Cause::Flaky,
            _ => Cause::Ordinary,
        }
    }

    /// Paints one leg.
    fn leg(&mut self, leg: Leg, source: Source, repeated: Cause) {
        let view = self.view;
        let facts = view.history.facts();
        let new = |category: Category, step: Step| Stretch::new(leg.from, leg.to, category, step);
        let (stretch, id) = match source {
            Source::Task(row) => {
                let name = cell(&facts.task_runs.name, row);
                let id = cell(&facts.task_runs.id, row);
                self.on_path.push(id);
                if leg.part == Part::Work {
                    self.job(row, leg);
                    return;
                }
                (job_leg(leg, name, repeated), id)
            }
            Source::Gate(row) => {
                let gates = &facts.gate_evaluations;
                let name = cell(&gates.gate, row);
                let (category, cause) = match cell(&gates.gate_kind, row) {
                    GateKind::Timer => (Category::ApprovalWait, Cause::Timer),
                    GateKind::Freeze => (Category::Batching, Cause::Freeze),
                    GateKind::Lock => (Category::Queue, Cause::Lock),
                    _ => (Category::ApprovalWait, decision(view, name, leg.from, leg.to)),
                };
                let step = Step::named("waiting for ", name, " of the deployment");
                (new(category, step).because(cause), cell(&gates.id, row))
            }
            Source::Definition(row) => {
                let definitions = &facts.gate_definitions;
                let name = cell(&definitions.gate, row);
                let step = Step::named("waiting for ", name, " of the deployment");
                let stretch = new(Category::ApprovalWait, step).because(Cause::Timer);
                (stretch, cell(&definitions.id, row))
            }
            Source::Deployment(row) => {
                let stretch = match leg.part {
                    Part::Repeated => new(Category::Rework, "failed deployment".into()),
                    Part::BeforeRepeat => {
                        let step = "until the next deployment after the failure";
                        new(Category::ReworkWait, step.into())
                    }
                    Part::Queue => new(Category::Queue, "deployment queued".into()),
                    _ => new(Category::Deploy, "deployment".into()),
                };
                (stretch, cell(&facts.deployments.id, row))
            }
        };
        self.paint(stretch.with([id]));
    }

    /// Paints a job: from twice its usual time on, what it took beyond that stands apart.
    fn job(&mut self, row: Row, leg: Leg) {
        /// Less is not worth a word.
        const WORTH_MS: i64 = 60_000;
        let facts = self.view.history.facts();
        let tasks = &facts.task_runs;
        let (name, id) = (cell(&tasks.name, row), cell(&tasks.id, row));
        if facts.text(cell(&tasks.kind, row)) == "manual" {
            let step = Step::named("", name, "");
            self.paint(Stretch::new(leg.from, leg.to, Category::Manual, step).with([id]));
            return;
        }
        let length = leg.to.saturating_sub(leg.from);
        let usual = Some(length).filter(|length| *length >= WORTH_MS);
        let usual = usual.and_then(|length| usual_ms(self.view, row, length));
        let usual = usual.filter(|usual| length.saturating_sub(*usual) >= WORTH_MS);
        let step = Step::named("", name, "");
        let split = usual.map_or(leg.to, |usual| leg.from.saturating_add(usual));
        self.paint(Stretch::new(leg.from, split, Category::Run, step).with([id]));
        if let Some(usual) = usual {
            let step = Step::named("", name, ", longer than usual").usual(usual);
            let slow = Stretch::new(split, leg.to, Category::Run, step);
            self.paint(slow.because(Cause::Slow).with([id]));
        }
    }
}

/// Returns a leg of a job that is not its work.
fn job_leg(leg: Leg, name: Name, repeated: Cause) -> Stretch {
    let new = |category: Category, before: &'static str, after: &'static str| {
        Stretch::new(leg.from, leg.to, category, Step::named(before, name, after))
    };
    match leg.part {
        Part::Repeated if repeated == Cause::Flaky => {
            new(Category::Rework, "", " failed, then passed on the same revision").because(repeated)
        }
        Part::Repeated => new(Category::Rework, "", " was run again").because(repeated),
        Part::BeforeRepeat => {
            new(Category::ReworkWait, "until ", " was run again").because(repeated)
        }
        Part::Start => {
            let start = new(Category::Manual, "waiting for somebody to start ", "");
            start.because(Cause::Unstarted)
        }
        Part::Between => new(Category::Idle, "between two jobs, before ", " was asked for"),
        _ => new(Category::Queue, "waiting for a machine: ", ""),
    }
}

/// Returns what is known of a wait for an approval: whether the gate ever says no, and whether it took
/// nights.
pub(super) fn decision(view: View<'_>, gate: Name, from: i64, to: i64) -> Cause {
    let nights = hours::nights(&view.settings.hours, from, to) >= 2;
    match (never_says_no(view, gate, to), nights) {
        (true, true) => Cause::NeverNoNights,
        (true, false) => Cause::NeverNo,
        (false, true) => Cause::Nights,
        (false, false) => Cause::Ordinary,
    }
}

/// Returns whether a gate has said yes often enough by `at`, and never no.
fn never_says_no(view: View<'_>, gate: Name, at: i64) -> bool {
    let history = view.history;
    let decided = &history.facts().gate_evaluations.decided_at;
    let yes = history.yes_by_gate.get(gate);
    let by = |row: &Row| cell(decided, *row).is_some_and(|decided| decided.millis() <= at);
    let no = history.first_no_by_gate.get(gate).first();
    yes.partition_point(by) >= NEVER_NO && !no.is_some_and(by)
}

/// Returns what the job of a row usually takes, where this time it took at least twice that: the
/// median of its last successes before, at most 20; `None` below eight.
fn usual_ms(view: View<'_>, row: Row, length: i64) -> Option<i64> {
    const LAST: usize = 20;
    const LEAST: usize = 8;
    let tasks = &view.history.facts().task_runs;
    let begin = cell(&tasks.started_at, row)?;
    let all = view.history.tasks_by_name.get(cell(&tasks.name, row));
    let earlier = all.partition_point(|other| {
        let at = cell(&tasks.started_at, *other).or(cell(&tasks.queued_at, *other));
        at.or(cell(&tasks.finished_at, *other)).is_some_and(|at| at < begin)
    });
    let lengths = all
        .get(..earlier)?
        .iter()
        .rev()
        .filter(|other| cell(&tasks.outcome, **other) == Outcome::Success)
        .filter_map(|other| {
            Some(cell(&tasks.finished_at, *other)?.since(cell(&tasks.started_at, *other)?))
        });
    let mut known: Vec<i64> = Vec::with_capacity(LAST);
    let mut long = 0;
    for usual in lengths.take(LAST) {
        // Most jobs take as long as ever: half of the last ones show it.
        long += usize::from(length / 2 < usual);
        if long > LAST / 2 {
            return None;
        }
        known.push(usual);
    }
    known.sort_unstable();
    let middle = known.get(known.len() / 2).copied();
    middle.filter(|middle| known.len() >= LEAST && 0 < *middle && *middle <= length / 2)
}
