//! Reading a commit object as leniently as git does: whatever can be read is read.
//!
//! Owns: the layout of commit and tag objects. Must not know repositories or facts.

use aftercast_model::Timestamp;
use gix::ObjectId;
use gix::bstr::ByteSlice;

/// A commit object, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    /// Its tree; `None` where the line is missing or broken.
    pub tree: Option<ObjectId>,
    /// Its parents, first parent first.
    pub parents: Vec<ObjectId>,
    /// The author's e-mail as written; empty where there is none.
    pub author_email: &'a [u8],
    /// When it was written.
    pub authored: Option<i64>,
    /// When it got its present form.
    pub committed: Option<i64>,
    /// The message.
    pub message: &'a [u8],
}

/// Reads a commit object.
pub(super) fn read(object: &[u8]) -> Header<'_> {
    let mut header = Header::default();
    let mut rest = object;
    while !rest.is_empty() {
        let (line, after) = next_line(rest);
        rest = after;
        if line.is_empty() {
            header.message = rest;
            break;
        }
        if let Some(hex) = line.strip_prefix(b"tree ") {
            header.tree = ObjectId::from_hex(hex.trim()).ok();
        } else if let Some(hex) = line.strip_prefix(b"parent ") {
            header.parents.extend(ObjectId::from_hex(hex.trim()));
        } else if let Some(signature) = line.strip_prefix(b"author ") {
            (header.author_email, header.authored) = signature_parts(signature);
        } else if let Some(signature) = line.strip_prefix(b"committer ") {
            header.committed = signature_parts(signature).1;
        }
    }
    header
}

/// Reads a tag object: the object that it names, and when it was made.
pub(super) fn read_tag(object: &[u8]) -> (Option<ObjectId>, Option<i64>) {
    let (mut target, mut made) = (None, None);
    let mut rest = object;
    while !rest.is_empty() {
        let (line, after) = next_line(rest);
        rest = after;
        if line.is_empty() {
            break;
        }
        if let Some(hex) = line.strip_prefix(b"object ") {
            target = ObjectId::from_hex(hex.trim()).ok();
        } else if let Some(signature) = line.strip_prefix(b"tagger ") {
            made = signature_parts(signature).1;
        }
    }
    (target, made)
}

/// Returns the moment, `None` beyond what milliseconds can say.
pub(super) fn moment(seconds: Option<i64>) -> Option<Timestamp> {
    // Beyond the year 9999 either way nothing shows or sorts it as a date.
    const YEAR_9999: i64 = 253_402_300_799;
    let seconds = seconds.filter(|seconds| (-YEAR_9999..=YEAR_9999).contains(seconds))?;
    Some(Timestamp::from_millis(seconds * 1_000))
}

fn next_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.split_once_str("\n") {
        Some(parts) => parts,
        None => (bytes, &[]),
    }
}

/// Returns the e-mail and the seconds of `Name <e-mail> seconds zone`. Seconds are in UTC already:
/// the zone only says how to show them.
fn signature_parts(signature: &[u8]) -> (&[u8], Option<i64>) {
    let (person, time) = signature.rsplit_once_str(">").unwrap_or((&[], signature));
    let email = person.rsplit_once_str("<").map_or(&[][..], |(_, email)| email.trim());
    let mut words = time.to_str().unwrap_or_default().split_ascii_whitespace();
    // Where there is no e-mail, the seconds stand before the last word.
    let seconds = if person.is_empty() { words.rev().nth(1) } else { words.next() };
    (email, seconds.and_then(|seconds| seconds.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_read_even_where_it_is_odd() {
        let object = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
            parent 0123456789abcdef0123456789abcdef01234567\n\
            author J\xf6rg <J@X.org> 1700000000 -0730\n\
            committer Nobody <> 4294967296 +9999\n\
            encoding ISO-8859-1\n\
            gpgsig -----BEGIN\n \n parent of nothing\n\nsubject\n\nbody\n";
        let header = read(object);
        assert_eq!(header.tree.unwrap().to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(header.parents.len(), 1);
        assert_eq!(header.author_email, b"J@X.org");
        assert_eq!(header.authored, Some(1_700_000_000));
        assert_eq!(header.committed, Some(4_294_967_296));
        assert_eq!(header.message, b"subject\n\nbody\n");
    }

    #[test]
    fn signatures_are_read_leniently() {
        let check = |text: &'static str, email: &str, seconds| {
            let read = signature_parts(text.as_bytes());
            assert_eq!((read.0.to_str().unwrap(), read.1), (email, seconds), "{text}");
        };
        check("A <a@x> 5 +0000", "a@x", Some(5));
        check("A <a@x> -86400 +0000", "a@x", Some(-86_400));
        check("A <b <a@x> 5 +0000", "a@x", Some(5));
        check("A 5 +0000", "", Some(5));
        check("A <a@x>", "a@x", None);
        check("A <a@x> 99999999999999999999 +0000", "a@x", None);
        check("", "", None);
    }

    #[test]
    fn a_date_beyond_the_calendar_is_missing() {
        assert_eq!(moment(Some(0)).map(Timestamp::millis), Some(0));
        assert_eq!(moment(Some(i64::MAX)), None);
        assert_eq!(moment(None), None);
    }

    #[test]
    fn any_bytes_are_read() {
        for object in [&b""[..], b"\n", b"tree xyz", b"author", b"parent \xff\nauthor \xff\xfe"] {
            let _ = (read(object), read_tag(object));
        }
    }
}
