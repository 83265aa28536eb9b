//! Keeping the lake small: merging files, forgetting snapshots, removing what nobody needs.

use std::collections::HashSet;
use std::time::Duration;

use arrow::compute;

use crate::append::{internal, sorted, store};
use crate::catalogue::{Change, DataFile, Dialect, State, TableChange, TableState, Work};
use crate::files::{Folder, ROW_GROUP_ROWS, Reader, Text, conform, read_positions, without};
use crate::{Cleaned, Compacted, LakeError};

/// A file of as many rows is large enough to be left alone.
const LARGE_ROWS: u64 = 8 * ROW_GROUP_ROWS as u64;
/// The same in bytes, so that merging fits into memory where rows are large.
const LARGE_BYTES: u64 = 64 << 20;
/// A large file is written anew when one row in as many is dead.
const DEAD_SHARE: u64 = 10;
/// A table may have as many small files before [`plan_tidying`] merges some.
const SMALL_FILES: usize = 16;
/// It leaves a file alone that is as many times as large as all smaller ones together: of files
/// that grow by this factor, [`SMALL_FILES`] are never small.
const GROWTH: u64 = 4;

/// Writes the files that replace small ones and those with many dead rows.
pub(crate) fn plan_compaction(
    folder: &Folder,
    state: &State,
) -> Result<(Change, Compacted), LakeError> {
    merge_groups(folder, state, |files| groups(files.iter().filter(|file| is_worn(file))))
}

/// Writes the files that replace the small ones of tables that have too many, leaving alone those
/// that are much larger than the rest: so each row is written anew a few times only, however many
/// small appends there are.
pub(crate) fn plan_tidying(
    folder: &Folder,
    state: &State,
) -> Result<(Change, Compacted), LakeError> {
    merge_groups(folder, state, |files| groups(crowd(files).into_iter()))
}

/// Returns whether a table has so many small files that reading suffers.
pub(crate) fn is_crowded(state: &State) -> bool {
    state.tables.iter().any(|table| !crowd(&table.files).is_empty())
}

fn merge_groups(
    folder: &Folder,
    state: &State,
    groups: impl Fn(&[DataFile]) -> Vec<Vec<&DataFile>>,
) -> Result<(Change, Compacted), LakeError> {
    let mut change = Change::default();
    let mut told = Compacted::default();
    for table in &state.tables {
        let mut changed = TableChange::default();
        for group in groups(&table.files) {
            merge(folder, table, &group, &mut changed, &mut told)?;
        }
        if !changed.is_empty() {
            change.tables.push((table.layout.name, changed));
        }
    }
    Ok((change, told))
}

/// Returns whether a file is small, or has many dead rows.
fn is_worn(file: &DataFile) -> bool {
    let dead = file.rows - file.live_rows();
    let small = file.live_rows() < LARGE_ROWS && file.size_bytes < LARGE_BYTES;
    small || dead * DEAD_SHARE >= file.rows
}

/// Returns the small files to merge where there are too many of them, smallest first.
fn crowd(files: &[DataFile]) -> Vec<&DataFile> {
    // Two of them always fit into one large file.
    let is_small =
        |file: &&DataFile| file.live_rows() < LARGE_ROWS / 2 && file.size_bytes < LARGE_BYTES / 2;
    let mut small: Vec<&DataFile> = files.iter().filter(is_small).collect();
    if small.len() <= SMALL_FILES {
        return Vec::new();
    }
    // By rows: of bytes, small files are mostly footer.
    small.sort_by_key(|file| (file.live_rows(), file.id));
    let mut smaller = 0;
    let mut kept = 0;
    for (position, file) in small.iter().enumerate() {
        if file.live_rows() <= smaller * GROWTH {
            kept = position + 1;
        }
        smaller += file.live_rows().max(1);
    }
    small.truncate(kept);
    small
}

/// Returns `files` in groups that each make about one large file.
fn groups<'a>(files: impl Iterator<Item = &'a DataFile>) -> Vec<Vec<&'a DataFile>> {
    let mut groups: Vec<Vec<&DataFile>> = Vec::new();
    let (mut rows, mut bytes) = (u64::MAX, u64::MAX);
    for file in files {
        rows = rows.saturating_add(file.live_rows());
        bytes = bytes.saturating_add(file.size_bytes);
        match groups.last_mut() {
            Some(group) if rows <= LARGE_ROWS && bytes <= LARGE_BYTES => group.push(file),
            _ => {
                groups.push(vec![file]);
                (rows, bytes) = (file.live_rows(), file.size_bytes);
            }
        }
    }
    // One file without dead rows would only be written again as it is.
    groups.retain(|group| group.len() > 1 || group.iter().any(|file| file.delete.is_some()));
    groups
}

fn merge(
    folder: &Folder,
    table: &TableState,
    files: &[&DataFile],
    change: &mut TableChange,
    told: &mut Compacted,
) -> Result<(), LakeError> {
    let layout = table.layout;
    let names: Vec<&str> = layout.columns.iter().map(|(name, _)| *name).collect();
    let mut batches = Vec::new();
    for file in files {
        let reader = Reader::open(&folder.path(&file.path))?;
        let rows = match &file.delete {
            Some(delete) => without(&reader.all_rows(), &read_positions(folder, &delete.path)?),
            None => reader.all_rows(),
        };
        for batch in reader.read(&rows, &names, Text::Plain)? {
            batches.push(conform(&batch, &layout.columns).map_err(internal)?);
        }
        change.ended.push((file.id, file.delete.as_ref().map(|delete| delete.id)));
        told.files_before += 1;
    }
    let all = compute::concat_batches(&layout.schema, &batches).map_err(internal)?;
    if all.num_rows() > 0 {
        let all = sorted(layout, &all).map_err(internal)?;
        told.rows += all.num_rows() as u64;
        told.files_after += 1;
        change.data.push(store(folder, table, &all)?);
    }
    Ok(())
}

/// Forgets old snapshots and schedules the files that nobody sees any more; returns how many
/// snapshots went. The caller holds the lake's lock in `work` and commits.
pub(crate) async fn forget(
    work: &mut Work,
    state: &State,
    grace: Duration,
) -> Result<u64, LakeError> {
    let limit = moment_before(grace);
    let time = time_value(work.dialect());
    let now = match work.dialect() {
        Dialect::Sqlite => "strftime('%Y-%m-%d %H:%M:%f000+00', 'now')",
        Dialect::Postgres => "now()",
    };
    let forget = format!(
        "DELETE FROM ducklake_snapshot WHERE snapshot_time < {time} \
         AND snapshot_id < (SELECT MAX(snapshot_id) FROM ducklake_snapshot)"
    );
    let snapshots = work.execute(&forget, &[limit.as_str().into()]).await?;
    let unseen = "end_snapshot IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ducklake_snapshot s \
        WHERE s.snapshot_id >= begin_snapshot AND s.snapshot_id < end_snapshot)";
    work.execute(
        "DELETE FROM ducklake_snapshot_changes WHERE snapshot_id NOT IN \
         (SELECT snapshot_id FROM ducklake_snapshot)",
        &[],
    )
    .await?;
    for (files, id) in
        [("ducklake_data_file", "data_file_id"), ("ducklake_delete_file", "delete_file_id")]
    {
        for table in &state.tables {
            let schedule = format!(
                "INSERT INTO ducklake_files_scheduled_for_deletion \
                 (data_file_id, path, path_is_relative, schedule_start) \
                 SELECT {id}, CASE WHEN path_is_relative THEN $1 || path ELSE path END, \
                 path_is_relative, {now} FROM {files} WHERE table_id = $2 AND {unseen}"
            );
            let values = [table.folder.as_str().into(), table.table_id.into()];
            work.execute(&schedule, &values).await?;
        }
    }
    work.execute(
        &format!(
            "DELETE FROM ducklake_file_column_stats WHERE data_file_id IN \
             (SELECT data_file_id FROM ducklake_data_file WHERE {unseen})"
        ),
        &[],
    )
    .await?;
    for files in ["ducklake_data_file", "ducklake_delete_file"] {
        work.execute(&format!("DELETE FROM {files} WHERE {unseen}"), &[]).await?;
    }
    Ok(snapshots)
}

fn moment_before(grace: Duration) -> String {
    let moment = jiff::Timestamp::now().checked_sub(grace).unwrap_or(jiff::Timestamp::MIN);
    moment.strftime("%Y-%m-%d %H:%M:%S%.6f+00").to_string()
}

fn time_value(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "$1",
        Dialect::Postgres => "CAST($1 AS timestamptz)",
    }
}

/// Removes scheduled files and those of a writer that died before its commit. The caller holds the
/// lake's lock in `work`, in a transaction after the one that scheduled them, and commits.
pub(crate) async fn sweep(
    work: &mut Work,
    folder: &Folder,
    state: &State,
    grace: Duration,
) -> Result<Cleaned, LakeError> {
    let files = remove_scheduled(work, folder, state, grace).await?;
    let orphans = remove_orphans(work, folder, state, grace).await?;
    Ok(Cleaned { snapshots: 0, files, orphans })
}

async fn remove_scheduled(
    work: &mut Work,
    folder: &Folder,
    state: &State,
    grace: Duration,
) -> Result<u64, LakeError> {
    let time = time_value(work.dialect());
    let due = work
        .query(
            &format!(
                "SELECT data_file_id, path, path_is_relative \
                 FROM ducklake_files_scheduled_for_deletion WHERE schedule_start <= {time}"
            ),
            &[moment_before(grace).into()],
        )
        .await?;
    let mut removed = 0;
    for row in &due {
        let (Some(id), Some(path)) = (row.int(0), row.text(1)) else { continue };
        let path = match row.bool(2) {
            Some(false) => path.strip_prefix(&state.data_path).map(str::to_owned),
            _ => Some(path),
        };
        if let Some(path) = path.filter(|path| !path.contains("..")) {
            folder.remove(&path)?;
            removed += 1;
        }
        let sql = "DELETE FROM ducklake_files_scheduled_for_deletion WHERE data_file_id = $1";
        work.execute(sql, &[id.into()]).await?;
    }
    Ok(removed)
}

/// Removes files that the catalogue does not know: those of a writer that died before its commit.
async fn remove_orphans(
    work: &mut Work,
    folder: &Folder,
    state: &State,
    grace: Duration,
) -> Result<u64, LakeError> {
    let mut known: HashSet<String> = HashSet::new();
    for files in ["ducklake_data_file", "ducklake_delete_file"] {
        let rows = work.query(&format!("SELECT path FROM {files}"), &[]).await?;
        known.extend(rows.iter().filter_map(|row| row.text(0)).map(|path| name_of(&path)));
    }
    let rows = work.query("SELECT path FROM ducklake_files_scheduled_for_deletion", &[]).await?;
    known.extend(rows.iter().filter_map(|row| row.text(0)).map(|path| name_of(&path)));
    let mut orphans = 0;
    for table in &state.tables {
        for (path, age_seconds) in folder.list(&table.folder)? {
            if age_seconds >= grace.as_secs() && !known.contains(&name_of(&path)) {
                folder.remove(&path)?;
                orphans += 1;
            }
        }
    }
    Ok(orphans)
}

/// Returns the last part of a path; names of files are unique over all tables.
fn name_of(path: &str) -> String {
    path.rsplit_once('/').map_or(path, |(_, name)| name).to_owned()
}
