//! Text for HTML: maud escapes; this file cuts and marks names.

use maud::{Markup, html};

use super::plain::{SENTENCE, Span, one_line, spans};

/// Returns a sentence whose names (between backticks) are marked as code.
pub fn sentence(text: &str) -> Markup {
    let line = one_line(text, SENTENCE);
    html! {
        @for span in spans(&line) {
            @match span {
                Span::Text(words) => (words),
                Span::Code(name) => code { (name) },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(
            sentence("`<b>` & <script>").into_string(),
            "<code>&lt;b&gt;</code> &amp; &lt;script&gt;"
        );
    }
}
