//! What incident trackers and alert systems share: opening their records, writing an incident's row,
//! the addresses that it mentions, and what it says caused it.
//!
//! Must not know any single system. Which release an incident belongs to is the analysis' work: here
//! stands only what the source said.

pub(crate) mod case;
pub(crate) mod cause;
pub(crate) mod links;
pub(crate) mod record;
pub(crate) mod texts;
