//! Making the catalogue, and bringing an older one up to this version's columns.

use std::collections::HashMap;

use uuid::Uuid;

use super::commit::{insert_snapshot, next_snapshot};
use super::{Column, Database, Dialect, Value, Work};
use crate::LakeError;
use crate::layout::{LAYOUTS, Layout};

const TABLES: &str = include_str!("ducklake.sql");
/// The version of the DuckLake specification that we write.
const VERSION: &str = "1.0";
const CREATED_BY: &str = concat!("aftercast ", env!("CARGO_PKG_VERSION"));

/// Makes what is missing of catalogue, tables and columns; refuses a catalogue that is not ours.
pub(crate) async fn prepare(database: &Database, data_path: &str) -> Result<(), LakeError> {
    // A look without a lock first: nearly always everything is there.
    let mut work = database.read().await?;
    let found = has_catalogue(&mut work).await?
        && missing_columns(&mut work, database.address()).await?.is_empty();
    drop(work);
    if found {
        return Ok(());
    }
    let mut work = database.write().await?;
    if !has_catalogue(&mut work).await? {
        create(&mut work, data_path).await?;
    }
    let missing = missing_columns(&mut work, database.address()).await?;
    if !missing.is_empty() {
        upgrade(&mut work, &missing).await?;
    }
    work.commit().await
}

async fn has_catalogue(work: &mut Work) -> Result<bool, LakeError> {
    let sql = match work.dialect() {
        Dialect::Sqlite => {
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ducklake_snapshot'"
        }
        Dialect::Postgres => {
            "SELECT 1 FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_name = 'ducklake_snapshot'"
        }
    };
    Ok(!work.query(sql, &[]).await?.is_empty())
}

/// A table of ours and those of its columns that the catalogue lacks.
struct Missing {
    layout: &'static Layout,
    /// The table's number, the highest number of its columns, and their count; `None` where the
    /// table is missing.
    table: Option<(i64, i64, i64)>,
    columns: Vec<usize>,
}

async fn missing_columns(work: &mut Work, address: &str) -> Result<Vec<Missing>, LakeError> {
    let foreign = |why: String| LakeError::Foreign { catalogue: address.to_owned(), why };
    let metadata = work.query("SELECT key, value FROM ducklake_metadata WHERE scope IS NULL", &[]);
    let metadata: HashMap<String, String> =
        metadata.await?.iter().filter_map(|row| Some((row.text(0)?, row.text(1)?))).collect();
    let get = |key: &str| metadata.get(key).map_or("", String::as_str);
    if get("version") != VERSION {
        return Err(foreign(format!(
            "it follows DuckLake `{}`, this version of aftercast writes `{VERSION}` (update aftercast, or choose another database)",
            get("version")
        )));
    }
    if !get("created_by").starts_with("aftercast") {
        return Err(foreign(format!(
            "it was made by `{}` (choose another database for aftercast)",
            get("created_by")
        )));
    }
    if get("encrypted") == "true" {
        return Err(foreign("its files are encrypted, which is not supported yet".to_owned()));
    }
    let rows = work
        .query(
            "SELECT t.table_id, t.table_name, c.column_id, c.column_name, c.column_type \
             FROM ducklake_table t JOIN ducklake_column c ON c.table_id = t.table_id \
             WHERE t.end_snapshot IS NULL AND c.end_snapshot IS NULL",
            &[],
        )
        .await?;
    let mut missing = Vec::new();
    for layout in LAYOUTS.iter() {
        let mut table = None;
        let mut known: HashMap<String, String> = HashMap::new();
        for row in rows.iter().filter(|row| row.text(1).as_deref() == Some(layout.name)) {
            let (id, column) = (row.int(0).unwrap_or(0), row.int(2).unwrap_or(0));
            let (highest, count) = table.map_or((0, 0), |(_, highest, count)| (highest, count));
            table = Some((id, column.max(highest), count + 1));
            known.insert(row.text(3).unwrap_or_default(), row.text(4).unwrap_or_default());
        }
        for (name, kind) in &known {
            let ours = layout.columns.iter().find(|(column, _)| column == name);
            match ours {
                None => {
                    return Err(foreign(format!(
                        "its table `{}` has the column `{name}`, which this version does not know (update aftercast)",
                        layout.name
                    )));
                }
                Some((_, ours)) if ours.ducklake() != kind => {
                    return Err(foreign(format!(
                        "its column `{}.{name}` is of type `{kind}`, not `{}` (update aftercast)",
                        layout.name,
                        ours.ducklake()
                    )));
                }
                Some(_) => {}
            }
        }
        let columns: Vec<usize> = layout
            .columns
            .iter()
            .enumerate()
            .filter(|(_, (name, _))| !known.contains_key(*name))
            .map(|(position, _)| position)
            .collect();
        if !columns.is_empty() {
            missing.push(Missing { layout, table, columns });
        }
    }
    Ok(missing)
}

async fn create(work: &mut Work, data_path: &str) -> Result<(), LakeError> {
    let (boolean, uuid, time) = match work.dialect() {
        Dialect::Sqlite => ("BIGINT", "VARCHAR", "VARCHAR"),
        Dialect::Postgres => ("BOOLEAN", "UUID", "TIMESTAMPTZ"),
    };
    let tables = TABLES.replace("{bool}", boolean).replace("{uuid}", uuid).replace("{time}", time);
    work.script(&tables).await?;
    let metadata = [
        ("version", VERSION),
        ("created_by", CREATED_BY),
        ("data_path", data_path),
        ("encrypted", "false"),
        // Another writer must not keep rows in the database, where our reader does not look.
        ("data_inlining_row_limit", "0"),
    ];
    let rows: Vec<_> =
        metadata.iter().map(|(key, value)| vec![(*key).into(), (*value).into()]).collect();
    work.insert("ducklake_metadata", &[Column("key", None), Column("value", None)], &rows).await?;
    insert_snapshot(work, [0, 0, 1, 0], "created_schema:\"main\"").await?;
    work.insert(
        "ducklake_schema",
        &[
            Column("schema_id", None),
            Column("schema_uuid", Some("uuid")),
            Column("begin_snapshot", None),
            Column("schema_name", None),
            Column("path", None),
            Column("path_is_relative", None),
        ],
        &[vec![
            0.into(),
            Uuid::now_v7().to_string().into(),
            0.into(),
            "main".into(),
            "main/".into(),
            true.into(),
        ]],
    )
    .await
}

/// Writes the folder of the data into the catalogue, where DuckDB looks for it.
pub(crate) async fn record_data_path(
    database: &Database,
    data_path: &str,
) -> Result<(), LakeError> {
    let mut work = database.write().await?;
    let sql = "UPDATE ducklake_metadata SET value = $1 WHERE key = 'data_path' AND scope IS NULL";
    work.execute(sql, &[data_path.into()]).await?;
    work.commit().await
}

/// Adds tables and columns in one snapshot.
async fn upgrade(work: &mut Work, missing: &[Missing]) -> Result<(), LakeError> {
    let last = next_snapshot(work).await?;
    let snapshot = last.snapshot;
    let schema_version = last.schema_version + 1;
    let mut next_id = last.next_catalog_id;
    let mut changes = Vec::new();
    for table in missing {
        let name = table.layout.name;
        let (table_id, highest, count) = if let Some(found) = table.table {
            changes.push(format!("altered_table:{}", found.0));
            found
        } else {
            let table_id = next_id;
            next_id += 2;
            create_table(work, table.layout, snapshot, table_id).await?;
            changes.push(format!("created_table:\"main\".\"{name}\""));
            (table_id, 0, 0)
        };
        let mut rows = Vec::new();
        for (offset, position) in (1..).zip(&table.columns) {
            let Some((column, kind)) = table.layout.columns.get(*position) else { continue };
            rows.push(vec![
                (highest + offset).into(),
                snapshot.into(),
                table_id.into(),
                (count + offset).into(),
                (*column).into(),
                kind.ducklake().into(),
                "NULL".into(),
                true.into(),
                "literal".into(),
                "duckdb".into(),
            ]);
        }
        let columns = [
            Column("column_id", None),
            Column("begin_snapshot", None),
            Column("table_id", None),
            Column("column_order", None),
            Column("column_name", None),
            Column("column_type", None),
            Column("default_value", None),
            Column("nulls_allowed", None),
            Column("default_value_type", None),
            Column("default_value_dialect", None),
        ];
        work.insert("ducklake_column", &columns, &rows).await?;
        let versions = [
            Column("begin_snapshot", None),
            Column("schema_version", None),
            Column("table_id", None),
        ];
        let row = vec![snapshot.into(), schema_version.into(), table_id.into()];
        work.insert("ducklake_schema_versions", &versions, &[row]).await?;
    }
    let numbers = [snapshot, schema_version, next_id, last.next_file_id];
    insert_snapshot(work, numbers, &changes.join(",")).await
}

/// Writes a table without its columns; the number after the table's is its sort order's.
async fn create_table(
    work: &mut Work,
    layout: &Layout,
    snapshot: i64,
    table_id: i64,
) -> Result<(), LakeError> {
    work.insert(
        "ducklake_table",
        &[
            Column("table_id", None),
            Column("table_uuid", Some("uuid")),
            Column("begin_snapshot", None),
            Column("schema_id", None),
            Column("table_name", None),
            Column("path", None),
            Column("path_is_relative", None),
        ],
        &[vec![
            table_id.into(),
            Uuid::now_v7().to_string().into(),
            snapshot.into(),
            0.into(),
            layout.name.into(),
            format!("{}/", layout.name).into(),
            true.into(),
        ]],
    )
    .await?;
    let sort_id = table_id + 1;
    let info = [Column("sort_id", None), Column("table_id", None), Column("begin_snapshot", None)];
    let row = vec![sort_id.into(), table_id.into(), snapshot.into()];
    work.insert("ducklake_sort_info", &info, &[row]).await?;
    let expression = [
        Column("sort_id", None),
        Column("table_id", None),
        Column("sort_key_index", None),
        Column("expression", None),
        Column("dialect", None),
        Column("sort_direction", None),
        Column("null_order", None),
    ];
    let rows: Vec<Vec<Value>> = (0_i64..)
        .zip(&layout.sort)
        .map(|(index, column)| {
            vec![
                sort_id.into(),
                table_id.into(),
                index.into(),
                format!("\"{column}\"").into(),
                "duckdb".into(),
                "ASC".into(),
                "NULLS_LAST".into(),
            ]
        })
        .collect();
    work.insert("ducklake_sort_expression", &expression, &rows).await
}
