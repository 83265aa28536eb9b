//! What is said about steps that got slower or faster (`[steps]`).

/// When a change of a step's length is worth saying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSettings {
    /// The smallest change that is reported, in percent (`least_percent`).
    pub least_percent: u8,
    /// The smallest difference of the medians that is reported, in milliseconds (`least_ms`).
    pub least_ms: i64,
    /// How many points a series has at most, the last ones: runs, or days where there are more runs
    /// (`points`).
    pub points: usize,
}

impl Default for StepSettings {
    fn default() -> Self {
        Self { least_percent: 10, least_ms: 1_000, points: 150 }
    }
}
