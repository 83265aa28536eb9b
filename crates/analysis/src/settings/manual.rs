//! What can be set about manual steps: section `[manual]` of the configuration.

/// Settings of manual steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualSettings {
    /// A pause between two machine steps that is shorter than this, in milliseconds, is no manual
    /// step (`shortest_gap`).
    pub shortest_gap_ms: i64,
    /// A step that no source declares is one when it came in at least this many releases
    /// (`recurs_from`).
    pub recurs_from: usize,
}

impl Default for ManualSettings {
    fn default() -> Self {
        Self { shortest_gap_ms: 10 * 60_000, recurs_from: 3 }
    }
}
