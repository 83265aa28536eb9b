//! Finding the end of a JSON object, and whether it is a record or a page with the list inside.
//!
//! Owns: two passes over bytes that build nothing and call nothing recursively. They do not check
//! JSON: what they hand out is checked when it is converted. Must not know: readers, lines, sources.

use memchr::memchr3;

/// Brackets are checked for their kind down to this depth; below, they are only counted.
const CHECKED_DEPTH: usize = 1024;

/// Where a value ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// After this many bytes.
    At(usize),
    /// Not in these bytes.
    Beyond,
    /// Nowhere: at this byte it stops being JSON.
    Broken(usize),
}

/// Returns where the object or array that begins at `bytes[0]` ends.
pub(super) fn end_of_value(bytes: &[u8]) -> End {
    let mut open: Vec<u8> = Vec::new();
    let mut depth = 0_usize;
    // The last byte that is no blank: an object or array stands behind `[`, `,` or `:` only.
    let mut before = b':';
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'"' => match end_of_string(bytes, at) {
                End::At(end) => {
                    at = end;
                    before = b'"';
                    continue;
                }
                other => return other,
            },
            b'{' | b'[' => {
                if !matches!(before, b'[' | b',' | b':') {
                    return End::Broken(at);
                }
                if depth < CHECKED_DEPTH {
                    open.push(byte);
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                // `{` and `}`, `[` and `]` are two apart.
                if depth < CHECKED_DEPTH && open.pop().is_none_or(|open| open + 2 != byte) {
                    return End::Broken(at);
                }
                if depth == 0 {
                    return End::At(at + 1);
                }
            }
            _ => {}
        }
        before = byte;
        at += 1;
    }
    End::Beyond
}

/// Returns where the string that begins at `bytes[start]` ends, its quote included.
pub(super) fn end_of_string(bytes: &[u8], start: usize) -> End {
    let mut at = start + 1;
    loop {
        let Some(found) = bytes.get(at..).and_then(|rest| memchr3(b'"', b'\\', b'\n', rest)) else {
            return End::Beyond;
        };
        at += found;
        match bytes.get(at) {
            Some(b'"') => return End::At(at + 1),
            // A line cannot end inside a string: the string was never closed.
            Some(b'\n') => return End::Broken(at),
            _ => at += 2,
        }
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A record.
    Record,
    /// A page; the list's first byte after `[` is here.
    Page(usize),
    /// More bytes are needed to tell.
    Open,
}

/// Fields that only things have, never a page of things.
const IDENTITIES: &[&str] = &[
    "aftercast",
    "id",
    "_id",
    "number",
    "_number",
    "sha",
    "key",
    "uuid",
    "node_id",
    "change_id",
    "name",
    "table",
    "action",
    "title",
];

/// Lists by which pages are known before the rest of the page was seen.
const LISTS: &[&str] = &[
    "workflow_runs",
    "jobs",
    "items",
    "values",
    "value",
    "incidents",
    "artifacts",
    "check_runs",
    "check_suites",
    "data",
    "results",
    "records",
    "issues",
];

/// Objects that pages carry beside the list.
const PAGING: &[&str] = &[
    "page",
    "meta",
    "links",
    "_links",
    "pagination",
    "paging",
    "pageInfo",
    "page_info",
    "info",
    "response_metadata",
    "_pagination",
];

/// Returns what the object that begins at `bytes[0]` is. `whole` says that nothing follows `bytes`.
///
/// A page is an object with one list of objects, and beside it only scalars and paging objects, none
/// of which names a thing. A list whose name is known settles it at once, so that pages of any size
/// are read element by element.
pub(super) fn shape_of(bytes: &[u8], whole: bool, records_have: &[&str]) -> Shape {
    let open = if whole { Shape::Record } else { Shape::Open };
    let mut list = None;
    let mut at = 1;
    loop {
        at = skip(bytes, at, b", \t\r\n");
        match bytes.get(at) {
            Some(b'"') => {}
            Some(b'}') => return list.map_or(Shape::Record, Shape::Page),
            Some(_) => return Shape::Record,
            None => return open,
        }
        let key = match end_of_string(bytes, at) {
            End::At(end) => {
                let key = bytes.get(at + 1..end - 1).unwrap_or_default();
                at = end;
                key
            }
            End::Beyond => return open,
            End::Broken(_) => return Shape::Record,
        };
        let is_in = |words: &[&str]| words.iter().any(|word| word.as_bytes() == key);
        if is_in(IDENTITIES) || is_in(records_have) {
            return Shape::Record;
        }
        at = skip(bytes, at, b": \t\r\n");
        let end = match bytes.get(at) {
            None => return open,
            Some(b'"') => end_of_string(bytes, at),
            Some(b'{') if !is_in(PAGING) => return Shape::Record,
            Some(b'{') => end_of_value(bytes.get(at..).unwrap_or_default()).after(at),
            Some(b'[') => {
                let first = skip(bytes, at + 1, b" \t\r\n");
                match bytes.get(first) {
                    None => return open,
                    Some(b'{' | b']') if is_in(LISTS) => return Shape::Page(at + 1),
                    Some(b'{') if list.is_some() => return Shape::Record,
                    Some(b'{') => list = Some(at + 1),
                    Some(_) => {}
                }
                end_of_value(bytes.get(at..).unwrap_or_default()).after(at)
            }
            Some(_) => {
                let rest = bytes.get(at..).unwrap_or_default();
                match rest.iter().position(|byte| matches!(byte, b',' | b'}' | b'\n')) {
                    Some(length) => End::At(at + length),
                    None => End::Beyond,
                }
            }
        };
        match end {
            End::At(end) => at = end,
            End::Beyond => return open,
            End::Broken(_) => return Shape::Record,
        }
    }
}

impl End {
    /// Returns the end as seen from `start` bytes before.
    fn after(self, start: usize) -> Self {
        match self {
            Self::At(at) => Self::At(at + start),
            Self::Broken(at) => Self::Broken(at + start),
            Self::Beyond => Self::Beyond,
        }
    }
}

/// Returns the position of the first byte at or after `at` that is not among `blanks`.
fn skip(bytes: &[u8], at: usize, blanks: &[u8]) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !blanks.contains(byte)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_end(text: &str, expected: End) {
        assert_eq!(end_of_value(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn an_object_ends_at_its_own_bracket() {
        check_end(r#"{"a":"}","b":[{}]} {"#, End::At(18));
        check_end(r#"{"a":"\"}"}"#, End::At(11));
        check_end(r#"{"a":[1,2"#, End::Beyond);
        check_end(r#"{"a":"\"#, End::Beyond);
        check_end(r#"{"a":[1}"#, End::Broken(7));
        check_end("{\"a\":1\n{\"b\":2}", End::Broken(7));
        check_end("{\"a\":\"never closed\n", End::Broken(18));
    }

    #[test]
    fn depth_is_counted_not_climbed() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        check_end(&deep, End::At(deep.len()));
    }

    fn check_shape(text: &str, expected: Shape) {
        assert_eq!(shape_of(text.as_bytes(), true, &["statuses"]), expected, "{text}");
    }

    #[test]
    fn a_page_has_a_list_of_objects_and_nothing_of_its_own() {
        check_shape(r#"{"total_count":1,"workflow_runs":[{"id":1}]}"#, Shape::Page(34));
        check_shape(r#"{"total_count":0,"workflow_runs":[]}"#, Shape::Page(34));
        check_shape(r#"{"page":{"id":"x"},"incidents":[{"id":1}]}"#, Shape::Page(32));
        check_shape(r#"{"startAt":0,"widgets":[{"id":1}],"isLast":true}"#, Shape::Page(24));
    }

    #[test]
    fn a_thing_with_lists_is_a_record() {
        check_shape(r#"{"id":1,"items":[{"id":2}]}"#, Shape::Record);
        check_shape(r#"{"size":1,"widgets":[{"a":1}],"gadgets":[{"a":1}]}"#, Shape::Record);
        check_shape(r#"{"ref":"main","repository":{},"commits":[{"id":2}]}"#, Shape::Record);
        check_shape(r#"{"widgets":[{"a":1}],"sha":"x"}"#, Shape::Record);
        check_shape(r#"{"state":"x","statuses":[{"a":1}]}"#, Shape::Record);
        check_shape(r#"{"a":1,"tags":["x"]}"#, Shape::Record);
        check_shape("{}", Shape::Record);
    }

    #[test]
    fn an_unfinished_object_is_undecided() {
        let text = br#"{"total_count":1,"widgets":[{"id":1}"#;
        assert_eq!(shape_of(text, false, &[]), Shape::Open);
        assert_eq!(shape_of(br#"{"total_count":1,"#, false, &[]), Shape::Open);
        assert_eq!(shape_of(br#"{"total_count":1,"jobs":[{"#, false, &[]), Shape::Page(25));
    }
}
