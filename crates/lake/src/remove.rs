//! Removing: all rows that one source said of one repository, before it is read again under other
//! rules.

use std::ops::Range;

use crate::append::delete_rows;
use crate::catalogue::{Change, State, TableChange};
use crate::decode::text_at;
use crate::files::{Folder, Reader, Text, read_positions, without};
use crate::{LakeError, Removed};

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
        if !changed.is_empty() {
            told.tables.push((table.layout.name, rows));
            change.tables.push((table.layout.name, changed));
        }
    }
    Ok((change, told))
}

/// Returns where the living rows are that `source` said of `repo`.
fn positions(
    reader: &Reader,
    dead: &[u64],
    source: &str,
    repo: &str,
) -> Result<Vec<u64>, LakeError> {
    let living = without(&reader.all_rows(), dead);
    let mut positions = living.iter().flat_map(Range::clone);
    let mut found = Vec::new();
    for batch in reader.read(&living, &["source", "repo"], Text::Dictionary)? {
        let sources = batch.column_by_name("source").map(AsRef::as_ref);
        let repos = batch.column_by_name("repo").map(AsRef::as_ref);
        for (row, position) in (0..batch.num_rows()).zip(&mut positions) {
            if text_at(sources, row) == Some(source) && text_at(repos, row) == Some(repo) {
                found.push(position as u64);
            }
        }
    }
    Ok(found)
}
