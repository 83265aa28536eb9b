//! Removing: all rows that one source said of one repository, before it is read again under other
//! rules; and replacing all rows of one source at once.

use std::ops::Range;

use arrow::array::RecordBatch;

use crate::append::{delete_rows, plan_new};
use crate::catalogue::{Change, State, TableChange, TableState};
use crate::decode::text_at;
use crate::files::{Folder, Reader, Text, read_positions, without};
use crate::layout::{Layout, PAYLOADS};
use crate::{LakeError, Removed, TableAppended};

/// Finds the rows that `source` said of `repo`, and writes the files that delete them.
pub(crate) fn plan(
    folder: &Folder,
    state: &State,
    source: &str,
    repo: &str,
) -> Result<(Change, Removed), LakeError> {
    let mut change = Change::default();
    let mut told = Removed::default();
    let of_repositories =
        state.tables.iter().filter(|table| table.layout.has("source") && table.layout.has("repo"));
    for table in of_repositories {
        let (changed, rows) = plan_table(folder, table, source, Some(repo))?;
        if !changed.is_empty() {
            told.tables.push((table.layout.name, rows));
            change.tables.push((table.layout.name, changed));
        }
    }
    Ok((change, told))
}

/// Finds every row of a fact that `source` said, and writes the files that delete it and those that
/// hold `batches` instead.
pub(crate) fn plan_replacement(
    folder: &Folder,
    state: &State,
    source: &str,
    batches: &[(&'static Layout, RecordBatch)],
) -> Result<(Change, (Removed, Vec<TableAppended>)), LakeError> {
    let mut change = Change::default();
    let mut removed = Removed::default();
    let mut stored = Vec::new();
    for table in state.tables.iter().filter(|table| table.layout.name != PAYLOADS) {
        let name = table.layout.name;
        let (mut changed, rows) = plan_table(folder, table, source, None)?;
        if rows > 0 {
            removed.tables.push((name, rows));
        }
        if let Some((_, batch)) = batches.iter().find(|(layout, _)| layout.name == name) {
            let (data, told) = plan_new(folder, table, batch)?;
            changed.data.push(data);
            stored.push(told);
        }
        if !changed.is_empty() {
            change.tables.push((name, changed));
        }
    }
    Ok((change, (removed, stored)))
}

fn plan_table(
    folder: &Folder,
    table: &TableState,
    source: &str,
    repo: Option<&str>,
) -> Result<(TableChange, u64), LakeError> {
    let mut changed = TableChange::default();
    let mut rows = 0;
    for file in &table.files {
        let dead = match &file.delete {
            Some(delete) => read_positions(folder, &delete.path)?,
            None => Vec::new(),
        };
        let reader = Reader::open(&folder.path(&file.path))?;
        let found = positions(&reader, &dead, source, repo)?;
        if !found.is_empty() {
            rows += found.len() as u64;
            delete_rows(folder, table, &mut changed, file, dead, &found)?;
        }
    }
    Ok((changed, rows))
}

/// Returns where the living rows are that `source` said of `repo`.
fn positions(
    reader: &Reader,
    dead: &[u64],
    source: &str,
    repo: Option<&str>,
) -> Result<Vec<u64>, LakeError> {
    let living = without(&reader.all_rows(), dead);
    let mut positions = living.iter().flat_map(Range::clone);
    let mut found = Vec::new();
    let columns: &[&str] = if repo.is_some() { &["source", "repo"] } else { &["source"] };
    for batch in reader.read(&living, columns, Text::Dictionary)? {
        let sources = batch.column_by_name("source").map(AsRef::as_ref);
        let repos = batch.column_by_name("repo").map(AsRef::as_ref);
        for (row, position) in (0..batch.num_rows()).zip(&mut positions) {
            let is_of_repo = repo.is_none_or(|repo| text_at(repos, row) == Some(repo));
            if text_at(sources, row) == Some(source) && is_of_repo {
                found.push(position as u64);
            }
        }
    }
    Ok(found)
}
