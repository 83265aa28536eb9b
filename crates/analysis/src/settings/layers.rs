//! Which layer a delay belongs to, where a team sees it differently.

use std::collections::BTreeMap;

/// Other shares for rules of the layer table (`[layers]`, a line a rule:
/// `queue = { process = 20, platform = 80, policy = 0 }`). The names of the rules are in
/// docs/statistics/time.md and in [`RULES`](crate::measures::layers::RULES).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layers {
    /// By the name of the rule. Shares that do not add up to 100, and names that are no rule, are
    /// left out of account; the configuration refuses both.
    pub shares: BTreeMap<String, Shares>,
}

/// Shares of a delay, in percent; they add up to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Sequence of steps, decisions, hand-offs.
    pub process: u8,
    /// CI/CD system, environments, scripts.
    pub platform: u8,
    /// Gates, criteria, conditions.
    pub policy: u8,
}

impl Shares {
    /// Returns whether they add up to 100.
    pub fn add_up(self) -> bool {
        u16::from(self.process) + u16::from(self.platform) + u16::from(self.policy) == 100
    }
}
