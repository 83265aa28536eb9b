//! How many requests a host may still get: what its headers said, and what it is known to allow.
//!
//! Must not know: what is asked.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aftercast_model::Timestamp;

/// Milliseconds of the window that [`Budget`] counts in.
const WINDOW_MS: i64 = 60_000;

/// The budget of one host.
pub(super) struct Budget {
    per_minute: Option<u32>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Nothing is asked before.
    not_before: Option<Timestamp>,
    /// Since when `asked` counts.
    window: Option<Timestamp>,
    asked: u32,
}

impl Budget {
    /// Returns the budget of a host that allows `per_minute` requests, if that is known.
    pub(super) fn new(per_minute: Option<u32>) -> Self {
        Self { per_minute, state: Mutex::default() }
    }

    /// Takes one request out of the budget, or returns how long to wait before trying again.
    pub(super) fn take(&self, now: Timestamp) -> Result<(), Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = state.not_before
            && at > now
        {
            return Err(super::clock::until(now, at));
        }
        let Some(limit) = self.per_minute else { return Ok(()) };
        let fresh = state.window.is_none_or(|window| now.since(window) >= WINDOW_MS);
        if fresh {
            state.window = Some(now);
            state.asked = 0;
        }
        if state.asked < limit.max(1) {
            state.asked += 1;
            return Ok(());
        }
        let end = state.window.unwrap_or(now).plus_millis(WINDOW_MS);
        Err(super::clock::until(now, end))
    }

    /// Asks nothing for so long.
    pub(super) fn pause(&self, now: Timestamp, wait: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let at = super::retry::moment(now, wait);
        state.not_before = Some(state.not_before.map_or(at, |before| before.max(at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_requests_and_a_pause_has_none() {
        let at = Timestamp::from_seconds;
        let budget = Budget::new(Some(2));
        assert_eq!(budget.take(at(100)), Ok(()));
        assert_eq!(budget.take(at(110)), Ok(()));
        assert_eq!(budget.take(at(120)), Err(Duration::from_secs(40)));
        assert_eq!(budget.take(at(160)), Ok(()));
        budget.pause(at(160), Duration::from_secs(30));
        budget.pause(at(160), Duration::from_secs(5));
        assert_eq!(budget.take(at(170)), Err(Duration::from_secs(20)));
        assert_eq!(budget.take(at(190)), Ok(()));
    }
}
