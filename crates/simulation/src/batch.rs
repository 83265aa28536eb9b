//! Facts on their way out: rows, the names that all of them share, and batches of about a size.

use aftercast_model::{Code, FactId, Facts, Name, Outcome, TaskRun, Timestamp};

use crate::dice::Dice;
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
    pub(crate) ci: JobWords<16>,
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

/// A part of a native id.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'a> {
    Number(u64),
    Text(&'a str),
    /// A letter before a number.
    Letter(u8, u64),
}

impl From<u64> for Part<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Part<'_> {
    fn from(number: u32) -> Self {
        Self::Number(u64::from(number))
    }
}

impl From<i64> for Part<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number.cast_unsigned())
    }
}

impl From<usize> for Part<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl<'a> From<&'a str> for Part<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl Part<'_> {
    /// Formatting by hand: `format!` would be a fifth of the whole simulation.
    fn write(self, text: &mut Vec<u8>) {
        match self {
            Self::Number(number) => decimal(number, text),
            Self::Text(own) => text.extend_from_slice(own.as_bytes()),
            Self::Letter(letter, number) => {
                text.push(letter);
                decimal(number, text);
            }
        }
    }
}

fn decimal(mut number: u64, text: &mut Vec<u8>) {
    let begin = text.len();
    loop {
        text.push(b'0' + u8::try_from(number % 10).unwrap_or_default());
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.get_mut(begin..).unwrap_or_default().reverse();
}

/// Writes the last `digits` digits of a number.
fn hexadecimal(number: u64, digits: u32, text: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for place in (0..digits).rev() {
        let digit = usize::try_from(number >> (4 * place) & 15).unwrap_or_default();
        text.push(DIGITS.get(digit).copied().unwrap_or_default());
    }
}

/// Returns 40 hexadecimal digits.
pub(crate) fn hash(dice: &mut Dice) -> String {
    let mut text = Vec::with_capacity(40);
    for digits in [16, 16, 8] {
        hexadecimal(dice.next(), digits, &mut text);
    }
    String::from_utf8(text).unwrap_or_default()
}

/// The facts that are being written.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) facts: Facts,
    pub(crate) words: Words,
    service: String,
    repo: String,
    buffer: Vec<u8>,
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

    /// Returns the name of `parts`, joined by dashes.
    pub(crate) fn name(&mut self, parts: &[Part<'_>]) -> Name {
        self.join(parts, b'-');
        self.intern_buffer()
    }

    /// Returns the name of two parts with a character between them.
    pub(crate) fn pair(&mut self, parts: [Part<'_>; 2], between: u8) -> Name {
        self.join(&parts, between);
        self.intern_buffer()
    }

    fn join(&mut self, parts: &[Part<'_>], between: u8) {
        self.buffer.clear();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.buffer.push(between);
            }
            part.write(&mut self.buffer);
        }
    }

    fn intern_buffer(&mut self) -> Name {
        self.facts.names.intern(text(&self.buffer))
    }

    /// Returns the pseudonym of a fictional person: 24 digits, as real ones have.
    pub(crate) fn pseudonym(&mut self, dice: &mut Dice) -> Name {
        self.buffer.clear();
        hexadecimal(dice.next(), 16, &mut self.buffer);
        hexadecimal(dice.next(), 8, &mut self.buffer);
        self.intern_buffer()
    }

    /// Returns the id of the row of `table` whose own name is `parts`, joined by dashes.
    pub(crate) fn own(&mut self, table: &str, attempt: u32, parts: &[Part<'_>]) -> FactId {
        self.join(parts, b'-');
        Self::id(table, text(&self.buffer), attempt)
    }

    /// Returns the source's word for an outcome.
    pub(crate) fn status(&self, outcome: Outcome) -> Name {
        let known = self.words.outcomes.iter().find(|(other, _)| *other == outcome);
        known.map(|(_, name)| *name).unwrap_or_default()
    }

    /// Writes a row of `task_runs`, whose id is `parts`; returns it.
    pub(crate) fn job(&mut self, ran: Ran, parts: &[Part<'_>]) -> Name {
        let id = self.own("task_runs", ran.attempt, parts);
        let task_id = self.intern_buffer();
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

/// Returns ASCII as text.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Returns the moment `millis`.
#[expect(clippy::unnecessary_wraps, reason = "a cell of a column of times may be missing")]
pub(crate) fn at(millis: i64) -> Option<Timestamp> {
    Some(Timestamp::from_millis(millis))
}
