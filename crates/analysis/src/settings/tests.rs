//! What can be set about the page of the tests: section `[tests]` of the configuration.

/// Settings of the page of the tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestSettings {
    /// A test that was only skipped for longer than this, in milliseconds, is quarantined too long
    /// (`longest_quarantine`).
    pub longest_quarantine_ms: i64,
    /// A test that was not seen for longer than this, in milliseconds, before the latest result of
    /// all is gone, and nothing is said of it (`gone_after`).
    pub gone_after_ms: i64,
    /// Tests fail together when they did so on at least this many changes (`together_from`).
    pub together_from: usize,
    /// Over how many of the latest releases the path is looked at (`path_releases`).
    pub path_releases: usize,
    /// At most this many rows in each table (`rows`).
    pub rows: usize,
}

impl Default for TestSettings {
    fn default() -> Self {
        Self {
            longest_quarantine_ms: 30 * 86_400_000,
            gone_after_ms: 14 * 86_400_000,
            together_from: 3,
            path_releases: 20,
            rows: 20,
        }
    }
}
