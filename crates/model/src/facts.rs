//! A batch of facts: thirteen tables over one set of names.

use crate::columns::{ColumnMut, ColumnRef, TableSpec};
use crate::{
    ChangeRequests, Commits, Deployments, GateDefinitions, GateEvaluations, Incidents, Name, Names,
    PipelineRuns, ReleaseTags, Rollouts, Signals, StepRuns, TaskRuns, TestResults,
};

/// One table of a batch, without its type.
pub struct TableRef<'a> {
    /// Name, columns, order.
    pub spec: &'static TableSpec,
    /// Number of rows.
    pub rows: usize,
    /// The columns in the order of the description.
    pub columns: Vec<ColumnRef<'a>>,
}

macro_rules! facts {
    ($($(#[$doc:meta])* $field:ident: $columns:ident,)+) => {
        /// Facts of any number of services: what sources give, what the lake keeps, what the
        /// analysis reads.
        #[derive(Debug, Clone, Default)]
        pub struct Facts {
            /// The texts of all tables.
            pub names: Names,
            $($(#[$doc])* pub $field: $columns,)+
        }

        impl Facts {
            /// Every table, in the order of the reference.
            pub const TABLES: &'static [&'static TableSpec] = &[$(&$columns::SPEC,)+];

            /// Returns the tables to read, in the order of [`Facts::TABLES`].
            pub fn tables(&self) -> Vec<TableRef<'_>> {
                vec![$(TableRef {
                    spec: &$columns::SPEC,
                    rows: self.$field.len(),
                    columns: self.$field.columns(),
                },)+]
            }

            /// Lets `fill` append `rows` rows to the table called `table`; `fill` gets the names
            /// and the columns in the order of the table's description, and fills those that it
            /// wants to have. Returns `None` where there is no such table.
            pub fn append<E>(
                &mut self,
                table: &str,
                rows: usize,
                fill: impl FnOnce(&mut Names, Vec<ColumnMut<'_>>) -> Result<(), E>,
            ) -> Option<Result<(), E>> {
                let names = &mut self.names;
                $(if table == $columns::SPEC.name {
                    return Some(self.$field.append(rows, |columns| fill(names, columns)));
                })+
                None
            }

            /// Returns the number of rows of all tables.
            pub fn len(&self) -> usize {
                0 $(+ self.$field.len())+
            }

            /// Returns whether no table has a row.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }
    };
}

facts! {
    /// Commits.
    commits: Commits,
    /// Pull requests, merge requests, Gerrit changes.
    change_requests: ChangeRequests,
    /// Attempts of pipeline runs.
    pipeline_runs: PipelineRuns,
    /// Attempts of jobs.
    task_runs: TaskRuns,
    /// Steps of jobs.
    step_runs: StepRuns,
    /// Verdicts of gates.
    gate_evaluations: GateEvaluations,
    /// Attempts to deploy.
    deployments: Deployments,
    /// Tags, published releases, release branches.
    release_tags: ReleaseTags,
    /// Incidents.
    incidents: Incidents,
    /// Test cases in runs.
    test_results: TestResults,
    /// Things said.
    signals: Signals,
    /// Platform changes reaching services.
    rollouts: Rollouts,
    /// Gates as they are set up.
    gate_definitions: GateDefinitions,
}

impl Facts {
    /// Returns an empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the description of the table called `name`.
    pub fn table_spec(name: &str) -> Option<&'static TableSpec> {
        Self::TABLES.iter().copied().find(|spec| spec.name == name)
    }

    /// Returns the name for `text`; [`Name::NONE`] for the empty text.
    pub fn name(&mut self, text: &str) -> Name {
        self.names.intern(text)
    }

    /// Returns the name for `text`, [`Name::NONE`] where it is missing.
    pub fn name_option(&mut self, text: Option<&str>) -> Name {
        self.names.intern_option(text)
    }

    /// Returns the text of `name`, the empty text where it is missing.
    pub fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, FactId, Kind, Outcome, TaskRun, TaskRuns, Timestamp};

    #[test]
    fn a_row_comes_back_from_the_columns() {
        let mut facts = Facts::new();
        let row = TaskRun {
            id: FactId::new("jenkins", "task_runs", "lint/1", 1),
            source: facts.name("jenkins"),
            name: facts.name("lint"),
            started_at: Some(Timestamp::from_millis(5)),
            outcome: Outcome::Cancelled,
            ..TaskRun::default()
        };
        facts.task_runs.push(row);
        assert_eq!(facts.task_runs.row(0), row);
        assert_eq!(facts.len(), 1);
        let table = facts.tables().into_iter().find(|table| table.rows == 1).unwrap();
        assert_eq!(table.spec.name, "task_runs");
        let at = table.spec.position("outcome").unwrap();
        let ColumnRef::Word(words) = table.columns[at] else { panic!("outcome holds words") };
        assert_eq!(words.word_at(0), "cancelled");
    }

    #[test]
    fn a_column_that_was_not_read_is_missing() {
        let mut facts = Facts::new();
        let filled = facts.append("task_runs", 2, |names, columns| {
            for (spec, column) in TaskRuns::SPEC.columns.iter().zip(columns) {
                if let ("name", ColumnMut::Text(column)) = (spec.name, column) {
                    column.extend([names.intern("lint"), names.intern("unit")]);
                }
            }
            Ok::<(), ()>(())
        });
        assert_eq!(filled, Some(Ok(())));
        assert_eq!(facts.task_runs.len(), 2);
        let second = facts.task_runs.row(1);
        assert_eq!(facts.text(second.name), "unit");
        assert_eq!(second.outcome, Outcome::Unknown);
        assert_eq!(facts.append("nothing", 1, |_, _| Ok::<(), ()>(())), None);
    }

    #[test]
    fn every_table_has_the_common_columns_and_its_anchors() {
        for spec in Facts::TABLES {
            let common: Vec<_> = spec.columns.iter().take(6).map(|column| column.name).collect();
            assert_eq!(common, ["id", "source", "service", "observed_at", "url", "native_status"]);
            for anchor in spec.anchors {
                let column = spec.columns.iter().find(|column| column.name == *anchor).unwrap();
                assert_eq!(column.kind, Kind::Time, "{}.{anchor}", spec.name);
            }
            let mut seen: Vec<_> = spec.columns.iter().map(|column| column.name).collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), spec.columns.len(), "{} names a column twice", spec.name);
        }
        assert_eq!(Facts::TABLES.len(), 13);
    }

    #[test]
    fn words_go_both_ways() {
        for (value, word) in Outcome::WORDS {
            assert_eq!(Outcome::from_word(word), *value);
            assert_eq!(value.word(), *word);
        }
        assert_eq!(Outcome::from_word("neutral"), Outcome::Unknown);
    }
}
