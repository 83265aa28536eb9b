//! JSON into records, however they are packed: one object, an array, objects one after the other or
//! one a line, a page with the list inside, and any of these broken somewhere.
//!
//! Guarantees: each record is handed out once, with the line where it begins; memory stays below the
//! limit of one record and two chunks; what is broken costs itself and not its neighbours, as far
//! as lines tell where a neighbour begins. Must not know: sources, files.

use std::io::{self, Read};
use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

use crate::reading::scan::{End, Shape, end_of_string, end_of_value, shape_of};

/// How much is read at once.
const CHUNK: usize = 256 * 1024;

/// What a splitter found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record: its first line, and where its bytes are (see [`Splitter::bytes`]).
    Record(u64, Range<usize>),
    /// Something that is no record, and where it begins.
    Bad(u64, Fault),
}

/// Why something is no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The input ends inside of it.
    CutOff,
    /// It is larger than the limit.
    TooLarge,
    /// It is no JSON.
    NotJson,
    /// It is JSON, but no object.
    NotAnObject,
    /// It is text of two bytes a character.
    Utf16,
}

impl Fault {
    /// Says what is wrong.
    pub(super) fn says(&self) -> &'static str {
        match self {
            Self::CutOff => "the input ends inside of what begins here",
            Self::TooLarge => "a record that is too large",
            Self::NotJson => "no JSON",
            Self::NotAnObject => "a value that is no object",
            Self::Utf16 => "text in UTF-16",
        }
    }
}

/// A list that is open around the records.
struct List {
    /// Whether it stands in a page, whose remaining fields are skipped.
    in_page: bool,
    /// The line where it begins.
    line: u64,
    /// How many blanks stand before its elements, where they begin lines.
    indent: Option<usize>,
}

/// Reads records from a stream.
pub(super) struct Splitter<'s, R> {
    reader: R,
    records_have: &'s [&'s str],
    limit: usize,
    buffer: Vec<u8>,
    at: usize,
    line: u64,
    /// Where the line of `at` begins, if it is still in the buffer.
    line_start: usize,
    lists: Vec<List>,
    ended: bool,
    error: Option<io::Error>,
    begun: bool,
    /// A value was never closed: from here each line stands for itself.
    lines_only: bool,
}

impl<'s, R: Read> Splitter<'s, R> {
    /// Returns the records of `reader`, none of them larger than `limit`.
    pub(super) fn new(reader: R, limit: usize, records_have: &'s [&'s str]) -> Self {
        Self {
            reader,
            records_have,
            limit,
            buffer: Vec::new(),
            at: 0,
            line: 1,
            line_start: 0,
            lists: Vec::new(),
            ended: false,
            error: None,
            begun: false,
            lines_only: false,
        }
    }

    /// Returns the bytes of a record, until the next call of [`Splitter::next`].
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// Returns why the stream ended before its end, and the line.
    pub(super) fn stopped(self) -> Option<(u64, io::Error)> {
        self.error.map(|error| (self.line, error))
    }

    /// Returns what comes next; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Found> {
        if !self.begun {
            self.begun = true;
            if let Some(found) = self.begin() {
                return Some(found);
            }
        }
        loop {
            if !self.skip_between() {
                let list = self.lists.pop()?;
                self.lists.clear();
                // A damaged stream is reported once, by `stopped`.
                return match self.error {
                    Some(_) => None,
                    None => Some(Found::Bad(list.line, Fault::CutOff)),
                };
            }
            match self.peek()? {
                b'{' => {
                    if let Some(found) = self.object() {
                        return Some(found);
                    }
                }
                b'[' if !self.lines_only => {
                    self.lists.push(List { in_page: false, line: self.line, indent: None });
                    self.at += 1;
                }
                b']' if !self.lists.is_empty() => {
                    self.at += 1;
                    if self.lists.pop().is_some_and(|list| list.in_page) {
                        self.skip_page_tail();
                    }
                }
                // What Gerrit puts before its JSON.
                b')' if self.starts_with(b")]}'") => self.skip_line(),
                _ if self.lines_only => self.skip_line(),
                b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n' if !self.lists.is_empty() => {
                    let found = Found::Bad(self.line, Fault::NotAnObject);
                    self.skip_value();
                    return Some(found);
                }
                _ => return Some(self.give_up(Fault::NotJson)),
            }
        }
    }

    /// Skips a byte order mark.
    fn begin(&mut self) -> Option<Found> {
        while self.buffer.len() < 4 && self.fill() {}
        if self.starts_with(&[0xEF, 0xBB, 0xBF]) {
            self.at = 3;
        } else if self.starts_with(&[0xFF, 0xFE]) || self.starts_with(&[0xFE, 0xFF]) {
            self.ended = true;
            self.at = self.buffer.len();
            return Some(Found::Bad(1, Fault::Utf16));
        }
        None
    }

    /// Handles the object at `at`: a record, or a page that is entered (`None`).
    fn object(&mut self) -> Option<Found> {
        let in_page = self.lists.last().is_some_and(|list| list.in_page);
        let own_line = self.begins_line();
        if own_line
            && let Some(list) = self.lists.last_mut()
            && list.indent.is_none()
        {
            list.indent = Some(self.at.saturating_sub(self.line_start));
        }
        let by_line = self.lists.is_empty() && own_line;
        let mut whole = if by_line { self.object_of_line() } else { None };
        let mut end = End::Beyond;
        loop {
            let known = whole.map(|length| length.min(self.rest().len()));
            let slice = known.and_then(|length| self.rest().get(..length)).unwrap_or(self.rest());
            let complete = known.is_some() || self.ended;
            if !in_page {
                match shape_of(slice, complete, self.records_have) {
                    Shape::Page(inside) => {
                        let line = self.line;
                        self.advance(inside);
                        self.lists.push(List { in_page: true, line, indent: None });
                        return None;
                    }
                    Shape::Open if self.rest().len() <= self.limit => {
                        self.fill();
                        continue;
                    }
                    Shape::Open | Shape::Record => {}
                }
            }
            if whole.is_some() {
                break;
            }
            end = end_of_value(self.rest());
            match end {
                End::At(length) => whole = Some(length),
                End::Beyond if self.rest().len() > self.limit => break,
                End::Beyond if self.fill() => {}
                End::Beyond | End::Broken(_) => break,
            }
        }
        match (whole, end) {
            (Some(length), _) if length > self.limit => Some(self.give_up(Fault::TooLarge)),
            (Some(length), _) => {
                let range = self.at..self.at + length;
                let line = self.line;
                self.advance(length);
                Some(Found::Record(line, range))
            }
            (None, End::Broken(at)) => Some(self.give_up_at(at, Fault::NotJson)),
            (None, _) if self.rest().len() > self.limit => Some(self.give_up(Fault::TooLarge)),
            (None, _) => Some(self.never_closed()),
        }
    }

    /// Returns the length of the object at `at`, where its line shows that it is one of objects that
    /// stand one a line: only behind a complete value may the next line begin with `{`.
    fn object_of_line(&mut self) -> Option<usize> {
        let mut searched = 0;
        let length = loop {
            let rest = self.rest();
            match memchr(b'\n', rest.get(searched..).unwrap_or_default()) {
                // The byte behind the line tells whether the line stands alone.
                Some(found) if searched + found + 1 < rest.len() => break searched + found,
                Some(found) => {
                    searched += found;
                    if !self.fill() {
                        break searched;
                    }
                }
                None => {
                    searched = rest.len();
                    if searched > self.limit {
                        return None;
                    }
                    if !self.fill() {
                        break searched;
                    }
                }
            }
        };
        let line = self.rest().get(..length)?;
        let next = self.rest().get(length + 1).copied();
        let trimmed = line.trim_ascii_end();
        let last = trimmed.last().copied()?;
        let alone = match next {
            // Inside an array or object that goes on, `{` may begin a line as well.
            Some(b'{') => !matches!(last, b'[' | b',' | b':' | b'{') || self.lines_only,
            None => last == b'}',
            _ => false,
        };
        // Objects one after the other in one line have to be told apart.
        let several =
            || [b"}{".as_slice(), b"} {"].iter().any(|gap| memmem::find(line, gap).is_some());
        (self.lines_only || alone && !several()).then_some(trimmed.len())
    }

    /// The object at `at` is open at the end: it is bad, and each line behind its first is tried.
    fn never_closed(&mut self) -> Found {
        let found = Found::Bad(self.line, Fault::CutOff);
        self.leave_list_of_line();
        if self.lists.is_empty() && !self.lines_only {
            self.lines_only = true;
            self.skip_line();
        } else {
            self.lists.clear();
            self.at = self.buffer.len();
        }
        found
    }

    /// Leaves a list that began in the present line: the next line is none of its elements.
    fn leave_list_of_line(&mut self) {
        while self.lists.last().is_some_and(|list| list.line == self.line) {
            self.lists.pop();
        }
    }

    /// Reports what stands at `at` and goes on at the next line that can begin a record.
    fn give_up(&mut self, fault: Fault) -> Found {
        self.give_up_at(0, fault)
    }

    /// As [`Splitter::give_up`], where reading broke `broken` bytes behind `at`.
    fn give_up_at(&mut self, broken: usize, fault: Fault) -> Found {
        let found = Found::Bad(self.line, fault);
        self.leave_list_of_line();
        // Searching to the limit may happen once, not again at each line.
        self.lines_only |= found == Found::Bad(self.line, Fault::TooLarge) && self.lists.is_empty();
        // Where it broke at the begin of a line, that line may be the next record.
        self.advance(broken);
        if broken == 0 || !self.could_begin_record() {
            loop {
                self.skip_line();
                if self.peek().is_none() || self.could_begin_record() {
                    break;
                }
            }
        }
        found
    }

    /// Returns whether a record of the present list, or of the top, could begin at `at`.
    fn could_begin_record(&mut self) -> bool {
        let indent = self.lists.last().and_then(|list| list.indent).unwrap_or(0);
        if self.at.checked_sub(self.line_start) == Some(indent) && self.begins_line() {
            return self.peek() == Some(b'{');
        }
        if self.at != self.line_start {
            return false;
        }
        while self.rest().len() <= indent && self.fill() {}
        let blanks = self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let first = self.rest().get(blanks).copied();
        blanks == indent && (first == Some(b'{') || (first == Some(b'[') && self.lists.is_empty()))
    }

    /// Skips what may stand between records; `false` at the end of the input.
    fn skip_between(&mut self) -> bool {
        loop {
            while let Some(&byte) = self.buffer.get(self.at) {
                match byte {
                    b'\n' => {
                        self.line += 1;
                        self.line_start = self.at + 1;
                    }
                    b' ' | b'\t' | b'\r' | b',' | 0x1E => {}
                    _ => return true,
                }
                self.at += 1;
            }
            if !self.fill() {
                return false;
            }
        }
    }

    /// Skips the fields behind the list of a page, up to the end of the page.
    fn skip_page_tail(&mut self) {
        while self.skip_between_fields() {
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return;
                }
                Some(b']') | None => return,
                Some(_) => self.skip_value(),
            }
        }
    }

    /// Skips one value, or one byte of what is none.
    fn skip_value(&mut self) {
        loop {
            let end = match self.rest().first() {
                Some(b'{' | b'[') => end_of_value(self.rest()),
                Some(b'"') => end_of_string(self.rest(), 0),
                Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'a'..=b'z' | b'A'..=b'Z') => {
                    let scalar = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                    match self.rest().iter().position(|byte| !scalar(byte)) {
                        Some(length) => End::At(length),
                        None => End::Beyond,
                    }
                }
                _ => End::At(1),
            };
            match end {
                End::At(length) => return self.advance(length),
                End::Broken(at) => return self.advance(at.max(1)),
                End::Beyond if self.rest().len() <= self.limit && self.fill() => {}
                End::Beyond => return self.advance(self.rest().len()),
            }
        }
    }

    /// Skips blanks, commas and colons.
    fn skip_between_fields(&mut self) -> bool {
        loop {
            match self.peek() {
                None => return false,
                Some(b'\n') => self.advance(1),
                Some(b' ' | b'\t' | b'\r' | b',' | b':') => self.at += 1,
                Some(_) => return true,
            }
        }
    }

    /// Goes behind the end of the line, without keeping it.
    fn skip_line(&mut self) {
        loop {
            if let Some(found) = memchr(b'\n', self.rest()) {
                self.advance(found + 1);
                return;
            }
            self.at = self.buffer.len();
            if !self.fill() {
                return;
            }
        }
    }

    /// Goes on by `length` bytes and counts the lines among them.
    fn advance(&mut self, length: usize) {
        let end = (self.at + length).min(self.buffer.len());
        let passed = self.buffer.get(self.at..end).unwrap_or_default();
        let (mut lines, mut last) = (0, None);
        for found in memchr_iter(b'\n', passed) {
            lines += 1;
            last = Some(found);
        }
        if let Some(last) = last {
            self.line += lines;
            self.line_start = self.at + last + 1;
        }
        self.at = end;
    }

    /// Returns whether only blanks stand before `at` in its line.
    fn begins_line(&self) -> bool {
        let before = self.buffer.get(self.line_start..self.at);
        before.is_some_and(|before| before.iter().all(|byte| matches!(byte, b' ' | b'\t')))
            || (self.line == 1 && self.at == 3 && self.line_start == 0)
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    fn peek(&mut self) -> Option<u8> {
        while self.at >= self.buffer.len() {
            if !self.fill() {
                return None;
            }
        }
        self.buffer.get(self.at).copied()
    }

    fn starts_with(&mut self, prefix: &[u8]) -> bool {
        while self.rest().len() < prefix.len() && self.fill() {}
        self.rest().starts_with(prefix)
    }

    /// Reads more: as much again as is waiting, so that a long record is searched a bounded number of
    /// times. Returns `false` at the end.
    fn fill(&mut self) -> bool {
        if self.ended {
            return false;
        }
        // What stands before a record in its own line stays: the indent counts.
        let keep_from = if self.line_start <= self.at && self.at - self.line_start <= CHUNK {
            self.line_start
        } else {
            self.at
        };
        self.buffer.drain(..keep_from);
        self.at -= keep_from;
        self.line_start = if keep_from == self.line_start { 0 } else { usize::MAX };
        let wanted = CHUNK.max(self.rest().len()) as u64;
        let before = self.buffer.len();
        if let Err(error) = self.reader.by_ref().take(wanted).read_to_end(&mut self.buffer) {
            self.error = Some(error);
            self.ended = true;
        }
        if self.buffer.len() == before {
            self.ended = true;
        }
        self.buffer.len() > before
    }
}
