//! The review of one release: plain data between the analysis and every surface.

pub(crate) mod types;

pub use types::*;
