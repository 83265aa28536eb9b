//! The tree of a build: which record lies in which stage.
//!
//! Owns: the relations of records, also those of attempts before the last. Must not know what a record
//! means.

use std::collections::HashMap;

use aftercast_model::Timestamp;

use crate::azure_devops::objects::TimelineRecord;

/// How deep records lie inside of each other, at most.
const DEPTH: usize = 16;

/// The records of a build.
#[derive(Default)]
pub(super) struct Timeline<'t, 'd> {
    all: Vec<&'t TimelineRecord<'d>>,
    by_id: HashMap<&'t str, &'t TimelineRecord<'d>>,
}

impl<'t, 'd> Timeline<'t, 'd> {
    /// Returns the tree of `records`, each once.
    pub(super) fn new(records: impl Iterator<Item = &'t TimelineRecord<'d>>) -> Self {
        let mut timeline = Self::default();
        for record in records {
            let Some(id) = record.id.text() else { continue };
            if timeline.by_id.insert(id, record).is_none() {
                timeline.all.push(record);
            }
        }
        timeline
    }

    /// Returns all records, in their order.
    pub(super) fn records(&self) -> impl Iterator<Item = &'t TimelineRecord<'d>> {
        self.all.iter().copied()
    }

    /// Returns the records of a type.
    pub(super) fn of_type(&self, kind: &str) -> impl Iterator<Item = &'t TimelineRecord<'d>> {
        self.records().filter(move |record| record.kind.text() == Some(kind))
    }

    /// Returns the record of a type that `record` lies in.
    pub(super) fn around(
        &self,
        record: &TimelineRecord<'_>,
        kind: &str,
    ) -> Option<&'t TimelineRecord<'d>> {
        let mut parent = record.parent.text()?;
        for _ in 0..DEPTH {
            let found = *self.by_id.get(parent)?;
            if found.kind.text() == Some(kind) {
                return Some(found);
            }
            parent = found.parent.text()?;
        }
        None
    }

    /// Returns the records directly in `record`.
    pub(super) fn inside(
        &self,
        record: &TimelineRecord<'_>,
    ) -> impl Iterator<Item = &'t TimelineRecord<'d>> {
        let id = record.id.text();
        self.all.iter().copied().filter(move |child| id.is_some() && child.parent.text() == id)
    }

    /// Returns the newest time that a record tells.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.records().filter_map(newest).max()
    }
}

/// Returns the newest time of a record.
pub(super) fn newest(record: &TimelineRecord<'_>) -> Option<Timestamp> {
    record.finish.copied().max(record.start.copied())
}

/// Returns how a stage is called: people know its name, and the machinery its identifier.
pub(super) fn name<'r>(record: &'r TimelineRecord<'_>) -> Option<&'r str> {
    record.name.text().or(record.identifier.text())
}
