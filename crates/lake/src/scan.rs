//! Every service of a lake in turn, a thread a core: each file is opened once, and what is in
//! memory at a time is one service a thread.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use aftercast_model::{Facts, TableSpec};
use arrow::array::RecordBatch;

use crate::catalogue::State;
use crate::decode::append_batch;
use crate::files::{Folder, Reader, Text, read_positions, without};
use crate::query::{only, services};
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
}

/// Folds the facts of each service that has a name; returns what the folds came to, by service.
pub(crate) fn each_service<T: Send>(
    folder: &Folder,
    state: &State,
    wanted: &Selection,
    fold: &(dyn Fn(&str, Facts) -> T + Sync),
) -> Result<Vec<T>, LakeError> {
    let open = Open::new(folder, state, wanted)?;
    let mut names: Vec<String> =
        services(folder, state)?.into_iter().map(|summary| summary.service).collect();
    names.retain(|name| !name.is_empty());
    in_parallel(names.len(), &open, |open, at| {
        let name = names.get(at).map(String::as_str).unwrap_or_default();
        Ok(fold(name, open.facts_of(name)?))
    })
}

/// Decodes the wanted columns of every row and drops them; returns the number of rows.
pub(crate) fn decode(
    folder: &Folder,
    state: &State,
    wanted: &Selection,
) -> Result<usize, LakeError> {
    let open = Open::new(folder, state, wanted)?;
    let mut groups: Vec<(usize, usize, Range<usize>)> = Vec::new();
    for (at, table) in open.tables.iter().enumerate() {
        for (number, file) in table.files.iter().enumerate() {
            let ranges = file.reader.group_ranges();
            groups.extend(ranges.into_iter().map(|group| (at, number, group)));
        }
    }
    let rows = in_parallel(groups.len(), &open, |open, at| {
        let found = groups.get(at).and_then(|(table, file, group)| {
            let table = open.tables.get(*table)?;
            Some((table, table.files.get(*file)?, group))
        });
        let Some((table, file, group)) = found else { return Ok(0) };
        let mut rows = 0;
        let batches =
            file.reader.stream(std::slice::from_ref(group), &table.names, Text::Dictionary)?;
        for batch in batches {
            rows += batch?.num_rows();
        }
        Ok(rows)
    })?;
    Ok(rows.into_iter().sum())
}

impl<'a> Open<'a> {
    fn new(folder: &Folder, state: &State, wanted: &'a Selection) -> Result<Self, LakeError> {
        let mut tables = Vec::new();
        for (spec, columns) in wanted.tables() {
            let Some(table) = state.table(spec.name) else { continue };
            let mut files = Vec::with_capacity(table.files.len());
            for file in &table.files {
                let dead = match &file.delete {
                    Some(delete) => read_positions(folder, &delete.path)?,
                    None => Vec::new(),
                };
                files.push(OpenFile { reader: Reader::open(&folder.path(&file.path))?, dead });
            }
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

    /// Returns the same for another thread.
    fn again(&self) -> Result<Self, LakeError> {
        let file = |file: &OpenFile| {
            Ok(OpenFile { reader: file.reader.again()?, dead: file.dead.clone() })
        };
        let table = |table: &OpenTable<'a>| {
            Ok(OpenTable {
                spec: table.spec,
                columns: table.columns,
                names: table.names.clone(),
                files: table.files.iter().map(file).collect::<Result<_, LakeError>>()?,
            })
        };
        Ok(Self { tables: self.tables.iter().map(table).collect::<Result<_, LakeError>>()? })
    }

    fn facts_of(&self, service: &str) -> Result<Facts, LakeError> {
        let mut facts = Facts::new();
        for table in &self.tables {
            for file in &table.files {
                let ranges = without(&file.reader.rows_of(Some(service)), &file.dead);
                for batch in file.reader.stream(&ranges, &table.names, Text::Dictionary)? {
                    let batch: RecordBatch = only(&batch?, Some(service))?;
                    if batch.num_rows() > 0 {
                        append_batch(&mut facts, table.spec, table.columns, &batch);
                    }
                }
            }
        }
        Ok(facts)
    }
}

/// Does `count` pieces of work on all cores, each with files of its own; what they came to stands in their order.
fn in_parallel<T: Send>(
    count: usize,
    open: &Open<'_>,
    work: impl Fn(&Open<'_>, usize) -> Result<T, LakeError> + Sync,
) -> Result<Vec<T>, LakeError> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(count);
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let open = open.again()?;
                    let mut own = Vec::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        if at >= count {
                            return Ok(own);
                        }
                        own.push((at, work(&open, at)?));
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
    Ok(done.into_iter().map(|(_, what)| what).collect())
}
