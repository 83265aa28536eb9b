//! Payloads as received, kept so that a mapping can be corrected and replayed.

use crate::Timestamp;

/// One record of a source as it came, secrets redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The source that understands it.
    pub source: &'static str,
    /// The source's own word for what it is (`change`, `workflow_run`, `testsuites`, ...).
    pub kind: String,
    /// When the source's own state was this, where the record says so.
    pub observed_at: Option<Timestamp>,
    /// The bytes, after redaction.
    pub body: Vec<u8>,
}
