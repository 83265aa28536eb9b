//! Working hours: the second way to cut the lead time.

/// When people work (`[hours]`): `days = ["mon", ...]`, `from = "09:00"`, `to = "18:00"`,
/// `utc_offset = "+01:00"`, `summer_time = "none" | "eu" | "us"`.
///
/// The default is Monday to Friday, 09:00 to 18:00 UTC; every page that uses them says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingHours {
    /// Which days, Monday first.
    pub days: [bool; 7],
    /// The minute of the day at which work begins.
    pub from_minute: u16,
    /// The minute of the day at which work ends; at most 1440, not before the beginning.
    pub to_minute: u16,
    /// Minutes that the clocks of the team are ahead of UTC (in winter).
    pub utc_offset_minutes: i16,
    /// Whether clocks go forward an hour in summer.
    pub summer_time: SummerTime,
}

/// When clocks go forward an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SummerTime {
    /// Never.
    #[default]
    None,
    /// Last Sunday of March to last Sunday of October, at 01:00 UTC.
    Eu,
    /// Second Sunday of March to first Sunday of November, at 02:00 local time.
    Us,
}

impl Default for WorkingHours {
    fn default() -> Self {
        Self {
            days: [true, true, true, true, true, false, false],
            from_minute: 9 * 60,
            to_minute: 18 * 60,
            utc_offset_minutes: 0,
            summer_time: SummerTime::None,
        }
    }
}
