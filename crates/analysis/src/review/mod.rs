//! The review of one release: plain data between the analysis and every surface.

mod types;

pub use types::*;
