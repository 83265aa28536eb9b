//! Reading trees and files straight from packs, keeping every version met on the way.
//!
//! An object in a pack is mostly stored as a change to another, that one to a third, and so on to
//! one that is whole. Comparing commits wants neighbours in such chains one after the other. The
//! general reader keeps the end of a chain only and unpacks the whole base again and again; this
//! one keeps each link. Whatever it cannot read (loose objects, alternates, damage) is left to the
//! general reader, which also says what is wrong.

use std::cell::RefCell;

use gix::objs::{Data, Find, Kind};
use gix::odb::pack::cache::DecodeEntry;
use gix::odb::pack::data::{Entry, entry::Header};
use gix::odb::pack::{Bundle, data};
use gix::{ObjectId, oid};

use super::cache::DeltaBases;
use super::open::LARGEST_OBJECT;

/// The longest chain that is followed: git's own limit is 4,095.
const LONGEST_CHAIN: usize = 4_096;

/// The packs of a repository, for all threads.
#[derive(Default)]
pub(super) struct Packs {
    bundles: Vec<Bundle>,
}

impl Packs {
    /// Opens the packs of `repo`.
    pub(super) fn open(repo: &gix::Repository) -> Self {
        let store = repo.objects.store_ref();
        if store.replacements().next().is_some() {
            // The general reader knows what stands for what.
            return Self::default();
        }
        let Ok(folder) = std::fs::read_dir(store.path().join("pack")) else {
            return Self::default();
        };
        let mut indices: Vec<_> = folder
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
            .collect();
        indices.sort_unstable();
        let hash = store.object_hash();
        let bundles = indices.iter().filter_map(|path| Bundle::at(path, hash).ok()).collect();
        Self { bundles }
    }
}

/// The objects of a repository, for one thread.
pub(super) struct Objects<'a> {
    packs: &'a Packs,
    general: gix::OdbHandle,
    unpacker: RefCell<Unpacker>,
}

struct Unpacker {
    inflate: gix::zlib::Inflate,
    kept: DeltaBases,
    chain: Vec<(data::Offset, Entry)>,
    object: Vec<u8>,
    next: Vec<u8>,
    delta: Vec<u8>,
    /// The pack that had the last object has the next one, mostly.
    last_pack: usize,
}

impl<'a> Objects<'a> {
    /// Returns the objects of `packs`, and of `general` where they are not there; keeps at most
    /// `kept_bytes`.
    pub(super) fn new(packs: &'a Packs, general: gix::OdbHandle, kept_bytes: usize) -> Self {
        let unpacker = Unpacker {
            inflate: gix::zlib::Inflate::default(),
            kept: DeltaBases::new(kept_bytes),
            chain: Vec::new(),
            object: Vec::new(),
            next: Vec::new(),
            delta: Vec::new(),
            last_pack: 0,
        };
        Self { packs, general, unpacker: RefCell::new(unpacker) }
    }

    /// Returns the kind of hash that names objects.
    pub(super) fn hash_kind(&self) -> gix::hash::Kind {
        self.general.store_ref().object_hash()
    }

    fn find_in_packs(&self, id: &oid, out: &mut Vec<u8>) -> Option<Kind> {
        let mut unpacker = self.unpacker.try_borrow_mut().ok()?;
        let count = self.packs.bundles.len();
        for step in 0..count {
            let number = (unpacker.last_pack + step) % count;
            let bundle = self.packs.bundles.get(number)?;
            let Some(index) = bundle.index.lookup(id) else { continue };
            unpacker.last_pack = number;
            let kind = unpacker.unpack(bundle, number, bundle.index.pack_offset_at_index(index))?;
            out.clear();
            out.extend_from_slice(&unpacker.object);
            return Some(kind);
        }
        None
    }
}

impl Find for Objects<'_> {
    fn try_find<'b>(&self, id: &oid, out: &'b mut Vec<u8>) -> gix::Result<Option<Data<'b>>> {
        match self.find_in_packs(id, out) {
            Some(kind) => Ok(Some(Data::new(out, kind, self.hash_kind()))),
            None => self.general.try_find(id, out),
        }
    }
}

impl Unpacker {
    /// Unpacks the object at `offset` into `self.object`; `None` where something is wrong.
    fn unpack(&mut self, bundle: &Bundle, number: usize, offset: data::Offset) -> Option<Kind> {
        let pack = u32::try_from(number).ok()?;
        self.chain.clear();
        let mut at = offset;
        let kind = loop {
            if let Some((kind, _)) = self.kept.get(pack, at, &mut self.object) {
                break kind;
            }
            let entry = bundle.pack.entry(at).ok()?;
            if let Some(kind) = entry.header.as_kind() {
                inflate(bundle, &entry, &mut self.inflate, &mut self.object)?;
                self.kept.put(pack, at, &self.object, kind, 0);
                break kind;
            }
            let base = match entry.header {
                Header::OfsDelta { base_distance } => {
                    entry.checked_base_pack_offset(base_distance)?
                }
                Header::RefDelta { base_id } => in_same_pack(bundle, &base_id)?,
                _ => return None,
            };
            self.chain.push((at, entry));
            if self.chain.len() > LONGEST_CHAIN {
                return None;
            }
            at = base;
        };
        while let Some((at, entry)) = self.chain.pop() {
            inflate(bundle, &entry, &mut self.inflate, &mut self.delta)?;
            apply(&self.object, &self.delta, &mut self.next)?;
            std::mem::swap(&mut self.object, &mut self.next);
            self.kept.put(pack, at, &self.object, kind, 0);
        }
        Some(kind)
    }
}

fn in_same_pack(bundle: &Bundle, id: &ObjectId) -> Option<data::Offset> {
    bundle.index.lookup(id).map(|index| bundle.index.pack_offset_at_index(index))
}

fn inflate(
    bundle: &Bundle,
    entry: &Entry,
    inflate: &mut gix::zlib::Inflate,
    out: &mut Vec<u8>,
) -> Option<()> {
    let size =
        usize::try_from(entry.decompressed_size).ok().filter(|size| *size <= LARGEST_OBJECT)?;
    out.resize(size, 0);
    bundle.pack.decompress_entry(entry, inflate, out).ok().map(drop)
}

/// Makes the next version out of `base` and `delta`, as gitformat-pack(5) describes it.
fn apply(base: &[u8], delta: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = delta.iter().copied();
    let mut size = || {
        let (mut size, mut shift) = (0_usize, 0_u32);
        loop {
            let byte = rest.next()?;
            size |= usize::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(size);
            }
        }
    };
    let (base_size, result_size) = (size()?, size()?);
    if base_size != base.len() || result_size > LARGEST_OBJECT {
        return None;
    }
    let mut at = delta.len() - rest.len();
    out.clear();
    out.reserve(result_size);
    while let Some(command) = delta.get(at).copied() {
        at += 1;
        if command & 0x80 != 0 {
            let mut number = |bits: std::ops::Range<u8>| {
                let mut number = 0_usize;
                for (place, bit) in bits.enumerate() {
                    if command & 1 << bit != 0 {
                        number |= usize::from(*delta.get(at)?) << (8 * place);
                        at += 1;
                    }
                }
                Some(number)
            };
            let (from, size) = (number(0..4)?, number(4..7)?);
            let size = if size == 0 { 0x1_0000 } else { size };
            out.extend_from_slice(base.get(from..from + size)?);
        } else if command == 0 {
            return None;
        } else {
            let end = at + usize::from(command);
            out.extend_from_slice(delta.get(at..end)?);
            at = end;
        }
        if out.len() > result_size {
            return None;
        }
    }
    (out.len() == result_size).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, delta: &[u8], expected: Option<&str>) {
        let mut out = Vec::new();
        let done = apply(base.as_bytes(), delta, &mut out);
        assert_eq!(done.map(|()| out.as_slice()), expected.map(str::as_bytes), "{delta:?}");
    }

    #[test]
    fn a_delta_copies_and_inserts() {
        check("hello world", &[11, 7, 0x90, 5, 2, b'!', b'!'], Some("hello!!"));
        check("hello world", &[11, 5, 0x91, 6, 5], Some("world"));
        check("", &[0, 0], Some(""));
    }

    #[test]
    fn a_broken_delta_is_refused() {
        let broken: [&[u8]; 9] = [
            &[],
            &[11],
            &[0x80; 20],
            &[10, 5, 0x91, 6, 5],
            &[11, 5, 0x91, 7, 5],
            &[11, 4, 0x91, 6, 5],
            &[11, 5, 0],
            &[11, 5, 3, b'a'],
            &[11, 5, 0x91],
        ];
        for delta in broken {
            check("hello world", delta, None);
        }
    }
}
