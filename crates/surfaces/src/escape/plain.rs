//! The first step for every target: one line of visible characters, of bounded length.
//!
//! Guarantees of [`one_line`]: no control character, no escape sequence, no character that changes
//! the direction of text or takes no room on its own, single blanks, at most `max` characters.

/// More marks than this on one character are noise that spills over the lines around it.
const MAX_MARKS: usize = 3;

/// The longest name that is shown whole.
pub const NAME: usize = 80;

/// The longest sentence that is shown whole.
pub const SENTENCE: usize = 320;

/// A part of a sentence: the review marks names with backticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span<'a> {
    /// Words.
    Text(&'a str),
    /// A name, without its backticks.
    Code(&'a str),
}

/// Returns `text` as one line of visible characters, cut to `max` characters with an ellipsis.
pub fn one_line(text: &str, max: usize) -> String {
    let mut line = String::with_capacity(text.len().min(max * 4));
    let mut length = 0;
    let mut marks = 0;
    let mut blank = false;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if character == '\u{1b}' {
            skip_escape_sequence(&mut rest);
            continue;
        }
        if character.is_whitespace() {
            blank = length > 0;
            continue;
        }
        if is_invisible(character) {
            continue;
        }
        let takes_room = unicode_width::UnicodeWidthChar::width(character).unwrap_or(0) > 0;
        marks = if takes_room { 0 } else { marks + 1 };
        if marks > MAX_MARKS || (!takes_room && length == 0) {
            continue;
        }
        if length + usize::from(blank) >= max {
            line.pop();
            line.push('…');
            return line;
        }
        if blank {
            line.push(' ');
            length += 1;
            blank = false;
        }
        line.push(character);
        length += 1;
    }
    line
}

/// Returns the words and the names of a sentence; a backtick without a partner is a character.
pub fn spans(line: &str) -> Vec<Span<'_>> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once('`') {
        let Some((code, after)) = behind.split_once('`') else { break };
        if code.trim().is_empty() {
            break;
        }
        if !before.is_empty() {
            found.push(Span::Text(before));
        }
        found.push(Span::Code(code));
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Span::Text(rest));
    }
    found
}

/// Skips what follows an escape character: a control sequence, a system command, or one character.
fn skip_escape_sequence(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            // Parameters and intermediates, then one final character.
            while rest.next_if(|c| matches!(c, '\u{20}'..='\u{3f}')).is_some() {}
            rest.next_if(|c| matches!(c, '\u{40}'..='\u{7e}'));
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            rest.next();
            while let Some(character) = rest.next() {
                if character == '\u{7}' || character == '\u{9c}' {
                    return;
                }
                if character == '\u{1b}' {
                    rest.next_if_eq(&'\\');
                    return;
                }
            }
        }
        _ => {
            rest.next_if(|c| matches!(c, '\u{20}'..='\u{7e}'));
        }
    }
}

/// Whether a character cannot be seen or moves others about.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{3164}'
                | '\u{ffa0}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(one_line(text, 20), expected, "{text:?}");
    }

    #[test]
    fn only_visible_characters_of_one_line_stay() {
        check("  a\n\tb \r\n c ", "a b c");
        check("\u{1b}[31mred\u{1b}[0m", "red");
        check("\u{1b}]8;;http://evil\u{7}link\u{1b}]8;;\u{1b}\\!", "link!");
        check("\u{9b}31mred", "31mred");
        check("user\u{202e}gpj.exe", "usergpj.exe");
        check("a\u{200b}b\u{feff}c\u{2066}d", "abcd");
        check("e\u{301}\u{301}\u{301}\u{301}\u{301}x", "e\u{301}\u{301}\u{301}x");
        check("\u{301}x", "x");
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        check("12345678901234567890", "12345678901234567890");
        check("123456789012345678901", "1234567890123456789…");
    }

    #[test]
    fn names_stand_between_backticks() {
        assert_eq!(spans("`a` ran"), [Span::Code("a"), Span::Text(" ran")]);
        assert_eq!(spans("it`s"), [Span::Text("it`s")]);
        assert_eq!(spans("x ``` y"), [Span::Text("x ``` y")]);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_promise(text in any::<String>(), max in 1_usize..50) {
            let line = one_line(&text, max);
            prop_assert!(line.chars().count() <= max);
            prop_assert!(!line.chars().any(|c| is_invisible(c) || (c.is_whitespace() && c != ' ')));
            prop_assert_eq!(one_line(&line, max), line);
        }
    }
}
