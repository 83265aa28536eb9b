//! Facts on their way out: rows, the names that all of them share, and batches of about a size.

use std::fmt::Write as _;

use aftercast_model::{Code, FactId, Facts, Name, Outcome, TaskRun, Timestamp};

use crate::jobs::{CASES, CI, DELIVERY, Job};

/// The source that every simulated row names.
pub const SOURCE: &str = "simulation";

/// Names that are used again and again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    pub(crate) source: Name,
    pub(crate) service: Name,
    pub(crate) repo: Name,
    pub(crate) main: Name,
    pub(crate) runner: Name,
    pub(crate) rule: Name,
    pub(crate) broken: Name,
    pub(crate) ci: JobWords<8>,
    pub(crate) delivery: JobWords<5>,
    pub(crate) cases: [Name; 12],
    pub(crate) outcomes: [(Outcome, Name); 4],
}

/// The names of the jobs of a pipeline.
#[derive(Debug, Clone)]
pub(crate) struct JobWords<const N: usize> {
    pub(crate) pipeline: Name,
    jobs: [JobNames; N],
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JobNames {
    name: Name,
    stage: Name,
    kind: Name,
    says: Name,
}

impl<const N: usize> Default for JobWords<N> {
    fn default() -> Self {
        Self { pipeline: Name::NONE, jobs: std::array::from_fn(|_| JobNames::default()) }
    }
}

impl<const N: usize> JobWords<N> {
    fn new(facts: &mut Facts, pipeline: &str, jobs: &[Job; N]) -> Self {
        let pipeline = facts.name(pipeline);
        let jobs = std::array::from_fn(|at| {
            jobs.get(at).map_or_else(JobNames::default, |job| JobNames {
                name: facts.name(job.name),
                stage: facts.name(job.stage),
                kind: facts.name(job.kind),
                says: facts.name(job.says),
            })
        });
        Self { pipeline, jobs }
    }

    pub(crate) fn get(&self, job: usize) -> JobNames {
        self.jobs.get(job).copied().unwrap_or_default()
    }
}

/// What a row of `task_runs` says beside its names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ran {
    pub(crate) names: JobNames,
    pub(crate) run: Name,
    pub(crate) attempt: u32,
    pub(crate) sha: Name,
    pub(crate) change: Option<(i64, i64)>,
    pub(crate) queued: i64,
    pub(crate) started: i64,
    pub(crate) finished: i64,
    pub(crate) outcome: Outcome,
    pub(crate) class: aftercast_model::FailureClass,
    pub(crate) tests: Option<i64>,
}

/// The facts that are being written.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) facts: Facts,
    pub(crate) words: Words,
    service: String,
    repo: String,
    buffer: String,
    /// Rows handed on before.
    pub(crate) rows: u64,
    pub(crate) task_runs: u64,
}

impl Batch {
    /// Makes `service` the service of the rows that follow.
    pub(crate) fn turn_to(&mut self, service: &str, repo: &str) {
        service.clone_into(&mut self.service);
        repo.clone_into(&mut self.repo);
        self.intern();
    }

    fn intern(&mut self) {
        let facts = &mut self.facts;
        let outcomes = [Outcome::Success, Outcome::Failure, Outcome::Error, Outcome::Unknown];
        self.words = Words {
            source: facts.name(SOURCE),
            service: facts.name(&self.service),
            repo: facts.name(&self.repo),
            main: facts.name("main"),
            runner: facts.name("pool-a"),
            rule: facts.name("simulated"),
            broken: facts.name("the runner was lost"),
            ci: JobWords::new(facts, "ci", &CI),
            delivery: JobWords::new(facts, "deliver", &DELIVERY),
            cases: CASES.map(|case| facts.name(case)),
            outcomes: outcomes.map(|outcome| (outcome, facts.name(outcome.word()))),
        };
    }

    /// Hands on what is there, where it is enough.
    pub(crate) fn pass<E>(
        &mut self,
        least: usize,
        sink: &mut dyn FnMut(Facts) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.facts.len() < least.max(1) {
            return Ok(());
        }
        let facts = std::mem::take(&mut self.facts);
        self.rows += facts.len() as u64;
        sink(facts)?;
        self.intern();
        Ok(())
    }

    /// Returns the id of the row that is called `native` in `table`.
    pub(crate) fn id(table: &str, native: &str, attempt: u32) -> FactId {
        FactId::new(SOURCE, table, native, attempt)
    }

    /// Returns the name of a formatted text.
    pub(crate) fn name(&mut self, text: std::fmt::Arguments<'_>) -> Name {
        self.buffer.clear();
        // Writing into a text cannot fail.
        let _ = self.buffer.write_fmt(text);
        self.facts.names.intern(&self.buffer)
    }

    /// Returns the name of a formatted text, and the id of the row of `table` that has it as its own.
    pub(crate) fn own(
        &mut self,
        table: &str,
        attempt: u32,
        text: std::fmt::Arguments<'_>,
    ) -> (Name, FactId) {
        let name = self.name(text);
        (name, Self::id(table, &self.buffer, attempt))
    }

    /// Returns the source's word for an outcome.
    pub(crate) fn status(&self, outcome: Outcome) -> Name {
        let known = self.words.outcomes.iter().find(|(other, _)| *other == outcome);
        known.map(|(_, name)| *name).unwrap_or_default()
    }

    /// Writes a row of `task_runs`; returns its task id.
    pub(crate) fn job(&mut self, ran: Ran, text: std::fmt::Arguments<'_>) -> Name {
        let (task_id, id) = self.own("task_runs", ran.attempt, text);
        let failed = ran.outcome.is_red();
        let row = TaskRun {
            id,
            source: self.words.source,
            service: self.words.service,
            observed_at: at(ran.finished),
            url: Name::NONE,
            native_status: self.status(ran.outcome),
            repo: self.words.repo,
            run_id: ran.run,
            attempt: Some(i64::from(ran.attempt)),
            task_id,
            name: ran.names.name,
            stage: ran.names.stage,
            kind: ran.names.kind,
            required: Some(true),
            sha: ran.sha,
            change_number: ran.change.map(|(number, _)| number),
            revision: ran.change.map(|(_, revision)| revision),
            queued_at: at(ran.queued),
            started_at: at(ran.started),
            finished_at: at(ran.finished),
            outcome: ran.outcome,
            failure_class: ran.class,
            failure_rule: if failed { self.words.rule } else { Name::NONE },
            failure_text: match ran.outcome {
                Outcome::Error => self.words.broken,
                Outcome::Failure => ran.names.says,
                _ => Name::NONE,
            },
            runner: self.words.runner,
            tests_run: ran.tests,
        };
        self.facts.task_runs.push(row);
        self.task_runs += 1;
        task_id
    }
}

/// Returns the moment `millis`.
#[expect(clippy::unnecessary_wraps, reason = "a cell of a column of times may be missing")]
pub(crate) fn at(millis: i64) -> Option<Timestamp> {
    Some(Timestamp::from_millis(millis))
}
