//! Interned text: every text cell of a batch of facts is a number that points here.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// An interned text of one [`Names`]; [`Name::NONE`] stands for "missing".
///
/// Comparing two names of the same [`Names`] compares the texts. A name means nothing beside
/// another [`Names`]. The order of names is the order of interning, not of the alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name(u32);

impl Name {
    /// The missing text. The empty text is stored as missing too.
    pub const NONE: Self = Self(0);

    /// Returns whether the text is missing.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Returns whether there is a text.
    pub fn is_some(self) -> bool {
        self.0 != 0
    }

    /// Returns the position in interning order; 0 is [`Name::NONE`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A text in the table. Keeping its hash spares a look at the text, which is rarely in the cache,
/// whenever the table grows and whenever another text stands in the way.
#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u32,
    index: u32,
}

impl Entry {
    /// Returns the hash with its bits spread, as the table wants it.
    fn spread(hash: u32) -> u64 {
        u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// The texts of a batch of facts, each kept once.
#[derive(Debug, Clone, Default)]
pub struct Names {
    table: HashTable<Entry>,
    hasher: DefaultHashBuilder,
    text: String,
    /// End of each text in `text`; the text of `Name(i)` ends at `ends[i - 1]`.
    ends: Vec<usize>,
}

impl Names {
    /// Returns an empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the name for `text`, interning it at first sight; empty text is [`Name::NONE`].
    ///
    /// # Panics
    /// When a batch holds more than 2^32 different texts.
    #[expect(clippy::expect_used, reason = "4 billion texts do not fit into memory first")]
    pub fn intern(&mut self, text: &str) -> Name {
        if text.is_empty() {
            return Name::NONE;
        }
        let hash = self.hash(text);
        if let Some(found) = self.entry(hash, text) {
            return Name(found.index);
        }
        let index = u32::try_from(self.ends.len() + 1).expect("fewer than 2^32 names in a batch");
        self.text.push_str(text);
        self.ends.push(self.text.len());
        let spread = |entry: &Entry| Entry::spread(entry.hash);
        self.table.insert_unique(Entry::spread(hash), Entry { hash, index }, spread);
        Name(index)
    }

    fn hash(&self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        // Both halves count.
        u32::try_from((hash ^ (hash >> 32)) & u64::from(u32::MAX)).unwrap_or_default()
    }

    fn entry(&self, hash: u32, text: &str) -> Option<Entry> {
        let same = |entry: &Entry| {
            entry.hash == hash && lookup(&self.text, &self.ends, entry.index) == text
        };
        self.table.find(Entry::spread(hash), same).copied()
    }

    /// Returns the name for `text`, [`Name::NONE`] where it is missing.
    pub fn intern_option(&mut self, text: Option<&str>) -> Name {
        text.map_or(Name::NONE, |text| self.intern(text))
    }

    /// Returns the name of `text` if it was interned.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.entry(self.hash(text), text).map(|entry| Name(entry.index))
    }

    /// Returns the text of `name`; `None` for [`Name::NONE`] and for names of another table.
    pub fn get(&self, name: Name) -> Option<&str> {
        if name.is_none() || name.index() > self.ends.len() {
            return None;
        }
        Some(lookup(&self.text, &self.ends, name.0))
    }

    /// Returns the text of `name`, the empty text where it is missing.
    pub fn text(&self, name: Name) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Returns the number of different texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether nothing was interned.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns every name with its text, in interning order.
    pub fn iter(&self) -> impl Iterator<Item = (Name, &str)> {
        (1..=self.ends.len())
            .filter_map(|index| u32::try_from(index).ok())
            .map(|index| (Name(index), lookup(&self.text, &self.ends, index)))
    }
}

fn lookup<'a>(text: &'a str, ends: &[usize], index: u32) -> &'a str {
    let index = index as usize;
    let start = index.checked_sub(2).and_then(|at| ends.get(at)).copied().unwrap_or(0);
    let end = index.checked_sub(1).and_then(|at| ends.get(at)).copied().unwrap_or(0);
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_gets_the_same_name() {
        let mut names = Names::new();
        let lint = names.intern("lint");
        let unit = names.intern("unit");
        assert_ne!(lint, unit);
        assert_eq!(names.intern("lint"), lint);
        assert_eq!(names.text(unit), "unit");
        assert_eq!(names.find("lint"), Some(lint));
        assert_eq!(names.find("e2e"), None);
        assert_eq!(names.iter().map(|(_, text)| text).collect::<Vec<_>>(), ["lint", "unit"]);
    }

    #[test]
    fn every_text_is_found_again_after_the_table_grew() {
        let mut names = Names::new();
        let texts: Vec<String> = (0..20_000).map(|index| format!("job {index}")).collect();
        let first: Vec<Name> = texts.iter().map(|text| names.intern(text)).collect();
        assert_eq!(names.len(), texts.len());
        for (text, name) in texts.iter().zip(first) {
            assert_eq!((names.text(name), names.find(text)), (text.as_str(), Some(name)));
        }
    }

    #[test]
    fn empty_and_foreign_names_are_missing() {
        let mut names = Names::new();
        assert!(names.intern("").is_none());
        assert_eq!(names.get(Name(7)), None);
        assert_eq!(names.text(Name::NONE), "");
    }
}
