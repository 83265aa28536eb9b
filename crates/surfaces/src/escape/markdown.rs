//! Text for Markdown as GitHub and GitLab read it.
//!
//! Both look for mentions and references in the rendered text, where a backslash no longer helps:
//! an invisible blank behind the sign does.

use std::fmt::Write as _;

use super::plain::{SENTENCE, Span, one_line, spans};

/// Keeps a sign and the word behind it apart without being seen.
const APART: char = '\u{200b}';

/// Where the text will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a paragraph or a list.
    Prose,
    /// In a cell of a table, where a pipe ends the cell even within code.
    Cell,
}

/// Returns a sentence whose names (between backticks) are code, and whose words are only words.
pub fn sentence(text: &str, place: Place) -> String {
    let line = one_line(text, SENTENCE);
    spans(&line)
        .into_iter()
        .map(|span| match span {
            Span::Text(words) => escape_words(words),
            Span::Code(name) => code_span(name, place),
        })
        .collect()
}

/// Returns a name as words.
pub fn name(text: &str, max: usize) -> String {
    escape_words(&one_line(text, max))
}

/// Returns a name as code.
pub fn code(text: &str, max: usize, place: Place) -> String {
    code_span(&one_line(text, max).replace('`', "'"), place)
}

/// Returns `text` for the inside of an HTML comment: what is not plain is percent-encoded.
pub fn comment(text: &str) -> String {
    let mut encoded = String::new();
    let mut after_dash = true;
    for byte in one_line(text, 200).bytes() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b'/' | b'+')
            || (byte == b'-' && !after_dash);
        after_dash = byte == b'-';
        if plain {
            encoded.push(char::from(byte));
        } else {
            _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Puts backticks around a name that has none.
fn code_span(name: &str, place: Place) -> String {
    match place {
        Place::Prose => format!("`{name}`"),
        // A backslash before the pipe would escape the escape.
        Place::Cell => format!("`{}`", name.replace('\\', "/").replace('|', "\\|")),
    }
}

/// Makes every sign of Markdown, HTML, mention and reference an ordinary character.
fn escape_words(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len() + 8);
    let mut rest = words.chars().peekable();
    let mut word = String::new();
    while let Some(character) = rest.next() {
        if character == '.' && word == "www" {
            escaped.push(APART);
        }
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|'
            | '~' | '$' | '^' | '=' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // At the beginning of a line these make lists and headings.
            '-' | '.' if escaped.chars().all(|c| c.is_ascii_digit()) => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
        let joined =
            rest.peek().is_some_and(|next| next.is_alphanumeric() || "_\"'{".contains(*next));
        let refers = match character {
            '@' | '#' | '!' | '~' | '%' | '$' | '&' | '^' | '*' => joined,
            ':' => rest.peek() == Some(&'/') || matches!(&*word, "mailto" | "xmpp"),
            '-' => word == "gh",
            _ => false,
        };
        if refers {
            escaped.push(APART);
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        } else {
            word.clear();
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(sentence(text, Place::Cell).replace(APART, "~"), expected, "{text}");
    }

    #[test]
    fn signs_become_characters() {
        check("a|b", "a\\|b");
        check("`a|b` ran", "`a\\|b` ran");
        check("`a\\|b`", "`a/\\|b`");
        check("@everyone and a@b.example", "@~everyone and a@~b.example");
        check("fixes #1 and GH-1 and !2", "fixes \\#~1 and GH-~1 and \\!~2");
        check("</details><!-- x -->", "&lt;/details&gt;&lt;\\!-- x --&gt;");
        check("[x](javascript:y)", "\\[x\\]\\(javascript:y\\)");
        check("see https://x.example www.y.example", "see https:~//x.example www~.y.example");
        check("1. a", "1\\. a");
        check("- a", "\\- a");
        check("14 % was work", "14 % was work");
        check("it`s", "it\\`s");
    }

    #[test]
    fn a_comment_cannot_be_closed() {
        assert_eq!(comment("a--> b:c"), "a-%2D%3E%20b%3Ac");
        assert_eq!(comment("->"), "%2D%3E");
        assert_eq!(comment("team/web-1.2.0"), "team/web-1.2.0");
    }
}
