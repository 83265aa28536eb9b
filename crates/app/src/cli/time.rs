//! Moments and durations as people type them.

use std::time::Duration;

use aftercast_model::Timestamp;

/// Reads `10m`, `2h`, `90d`, `30s`, `2w`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write `30s`, `10m`, `2h`, `90d` or `4w`");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return Err(wrong()),
    };
    match number.checked_mul(seconds) {
        Some(seconds) if 0 < seconds && seconds < 1 << 32 => Ok(Duration::from_secs(seconds)),
        _ => Err(wrong()),
    }
}

/// Reads a moment: `2026-11-01`, `2026-11-01T12:00:00Z`, or how long ago (`90d`).
pub(super) fn moment(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(ago) = duration(text) {
        let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
        return Ok(now.plus_millis(-ago));
    }
    let is_date = text.len() == "2026-11-01".len();
    let whole = if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let parsed: Result<jiff::Timestamp, _> = whole.parse();
    parsed.map(|at| Timestamp::from_millis(at.as_millisecond())).map_err(|_| {
        format!("`{text}` is no time; write `2026-11-01`, `2026-11-01T12:00:00Z` or `90d` (ago)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_read() {
        let now = Timestamp::from_millis(1_790_000_000_000);
        assert_eq!(duration("10m"), Ok(Duration::from_mins(10)));
        assert_eq!(moment("2d", now).unwrap().since(now), -2 * 86_400_000);
        assert_eq!(moment("2026-11-01", now).unwrap().to_string(), "2026-11-01T00:00:00Z");
        assert_eq!(
            moment("2026-11-01T12:00:00+02:00", now).unwrap().to_string(),
            "2026-11-01T10:00:00Z"
        );
        for wrong in ["", "0m", "m", "10", "-1d", "10µ", "99999999999999999999d", "yesterday"] {
            assert!(duration(wrong).is_err() && moment(wrong, now).is_err(), "{wrong}");
        }
    }
}
