//! The physical tables: the model's descriptions plus `day`, and `payloads`.

use std::sync::{Arc, LazyLock};

use aftercast_model::{Facts, Kind, TableSpec};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// What a physical column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LakeType {
    Text,
    /// UTC without zone, milliseconds.
    Time,
    /// Days since 1970-01-01.
    Day,
    Count,
    Flag,
    Bytes,
}

impl LakeType {
    /// Returns the type's name in the catalogue.
    pub(crate) fn ducklake(self) -> &'static str {
        match self {
            Self::Text => "varchar",
            Self::Time => "timestamp_ms",
            Self::Day => "int32",
            Self::Count => "int64",
            Self::Flag => "boolean",
            Self::Bytes => "blob",
        }
    }

    /// Returns the type in memory and in files.
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Time => DataType::Timestamp(TimeUnit::Millisecond, None),
            Self::Day => DataType::Int32,
            Self::Count => DataType::Int64,
            Self::Flag => DataType::Boolean,
            Self::Bytes => DataType::Binary,
        }
    }
}

/// A physical table.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<(&'static str, LakeType)>,
    /// The columns by which the rows of a file are sorted, missing values last; `id` is the last.
    pub(crate) sort: Vec<&'static str>,
    /// The model's description; `payloads` has none.
    pub(crate) spec: Option<&'static TableSpec>,
    pub(crate) schema: SchemaRef,
}

/// The name of the table of payloads.
pub(crate) const PAYLOADS: &str = "payloads";

/// Every table, in the order of the reference, `payloads` last.
pub(crate) static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    let facts = Facts::TABLES.iter().map(|spec| {
        let mut columns: Vec<_> =
            spec.columns.iter().map(|column| (column.name, physical(column.kind))).collect();
        columns.push(("day", LakeType::Day));
        let mut sort = vec!["service"];
        sort.extend(spec.anchors.first());
        sort.push("id");
        layout(spec.name, columns, sort, Some(spec))
    });
    let payloads = layout(
        PAYLOADS,
        vec![
            ("id", LakeType::Text),
            ("source", LakeType::Text),
            ("kind", LakeType::Text),
            ("observed_at", LakeType::Time),
            ("body", LakeType::Bytes),
            ("day", LakeType::Day),
        ],
        vec!["source", "observed_at", "id"],
        None,
    );
    facts.chain([payloads]).collect()
});

fn layout(
    name: &'static str,
    columns: Vec<(&'static str, LakeType)>,
    sort: Vec<&'static str>,
    spec: Option<&'static TableSpec>,
) -> Layout {
    let fields: Vec<Field> =
        columns.iter().map(|(name, kind)| Field::new(*name, kind.arrow(), true)).collect();
    Layout { name, columns, sort, spec, schema: Arc::new(Schema::new(fields)) }
}

fn physical(kind: Kind) -> LakeType {
    match kind {
        Kind::Id | Kind::Text | Kind::Word => LakeType::Text,
        Kind::Time => LakeType::Time,
        Kind::Count => LakeType::Count,
        Kind::Flag => LakeType::Flag,
    }
}

impl Layout {
    /// Returns the table called `name`.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        LAYOUTS.iter().find(|layout| layout.name == name)
    }

    /// Returns whether the table has the column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| *name == column)
    }
}
