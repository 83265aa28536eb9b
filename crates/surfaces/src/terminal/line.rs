//! Lines of styled text whose width is known.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Effects, Style};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::Options;
use crate::escape::terminal::Characters;

/// What a piece of text is; the words say the same without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Strong,
    Soft,
    Good,
    Bad,
    Accent,
}

impl Tone {
    fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Strong => style.effects(Effects::BOLD),
            Self::Soft => style.effects(Effects::DIMMED),
            Self::Good => style.effects(Effects::BOLD).fg_color(Some(AnsiColor::Green.into())),
            Self::Bad => style.effects(Effects::BOLD).fg_color(Some(AnsiColor::Yellow.into())),
            Self::Accent => style.fg_color(Some(AnsiColor::Cyan.into())),
        }
    }
}

/// One line of output.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pieces: Vec<(Tone, String)>,
}

impl Line {
    /// Adds text, which must be escaped.
    pub(crate) fn push(&mut self, tone: Tone, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.pieces.push((tone, text));
        }
    }

    /// Adds blanks up to a column.
    pub(crate) fn pad_to(&mut self, column: usize) {
        let width = self.width();
        if width < column {
            self.push(Tone::Plain, " ".repeat(column - width));
        }
    }

    /// Returns how many columns the line takes.
    pub(crate) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| width_of(text)).sum()
    }

    /// Writes the line without blanks at its end.
    pub(crate) fn write(mut self, options: &Options, to: &mut String) {
        while let Some((_, last)) = self.pieces.last_mut() {
            last.truncate(last.trim_end_matches(' ').len());
            if !last.is_empty() {
                break;
            }
            self.pieces.pop();
        }
        for (tone, text) in &self.pieces {
            if options.colour && *tone != Tone::Plain {
                let style = tone.style();
                _ = write!(to, "{style}{text}{style:#}");
            } else {
                to.push_str(text);
            }
        }
        to.push('\n');
    }
}

/// Returns the columns that a text takes.
pub(crate) fn width_of(text: &str) -> usize {
    text.width()
}

/// Returns `text` in at most `width` columns, with an ellipsis where it was cut.
pub(crate) fn cut(text: &str, width: usize, characters: Characters) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mark = if characters == Characters::Unicode { "…" } else { "..." };
    let mut kept = String::new();
    let mut taken = width_of(mark);
    for grapheme in text.graphemes(true) {
        taken += width_of(grapheme);
        if taken > width {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.truncate(kept.trim_end().len());
    kept.push_str(mark);
    kept
}

/// Returns `text` in `width` columns, an ellipsis in the middle where it was longer: names often differ
/// at their ends.
pub(crate) fn cut_middle(text: &str, width: usize, characters: Characters) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let end = width * 2 / 5;
    let mut taken = 0;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        taken += width_of(grapheme);
        if taken > end {
            break;
        }
        from = at;
    }
    let tail = text.get(from..).unwrap_or_default();
    // The head and its ellipsis; what is cut is longer than the tail, so `cut` sets the ellipsis.
    let head = cut(text, width.saturating_sub(width_of(tail)), characters);
    head + tail
}

/// Returns `text` in lines of at most `width` columns, at most `most` of them; the last one has an
/// ellipsis where there was more.
pub(crate) fn wrap(text: &str, width: usize, most: usize, characters: Characters) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.peek().copied() {
        let needed = width_of(&line) + usize::from(!line.is_empty()) + width_of(word);
        if needed > width && !line.is_empty() {
            if lines.len() + 1 >= most {
                let rest: Vec<&str> = words.collect();
                let whole = format!("{line} {}", rest.join(" "));
                lines.push(cut(&whole, width, characters));
                return lines;
            }
            lines.push(std::mem::take(&mut line));
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        // A single word that is wider than the line is cut.
        line.push_str(&cut(word, width, characters));
        words.next();
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(cut("日本語", 5, Characters::Unicode), "日本…");
        assert_eq!(cut("abcdef", 5, Characters::Ascii), "ab...");
    }

    #[test]
    fn words_move_to_the_next_line() {
        let wrapped = |most| wrap("one two three four", 9, most, Characters::Unicode);
        assert_eq!(wrapped(9), ["one two", "three", "four"]);
        assert_eq!(wrapped(2), ["one two", "three fo…"]);
        assert_eq!(wrap("abcdefghijkl mn", 5, 9, Characters::Unicode), ["abcd…", "mn"]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked(text in "\\PC{0,80}", width in 4_usize..30) {
            for line in wrap(&text, width, 3, Characters::Unicode) {
                prop_assert!(width_of(&line) <= width, "{line:?}");
            }
        }
    }
}
