//! The only place where text becomes markup without being escaped.
//!
//! Audited: the only text is the style sheet that is compiled into this crate. A test reads every
//! file of the crate and fails where another one does the same.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped};
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("style.css");

/// Returns the style sheet for the inside of a `style` element.
pub(super) fn style() -> Markup {
    PreEscaped(STYLE.to_owned())
}

/// Returns the content security policy of the page: nothing but this style sheet.
pub(super) fn content_security_policy() -> String {
    let hash = base64(&Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// Returns the bytes as base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (group >> (18 - 6 * place)) & 63;
            let digit = usize::try_from(index).ok().and_then(|index| DIGITS.get(index));
            let digit = if place <= chunk.len() { digit } else { None };
            // Writing to a String cannot fail.
            _ = write!(text, "{}", digit.map_or('=', |digit| char::from(*digit)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }

    #[test]
    fn the_style_sheet_ends_no_element_and_loads_nothing() {
        for forbidden in ["</", "url(", "@import", "expression", "http"] {
            assert!(!STYLE.contains(forbidden), "{forbidden}");
        }
    }
}
