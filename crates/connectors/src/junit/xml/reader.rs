//! A reader of XML that goes on where it can, and builds small trees within limits.
//!
//! Owns: depth, attributes, texts and entities. Closing tags need not match; entities other than the
//! five of XML stay as they are written, so that a DTD can neither grow a text nor reach a file.

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape_with};
use quick_xml::events::{BytesStart, Event};

use crate::words::cut;

/// Elements deeper than this are passed over.
const MAX_DEPTH: usize = 256;
/// Attributes beyond this many are passed over.
const MAX_ATTRIBUTES: usize = 64;
/// How much of an attribute is kept, in bytes.
const MAX_ATTRIBUTE: usize = 4 * 1024;
/// How much text of an element is kept, in bytes.
const MAX_TEXT: usize = 4 * 1024;
/// How many elements of a tree are kept.
const MAX_NODES: usize = 20_000;

/// An element: its name without prefix in lower case, its attributes, and where it was read as a
/// tree its text and children.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// Returns the attribute `name`, whatever its case; the empty text where it is missing.
    pub(super) fn attr(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.trim())
    }

    /// Returns the first of the attributes `names` that is there and not empty.
    pub(super) fn first_of(&self, names: &[&str]) -> &str {
        names.iter().map(|name| self.attr(name)).find(|value| !value.is_empty()).unwrap_or_default()
    }

    /// Returns the first child called `name`.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Returns the text of the first child called `name`.
    pub(super) fn child_text(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.trim())
    }
}

/// What comes next outside of trees.
pub(super) enum Step {
    /// An element opens.
    Open(Node),
    /// The innermost open element closes.
    Close,
    /// Nothing comes.
    End,
}

/// A document being read.
pub(super) struct Xml<'t> {
    reader: Reader<&'t [u8]>,
    /// How many elements are open.
    depth: usize,
    broken: Option<String>,
}

impl<'t> Xml<'t> {
    /// Returns a reader at the beginning of `text`.
    pub(super) fn new(text: &'t str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        config.expand_empty_elements = true;
        Self { reader, depth: 0, broken: None }
    }

    /// Returns how many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Returns why the document ended before its end.
    pub(super) fn broken(&self) -> Option<String> {
        self.broken.clone()
    }

    /// Returns the next element that opens or closes; text in between is passed over.
    pub(super) fn next(&mut self) -> Step {
        loop {
            match self.event() {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth <= MAX_DEPTH {
                        return Step::Open(node(&start));
                    }
                }
                Event::End(_) => {
                    let shown = (1..=MAX_DEPTH).contains(&self.depth);
                    self.depth = self.depth.saturating_sub(1);
                    if shown {
                        return Step::Close;
                    }
                }
                Event::Eof => return Step::End,
                _ => {}
            }
        }
    }

    /// Reads the rest of the element `root`, which was just opened, as a tree; `None` where the
    /// document ends inside of it.
    pub(super) fn tree(&mut self, root: Node) -> Option<Node> {
        let mut open = vec![root];
        let mut nodes = 0_usize;
        // Elements inside of one that was passed over.
        let mut below = 0_usize;
        loop {
            match self.event() {
                Event::Start(start) => {
                    self.depth += 1;
                    nodes += 1;
                    if below > 0 || nodes > MAX_NODES || self.depth > MAX_DEPTH {
                        below += 1;
                    } else {
                        open.push(node(&start));
                    }
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    if below > 0 {
                        below -= 1;
                        continue;
                    }
                    let done = open.pop()?;
                    let Some(parent) = open.last_mut() else { return Some(done) };
                    parent.children.push(done);
                }
                Event::Text(text) => add(&mut open, below, &text),
                Event::CData(text) => add(&mut open, below, &text),
                Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                    Ok(Some(c)) => add(&mut open, below, c.encode_utf8(&mut [0; 4])),
                    _ => match resolve_xml_entity(&entity) {
                        Some(text) => add(&mut open, below, text),
                        None => add(&mut open, below, &format!("&{};", &*entity)),
                    },
                },
                Event::Eof => return None,
                _ => {}
            }
        }
    }

    fn event(&mut self) -> Event<'t> {
        if self.broken.is_some() {
            return Event::Eof;
        }
        match self.reader.read_event() {
            Ok(Event::Eof) => {
                if self.depth > 0 {
                    self.broken = Some("ends inside of an element".to_owned());
                }
                Event::Eof
            }
            Ok(event) => event,
            Err(error) => {
                let at = self.reader.error_position();
                self.broken = Some(format!("breaks off at byte {at}: {error}"));
                Event::Eof
            }
        }
    }
}

fn add(open: &mut [Node], below: usize, text: &str) {
    if let Some(node) = open.last_mut().filter(|_| below == 0) {
        let room = MAX_TEXT.saturating_sub(node.text.len());
        node.text.push_str(cut(text, room));
    }
}

fn node(start: &BytesStart<'_>) -> Node {
    let name = start.local_name().into_inner().to_ascii_lowercase();
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false).take(MAX_ATTRIBUTES).flatten() {
        let key = attribute.key.local_name().into_inner().to_owned();
        let raw = attribute.value.as_ref();
        let value = unescape_with(raw, resolve_xml_entity).unwrap_or(raw.into());
        attributes.push((key, cut(&value, MAX_ATTRIBUTE).to_owned()));
    }
    Node { name, attributes, text: String::new(), children: Vec::new() }
}
