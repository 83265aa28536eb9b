//! Where a pull puts what it read: the one thing that the loop asks of storage.

use crate::source::Output;

/// Why something could not be kept.
pub type KeepError = Box<dyn std::error::Error + Send + Sync>;

/// What a cursor is of: one list of one subject. The target itself is the keeper's to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Of<'a> {
    /// The subject.
    pub subject: &'a str,
    /// The list.
    pub stream: &'a str,
}

/// Where a pull puts what it read, for one target.
pub trait Keep: Send {
    /// Returns the cursor that was stored last.
    fn load(
        &mut self,
        of: Of<'_>,
    ) -> impl Future<Output = Result<Option<String>, KeepError>> + Send;

    /// Stores facts and payloads durably, and only then the cursor; `output` may be empty.
    fn store(
        &mut self,
        of: Of<'_>,
        output: Output,
        cursor: &str,
    ) -> impl Future<Output = Result<(), KeepError>> + Send;
}
