//! Columns without their types: what storage needs to know of a table, and nothing more.

use crate::{
    ActorKind, ChangeState, CodeColumn, FactId, FailureClass, GateKind, Name, Outcome, SubjectKind,
    TestOutcome, Timestamp, Verdict,
};

/// What a column holds, and with it how it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A [`FactId`]; text of 32 hexadecimal digits in SQL; never missing.
    Id,
    /// Text; NULL where missing.
    Text,
    /// UTC without zone, in milliseconds; NULL where missing.
    Time,
    /// A 64-bit integer; NULL where missing.
    Count,
    /// A boolean; NULL where missing.
    Flag,
    /// A word of a closed vocabulary; `unknown` where missing.
    Word,
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnSpec {
    /// The name in SQL, NDJSON, CSV and Parquet.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// One sentence for the reference.
    pub doc: &'static str,
}

/// One table.
#[derive(Debug, Clone, Copy)]
pub struct TableSpec {
    /// The name in SQL, also the `kind` in a [`FactId`].
    pub name: &'static str,
    /// One sentence for the reference.
    pub doc: &'static str,
    /// The common columns, then its own, in order.
    pub columns: &'static [ColumnSpec],
    /// The time columns by which rows are sorted (after `service`) and from which `day` is taken:
    /// the first of them that is not missing.
    pub anchors: &'static [&'static str],
}

impl TableSpec {
    /// Returns the position of the column `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// The values of one column, to read.
#[derive(Clone, Copy)]
pub enum ColumnRef<'a> {
    /// Of [`Kind::Id`].
    Id(&'a [FactId]),
    /// Of [`Kind::Text`].
    Text(&'a [Name]),
    /// Of [`Kind::Time`].
    Time(&'a [Option<Timestamp>]),
    /// Of [`Kind::Count`].
    Count(&'a [Option<i64>]),
    /// Of [`Kind::Flag`].
    Flag(&'a [Option<bool>]),
    /// Of [`Kind::Word`].
    Word(&'a dyn CodeColumn),
}

/// The values of one column, to fill.
pub enum ColumnMut<'a> {
    /// Of [`Kind::Id`].
    Id(&'a mut Vec<FactId>),
    /// Of [`Kind::Text`].
    Text(&'a mut Vec<Name>),
    /// Of [`Kind::Time`].
    Time(&'a mut Vec<Option<Timestamp>>),
    /// Of [`Kind::Count`].
    Count(&'a mut Vec<Option<i64>>),
    /// Of [`Kind::Flag`].
    Flag(&'a mut Vec<Option<bool>>),
    /// Of [`Kind::Word`].
    Word(&'a mut dyn CodeColumn),
}

/// Ties a cell's type to its [`Kind`] and its column.
#[expect(clippy::ptr_arg, reason = "a column of words is a trait object over the vector")]
pub(crate) trait Cell: Sized {
    const KIND: Kind;
    fn read(column: &Vec<Self>) -> ColumnRef<'_>;
    fn fill(column: &mut Vec<Self>) -> ColumnMut<'_>;
}

macro_rules! cell {
    ($type:ty, $kind:ident) => {
        impl Cell for $type {
            const KIND: Kind = Kind::$kind;
            fn read(column: &Vec<Self>) -> ColumnRef<'_> {
                ColumnRef::$kind(column)
            }
            fn fill(column: &mut Vec<Self>) -> ColumnMut<'_> {
                ColumnMut::$kind(column)
            }
        }
    };
}
cell!(FactId, Id);
cell!(Name, Text);
cell!(Option<Timestamp>, Time);
cell!(Option<i64>, Count);
cell!(Option<bool>, Flag);
cell!(Outcome, Word);
cell!(TestOutcome, Word);
cell!(FailureClass, Word);
cell!(GateKind, Word);
cell!(Verdict, Word);
cell!(SubjectKind, Word);
cell!(ActorKind, Word);
cell!(ChangeState, Word);
