//! A cache of delta bases: most objects of a pack are stored as changes to others.
//!
//! A table of fixed size where each place in a pack has one slot. Neighbours in history have their
//! bases in common, so that even this simple rule hits almost always, and it costs nothing to keep.

use gix::objs::Kind;
use gix::odb::pack::cache::DecodeEntry;

const SLOTS: usize = 1 << 14;

/// The cache of one thread.
pub(super) struct DeltaBases {
    slots: Vec<Slot>,
    bytes: usize,
    limit: usize,
    /// The slot that is emptied next when the limit is reached.
    hand: usize,
}

struct Slot {
    pack: u32,
    offset: u64,
    kind: Kind,
    compressed_size: usize,
    data: Vec<u8>,
}

impl DeltaBases {
    /// Returns an empty cache that keeps at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        let empty = || Slot {
            pack: u32::MAX,
            offset: u64::MAX,
            kind: Kind::Blob,
            compressed_size: 0,
            data: Vec::new(),
        };
        Self { slots: (0..SLOTS).map(|_| empty()).collect(), bytes: 0, limit, hand: 0 }
    }
}

fn slot_of(pack: u32, offset: u64) -> usize {
    let mixed = (offset ^ (u64::from(pack) << 40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 50).unwrap_or_default() % SLOTS
}

impl DecodeEntry for DeltaBases {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, compressed_size: usize) {
        if data.len() > self.limit / 4 {
            return;
        }
        let wanted = slot_of(pack, offset);
        while self.bytes + data.len() > self.limit {
            if let Some(slot) = self.slots.get_mut(self.hand) {
                self.bytes -= slot.data.capacity();
                slot.data = Vec::new();
                (slot.pack, slot.offset) = (u32::MAX, u64::MAX);
            }
            self.hand = (self.hand + 1) % SLOTS;
        }
        let Some(slot) = self.slots.get_mut(wanted) else { return };
        self.bytes -= slot.data.capacity();
        slot.data.clear();
        slot.data.extend_from_slice(data);
        self.bytes += slot.data.capacity();
        (slot.pack, slot.offset) = (pack, offset);
        (slot.kind, slot.compressed_size) = (kind, compressed_size);
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let slot = self.slots.get(slot_of(pack, offset))?;
        if slot.pack != pack || slot.offset != offset {
            return None;
        }
        out.clear();
        out.extend_from_slice(&slot.data);
        Some((slot.kind, slot.compressed_size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_gives_back_what_it_took_and_keeps_its_limit() {
        let mut cache = DeltaBases::new(10_000);
        let mut out = Vec::new();
        for offset in 0..10_000_u64 {
            let data = vec![u8::try_from(offset % 251).unwrap(); 100];
            cache.put(1, offset, &data, Kind::Tree, 7);
            assert_eq!(cache.get(1, offset, &mut out), Some((Kind::Tree, 7)));
            assert_eq!(out, data);
            assert_eq!(cache.get(2, offset, &mut out), None);
            let held: usize = cache.slots.iter().map(|slot| slot.data.capacity()).sum();
            assert_eq!(held, cache.bytes);
            assert!(held <= 10_100, "{held}");
        }
    }
}
