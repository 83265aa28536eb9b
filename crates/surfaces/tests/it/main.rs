//! The surfaces as a reader meets them: whole outputs, promises that hold for every review, and
//! text that wants to do harm.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test stops at the first surprise"
)]

mod cdevents;
mod gates;
mod hostile;
mod promises;
mod samples;
mod snapshots;
