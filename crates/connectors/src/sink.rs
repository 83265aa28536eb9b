//! Where the conversions of one record put rows and notes.
//!
//! Owns: source, repository, service, people and notes of the record at hand. Must not know any
//! object of any source.

use aftercast_model::{FactId, Facts, FailureClass, Name, Payload, Problem, Timestamp};

use crate::json::{Fields, Lenient, Shape};
use crate::rules::{Clue, Evidence};
use crate::source::{Context, Output, Record};

/// The record at hand and the output that it goes to.
pub(crate) struct Sink<'s> {
    source: &'static str,
    record: &'s Record<'s>,
    context: &'s Context<'s>,
    output: &'s mut Output,
    marks: [usize; 13],
}

/// The columns that every row of a repository shares.
#[derive(Clone, Copy)]
pub(crate) struct Home {
    /// The `source` column.
    pub(crate) source: Name,
    /// The `service` column.
    pub(crate) service: Name,
    /// The `repo` column.
    pub(crate) repo: Name,
}

impl<'s> Sink<'s> {
    /// Returns the sink for `record` of `source`.
    pub(crate) fn new(
        source: &'static str,
        record: &'s Record<'s>,
        context: &'s Context<'s>,
        output: &'s mut Output,
    ) -> Self {
        let marks = observations(&output.facts).map(<[_]>::len);
        Self { source, record, context, output, marks }
    }

    /// Returns the facts to append to.
    pub(crate) fn facts(&mut self) -> &mut Facts {
        &mut self.output.facts
    }

    /// Returns the newest observation among the rows that this record gave so far.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        let tables = observations(&self.output.facts).into_iter().zip(self.marks);
        let rows = tables.flat_map(|(column, before)| column.get(before..).into_iter().flatten());
        rows.copied().max()?
    }

    /// Returns what the installation says about services, environments, programs and failures.
    pub(crate) fn context(&self) -> &'s Context<'s> {
        self.context
    }

    /// Returns the name for `text`.
    pub(crate) fn name(&mut self, text: Option<&str>) -> Name {
        self.output.facts.name_option(text)
    }

    /// Returns the name for `number`.
    pub(crate) fn number(&mut self, number: Option<i64>) -> Name {
        number.map_or(Name::NONE, |number| self.output.facts.name(&number.to_string()))
    }

    /// Returns the id of a row of `table`: what the source calls the thing, and which attempt.
    pub(crate) fn id(&self, table: &str, native_id: &str, attempt: Option<i64>) -> FactId {
        let attempt = attempt.and_then(|attempt| u32::try_from(attempt).ok()).unwrap_or_default();
        FactId::new(self.source, table, native_id, attempt)
    }

    /// Returns the repository to use where the record says `said`: that, else the context's.
    pub(crate) fn repo<'r>(&self, said: Option<&'r str>) -> Option<&'r str>
    where
        's: 'r,
    {
        said.or(self.context.repo)
    }

    /// Returns the shared columns for a row of `repo`.
    pub(crate) fn home(&mut self, repo: Option<&str>) -> Home {
        let service = repo.map(|repo| self.context.services.of_repo(repo));
        let facts = &mut self.output.facts;
        Home {
            source: facts.name(self.source),
            service: facts.name_option(service),
            repo: facts.name_option(repo),
        }
    }

    /// Returns the shared columns for a row of a system that knows services by another name than
    /// the repository's (an incident tracker's service, an Argo CD application, a Jenkins job).
    pub(crate) fn home_by_name(&mut self, repo: Option<&str>, clue: &Clue<'_>) -> Home {
        let service = self.context.services.of_clue(self.source, clue.kind, clue.name);
        let service = service.or_else(|| repo.map(|repo| self.context.services.of_repo(repo)));
        let facts = &mut self.output.facts;
        Home {
            source: facts.name(self.source),
            service: facts.name_option(service.or(Some(clue.name)).filter(|name| !name.is_empty())),
            repo: facts.name_option(repo),
        }
    }

    /// Returns whether the settings say which service `clue` is.
    pub(crate) fn knows(&self, clue: &Clue<'_>) -> bool {
        self.context.services.of_clue(self.source, clue.kind, clue.name).is_some()
    }

    /// Returns whether the settings give a service to what is called so.
    pub(crate) fn is_named(&self, clue: &Clue<'_>) -> bool {
        self.context.services.of_clue(self.source, clue.kind, clue.name).is_some()
    }

    /// Returns the pseudonym of the person whom the source calls `native_id`; none for programs.
    pub(crate) fn person(&mut self, native_id: Option<&str>, is_program: bool) -> Name {
        match native_id.filter(|id| !id.is_empty()) {
            Some(id) if !is_program && !self.context.rules.is_program(id) => {
                let key = self.context.people.pseudonym(self.source, id);
                self.output.facts.name(&key)
            }
            _ => Name::NONE,
        }
    }

    /// As [`Sink::person`], as text; empty for programs.
    pub(crate) fn pseudonym(&self, native_id: Option<&str>, is_program: bool) -> String {
        match native_id.filter(|id| !id.is_empty()) {
            Some(id) if !is_program && !self.context.rules.is_program(id) => {
                self.context.people.pseudonym(self.source, id)
            }
            _ => String::new(),
        }
    }

    /// Returns the shared columns for what was said in a channel. A channel is no service: where the
    /// settings give it none, it has that of `--repo`, else none.
    pub(crate) fn channel_home(&mut self, name: &str, id: Option<&str>) -> Home {
        let services = self.context.services;
        let of = |name: &str| services.of_clue(self.source, "channel", name);
        let service = of(name).or_else(|| id.and_then(of));
        let service = service.or_else(|| self.context.repo.map(|repo| services.of_repo(repo)));
        let facts = &mut self.output.facts;
        Home {
            source: facts.name(self.source),
            service: facts.name_option(service),
            repo: facts.name_option(self.context.repo),
        }
    }

    /// Returns whether what reaches `environment` reaches production, as the settings say.
    pub(crate) fn is_production(&self, environment: &str) -> bool {
        self.context.rules.is_production(environment)
    }

    /// Returns why something failed, and the name of the rule that decided.
    pub(crate) fn failure(&mut self, evidence: &Evidence<'_>) -> (FailureClass, Name) {
        match self.context.rules.failures.classify(evidence) {
            Some((class, rule)) => (class, self.output.facts.name(rule)),
            None => (FailureClass::Unknown, Name::NONE),
        }
    }

    /// Reads an object, noting the fields whose type is wrong.
    pub(crate) fn read<'a, T: Shape<'a>>(&mut self, raw: &'a str, what: &str) -> Option<T> {
        let value: Lenient<T> = match serde_json::from_str(raw) {
            Ok(value) => value,
            Err(error) => {
                self.lost(format!("`{what}` cannot be read: {error}"));
                return None;
            }
        };
        let mut wrong = Vec::new();
        value.wrong(what, &mut wrong);
        wrong.sort_unstable();
        wrong.dedup();
        for path in wrong {
            self.note(format!("`{path}` has an unexpected type and was left out"));
        }
        match value {
            Lenient::Value(value) => Some(value),
            Lenient::Missing | Lenient::Wrong => None,
        }
    }

    /// Keeps the record as received, as the source's own `kind` of thing.
    pub(crate) fn keep(&mut self, kind: &str, observed_at: Option<Timestamp>) {
        self.output.keep(self.source, kind, observed_at, self.record);
    }

    /// Keeps `body` in the place of the record, of which nothing else may be stored.
    pub(crate) fn keep_instead(
        &mut self,
        kind: &str,
        observed_at: Option<Timestamp>,
        body: Vec<u8>,
    ) {
        let (source, kind) = (self.source, kind.to_owned());
        self.output.payloads.push(Payload { source, kind, observed_at, body });
    }

    /// Notes what was not understood, or not kept.
    pub(crate) fn note(&mut self, what: impl Into<String>) {
        self.output.problems.push(Problem::note(self.record.place.clone(), what));
    }

    /// Reports that the record is not the JSON that it should be.
    pub(crate) fn malformed(&mut self, error: &serde_json::Error) {
        self.output.problems.push(self.record.malformed(error));
    }

    /// Reports that the record, or an object in it, was left out.
    pub(crate) fn lost(&mut self, what: impl Into<String>) {
        self.output.problems.push(Problem::lost(self.record.place.clone(), what));
    }

    /// Reports that the record was left out on purpose, with the way out.
    pub(crate) fn refuse(&mut self, what: &str, hint: &str) {
        self.output.problems.push(Problem::lost(self.record.place.clone(), what).hint(hint));
    }

    /// Reports an object that is none of those of `product` that we know.
    pub(crate) fn unknown(&mut self, product: &str, fields: &Fields<'_>) {
        let names: Vec<String> =
            fields.names().take(12).map(|key| format!("`{}`", brief(key))).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        self.lost(format!("not an object of {product} that we know (its fields: {names})"));
    }

    /// Notes that nothing of an object called `what` is kept, and why.
    pub(crate) fn nothing(&mut self, what: &str, why: &str) {
        self.note(format!("nothing to keep of `{what}`: {why}"));
    }
}

/// Returns the `observed_at` of every table.
fn observations(facts: &Facts) -> [&[Option<Timestamp>]; 13] {
    [
        &facts.commits.observed_at,
        &facts.change_requests.observed_at,
        &facts.pipeline_runs.observed_at,
        &facts.task_runs.observed_at,
        &facts.step_runs.observed_at,
        &facts.gate_evaluations.observed_at,
        &facts.deployments.observed_at,
        &facts.release_tags.observed_at,
        &facts.incidents.observed_at,
        &facts.test_results.observed_at,
        &facts.signals.observed_at,
        &facts.rollouts.observed_at,
        &facts.gate_definitions.observed_at,
    ]
}

/// Returns a foreign name as a message may show it.
pub(crate) fn brief(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(40).collect()
}
