//! Time as the loop sees it, so that tests do not wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aftercast_model::Timestamp;
use futures::future::BoxFuture;

/// Tells the time and lets it pass.
pub trait Clock: Send + Sync {
    /// Returns the present.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of this machine; sleeping needs a tokio runtime with time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Returns the moment that a number tells: seconds or milliseconds since 1970.
pub(super) fn moment_of(number: f64) -> Option<Timestamp> {
    // A hundred thousand million seconds are in the year 5138, as milliseconds in 1973.
    let seconds = if number < 1e11 { number } else { number / 1000.0 };
    // Half a millisecond rounds to the nearest.
    let since = Duration::try_from_secs_f64(seconds + 0.0005).ok()?;
    Some(Timestamp::from_millis(i64::try_from(since.as_millis()).ok()?))
}

/// Returns `time` in milliseconds, as times are added.
pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Returns the time from `now` to `until`; none where it has passed.
pub(super) fn until(now: Timestamp, until: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(until.since(now)).unwrap_or(0))
}
