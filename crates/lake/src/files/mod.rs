//! The Parquet files: where they are, how they are written so that they last, how they are read.
//!
//! Knows nothing of the catalogue's database.

mod folder;
mod read;
mod write;

pub(crate) use folder::{Folder, file_error};
pub(crate) use read::{Reader, Text, conform, deletion, read_positions, without};
pub(crate) use write::{ROW_GROUP_ROWS, Written, write_data, write_deletes};
