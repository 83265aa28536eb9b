//! Reading foreign files record by record.
//!
//! Owns: files, folders, archives, standard input, packings of JSON, limits, and batches for the
//! store. Guarantees: a bad record never stops the others; memory is bounded by the limits, whatever
//! the input; secrets are redacted before a conversion sees them. Must not know: single sources.

mod notes;
mod open;
mod rows;
mod scan;
mod split;

use std::cell::Cell;
use std::io::Read;
use std::mem;
use std::path::PathBuf;
use std::rc::Rc;

use aftercast_model::{Place, Problem, Severity};

use crate::reading::notes::Notes;
pub(crate) use crate::reading::rows::is_csv;
use crate::reading::split::{Fault, Found, Splitter};
use crate::redaction::redact;
use crate::source::{Context, Import, Output, Record, Source};

/// A batch goes to the sink after this many bytes of input,
const BATCH_BYTES: u64 = 8 * 1024 * 1024;
/// or this many facts,
const BATCH_FACTS: usize = 50_000;
/// or this many problems.
const BATCH_PROBLEMS: usize = 10_000;
/// Progress is told after this many bytes.
const PROGRESS_BYTES: u64 = 1024 * 1024;

/// How much of a foreign input is believed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest record, and the largest file that is read as a whole, in bytes.
    pub record_bytes: usize,
    /// How much one input may unpack to, in bytes.
    pub unpacked_bytes: u64,
    /// How many times its own size an archive may unpack to, from `ratio_from_bytes` on.
    pub ratio: u64,
    /// The unpacked size from which `ratio` counts, in bytes.
    pub ratio_from_bytes: u64,
    /// How many files an archive may hold.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes: 64 * 1024 * 1024,
            unpacked_bytes: 64 * 1024 * 1024 * 1024,
            ratio: 400,
            ratio_from_bytes: 256 * 1024 * 1024,
            entries: 100_000,
        }
    }
}

/// What an import did, over all batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportSummary {
    /// Files read, those inside of archives counted one by one.
    pub files: u64,
    /// Records read, understood or not.
    pub records: u64,
    /// Facts found, before those already known are left out.
    pub facts: u64,
    /// Records or files that were left out.
    pub lost: u64,
    /// Details that were not understood.
    pub notes: u64,
    /// Bytes of the inputs, packed as they were.
    pub bytes: u64,
}

/// Reads `inputs` (files, folders, archives, `-` for standard input) as records of `source` and
/// gives what they become to `sink`, batch by batch. `progress` is told how many bytes of the inputs
/// are done. The only error is the sink's own.
pub fn import<E>(
    source: &Source,
    inputs: &[PathBuf],
    context: &Context<'_>,
    progress: &mut dyn FnMut(u64),
    sink: &mut dyn FnMut(Output) -> Result<(), E>,
) -> Result<ImportSummary, E> {
    import_within(&Limits::default(), source, inputs, context, progress, sink)
}

/// Reads as [`import`], within `limits`.
pub fn import_within<E>(
    limits: &Limits,
    source: &Source,
    inputs: &[PathBuf],
    context: &Context<'_>,
    progress: &mut dyn FnMut(u64),
    sink: &mut dyn FnMut(Output) -> Result<(), E>,
) -> Result<ImportSummary, E> {
    run(limits, source, context, progress, sink, |loop_| {
        inputs.iter().try_for_each(|input| {
            open::read_input(loop_, input)?;
            loop_.tell_notes()
        })
    })
}

/// Reads `reader` as a file called `name`.
pub fn import_stream<E>(
    source: &Source,
    name: &str,
    reader: &mut dyn Read,
    context: &Context<'_>,
    sink: &mut dyn FnMut(Output) -> Result<(), E>,
) -> Result<ImportSummary, E> {
    run(&Limits::default(), source, context, &mut |_| {}, sink, |loop_| {
        open::read_stream(loop_, name, reader)
    })
}

fn run<E>(
    limits: &Limits,
    source: &Source,
    context: &Context<'_>,
    progress: &mut dyn FnMut(u64),
    sink: &mut dyn FnMut(Output) -> Result<(), E>,
    read: impl FnOnce(&mut Loop<'_>) -> Result<(), Stop>,
) -> Result<ImportSummary, E> {
    let mut failed = None;
    let mut guarded = |output| {
        sink(output).map_err(|error| {
            failed = Some(error);
            Stop
        })
    };
    let mut loop_ = Loop {
        limits,
        source,
        context,
        progress,
        sink: &mut guarded,
        output: Output::default(),
        notes: Notes::default(),
        place: Place::default(),
        summary: ImportSummary::default(),
        since_batch: 0,
        told: 0,
        read: Rc::default(),
        unpacked: Rc::default(),
    };
    let ended = read(&mut loop_).and_then(|()| loop_.tell_notes()).and_then(|()| loop_.flush());
    let mut summary = loop_.summary;
    summary.bytes = loop_.read.get();
    match (ended, failed) {
        (Err(Stop), Some(error)) => Err(error),
        _ => Ok(summary),
    }
}

/// The sink failed; its error is kept beside.
struct Stop;

/// The state of an import.
struct Loop<'a> {
    limits: &'a Limits,
    source: &'a Source,
    context: &'a Context<'a>,
    progress: &'a mut dyn FnMut(u64),
    sink: &'a mut dyn FnMut(Output) -> Result<(), Stop>,
    output: Output,
    /// Notes of the present input; told at its end.
    notes: Notes,
    place: Place,
    summary: ImportSummary,
    since_batch: u64,
    told: u64,
    /// Bytes of the inputs that were read.
    read: Rc<Cell<u64>>,
    /// Bytes that the present input unpacked to.
    unpacked: Rc<Cell<u64>>,
}

impl Loop<'_> {
    /// Reads one unpacked file; `gathered` says that the user did not name it himself.
    fn file(&mut self, name: &str, reader: &mut dyn Read, gathered: bool) -> Result<(), Stop> {
        self.summary.files += 1;
        name.clone_into(&mut self.place.file);
        match &self.source.import {
            Import::Json(convert) | Import::JsonRecords { convert, .. } if is_csv(name) => {
                self.rows(reader, *convert)
            }
            Import::Json(convert) => self.json(reader, &[], *convert, gathered),
            Import::JsonRecords { records_have, convert } => {
                self.json(reader, records_have, *convert, gathered)
            }
            Import::Document(convert) => self.document(reader, *convert, gathered),
            Import::Repository => {
                let what = format!("`{}` reads repositories, not files", self.source.name);
                self.problem(Problem::lost(self.place_at(None), what));
                Ok(())
            }
        }
    }

    fn json(
        &mut self,
        reader: &mut dyn Read,
        records_have: &[&str],
        convert: Convert,
        gathered: bool,
    ) -> Result<(), Stop> {
        let mut splitter = Splitter::new(reader, self.limits.record_bytes, records_have);
        let (mut records, mut bad) = (0_u64, 0_u64);
        let mut cut_off = None;
        while let Some(found) = splitter.next() {
            if let Some(problem) = cut_off.take() {
                self.problem(problem);
            }
            match found {
                Found::Record(line, range) => {
                    records += 1;
                    self.record(Some(line), splitter.bytes(range), convert)?;
                }
                Found::Bad(line, fault) => {
                    bad += 1;
                    let mut problem = self.fault(line, &fault);
                    // A read-me beside the data is no loss.
                    if gathered && records == 0 && fault == Fault::NotJson {
                        problem.severity = Severity::Note;
                    }
                    match fault {
                        Fault::CutOff => cut_off = Some(problem),
                        _ => self.problem(problem),
                    }
                    self.flush_if_full()?;
                }
            }
        }
        match splitter.stopped() {
            Some((line, error)) => self.problem(open::stopped(self.place_at(Some(line)), &error)),
            None if records == 0 && bad == 0 => self.empty(gathered),
            // A damaged stream is the reason why its last record is cut off.
            None => self.output.problems.extend(cut_off),
        }
        Ok(())
    }

    fn rows(&mut self, reader: &mut dyn Read, convert: Convert) -> Result<(), Stop> {
        let mut rows = rows::Rows::new(reader);
        let mut any = false;
        while let Some(row) = rows.next() {
            any = true;
            match row {
                Ok(line) => self.record(Some(line), rows.body(), convert)?,
                Err((line, what)) => {
                    let problem = Problem::lost(self.place_at(line), what);
                    self.problem(
                        problem.hint("write it with the header's number of columns, in UTF-8"),
                    );
                    self.flush_if_full()?;
                }
            }
        }
        if !any {
            self.empty(false);
        }
        Ok(())
    }

    fn document(
        &mut self,
        reader: &mut dyn Read,
        convert: Convert,
        gathered: bool,
    ) -> Result<(), Stop> {
        let limit = self.limits.record_bytes;
        let mut body = Vec::new();
        let result = reader.take(limit as u64 + 1).read_to_end(&mut body);
        if body.len() > limit {
            let what = format!("file larger than {limit} bytes");
            self.problem(Problem::lost(self.place_at(None), what).hint("split it"));
            return Ok(());
        }
        if let Err(error) = result {
            self.problem(open::stopped(self.place_at(None), &error));
        }
        if body.trim_ascii().is_empty() {
            self.empty(gathered);
            return Ok(());
        }
        self.record(None, &body, convert)
    }

    fn record(&mut self, line: Option<u64>, body: &[u8], convert: Convert) -> Result<(), Stop> {
        self.place.line = line;
        let redacted = redact(body);
        let record = Record { place: mem::take(&mut self.place), body: &redacted };
        self.output.records += 1;
        let told = self.output.problems.len();
        convert(&record, self.context, &mut self.output);
        self.notes.take(&mut self.output.problems, told);
        self.place = record.place;
        self.since_batch += body.len() as u64;
        if self.read.get() >= self.told + PROGRESS_BYTES {
            self.told = self.read.get();
            (self.progress)(self.told);
        }
        self.flush_if_full()
    }

    fn fault(&self, line: u64, fault: &Fault) -> Problem {
        let place = self.place_at(Some(line));
        match fault {
            Fault::CutOff => Problem::lost(place, fault.says())
                .hint("fetch the file again; what stands before was imported"),
            Fault::TooLarge => {
                let limit = self.limits.record_bytes;
                Problem::lost(place, format!("record larger than {limit} bytes"))
                    .hint("split it, or leave its logs and attachments out")
            }
            Fault::NotJson => Problem::lost(place, fault.says()).hint(format!(
                "`{}` reads {}; reading goes on at the next line that can begin a record",
                self.source.name, self.source.reads
            )),
            Fault::NotAnObject => Problem::lost(place, fault.says())
                .hint(format!("`{}` reads {}", self.source.name, self.source.reads)),
            Fault::Utf16 => {
                Problem::lost(place, fault.says()).hint("convert it: `iconv -f UTF-16 -t UTF-8`")
            }
        }
    }

    fn empty(&mut self, gathered: bool) {
        let mut problem = Problem::lost(self.place_at(None), "no records: the file is empty")
            .hint("an export without results looks like this; otherwise fetch it again");
        if gathered {
            problem.severity = Severity::Note;
        }
        self.problem(problem);
    }

    fn place_at(&self, line: Option<u64>) -> Place {
        Place { file: self.place.file.clone(), line }
    }

    fn problem(&mut self, problem: Problem) {
        self.output.problems.push(problem);
    }

    fn flush_if_full(&mut self) -> Result<(), Stop> {
        let full = self.since_batch >= BATCH_BYTES
            || self.output.facts.len() >= BATCH_FACTS
            || self.output.problems.len() >= BATCH_PROBLEMS;
        if self.notes.len() >= BATCH_PROBLEMS {
            return self.tell_notes();
        }
        if full { self.flush() } else { Ok(()) }
    }

    /// Adds the notes of the present input to the batch, each once.
    fn tell_notes(&mut self) -> Result<(), Stop> {
        self.notes.tell(&mut self.output.problems);
        if self.output.problems.len() >= BATCH_PROBLEMS { self.flush() } else { Ok(()) }
    }

    /// Gives what there is to the sink.
    fn flush(&mut self) -> Result<(), Stop> {
        self.since_batch = 0;
        self.told = self.read.get();
        (self.progress)(self.told);
        let output = mem::take(&mut self.output);
        if output.records == 0 && output.problems.is_empty() {
            return Ok(());
        }
        self.summary.records += output.records;
        self.summary.facts += output.facts.len() as u64;
        for problem in &output.problems {
            match problem.severity {
                Severity::Lost => self.summary.lost += problem.count(),
                Severity::Note => self.summary.notes += problem.count(),
            }
        }
        (self.sink)(output)
    }
}

/// How one record becomes facts.
type Convert = fn(&Record<'_>, &Context<'_>, &mut Output);

/// Returns the records of a JSON text, however they are packed; what is broken is left out.
pub(crate) fn json_records(body: &[u8], records_have: &[&str]) -> Vec<Vec<u8>> {
    json_parts(body, records_have)
        .into_iter()
        .filter_map(Result::ok)
        .map(|(_, part)| part)
        .collect()
}

/// A record with its line, or a line and what is broken there.
pub(crate) type JsonPart = Result<(u64, Vec<u8>), (u64, &'static str)>;

/// Returns the records of a JSON text with their lines, and in their places what is broken and why.
pub(crate) fn json_parts(body: &[u8], records_have: &[&str]) -> Vec<JsonPart> {
    let mut splitter = Splitter::new(body, Limits::default().record_bytes, records_have);
    let mut parts = Vec::new();
    while let Some(found) = splitter.next() {
        parts.push(match found {
            Found::Record(line, range) => Ok((line, splitter.bytes(range).to_vec())),
            Found::Bad(line, fault) => Err((line, fault.says())),
        });
    }
    parts
}
