//! The thirteen fact tables: a row type to write with, a column type to compute with, and the
//! description from which storage, SQL and the reference are made.
//!
//! To add a column, add a line here; to add a table, add a block here and a field in `facts.rs`.

use crate::columns::{Cell, ColumnMut, ColumnRef, ColumnSpec, TableSpec};
use crate::{
    ActorKind, ChangeState, FactId, FailureClass, GateKind, Name, Outcome, SubjectKind,
    TestOutcome, Timestamp, Verdict,
};

/// A time that may be missing.
type Time = Option<Timestamp>;
/// A number that may be missing; never zero for "unknown".
type Count = Option<i64>;
/// A yes or no that may be missing.
type Flag = Option<bool>;

macro_rules! column_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $column:literal) => {
        $column
    };
}

macro_rules! table {
    (
        $(#[doc = $doc:literal])+
        $row:ident, $columns:ident in $table:literal by [$($anchor:literal),+] {
            $(#[doc = $fdoc:literal] $field:ident $(as $column:literal)?: $type:ty,)+
        }
    ) => {
        table! { @with
            $(#[doc = $doc])+
            $row, $columns in $table by [$($anchor),+] {
                #[doc = " Identity: a hash of (source, table, native id, attempt)."] id: FactId,
                #[doc = " The source that said it (`git`, `github`, ...)."] source: Name,
                #[doc = " The service that it belongs to."] service: Name,
                #[doc = " When the source's own state was this: the latest observation of an id wins."] observed_at: Time,
                #[doc = " Where a person can look at it."] url: Name,
                #[doc = " The source's own word for the state."] native_status: Name,
                $(#[doc = $fdoc] $field $(as $column)?: $type,)+
            }
        }
    };
    (@with
        $(#[doc = $doc:literal])+
        $row:ident, $columns:ident in $table:literal by [$($anchor:literal),+] {
            $(#[doc = $fdoc:literal] $field:ident $(as $column:literal)?: $type:ty,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $row {
            $(#[doc = $fdoc] pub $field: $type,)+
        }

        #[doc = concat!("The columns of `", $table, "`; a column that was not read is empty.")]
        #[derive(Debug, Clone, Default)]
        pub struct $columns {
            rows: usize,
            $(#[doc = $fdoc] pub $field: Vec<$type>,)+
        }

        impl $columns {
            /// Name, columns and order of the table.
            pub const SPEC: TableSpec = TableSpec {
                name: $table,
                doc: concat!($($doc),+),
                columns: &[$(ColumnSpec {
                    name: column_name!($field $($column)?),
                    kind: <$type as Cell>::KIND,
                    doc: $fdoc,
                },)+],
                anchors: &[$($anchor),+],
            };

            /// Returns the number of rows.
            pub fn len(&self) -> usize {
                self.rows
            }

            /// Returns whether there are no rows.
            pub fn is_empty(&self) -> bool {
                self.rows == 0
            }

            /// Appends a row.
            pub fn push(&mut self, row: $row) {
                self.rows += 1;
                $(self.$field.push(row.$field);)+
            }

            /// Returns the row at `index`; missing values for columns that were not read.
            pub fn row(&self, index: usize) -> $row {
                $row { $($field: self.$field.get(index).copied().unwrap_or_default(),)+ }
            }

            /// Returns the rows in order.
            pub fn rows(&self) -> impl Iterator<Item = $row> + '_ {
                (0..self.rows).map(|index| self.row(index))
            }

            /// Returns the columns to read, in the order of [`Self::SPEC`].
            pub fn columns(&self) -> Vec<ColumnRef<'_>> {
                vec![$(<$type as Cell>::read(&self.$field),)+]
            }

            /// Lets `fill` append `rows` values to each column that it wants to have; `fill` gets
            /// the columns in the order of [`Self::SPEC`].
            pub fn append<E>(
                &mut self,
                rows: usize,
                fill: impl FnOnce(Vec<ColumnMut<'_>>) -> Result<(), E>,
            ) -> Result<(), E> {
                self.rows += rows;
                fill(vec![$(<$type as Cell>::fill(&mut self.$field),)+])
            }
        }
    };
}

table! {
    /// A commit.
    Commit, Commits in "commits" by ["committed_at", "authored_at"] {
        /// The repository, as the source names it.
        repo: Name,
        /// The commit's hash.
        sha: Name,
        /// The hashes of its parents, first parent first, separated by blanks.
        parents: Name,
        /// Pseudonym of the author.
        author_key: Name,
        /// When it was written.
        authored_at: Time,
        /// When it got its present form.
        committed_at: Time,
        /// What names the same change over rebases (Gerrit's Change-Id, a pull request number).
        change_key: Name,
        /// Lines added.
        additions: Count,
        /// Lines deleted.
        deletions: Count,
        /// Files changed.
        files_changed: Count,
        /// The commit that it says it reverts.
        reverts_sha: Name,
        /// The commit that it says it was picked from.
        cherry_pick_of: Name,
    }
}

table! {
    /// A pull request, merge request or Gerrit change.
    ChangeRequest, ChangeRequests in "change_requests" by ["opened_at"] {
        /// The repository, as the source names it.
        repo: Name,
        /// Its number.
        number: Count,
        /// Pseudonym of the author.
        author_key: Name,
        /// When it was opened.
        opened_at: Time,
        /// When it was ready for review.
        ready_at: Time,
        /// When another person first looked at it.
        first_review_at: Time,
        /// When the approval that let it in was given.
        approved_at: Time,
        /// When it was merged.
        merged_at: Time,
        /// When it was closed, merged or not.
        closed_at: Time,
        /// Open, merged or abandoned.
        state: ChangeState,
        /// The commit that it became in the target.
        merge_sha: Name,
        /// Its last own commit.
        head_sha: Name,
        /// The branch that it goes to.
        target: Name,
        /// Lines added.
        additions: Count,
        /// Lines deleted.
        deletions: Count,
        /// Files changed.
        files_changed: Count,
        /// What it says it reverts: a hash, a change number, or `yes` where it only says that it reverts.
        revert_of: Name,
        /// What it was picked from: a hash or a change number.
        cherry_pick_of: Name,
    }
}

table! {
    /// An attempt of a pipeline run.
    PipelineRun, PipelineRuns in "pipeline_runs" by ["queued_at", "started_at", "finished_at"] {
        /// The repository, as the source names it.
        repo: Name,
        /// The run's native id, the same for all attempts.
        run_id: Name,
        /// 1 for the first attempt.
        attempt: Count,
        /// The pipeline's name.
        pipeline: Name,
        /// What started it (`push`, `schedule`, `recheck`, ...), in the source's word.
        trigger: Name,
        /// Who started it.
        actor_kind: ActorKind,
        /// The commit that it ran on.
        sha: Name,
        /// The branch or tag that it ran for.
        git_ref as "ref": Name,
        /// The change request that it ran for.
        change_number: Count,
        /// When it was asked for.
        queued_at: Time,
        /// When it began.
        started_at: Time,
        /// When it ended.
        finished_at: Time,
        /// How it ended.
        outcome: Outcome,
    }
}

table! {
    /// An attempt of a job.
    TaskRun, TaskRuns in "task_runs" by ["queued_at", "started_at", "finished_at"] {
        /// The repository, as the source names it.
        repo: Name,
        /// The run that it belongs to.
        run_id: Name,
        /// 1 for the first attempt.
        attempt: Count,
        /// The job's native id.
        task_id: Name,
        /// The job's name, the same in each run.
        name: Name,
        /// The stage or pipeline that it belongs to (`test`, `gate-and-submit`, ...).
        stage: Name,
        /// What it does, where the source says so (`build`, `test`, `deploy`, `manual`).
        kind: Name,
        /// Whether the change cannot go on without it.
        required: Flag,
        /// The commit that it ran on.
        sha: Name,
        /// The change request that it ran for.
        change_number: Count,
        /// The revision (patch set) of the change request.
        revision: Count,
        /// When it was asked for.
        queued_at: Time,
        /// When it began.
        started_at: Time,
        /// When it ended.
        finished_at: Time,
        /// How it ended.
        outcome: Outcome,
        /// Why it failed.
        failure_class: FailureClass,
        /// The rule that told why.
        failure_rule: Name,
        /// The first words of the failure.
        failure_text: Name,
        /// What ran it.
        runner: Name,
        /// How many tests it ran.
        tests_run: Count,
    }
}

table! {
    /// A step of a job.
    StepRun, StepRuns in "step_runs" by ["started_at", "finished_at"] {
        /// The job that it belongs to.
        task_id: Name,
        /// Its position in the job.
        number: Count,
        /// Its name.
        name: Name,
        /// When it began.
        started_at: Time,
        /// When it ended.
        finished_at: Time,
        /// How it ended.
        outcome: Outcome,
    }
}

table! {
    /// One verdict of one gate on one subject.
    GateEvaluation, GateEvaluations in "gate_evaluations" by ["asked_at", "decided_at"] {
        /// The gate's name (`Code-Review`, `production approval`, a check's name).
        gate: Name,
        /// What kind of gate it is.
        gate_kind: GateKind,
        /// What it looked at.
        subject_kind: SubjectKind,
        /// Which one: a hash, `NUMBER/REVISION`, a deployment's or run's native id.
        subject: Name,
        /// The repository, as the source names it.
        repo: Name,
        /// The commit that it looked at, where known.
        sha: Name,
        /// The change request that it looked at, where it looked at one.
        change_number: Count,
        /// The revision (patch set) of the change request.
        revision: Count,
        /// When it was asked.
        asked_at: Time,
        /// When it answered.
        decided_at: Time,
        /// What it answered.
        verdict: Verdict,
        /// Whether a failure would hold the change back.
        blocking: Flag,
        /// Whether it was able to fail at all.
        could_fail: Flag,
        /// Who answered.
        decided_by_kind: ActorKind,
        /// Pseudonym of the person who answered.
        decider_key: Name,
        /// How the times were found (`label date`, `deployment_review webhook`, ...).
        method: Name,
        /// How far the times can be trusted, in percent.
        confidence: Count,
    }
}

table! {
    /// An attempt to deploy.
    Deployment, Deployments in "deployments" by ["created_at", "started_at", "finished_at"] {
        /// The repository, as the source names it.
        repo: Name,
        /// The environment's name.
        environment: Name,
        /// Whether users of the service see it.
        production: Flag,
        /// The commit that was deployed.
        sha: Name,
        /// The branch or tag that was deployed.
        git_ref as "ref": Name,
        /// The version that was deployed.
        version: Name,
        /// The pipeline run that deployed it.
        run_id: Name,
        /// When it was asked for.
        created_at: Time,
        /// When it began.
        started_at: Time,
        /// When it ended.
        finished_at: Time,
        /// How it ended.
        outcome: Outcome,
        /// The native id or hash of the deployment that it goes back to.
        rollback_of: Name,
    }
}

table! {
    /// A tag, a published release, or the cut of a release branch.
    ReleaseTag, ReleaseTags in "release_tags" by ["tagged_at", "published_at"] {
        /// The repository, as the source names it.
        repo: Name,
        /// `tag`, `release` or `branch`.
        kind: Name,
        /// The tag's or branch's name.
        tag: Name,
        /// The commit that it names; for a branch, the commit where it leaves the main line.
        sha: Name,
        /// When it was made.
        tagged_at: Time,
        /// When it was published.
        published_at: Time,
        /// Whether it is a pre-release.
        prerelease: Flag,
    }
}

table! {
    /// An incident.
    Incident, Incidents in "incidents" by ["started_at", "detected_at"] {
        /// Its title.
        title: Name,
        /// How bad it was, in the source's word.
        severity: Name,
        /// When users began to feel it.
        started_at: Time,
        /// When it was noticed.
        detected_at: Time,
        /// When somebody took it.
        acknowledged_at: Time,
        /// When users stopped feeling it.
        mitigated_at: Time,
        /// When it was closed.
        resolved_at: Time,
        /// Addresses that it mentions, separated by blanks.
        links: Name,
        /// The release, deployment or commit that the source says caused it.
        caused_by: Name,
    }
}

table! {
    /// A test case in a run.
    TestResult, TestResults in "test_results" by ["started_at"] {
        /// The pipeline run that it belongs to, where known.
        run_id: Name,
        /// The suite, with the suites around it, separated by ` > `.
        suite: Name,
        /// The class or file.
        class: Name,
        /// The case's name without its parameters.
        name: Name,
        /// Its parameters.
        parameters: Name,
        /// How it ended, after all retries.
        outcome: TestOutcome,
        /// Whether it both failed and passed in this run.
        flaky: Flag,
        /// When it began.
        started_at: Time,
        /// How long it took, in milliseconds.
        duration_ms: Count,
        /// The first words of the failure.
        failure_text: Name,
    }
}

table! {
    /// Something said about a delivery: in chat, in a comment, on a timeline.
    Signal, Signals in "signals" by ["said_at"] {
        /// Where it was said (a channel; the source's name for comments).
        channel: Name,
        /// What it means: `approval_asked`, `manual_step`, `rollback`, `incident`, `freeze`, `recheck`, `ready_for_review`, ...
        kind: Name,
        /// When it was said.
        said_at: Time,
        /// The thread, or the change request's number.
        thread: Name,
        /// Pseudonym of who said it.
        author_key: Name,
        /// At most 200 characters of it, redacted.
        quote: Name,
    }
}

table! {
    /// A platform change reaching a service.
    Rollout, Rollouts in "rollouts" by ["reached_at"] {
        /// What is rolled out.
        rollout: Name,
        /// Its version.
        version: Name,
        /// When it reached the service.
        reached_at: Time,
    }
}

table! {
    /// A gate as it is set up: what must hold before something may go on.
    GateDefinition, GateDefinitions in "gate_definitions" by ["changed_at"] {
        /// The gate's name, as evaluations call it.
        gate: Name,
        /// What kind of gate it is.
        gate_kind: GateKind,
        /// The repository, as the source names it.
        repo: Name,
        /// What it stands before: a branch pattern or an environment.
        applies_to: Name,
        /// Whether it holds back, or only tells.
        blocking: Flag,
        /// How many approvals it asks for.
        approvals: Count,
        /// How long it makes everything wait, in milliseconds.
        wait_ms: Count,
        /// Whether somebody may overrule it.
        bypassable: Flag,
        /// When it was last changed, where the source says so.
        changed_at: Time,
    }
}
