//! Text for HTML: maud escapes; this file cuts and marks names.

use maud::{Markup, html};

use super::plain::{SENTENCE, Span, one_line, spans};

/// Returns a sentence whose names (between backticks) are marked as code.
pub fn sentence(text: &str) -> Markup {
    let line = keep_units(&one_line(text, SENTENCE));
    html! {
        @for span in spans(&line) {
            @match span {
                Span::Text(words) => (words),
                Span::Code(name) => code { (name) },
            }
        }
    }
}

/// Returns a line whose numbers do not part from their units where it wraps: `9 h`, `14 %`.
pub fn keep_units(line: &str) -> String {
    let mut kept = String::with_capacity(line.len() + 8);
    let mut after_number = false;
    for (at, word) in line.split(' ').enumerate() {
        let unit = word.trim_end_matches(|c: char| c.is_ascii_punctuation() && c != '%');
        let joins = after_number && matches!(unit, "d" | "h" | "min" | "s" | "ms" | "%");
        if at > 0 {
            kept.push(if joins { '\u{a0}' } else { ' ' });
        }
        kept.push_str(word);
        after_number = word.ends_with(|c: char| c.is_ascii_digit());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_units() {
        assert_eq!(keep_units("1 d 9 h, 14 % of 3 days"), "1\u{a0}d 9\u{a0}h, 14\u{a0}% of 3 days");
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(
            sentence("`<b>` & <script>").into_string(),
            "<code>&lt;b&gt;</code> &amp; &lt;script&gt;"
        );
    }
}
