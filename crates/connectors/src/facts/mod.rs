//! Our own tables as a source, and the way out: what is written here is read back unchanged.

mod write;

pub use write::{write_ndjson, write_row};
