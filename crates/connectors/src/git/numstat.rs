//! What a commit changed: files and lines, against its first parent.
//!
//! Owns: comparing trees and counting lines of the blobs that differ, by part of the repository.
//! Must not know facts or services. One [`Differ`] a thread: it owns buffers and object caches.

use std::collections::VecDeque;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice, ByteVec};
use gix::diff::tree::{Visit, visit};
use gix::objs::tree::EntryMode;
use gix::objs::{Find, TreeRefIter};

use super::lines::{Compared, compare};
use super::packs::Objects;

/// What one commit changed in one part of the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stat {
    /// Lines added; `None` where they cannot be known.
    pub additions: Option<u64>,
    /// Lines deleted; `None` where they cannot be known.
    pub deletions: Option<u64>,
    /// Files changed; `None` where they cannot be known.
    pub files: Option<u64>,
}

/// Why numbers of a commit are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown {
    /// A file is too large to be compared.
    TooLarge,
    /// An object is missing: a clone without all objects.
    Missing,
    /// An object cannot be read.
    Unreadable(String),
}

/// What a commit changed, by part.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// The parts that it touched, in order of the parts, each with its numbers.
    pub parts: Vec<(usize, Stat)>,
    /// Why numbers are missing, where some are.
    pub unknown: Option<Unknown>,
}

/// Whether lines are counted, or only files looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Files and lines.
    Lines,
    /// Only which parts were touched; all numbers stay missing.
    Parts,
}

/// Which part of the repository a path belongs to.
pub(super) type PartOf<'a> = dyn Fn(&str) -> usize + Sync + 'a;

/// Compares commits with their first parents.
pub(super) struct Differ<'a> {
    objects: Objects<'a>,
    part_of: Option<&'a PartOf<'a>>,
    largest_text: usize,
    state: gix::diff::tree::State,
    collector: Collector,
    old_tree: Vec<u8>,
    new_tree: Vec<u8>,
    old: Vec<u8>,
    new: Vec<u8>,
}

/// One file on one side of a change.
type Side = Option<(EntryMode, ObjectId)>;

#[derive(Debug)]
struct FileChange {
    old: Side,
    new: Side,
    part: usize,
}

impl<'a> Differ<'a> {
    /// Returns a differ over `objects`. Without `part_of` everything is part 0. Texts above
    /// `largest_text` bytes are not compared.
    pub(super) fn new(
        objects: Objects<'a>,
        part_of: Option<&'a PartOf<'a>>,
        largest_text: usize,
    ) -> Self {
        Self {
            objects,
            part_of,
            largest_text,
            state: gix::diff::tree::State::default(),
            collector: Collector { tracks_paths: part_of.is_some(), ..Collector::default() },
            old_tree: Vec::new(),
            new_tree: Vec::new(),
            old: Vec::new(),
            new: Vec::new(),
        }
    }

    /// Compares two trees; `None` is the empty tree.
    pub(super) fn changed(
        &mut self,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
        depth: Depth,
    ) -> Changed {
        if let Err(unknown) = self.compare_trees(old, new) {
            let parts = vec![(0, Stat::default())];
            return Changed { parts, unknown: Some(unknown) };
        }
        let changes = std::mem::take(&mut self.collector.changes);
        let mut changed = Changed::default();
        for change in &changes {
            let at = match changed.parts.binary_search_by_key(&change.part, |(part, _)| *part) {
                Ok(at) => at,
                Err(at) => {
                    let zero = Stat { additions: Some(0), deletions: Some(0), files: Some(0) };
                    let empty = if depth == Depth::Lines { zero } else { Stat::default() };
                    changed.parts.insert(at, (change.part, empty));
                    at
                }
            };
            if depth == Depth::Parts {
                continue;
            }
            let Some((_, stat)) = changed.parts.get_mut(at) else { continue };
            stat.files = stat.files.map(|files| files + 1);
            match self.compare_files(change) {
                Ok(Compared::Text(lines)) => {
                    stat.additions = stat.additions.map(|sum| sum + lines.added);
                    stat.deletions = stat.deletions.map(|sum| sum + lines.deleted);
                }
                // A binary file has no lines: it counts as a file only.
                Ok(Compared::Binary) => {}
                Ok(Compared::TooLarge) => {
                    (stat.additions, stat.deletions) = (None, None);
                    changed.unknown.get_or_insert(Unknown::TooLarge);
                }
                Err(unknown) => {
                    (stat.additions, stat.deletions) = (None, None);
                    changed.unknown = Some(unknown);
                }
            }
        }
        self.collector.changes = changes;
        changed
    }

    fn compare_trees(
        &mut self,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
    ) -> Result<(), Unknown> {
        self.collector.begin(self.part_of.is_some());
        if old == new {
            return Ok(());
        }
        let hash = self.objects.hash_kind();
        for (id, buffer) in [(old, &mut self.old_tree), (new, &mut self.new_tree)] {
            buffer.clear();
            if let Some(id) = id {
                find(&self.objects, &id, buffer)?;
            }
        }
        let mut visitor = PartVisitor { collector: &mut self.collector, part_of: self.part_of };
        gix::diff::tree(
            TreeRefIter::from_bytes(&self.old_tree, hash),
            TreeRefIter::from_bytes(&self.new_tree, hash),
            &mut self.state,
            &self.objects,
            &mut visitor,
        )
        .map_err(|error| {
            let text = error.to_string();
            if text.contains("could not be found") {
                Unknown::Missing
            } else {
                Unknown::Unreadable(text)
            }
        })
    }

    fn compare_files(&mut self, change: &FileChange) -> Result<Compared, Unknown> {
        if change.old.map(|(_, id)| id) == change.new.map(|(_, id)| id) {
            // Only the mode changed.
            return Ok(Compared::Text(super::lines::Lines::default()));
        }
        load(&self.objects, change.old, &mut self.old)?;
        load(&self.objects, change.new, &mut self.new)?;
        Ok(compare(&self.old, &self.new, self.largest_text))
    }
}

/// Reads one side of a change; a submodule reads as git shows it, as one line with its commit.
fn load(objects: &Objects<'_>, side: Side, buffer: &mut Vec<u8>) -> Result<(), Unknown> {
    buffer.clear();
    match side {
        None => Ok(()),
        Some((mode, id)) if mode.is_commit() => {
            buffer.extend_from_slice(format!("Subproject commit {id}\n").as_bytes());
            Ok(())
        }
        Some((_, id)) => find(objects, &id, buffer),
    }
}

fn find(objects: &Objects<'_>, id: &ObjectId, buffer: &mut Vec<u8>) -> Result<(), Unknown> {
    match objects.try_find(id, buffer) {
        Ok(Some(_)) => Ok(()),
        // The empty tree and the empty blob need not be stored.
        Ok(None) if id.is_empty_tree() || id.is_empty_blob() => {
            buffer.clear();
            Ok(())
        }
        Ok(None) => Err(Unknown::Missing),
        Err(error) => {
            let text = error.to_string();
            let too_large = text.contains("limit");
            Err(if too_large { Unknown::TooLarge } else { Unknown::Unreadable(text) })
        }
    }
}

/// Collects the files that differ, and the paths where they are asked for.
#[derive(Debug, Default)]
struct Collector {
    changes: Vec<FileChange>,
    tracks_paths: bool,
    path: BString,
    waiting: VecDeque<BString>,
}

impl Collector {
    fn begin(&mut self, tracks_paths: bool) {
        self.changes.clear();
        self.waiting.clear();
        self.path.clear();
        self.tracks_paths = tracks_paths;
    }
}

struct PartVisitor<'a, 'p> {
    collector: &'a mut Collector,
    part_of: Option<&'a PartOf<'p>>,
}

impl Visit for PartVisitor<'_, '_> {
    fn pop_front_tracked_path_and_set_current(&mut self) {
        if self.collector.tracks_paths {
            self.collector.path = self.collector.waiting.pop_front().unwrap_or_default();
        }
    }

    fn push_back_tracked_path_component(&mut self, component: &BStr) {
        self.push_path_component(component);
        if self.collector.tracks_paths {
            self.collector.waiting.push_back(self.collector.path.clone());
        }
    }

    fn push_path_component(&mut self, component: &BStr) {
        if self.collector.tracks_paths && !component.is_empty() {
            if !self.collector.path.is_empty() {
                self.collector.path.push_byte(b'/');
            }
            self.collector.path.push_str(component);
        }
    }

    fn pop_path_component(&mut self) {
        if self.collector.tracks_paths {
            let parent = self.collector.path.rfind_byte(b'/').unwrap_or_default();
            self.collector.path.truncate(parent);
        }
    }

    fn visit(&mut self, change: visit::Change) -> visit::Action {
        let file = |mode: EntryMode, id| (!mode.is_tree()).then_some((mode, id));
        let (old, new) = match change {
            visit::Change::Addition { entry_mode, oid, .. } => (None, file(entry_mode, oid)),
            visit::Change::Deletion { entry_mode, oid, .. } => (file(entry_mode, oid), None),
            visit::Change::Modification { previous_entry_mode, previous_oid, entry_mode, oid } => {
                (file(previous_entry_mode, previous_oid), file(entry_mode, oid))
            }
        };
        if old.is_some() || new.is_some() {
            let path = || self.collector.path.to_str_lossy();
            let part = self.part_of.map_or(0, |part_of| part_of(&path()));
            self.collector.changes.push(FileChange { old, new, part });
        }
        std::ops::ControlFlow::Continue(())
    }
}
