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

    /// The relative luminance of WCAG 2.2 of a colour written as `#rrggbb`.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_colour_is_legible_in_light_dark_and_print() {
        let mut palettes = 0;
        for block in STYLE.split(":root {").skip(1) {
            let block = block.split('}').next().unwrap();
            let colour = |name: &str| {
                let value = block.split_once(&format!("--{name}: ")).unwrap().1;
                let value = value.split(';').next().unwrap();
                match value.strip_prefix('#') {
                    Some(short) if short.len() == 3 => {
                        Some(format!("#{}", short.chars().flat_map(|c| [c, c]).collect::<String>()))
                    }
                    Some(_) => Some(value.to_owned()),
                    // A colour of the system, in forced colours.
                    None => None,
                }
            };
            let Some(card) = colour("card") else { continue };
            palettes += 1;
            let (page, hatch) = (colour("page").unwrap(), colour("hatch").unwrap());
            for name in ["ink", "soft", "accent", "good", "bad"] {
                for ground in [&card, &page] {
                    let ratio = contrast(&colour(name).unwrap(), ground);
                    assert!(ratio >= 4.5, "{name} on {ground}: {ratio:.2}");
                }
            }
            for name in ["work", "process", "platform", "policy", "unexplained"] {
                for ground in [&card, &hatch] {
                    let ratio = contrast(&colour(name).unwrap(), ground);
                    assert!(ratio >= 3.0, "{name} on {ground}: {ratio:.2}");
                }
            }
        }
        assert_eq!(palettes, 3);
    }
}
