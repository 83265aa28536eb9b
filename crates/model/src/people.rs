//! Pseudonyms: people exist in the product only as keyed hashes, good for "the same person?" and
//! for nothing else. Destroying the key makes every pseudonym meaningless.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The secret of one installation that turns native ids of people into pseudonyms.
#[derive(Clone)]
pub struct PersonKey([u8; 32]);

/// A key that is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonKeyError;

impl PersonKey {
    /// Returns the key made of `bytes`.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the key written as 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self, PersonKeyError> {
        let mut key = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(PersonKeyError);
        }
        for (index, to) in key.iter_mut().enumerate() {
            let pair = text.get(index * 2..index * 2 + 2).ok_or(PersonKeyError)?;
            *to = u8::from_str_radix(pair, 16).map_err(|_| PersonKeyError)?;
        }
        Ok(Self(key))
    }

    /// Returns the pseudonym of the person whom `source` calls `native_id`: 24 hexadecimal digits
    /// of HMAC-SHA256(key, source NUL native id). Ids are compared without regard to ASCII case.
    pub fn pseudonym(&self, source: &str, native_id: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(source.as_bytes());
        mac.update(&[0]);
        mac.update(native_id.to_ascii_lowercase().as_bytes());
        let digest = mac.finalize().into_bytes();
        let digits = digest.iter().take(12).flat_map(|byte| [byte >> 4, byte & 15]);
        digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(secret)")
    }
}

impl fmt::Display for PersonKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key for pseudonyms is 64 hexadecimal digits")
    }
}

impl std::error::Error for PersonKeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_depends_on_key_source_and_person() {
        let key = PersonKey::from_bytes([7; 32]);
        let one = key.pseudonym("github", "Octocat");
        assert_eq!(one.len(), 24);
        assert_eq!(one, key.pseudonym("github", "octocat"));
        assert_ne!(one, key.pseudonym("gitlab", "octocat"));
        assert_ne!(one, PersonKey::from_bytes([8; 32]).pseudonym("github", "octocat"));
        assert_eq!(format!("{key:?}"), "PersonKey(secret)");
    }

    #[test]
    fn keys_are_read_from_hex() {
        assert!(PersonKey::from_hex(&"0a".repeat(32)).is_ok());
        assert_eq!(PersonKey::from_hex("0a").unwrap_err(), PersonKeyError);
        assert_eq!(PersonKey::from_hex(&"zz".repeat(32)).unwrap_err(), PersonKeyError);
    }
}
