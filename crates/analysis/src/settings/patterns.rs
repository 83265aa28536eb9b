//! What is said about good releases (`[patterns]`).

/// When a pattern of good releases is worth saying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternSettings {
    /// How many releases are looked at, the last ones (`releases`).
    pub releases: usize,
    /// Below this many releases nothing is claimed: "too few to say" (`fewest`).
    pub fewest: usize,
}

impl Default for PatternSettings {
    fn default() -> Self {
        Self { releases: 300, fewest: 30 }
    }
}
