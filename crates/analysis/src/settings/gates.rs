//! What gates cost and which of them are not judged: keys of `[gates]` (docs/statistics/gates.md).

/// Settings of the gate ledger. Every cost is in engineer-minutes: minutes of a person's work, so
/// that machines, waiting and problems can be weighed on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct GateSettings {
    /// `machine_minute`: what a minute of a machine costs. 0.02: fifty machine-minutes for one
    /// minute of a person.
    pub machine_minute: f64,
    /// `waiting_minute`: what a minute costs in which a change waits for a gate and for nothing
    /// else. 0.1: people do other things meanwhile, six minutes of the hour are lost to switching.
    pub waiting_minute: f64,
    /// `inspection`: what it costs to find out that a red result says nothing about the change. 15.
    pub inspection: f64,
    /// `approval`: what one decision costs the person who gives it. 10.
    pub approval: f64,
    /// `escape`: what a real problem costs that a gate lets through. 480: a working day. The verdict
    /// says whether it also holds for half and for twice as much.
    pub escape: f64,
    /// `pinned`: gates that the team must have, whatever they catch (compliance); the names as the
    /// ledger shows them. They are never judged on catches.
    pub pinned: Vec<String>,
    /// `window_days`: only what happened in so many days before the release, or before the last
    /// fact, counts. Not set: everything that is known.
    pub window_days: Option<i64>,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self {
            machine_minute: 0.02,
            waiting_minute: 0.1,
            inspection: 15.0,
            approval: 10.0,
            escape: 480.0,
            pinned: Vec::new(),
            window_days: None,
        }
    }
}
