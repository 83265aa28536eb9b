//! Every service of a lake in turn, a thread a core. Files are sorted by service: one with many
//! small services is read forward once; of one with a few large services each is read by itself,
//! so that such files, of which there may be many, are not open all the time. In memory are one
//! service a thread and a batch of each file that is read forward.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use aftercast_model::{Facts, TableSpec};
use arrow::array::RecordBatch;

use crate::catalogue::{DataFile, State};
use crate::decode::{Interned, append_batch, text_at};
use crate::files::{Folder, Reader, Text, read_positions, without};
use crate::query::services;
use crate::{LakeError, Selection};

/// The files of the tables that are wanted, open.
struct Open<'a> {
    tables: Vec<OpenTable<'a>>,
}

struct OpenTable<'a> {
    spec: &'static TableSpec,
    /// Positions of the wanted columns.
    columns: &'a [usize],
    /// Their names, and `service`.
    names: Vec<&'static str>,
    files: Vec<OpenFile>,
}

struct OpenFile {
    reader: Reader,
    /// Positions of deleted rows, ascending.
    dead: Vec<u64>,
    /// The smallest service in it, where the catalogue knows it.
    first: Option<String>,
    /// Whether its services are so large that each is read by itself.
    large: bool,
}

/// Folds the facts of each service that has a name; returns what the folds came to, by service.
pub(crate) fn each_service<T: Send>(
    folder: &Folder,
    state: &State,
    wanted: &Selection,
    fold: &(dyn Fn(&str, Facts) -> T + Sync),
) -> Result<Vec<T>, LakeError> {
    let open = Open::new(folder, state, wanted)?;
    let mut known = services(folder, state)?;
    known.retain(|summary| !summary.service.is_empty());
    let names: Vec<(String, u64)> = known
        .into_iter()
        .map(|summary| (summary.service, summary.rows.iter().map(|(_, rows)| rows).sum()))
        .collect();
    let shares = shares(&names, std::thread::available_parallelism().map_or(1, usize::from));
    let done = in_parallel(shares.len(), |at| {
        let share = shares.get(at).and_then(|share| names.get(share.clone())).unwrap_or_default();
        let mut walk = open.walk(share)?;
        share.iter().map(|(name, _)| Ok(fold(name, walk.facts_of(name)?))).collect()
    })?;
    Ok(done.into_iter().flat_map(|(_, done): (usize, Vec<T>)| done).collect())
}

/// Decodes the wanted columns of every row and drops them; returns the number of rows.
pub(crate) fn decode(
    folder: &Folder,
    state: &State,
    wanted: &Selection,
) -> Result<usize, LakeError> {
    let open = Open::new(folder, state, wanted)?;
    let mut groups: Vec<(&OpenTable<'_>, &OpenFile, Range<usize>)> = Vec::new();
    for table in &open.tables {
        for file in &table.files {
            groups.extend(file.reader.group_ranges().into_iter().map(|group| (table, file, group)));
        }
    }
    let rows = in_parallel(groups.len(), |at| {
        let Some((table, file, group)) = groups.get(at) else { return Ok(0) };
        let reader = file.reader.again()?;
        let mut rows = 0;
        for batch in reader.stream(std::slice::from_ref(group), &table.names, Text::Dictionary)? {
            rows += batch?.num_rows();
        }
        Ok(rows)
    })?;
    Ok(rows.into_iter().map(|(_, rows)| rows).sum())
}

impl<'a> Open<'a> {
    fn new(folder: &Folder, state: &State, wanted: &'a Selection) -> Result<Self, LakeError> {
        let mut tables = Vec::new();
        for (spec, columns) in wanted.tables() {
            let Some(table) = state.table(spec.name) else { continue };
            let open = |file: &DataFile| {
                let reader = Reader::open(&folder.path(&file.path))?;
                Ok(OpenFile {
                    large: reader.has_large_services(),
                    reader,
                    dead: match &file.delete {
                        Some(delete) => read_positions(folder, &delete.path)?,
                        None => Vec::new(),
                    },
                    first: file.service.as_ref().map(|(first, _)| first.clone()),
                })
            };
            let files = table.files.iter().map(open).collect::<Result<_, LakeError>>()?;
            let mut names: Vec<&str> = columns
                .iter()
                .filter_map(|position| spec.columns.get(*position))
                .map(|column| column.name)
                .collect();
            names.push("service");
            tables.push(OpenTable { spec, columns, names, files });
        }
        Ok(Self { tables })
    }

    /// Begins a walk through the services of `share`, which are in order.
    fn walk(&self, share: &[(String, u64)]) -> Result<Walk<'_>, LakeError> {
        let ends = share.first().zip(share.last());
        let (first, last) =
            ends.map_or(("", ""), |((first, _), (last, _))| (first.as_str(), last.as_str()));
        let mut tables = Vec::with_capacity(self.tables.len());
        for table in &self.tables {
            let mut files = Vec::new();
            for file in &table.files {
                let rows = without(&file.reader.rows_between(first, last), &file.dead);
                if !rows.is_empty() {
                    // Threads must not share a handle, whose position they would share.
                    let reader = file.reader.again()?;
                    files.push(Forward::new(table, file, reader, rows));
                }
            }
            tables.push((table, files));
        }
        Ok(Walk { tables })
    }
}

/// A way through services in order.
struct Walk<'a> {
    tables: Vec<(&'a OpenTable<'a>, Vec<Forward<'a>>)>,
}

impl Walk<'_> {
    /// Returns the facts of the next service.
    fn facts_of(&mut self, service: &str) -> Result<Facts, LakeError> {
        let mut facts = Facts::new();
        for (table, files) in &mut self.tables {
            let mut interned = Interned::default();
            for file in files.iter_mut() {
                file.give(service, &mut |batch| {
                    append_batch(&mut facts, &mut interned, table.spec, table.columns, batch);
                })?;
            }
            files.retain(|file| !file.ended);
        }
        Ok(facts)
    }
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, LakeError>>>;

/// A file that is read forward.
struct Forward<'a> {
    table: &'a OpenTable<'a>,
    file: &'a OpenFile,
    reader: Reader,
    rows: Vec<Range<usize>>,
    /// Opened when its first service comes.
    batches: Option<Batches>,
    /// Rows of later services.
    rest: Option<RecordBatch>,
    ended: bool,
}

impl<'a> Forward<'a> {
    fn new(
        table: &'a OpenTable<'a>,
        file: &'a OpenFile,
        reader: Reader,
        rows: Vec<Range<usize>>,
    ) -> Self {
        Self { table, file, reader, rows, batches: None, rest: None, ended: false }
    }

    /// Gives the rows of `service`; those of earlier ones are gone.
    fn give(&mut self, service: &str, to: &mut dyn FnMut(&RecordBatch)) -> Result<(), LakeError> {
        if self.file.first.as_deref().is_some_and(|first| service < first) {
            return Ok(());
        }
        if self.file.large {
            return self.give_alone(service, to);
        }
        loop {
            let batch = match self.rest.take() {
                Some(batch) => batch,
                None => match self.next()? {
                    Some(batch) => batch,
                    None => return Ok(()),
                },
            };
            let from = first_row(&batch, |found| found < service);
            let end = first_row(&batch, |found| found <= service);
            if from < end {
                to(&batch.slice(from, end - from));
            }
            if end < batch.num_rows() {
                self.rest = Some(batch.slice(end, batch.num_rows() - end));
                return Ok(());
            }
        }
    }

    /// Gives the rows of `service` and reads no others than those of its pages.
    fn give_alone(&self, service: &str, to: &mut dyn FnMut(&RecordBatch)) -> Result<(), LakeError> {
        let rows = without(&self.reader.rows_of(Some(service)), &self.file.dead);
        for batch in self.reader.stream(&rows, &self.table.names, Text::Dictionary)? {
            let batch = batch?;
            let from = first_row(&batch, |found| found < service);
            let end = first_row(&batch, |found| found <= service);
            if from < end {
                to(&batch.slice(from, end - from));
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        if self.batches.is_none() {
            let batches = self.reader.stream(&self.rows, &self.table.names, Text::Dictionary)?;
            self.batches = Some(Box::new(batches));
        }
        let next = self.batches.as_mut().and_then(Iterator::next).transpose()?;
        if next.is_none() {
            self.ended = true;
            self.batches = None;
        }
        Ok(next)
    }
}

/// Returns the first row whose service is not `before`; rows without a service are last.
fn first_row(batch: &RecordBatch, before: impl Fn(&str) -> bool) -> usize {
    let column = batch.column_by_name("service").map(AsRef::as_ref);
    let (mut low, mut high) = (0, batch.num_rows());
    while low < high {
        let middle = low + (high - low) / 2;
        if text_at(column, middle).is_some_and(&before) { low = middle + 1 } else { high = middle }
    }
    low
}

/// Cuts the services, which are in order, into as many shares of about the same rows.
fn shares(services: &[(String, u64)], count: usize) -> Vec<Range<usize>> {
    let all: u64 = services.iter().map(|(_, rows)| rows).sum();
    let target = all.div_ceil(count.max(1) as u64).max(1);
    let mut shares = Vec::new();
    let (mut start, mut rows) = (0, 0);
    for (at, (_, own)) in services.iter().enumerate() {
        rows += own;
        if target <= rows {
            shares.push(start..at + 1);
            (start, rows) = (at + 1, 0);
        }
    }
    if start < services.len() {
        shares.push(start..services.len());
    }
    shares
}

/// Does `count` pieces of work on all cores; what they came to stands in their order.
fn in_parallel<T: Send>(
    count: usize,
    work: impl Fn(usize) -> Result<T, LakeError> + Sync,
) -> Result<Vec<(usize, T)>, LakeError> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(count);
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut own = Vec::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        if at >= count {
                            return Ok(own);
                        }
                        own.push((at, work(at)?));
                    }
                })
            })
            .collect();
        let mut done = Vec::with_capacity(count);
        for thread in running {
            let own: Result<Vec<(usize, T)>, LakeError> = match thread.join() {
                Ok(own) => own,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            done.extend(own?);
        }
        Ok::<_, LakeError>(done)
    })?;
    done.sort_by_key(|(at, _)| *at);
    Ok(done)
}
