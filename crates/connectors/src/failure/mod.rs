//! Why a build failed, by rules that are data.

use aftercast_model::{FailureClass, Outcome};

/// What is known of a failed build.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// How it ended.
    pub outcome: Outcome,
    /// The source's own word for why (`runner_system_failure`, `ABORTED`, ...).
    pub reason: Option<&'a str>,
    /// The exit code of its last command.
    pub exit_code: Option<i64>,
    /// The job's name.
    pub job: Option<&'a str>,
    /// The name of the step that failed.
    pub step: Option<&'a str>,
    /// What it said: annotations, error messages, the end of the log.
    pub text: Option<&'a str>,
}

/// The rules, in the order in which they are asked.
#[derive(Debug, Clone, Default)]
pub struct FailureRules {}

impl FailureRules {
    /// Returns the class of `evidence` and the name of the rule that decided.
    pub fn classify(&self, _evidence: &Evidence<'_>) -> Option<(FailureClass, &str)> {
        None
    }
}
