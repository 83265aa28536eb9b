//! Text for a terminal.

use super::plain::one_line;

/// Returns `text` as one line that cannot steer a terminal; without `Unicode` it is ASCII.
pub fn text(text: &str, max: usize, characters: Characters) -> String {
    let line = one_line(text, max);
    match characters {
        Characters::Unicode => line,
        Characters::Ascii => ascii(&line),
    }
}

/// Which characters a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// All.
    Unicode,
    /// The first 128.
    Ascii,
}

/// Replaces what is not ASCII: typography by its plain form, the rest by a question mark.
fn ascii(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            ' '..='~' => plain.push(character),
            '…' => plain.push_str("..."),
            '–' | '—' | '−' => plain.push('-'),
            '‘' | '’' => plain.push('\''),
            '“' | '”' => plain.push('"'),
            '→' => plain.push_str("->"),
            '·' => plain.push(','),
            _ => plain.push('?'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_terminal_gets_plain_characters() {
        assert_eq!(text("“a” → é…", 80, Characters::Ascii), "\"a\" -> ?...");
        assert_eq!(text("é\u{1b}[2J", 80, Characters::Unicode), "é");
    }
}
