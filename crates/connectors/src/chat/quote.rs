//! The short quote that is kept of a message.
//!
//! Guarantees: at most [`LONGEST`] characters, cut between characters; no secret, mention, address of
//! the web or of mail, or number that may be a telephone's.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::chat::text::shown;
use crate::redaction::redact;

/// The longest quote, in characters.
const LONGEST: usize = 200;

/// What could be the number of a telephone or a card: seven digits or more, with signs between.
static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\+?\(?[0-9][0-9() ./-]{5,}[0-9]").ok());
/// What looks like an address of mail still, or a mention.
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[^\s@]*@[^\s@…][^\s@]*").ok());

/// Returns what is kept of a cleaned text.
pub(super) fn quote(clean: &str) -> String {
    let shown = shown(clean);
    let redacted = redact(shown.as_bytes());
    let text = String::from_utf8_lossy(&redacted);
    let text = replaced(ADDRESS.as_ref(), text, |_| Cow::Borrowed("@…"));
    let text = replaced(NUMBER.as_ref(), text, |number| {
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        // A version, a date or a time has other signs between fewer digits.
        let dotted = number.contains('.')
            && !number.contains([' ', '(', ')', '/'])
            && !number.starts_with('+');
        if digits < 7 || dotted { Cow::Owned(number.to_owned()) } else { Cow::Borrowed("[number]") }
    });
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut short: String = text.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

fn replaced<'t>(
    what: Option<&Regex>,
    text: Cow<'t, str>,
    with: impl Fn(&str) -> Cow<'static, str>,
) -> Cow<'t, str> {
    let Some(what) = what else { return text };
    let change = |found: &regex::Captures<'_>| {
        with(found.get(0).map_or("", |whole| whole.as_str())).into_owned()
    };
    match what.replace_all(&text, change) {
        Cow::Borrowed(_) => text,
        Cow::Owned(changed) => Cow::Owned(changed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::text::read;

    #[test]
    fn a_quote_is_short_and_names_nobody() {
        for (text, expected) in [
            ("rolled back 4.11.3 by @lena", "rolled back 4.11.3 by @…"),
            ("call +49 170 123 45 67 now", "call [number] now"),
            ("at 2026.11.23 and 10:42", "at 2026.11.23 and 10:42"),
            ("mail lena@acme.example", "mail @…"),
            ("key ghp_abcdefghijklmnopqrstuvwxyz0123456789", "key [redacted]"),
            ("psql postgres://u:hunter2@db/x", "psql @…"),
        ] {
            assert_eq!(quote(&read(text).sentences.remove(0).text), expected, "{text}");
        }
        assert_eq!(quote(&"ä".repeat(900)).chars().count(), 200);
    }
}
