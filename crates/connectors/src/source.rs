//! The contract of a source: what it tells, how its files, pages and webhooks become facts.

use aftercast_model::{Facts, Payload, PersonKey, Place, Problem, ServiceMap, Timestamp};

use crate::live::Pull;
use crate::live::webhook::Webhook;
use crate::rules::Rules;
use crate::tells::Tells;

/// A system that leaves traces of deliveries.
pub struct Source {
    /// The name on the command line and in the `source` column.
    pub name: &'static str,
    /// One line for help and reference.
    pub about: &'static str,
    /// What its files are: "`ChangeInfo` objects, as NDJSON, an array, or a page of the REST API".
    pub reads: &'static str,
    /// What it can tell and what not.
    pub tells: Tells,
    /// How its files become facts; what is pulled and received is converted the same way.
    pub import: Import,
    /// How it is pulled, where it has an API.
    pub pull: Option<&'static Pull>,
    /// How its webhooks are believed, where it sends any.
    pub webhook: Option<&'static Webhook>,
}

impl Source {
    /// Converts one record: a file's, a page's item, a webhook or a payload that was kept.
    pub fn convert(&self, record: &Record<'_>, context: &Context<'_>, output: &mut Output) {
        match self.import {
            Import::Json(convert)
            | Import::JsonRecords { convert, .. }
            | Import::Document(convert) => convert(record, context, output),
            Import::Repository => {}
        }
    }
}

/// How the files of a source are read.
pub enum Import {
    /// JSON: each object is a record, however the objects are packed (one, an array, NDJSON, a page
    /// with the list inside, a folder or archive of any of these).
    Json(fn(&Record<'_>, &Context<'_>, &mut Output)),
    /// JSON, where an object with one of the fields `records_have` is itself a record and never a
    /// page with a list inside.
    JsonRecords {
        /// Field names that only records have, at the top of the object or as the name of its list.
        records_have: &'static [&'static str],
        /// How one record becomes facts.
        convert: fn(&Record<'_>, &Context<'_>, &mut Output),
    },
    /// Anything else: each file is a record.
    Document(fn(&Record<'_>, &Context<'_>, &mut Output)),
    /// A git repository; read by `git::read`, not record by record.
    Repository,
}

/// One record as received.
pub struct Record<'a> {
    /// Where it stands.
    pub place: Place,
    /// Its bytes. The import loop has redacted secrets already.
    pub body: &'a [u8],
}

impl Record<'_> {
    /// Returns the problem that this record is not what it should be, at the line inside of the
    /// record where reading stopped.
    pub fn malformed(&self, error: &serde_json::Error) -> Problem {
        let inside = u64::try_from(error.line().saturating_sub(1)).unwrap_or(0);
        let place = Place {
            file: self.place.file.clone(),
            line: self.place.line.map(|line| line + inside),
        };
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or_default();
        Problem::lost(place, format!("record not understood: {what}"))
    }
}

/// What a conversion may know beside the record.
pub struct Context<'a> {
    /// Which service a repository belongs to.
    pub services: &'a ServiceMap,
    /// The key for pseudonyms of people.
    pub people: &'a PersonKey,
    /// The repository of records that do not name their own (`--repo`).
    pub repo: Option<&'a str>,
    /// What the installation says about environments, programs, failures and words.
    pub rules: &'a Rules,
}

/// Where conversions put what they found. One output takes many records. The import loop counts the
/// records; a conversion adds facts, problems and (by [`Output::keep`]) the record itself.
#[derive(Debug, Default)]
pub struct Output {
    /// The facts.
    pub facts: Facts,
    /// The records as received, redacted.
    pub payloads: Vec<Payload>,
    /// What was not understood.
    pub problems: Vec<Problem>,
    /// How many records were read, understood or not.
    pub records: u64,
}

impl Output {
    /// Keeps `record` as received, as the source's own `kind` of thing.
    pub fn keep(
        &mut self,
        source: &'static str,
        kind: &str,
        observed_at: Option<Timestamp>,
        record: &Record<'_>,
    ) {
        let body = record.body.to_vec();
        self.payloads.push(Payload { source, kind: kind.to_owned(), observed_at, body });
    }
}
