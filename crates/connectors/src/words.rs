//! Words out of what machines print: the beginning of an error, the telling line of a log.
//!
//! Owns: cutting, joining, colours. Must not know which system printed them.

/// How much of a failure is looked at.
const READ_BYTES: usize = 4 * 1024;
/// How many characters of it are kept.
const KEPT_CHARS: usize = 300;

/// Returns `text` cut to `bytes` at a character.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes.min(text.len()))).unwrap_or_default()
}

/// Returns the beginning of `text` without ANSI sequences and control characters, blanks joined.
pub(crate) fn first_words(text: &str) -> String {
    let plain = without_ansi(cut(text, READ_BYTES));
    let mut words = String::new();
    for word in plain.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
    }
    match words.char_indices().nth(KEPT_CHARS) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

/// Returns the last line of a log that tells of an error.
pub(crate) fn telling_line(log: &str) -> Option<&str> {
    log.lines().rev().map(str::trim).find(|line| {
        let lower = cut(line, READ_BYTES).to_ascii_lowercase();
        ["error", "failed", "fatal", "exception"].iter().any(|word| lower.contains(word))
            && !lower.starts_with("finished:")
    })
}

/// Returns `text` without ANSI escape sequences, also where a tool dropped or replaced the escape.
fn without_ansi(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            plain.push(c);
            continue;
        }
        match rest.next() {
            // CSI: parameters up to a final letter or sign.
            Some('[') => while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
            // OSC: up to BEL, or ESC and a backslash.
            Some(']') => {
                while let Some(c) = rest.next() {
                    if c == '\u{7}' || (c == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_of_a_log_tells() {
        let log = "Error: one\nERROR: script returned exit code 2\nbye\nFinished: FAILURE\n";
        assert_eq!(telling_line(log), Some("ERROR: script returned exit code 2"));
        assert_eq!(telling_line("all is well"), None);
    }
}
