//! Fact ids: a hash of (source, kind, native id, attempt), so that importing twice changes nothing.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The identity of a fact: the first 128 bits of SHA-256 over its natural key.
///
/// Shown and stored as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FactId([u8; 16]);

/// A text that is not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactIdError;

impl FactId {
    /// Returns the id of the fact that `source` calls `native_id` among its `kind` (the table's
    /// name), at `attempt` (0 where the source has no attempts).
    pub fn new(source: &str, kind: &str, native_id: &str, attempt: u32) -> Self {
        let mut hash = Sha256::new();
        // Lengths first: ("a", "bc") and ("ab", "c") differ.
        for part in [source, kind, native_id] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.update(attempt.to_le_bytes());
        let digest = hash.finalize();
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        Self(id)
    }

    /// Returns the 16 bytes.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Writes the 32 hexadecimal digits into `buffer` and returns them as text.
    pub fn hex<'a>(&self, buffer: &'a mut [u8; 32]) -> &'a str {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for (pair, byte) in buffer.chunks_exact_mut(2).zip(self.0) {
            if let [high, low] = pair {
                *high = DIGITS.get(usize::from(byte >> 4)).copied().unwrap_or_default();
                *low = DIGITS.get(usize::from(byte & 15)).copied().unwrap_or_default();
            }
        }
        std::str::from_utf8(buffer).unwrap_or_default()
    }
}

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hex(&mut [0; 32]))
    }
}

impl fmt::Debug for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for FactId {
    type Err = FactIdError;

    fn from_str(text: &str) -> Result<Self, FactIdError> {
        if text.len() != 32 {
            return Err(FactIdError);
        }
        let (mut id, mut seen) = ([0; 16], 0);
        for (to, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            if let [high, low] = pair {
                let (high, low) = (digit(*high), digit(*low));
                seen |= high | low;
                *to = high << 4 | low & 15;
            }
        }
        // Looked at once: millions of ids are read one after the other.
        if seen < NO_DIGIT { Ok(Self(id)) } else { Err(FactIdError) }
    }
}

/// What [`digit`] returns for what is no hexadecimal digit.
const NO_DIGIT: u8 = 0x80;

/// Returns the value of a hexadecimal digit.
fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => NO_DIGIT,
    }
}

impl serde::Serialize for FactId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.hex(&mut [0; 32]))
    }
}

impl fmt::Display for FactIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fact id is 32 hexadecimal digits")
    }
}

impl std::error::Error for FactIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_key_counts() {
        let id = FactId::new("github", "task_runs", "42", 1);
        assert_eq!(id, FactId::new("github", "task_runs", "42", 1));
        for other in [
            FactId::new("gitlab", "task_runs", "42", 1),
            FactId::new("github", "step_runs", "42", 1),
            FactId::new("github", "task_runs", "43", 1),
            FactId::new("github", "task_runs", "42", 2),
            FactId::new("githubt", "ask_runs", "42", 1),
        ] {
            assert_ne!(id, other);
        }
    }

    #[test]
    fn hex_goes_both_ways() {
        let id = FactId::new("git", "commits", "abc", 0);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("xyz".parse::<FactId>(), Err(FactIdError));
        assert_eq!("zz345678901234567890123456789012".parse::<FactId>(), Err(FactIdError));
    }
}
