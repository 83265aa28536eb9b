//! When people work: weekdays from 8 to 18 hours UTC, or always.
//!
//! Working time is a line of its own: milliseconds in which somebody works, 0 at the start of the
//! plan. Machines run on the wall clock.

use aftercast_model::Timestamp;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// Working time of a weekday.
const WORKDAY: i64 = 10 * HOUR;
const OPENS: i64 = 8 * HOUR;

/// Turns working time into wall time and back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    /// A Monday, 00:00, where people sleep.
    start: i64,
    sleeps: bool,
}

impl Calendar {
    /// `start` is moved back to the Monday before it where people sleep.
    pub(crate) fn new(start: Timestamp, sleeps: bool) -> Self {
        let start = start.millis();
        // 1970-01-01 was a Thursday.
        let monday = start - (start + 3 * DAY).rem_euclid(WEEK);
        Self { start: if sleeps { monday } else { start }, sleeps }
    }

    /// Returns the wall time, in milliseconds, at which `work` milliseconds were worked.
    pub(crate) fn wall(&self, work: i64) -> i64 {
        if !self.sleeps {
            return self.start + work;
        }
        let (days, rest) = (work.div_euclid(WORKDAY), work.rem_euclid(WORKDAY));
        let day = days.div_euclid(5) * 7 + days.rem_euclid(5);
        self.start + day * DAY + OPENS + rest
    }

    /// Returns how much was worked until the wall time `wall`.
    pub(crate) fn work(&self, wall: i64) -> i64 {
        let since = wall - self.start;
        if !self.sleeps {
            return since;
        }
        let (week, day) = (since.div_euclid(WEEK), since.rem_euclid(WEEK).div_euclid(DAY));
        let today = if day < 5 { (since.rem_euclid(DAY) - OPENS).clamp(0, WORKDAY) } else { 0 };
        (week * 5 + day.min(5)) * WORKDAY + today
    }

    /// Returns the next moment at or after `wall` at which somebody works.
    pub(crate) fn next_work(&self, wall: i64) -> i64 {
        self.wall(self.work(wall)).max(wall)
    }

    /// Returns when people who look once a day, in the morning, next look after `wall`.
    pub(crate) fn next_morning(&self, wall: i64) -> i64 {
        let open = self.next_work(wall);
        if open != wall {
            open
        } else if self.sleeps {
            self.wall((self.work(wall).div_euclid(WORKDAY) + 1) * WORKDAY)
        } else {
            self.start + ((wall - self.start).div_euclid(DAY) + 1) * DAY
        }
    }

    /// Returns the working time of `days` days.
    pub(crate) fn worked_in(&self, days: u32) -> i64 {
        self.work(self.start + i64::from(days) * DAY).max(HOUR)
    }

    /// Returns the wall time `share` of `days` days after the start, at midnight where there are
    /// enough days.
    pub(crate) fn day(&self, days: u32, share: f64) -> i64 {
        let at = crate::dice::scaled(i64::from(days) * DAY, share);
        self.start + if days >= 14 { at - at.rem_euclid(DAY) } else { at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-01-06T00:00:00Z, a Monday.
    const MONDAY: i64 = 1_736_121_600_000;

    #[test]
    fn friday_evening_is_followed_by_monday_morning() {
        let calendar = Calendar::new(Timestamp::from_millis(MONDAY + 9 * HOUR), true);
        assert_eq!(calendar.wall(0), MONDAY + OPENS);
        let friday = calendar.wall(5 * WORKDAY - 1);
        assert_eq!(friday, MONDAY + 4 * DAY + 18 * HOUR - 1);
        assert_eq!(calendar.wall(5 * WORKDAY), MONDAY + WEEK + OPENS);
        assert_eq!(calendar.next_work(MONDAY + 5 * DAY), MONDAY + WEEK + OPENS);
        assert_eq!(calendar.next_morning(friday), MONDAY + WEEK + OPENS);
        assert_eq!(calendar.next_morning(MONDAY + 5 * DAY), MONDAY + WEEK + OPENS);
    }

    #[test]
    fn working_time_goes_both_ways() {
        for sleeps in [true, false] {
            let calendar = Calendar::new(Timestamp::from_millis(MONDAY), sleeps);
            for step in -300..300 {
                let work = step * 7_654_321;
                assert_eq!(calendar.work(calendar.wall(work)), work, "{sleeps} {work}");
            }
        }
    }
}
