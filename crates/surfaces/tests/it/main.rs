//! The surfaces as a reader meets them: whole outputs, promises that hold for every review, and
//! text that wants to do harm.

mod hostile;
mod promises;
mod samples;
mod snapshots;
