//! Counting changed lines between two texts, line for line as `git log --numstat` does.
//!
//! Owns: git's rules (what is binary, which diff is taken) and the shortcuts that give the same
//! numbers. Pure; must not know repositories.

use gix::diff::blob::sources::byte_lines;
use gix::diff::blob::{Algorithm, Diff, InternedInput};

/// Changed lines between two versions of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Lines {
    /// Lines added.
    pub added: u64,
    /// Lines deleted.
    pub deleted: u64,
}

/// What comparing two versions of a file gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// Both are text.
    Text(Lines),
    /// One of them has no lines.
    Binary,
    /// Too large to be compared in reasonable time.
    TooLarge,
}

/// Compares two versions; a file that is not there is empty. Texts above `limit` bytes that were
/// changed in the middle are too large.
pub(super) fn compare(old: &[u8], new: &[u8], limit: usize) -> Compared {
    if is_binary(old) || is_binary(new) {
        return Compared::Binary;
    }
    let (old_middle, new_middle) = middles(old, new);
    if old_middle.is_empty() || new_middle.is_empty() {
        return Compared::Text(Lines { added: count(new_middle), deleted: count(old_middle) });
    }
    if old.len().max(new.len()) > limit {
        return Compared::TooLarge;
    }
    let (old, new) = without_common_tail(old, new);
    // Myers with git's own heuristics: they look at the whole files, so the middles do not do.
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let diff = Diff::compute(Algorithm::Myers, &input);
    Compared::Text(Lines {
        added: u64::from(diff.count_additions()),
        deleted: u64::from(diff.count_removals()),
    })
}

/// Returns whether git takes `content` for binary: a NUL among the first 8,000 bytes.
fn is_binary(content: &[u8]) -> bool {
    let start = content.get(..8_000).unwrap_or(content);
    memchr::memchr(0, start).is_some()
}

/// Returns the number of lines; a last line without line end counts.
fn count(text: &[u8]) -> u64 {
    let ends = memchr::memchr_iter(b'\n', text).count() as u64;
    ends + u64::from(text.last().is_some_and(|last| *last != b'\n'))
}

/// Returns both texts without the whole lines that they share at the start and then at the end.
fn middles<'a>(old: &'a [u8], new: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let same = common_prefix(old, new);
    // A line is shared only where it ends in both.
    let both_end = same == old.len() && same == new.len();
    let start = if both_end { same } else { after_last_end(old, same) };
    let (old, new) = (old.get(start..).unwrap_or(&[]), new.get(start..).unwrap_or(&[]));
    let same = common_suffix(old, new);
    let tail = old.len() - same;
    // The shared end begins behind a line end in both, or where both begin.
    let begins_line = |text: &[u8]| {
        let at = text.len() - same;
        at == 0 || text.get(at - 1) == Some(&b'\n')
    };
    let keep = if begins_line(old) && begins_line(new) {
        same
    } else {
        let tail_text = old.get(tail..).unwrap_or(&[]);
        memchr::memchr(b'\n', tail_text).map_or(0, |at| same - at - 1)
    };
    let cut = |text: &'a [u8]| text.get(..text.len() - keep).unwrap_or(&[]);
    (cut(old), cut(new))
}

fn after_last_end(text: &[u8], until: usize) -> usize {
    let shared = text.get(..until).unwrap_or(text);
    memchr::memrchr(b'\n', shared).map_or(0, |at| at + 1)
}

const BLOCK: usize = 64;

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK));
    let start = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a.iter().skip(start).zip(b.iter().skip(start));
    start + rest.take_while(|(a, b)| a == b).count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK));
    let end = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a.iter().rev().skip(end).zip(b.iter().rev().skip(end));
    end + rest.take_while(|(a, b)| a == b).count()
}

/// Cuts the common tail in blocks of 1,024 bytes down to a line end, as git does before its diff:
/// its heuristics count the lines of what is left.
fn without_common_tail<'a>(old: &'a [u8], new: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    const TAIL_BLOCK: usize = 1_024;
    let blocks = old.rchunks_exact(TAIL_BLOCK).zip(new.rchunks_exact(TAIL_BLOCK));
    let trimmed = blocks.take_while(|(a, b)| a == b).count() * TAIL_BLOCK;
    let tail = old.get(old.len() - trimmed..).unwrap_or(&[]);
    let recovered = memchr::memchr(b'\n', tail).map_or(trimmed, |at| at + 1);
    let cut = trimmed - recovered;
    let keep = |text: &'a [u8]| text.get(..text.len() - cut).unwrap_or(&[]);
    (keep(old), keep(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(old: &str, new: &str, added: u64, deleted: u64) {
        let expected = Compared::Text(Lines { added, deleted });
        assert_eq!(compare(old.as_bytes(), new.as_bytes(), 1 << 20), expected, "{old:?} {new:?}");
    }

    #[test]
    fn lines_are_counted_as_git_does() {
        check("", "", 0, 0);
        check("", "a\nb\n", 2, 0);
        check("", "a\nb", 2, 0);
        check("a\nb", "", 0, 2);
        check("a\nb\n", "a\nb", 1, 1);
        check("a\n", "a\nb\n", 1, 0);
        check("a\nb\nc\n", "a\nc\n", 0, 1);
        check("a\nb\nc\n", "a\nx\nc\n", 1, 1);
        check("ab\n", "b\n", 1, 1);
        check("x\nab\n", "x\nb\n", 1, 1);
        check("a\r\n", "a\n", 1, 1);
        check("a\na\n", "a\na\na\n", 1, 0);
    }

    #[test]
    fn binary_and_large_files_have_no_lines() {
        assert_eq!(compare(b"a\0b", b"", 10), Compared::Binary);
        assert_eq!(compare(b"", b"a\0b", 10), Compared::Binary);
        assert_eq!(compare(b"a\nb\nc\nd\n", b"a\nx\ny\nd\n", 4), Compared::TooLarge);
        let added = Compared::Text(Lines { added: 1, deleted: 0 });
        assert_eq!(compare(b"a\nb\n", b"a\nb\nc\n", 4), added, "only added: no diff is needed");
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof!["[ab]{0,2}\n", "[ab]{0,70}\n", "}\n", "\n"];
        (proptest::collection::vec(line, 0..200), "[ab]{0,2}")
            .prop_map(|(lines, end)| (lines.concat() + &end).into_bytes())
    }

    proptest! {
        #[test]
        fn the_shortcut_agrees_with_the_whole_diff(
            start in text(), old in text(), new in text(), end in text(), pure in any::<bool>(),
        ) {
            let new = if pure { Vec::new() } else { new };
            let (old, new) = ([&start[..], &old, &end].concat(), [&start[..], &new, &end].concat());
            let (old_cut, new_cut) = without_common_tail(&old, &new);
            let input = InternedInput::new(byte_lines(old_cut), byte_lines(new_cut));
            let diff = Diff::compute(Algorithm::Myers, &input);
            let whole = Lines {
                added: u64::from(diff.count_additions()),
                deleted: u64::from(diff.count_removals()),
            };
            prop_assert_eq!(compare(&old, &new, usize::MAX), Compared::Text(whole));
        }
    }
}
